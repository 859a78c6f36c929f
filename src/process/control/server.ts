/**
 * A control socket: how programs of one user command a server. A Unix socket that nobody else can reach: its file has mode
 * 0600, its folder 0700, and with the addon the kernel says who connects.
 */
import { dirname, resolve } from 'node:path'

import { checkInteger, fail } from '../../core/index.ts'
import { parseAddress, systemNetwork, type StreamConnection, type StreamListener } from '../../io/index.ts'
import { Connection } from './connection.ts'
import { frameBytesDefault } from './messages.ts'
import { privateFolder } from './private-folder.ts'
import type { ControlMethods, ControlPeer, ControlServerOptions } from './types.ts'

/**
 * Serves methods on a control socket.
 *
 * @example
 * const server = await ControlServer.listen('/run/user/1000/app/control.sock', {
 *   add: ({ a, b }: { a: number; b: number }) => a + b,
 *   async *ticks(_: undefined, { signal }) { for (let n = 0; !signal.aborted; n++) yield n },
 * })
 */
export class ControlServer {
  readonly path: string
  readonly #methods: ControlMethods
  readonly #options: Required<Pick<ControlServerOptions, 'frameBytes' | 'connections' | 'callsPerConnection'>> &
    ControlServerOptions
  readonly #connections = new Set<Connection>()
  #listener: StreamListener | undefined
  #count = 0

  private constructor(path: string, methods: ControlMethods, options: ControlServerOptions) {
    this.path = path
    this.#methods = methods
    this.#options = {
      ...options,
      frameBytes: checkInteger('frameBytes', options.frameBytes ?? frameBytesDefault, 1_024, 1_073_741_824),
      connections: checkInteger('connections', options.connections ?? 64, 1, 65_536),
      callsPerConnection: checkInteger('callsPerConnection', options.callsPerConnection ?? 1_024, 1, 1_048_576),
    }
  }

  /**
   * Listens at a path; makes its folder (mode 0700) if need be. The file that a dead server left is replaced.
   * Throws ADDRESS_IN_USE when a server lives there, FOLDER_NOT_PRIVATE, ADDRESS_INVALID, OPTION_INVALID.
   */
  static async listen(
    path: string,
    methods: ControlMethods,
    options: ControlServerOptions = {},
  ): Promise<ControlServer> {
    const server = new ControlServer(resolve(path), methods, options)
    await server.#listen()
    return server
  }

  /** The clients that are connected now. */
  get peers(): readonly ControlPeer[] {
    return [...this.#connections]
  }

  /** Whether the server alone keeps the process running. @default true */
  ref(yes: boolean): void {
    this.#listener?.ref(yes)
  }

  /** Stops listening, aborts what runs, and lets go of all clients. */
  async close(): Promise<void> {
    await this.#listener?.close()
    for (const connection of this.#connections) connection.close(fail('CLOSED', { what: 'control server' }))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  async #listen(): Promise<void> {
    const address = parseAddress(`unix:${this.path}`)
    privateFolder(dirname(this.path))
    const events = {
      onConnection: (connection: StreamConnection): void => this.#onConnection(connection),
      // The listener pauses and tries again by itself; clients wait in its backlog.
      onAcceptError: (): void => {},
    }
    this.#listener = await systemNetwork().listenStream(address, events, { mode: 0o600 })
  }

  #onConnection(stream: StreamConnection): void {
    const credentials = stream.credentials?.()
    const connection = new Connection(stream, credentials, {
      id: ++this.#count,
      methods: this.#methods,
      frameBytes: this.#options.frameBytes,
      callsPerConnection: this.#options.callsPerConnection,
      onGone: (gone) => this.#onGone(gone),
    })
    const own = process.getuid?.()
    if (credentials !== undefined && credentials.uid !== own && credentials.uid !== 0) {
      connection.refuse(fail('PERMISSION_DENIED', { address: `unix:${this.path}` }))
      return
    }
    const { connections: limit } = this.#options
    if (this.#connections.size >= limit) {
      connection.refuse(fail('CONTROL_BUSY', { what: 'clients', limit }))
      return
    }
    this.#connections.add(connection)
    this.#options.onConnect?.(connection)
    connection.greet()
  }

  #onGone(connection: Connection): void {
    if (this.#connections.delete(connection)) this.#options.onDisconnect?.(connection)
  }
}
