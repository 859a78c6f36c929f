/** Makes services, and finds them in modules. */
import { fail } from '../core/index.ts'
import type { Bytes } from '../framing/index.ts'
import { serviceCountersLimit } from './measures.ts'
import { isServiceMaker, takeOptions } from './service-maker.ts'
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
  const { message, connection, counters = [], limited } = definition
  if (counters.length > serviceCountersLimit) return `it has more than ${serviceCountersLimit} counters`
  const badName = counters.find((counter) => !/^[a-z][a-zA-Z0-9]*$/.test(counter))
  if (badName !== undefined) return `its counter ${JSON.stringify(badName)} is no camelCase word`
  if (new Set(counters).size < counters.length) return 'two of its counters have the same name'
  if (limited !== undefined && message === undefined) return 'limited is for message() services'
  if (message === undefined && connection === undefined) return 'it has neither message() nor connection()'
  if (message !== undefined && connection !== undefined) return 'it has both message() and connection()'
  if (definition.borrow === true && message === undefined) return 'borrow is for message() services'
  return undefined
}

/** True for what `service()` made, in any copy of this package. */
export function isService(value: unknown): value is AnyService {
  return typeof value === 'object' && value !== null && (services.has(value) || brand in value)
}

/**
 * Imports a module and takes the service it exports as default, or under the name that the URL's hash gives
 * (`file:///services.js#upper`). What is a service's maker is given the URL's options (`makerUrl`). Throws SERVICE_INVALID, and
 * what the maker throws.
 */
export async function loadService(given: URL): Promise<AnyService> {
  const { url, options } = takeOptions(given)
  const source = `${url.pathname}${url.hash}`
  const name = url.hash.length > 1 ? decodeName(url.hash.slice(1)) : 'default'
  // With its hash the module would be loaded once for each name.
  const bare = new URL(url)
  bare.hash = ''
  let module: Readonly<Record<string, unknown>>
  try {
    module = (await import(bare.href)) as Readonly<Record<string, unknown>>
  } catch (cause) {
    // Where a syntax error is Node tells only on its way to stderr.
    const hint = cause instanceof SyntaxError ? ` (\`node ${url.pathname}\` shows where)` : ''
    const reason = `it cannot be loaded: ${cause instanceof Error ? cause.message : String(cause)}${hint}`
    throw fail('SERVICE_INVALID', { source, reason }, { cause })
  }
  const found = module[name]
  if (isService(found)) return found
  if (isServiceMaker(found)) return found(options)
  const what = name === 'default' ? 'its default export' : `its export ${JSON.stringify(name)}`
  throw fail('SERVICE_INVALID', { source, reason: `${what} was not made by service()` })
}

/** What is no valid escape stands for itself. */
function decodeName(hash: string): string {
  try {
    return decodeURIComponent(hash)
  } catch {
    return hash
  }
}
