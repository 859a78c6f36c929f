/** Makes services, and finds them in modules. */
import { fail } from '../core/index.ts'
import type { Bytes } from '../framing/index.ts'
import type { AnyService, Service, ServiceDefinition } from './types.ts'

const services = new WeakSet<object>()
const brand = Symbol.for('lanework.service')

/**
 * Checks a definition and makes it a service.
 * Throws SERVICE_INVALID without a name, or unless it has exactly one of `message` and `connection`.
 *
 * @example
 * export default service({
 *   name: 'upper',
 *   framing: lines(),
 *   message: (message) => String(message).toUpperCase(),
 * })
 */
export function service<Message = Buffer, Reply = Bytes, State = unknown>(
  definition: ServiceDefinition<Message, Reply, State>,
): Service<Message, Reply, State> {
  const problem = problemOf(definition)
  if (problem !== undefined) throw fail('SERVICE_INVALID', { source: 'The definition', reason: problem })
  const made = Object.freeze({ definition, name: definition.name, [brand]: true })
  services.add(made)
  return made
}

function problemOf(definition: AnyService['definition']): string | undefined {
  if (typeof definition?.name !== 'string' || definition.name === '') return 'it has no name'
  const { message, connection } = definition
  if (message === undefined && connection === undefined) return 'it has neither message() nor connection()'
  if (message !== undefined && connection !== undefined) return 'it has both message() and connection()'
  if (definition.borrow === true && message === undefined) return 'borrow is for message() services'
  return undefined
}

/** True for what `service()` made, in any copy of this package. */
export function isService(value: unknown): value is AnyService {
  return typeof value === 'object' && value !== null && (services.has(value) || brand in value)
}

/** Imports a module and takes the service it exports as default; throws SERVICE_INVALID. */
export async function loadService(url: URL): Promise<AnyService> {
  let module: { default?: unknown }
  try {
    module = (await import(url.href)) as { default?: unknown }
  } catch (cause) {
    const reason = `it cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}`
    throw fail('SERVICE_INVALID', { source: url.pathname, reason }, { cause })
  }
  if (isService(module.default)) return module.default
  throw fail('SERVICE_INVALID', { source: url.pathname, reason: 'its default export was not made by service()' })
}
