/**
 * A small HTTP/1.1 listener for pages: GET and HEAD of the files of a folder, and nothing else. What it needs of `node:http` is loaded
 * when the first is asked for.
 */
import { checkInteger, checkKnownKeys, type Clock } from '../core/index.ts'
import type { Address } from './address.ts'
import type { Network } from './types.ts'

export interface PageServerOptions {
  /** Connections at once; more are reset. @default 256 */
  readonly connections?: number
  /** A request must be whole so soon. @default 10_000 */
  readonly askMs?: number
  /** An answer of which nothing moves is given up; 0 for never. @default 60_000 */
  readonly idleMs?: number
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
  /** @default the machine's */
  readonly clock?: Clock
}

export interface PageServer extends AsyncDisposable {
  /** As it is bound. */
  readonly address: Address
  /** `http://HOST:PORT/`, to be opened in a browser; undefined on a Unix socket. */
  readonly url: string | undefined
  /** Open connections. */
  readonly connections: number
  /** What was answered, by status; and connections that were refused or given up. */
  readonly counts: {
    readonly statuses: Readonly<Record<number, number>>
    readonly refused: number
    readonly givenUp: number
  }
  /** Closes at once. */
  close(): Promise<void>
}

/**
 * Serves the files of a folder to browsers at `tcp://HOST:PORT` or `unix:PATH`. They are read once, with gzip and Brotli forms made
 * of what is text, or taken from beside the files (`a.js.br`). Names that begin with a dot are left out, `index.html` is the page of its
 * folder, and files whose names hold a hash may be kept for ever. Pages may load nothing but what comes from here.
 *
 * Throws OPTION_INVALID for a folder that cannot be read, ADDRESS_IN_USE, ADDRESS_INVALID, PERMISSION_DENIED.
 *
 * @example
 * const pages = await servePages('tcp://127.0.0.1:9080', new URL('./pages/', import.meta.url))
 * console.log(pages.url)
 */
export async function servePages(
  address: string | Address,
  folder: URL,
  options: PageServerOptions = {},
): Promise<PageServer> {
  checkKnownKeys('servePages', options, ['connections', 'askMs', 'idleMs', 'network', 'clock'])
  checkInteger('connections', options.connections ?? 1, 1, 1_000_000)
  checkInteger('askMs', options.askMs ?? 1, 1, 2 ** 31 - 1)
  checkInteger('idleMs', options.idleMs ?? 0, 0, 2 ** 31 - 1)
  const { startPages } = await import('./http/page-server.ts')
  return await startPages(address, folder, options)
}
