/**
 * Starts a server: checks the options, and makes it with inline lanes or with lanes in threads or processes. What comes
 * back is the one object through which it is watched and stopped.
 */
import { checkChoice, checkInteger, fail } from '../core/index.ts'
import { serveInline } from './inline-server.ts'
import { checkSchemes, checkServeOptions, checkServiceOptions, targetsOf } from './serve-options.ts'
import { isService, loadService } from './service.ts'
import { serveLanes } from './supervised/server.ts'
import type { AnyService, ServeOptions, Server } from './types.ts'

/**
 * Runs a service on the given addresses; resolves once every one is bound and served.
 *
 * `source` is a service, or the URL of a module that exports one as default (or by the name in the URL's hash), which lanes in
 * threads and processes need. Throws ADDRESS_IN_USE, ADDRESS_INVALID, SCHEME_UNKNOWN, PERMISSION_DENIED, OPTION_INVALID,
 * SERVICE_INVALID, LANES_NEED_MODULE; UNSUPPORTED for such lanes without the addon. Nothing stays bound then.
 *
 * @example
 * const server = await serve(new URL('./upper.js', import.meta.url), {
 *   listen: ['udp://127.0.0.1:9000', 'tcp://127.0.0.1:9000'],
 *   lanes: 4,
 *   laneKind: 'process',
 * })
 * console.log(server.addresses)
 * await server.drain()
 */
export async function serve(source: AnyService | URL, options: ServeOptions): Promise<Server> {
  checkServeOptions(options)
  const kind = checkChoice('laneKind', options.laneKind ?? 'inline', ['inline', 'thread', 'process'])
  const lanes = checkInteger('lanes', options.lanes ?? 1, 1, 1_024)
  const targets = targetsOf(options.listen)
  let server: Server
  if (kind === 'inline') {
    if (lanes !== 1) throw fail('OPTION_INVALID', { option: 'lanes', rule: '1 for inline lanes', got: String(lanes) })
    const service = source instanceof URL ? await loadService(source) : checkService(source)
    checkServiceOptions(service)
    checkSchemes(service.name, service.definition.schemes, targets)
    server = await serveInline(service, targets, options)
  } else {
    if (!(source instanceof URL)) {
      checkService(source)
      throw fail('LANES_NEED_MODULE', { laneKind: kind })
    }
    server = await serveLanes(source, kind, lanes, targets, options)
  }
  await closeWith(server, options.signal)
  return server
}

function checkService(source: unknown): AnyService {
  if (isService(source)) return source
  throw fail('SERVICE_INVALID', { source: 'The first argument of serve', reason: 'it was not made by service()' })
}

/** Closes when the signal is aborted; throws ABORTED when it was already. */
async function closeWith(server: Server, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted === true) {
    await server.close()
    throw fail('ABORTED', { what: 'Starting the server' })
  }
  const onAbort = (): void => void server.close()
  signal?.addEventListener('abort', onAbort, { once: true })
  void server.closed.then(() => signal?.removeEventListener('abort', onAbort))
}
