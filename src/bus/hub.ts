/** The hub: a Unix socket at which the ends of a bus meet, and an end of its own without a socket. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'

import { checkInteger, checkKnownKeys, fail } from '../core/index.ts'
import { parseAddress, systemNetwork, type StreamConnection, type StreamListener } from '../io/index.ts'
import { privateFolder } from '../process/index.ts'
import { End } from './end.ts'
import { HubConnection, type HubSide } from './hub-connection.ts'
import { LocalLink } from './local-link.ts'
import { Router } from './router.ts'
import type { Bus, EndOptions, Hub, HubOptions, HubStatus } from './types.ts'

/** The hubs of this thread by path: an end in the same thread needs no socket. */
const hubs = new Map<string, BusHub>()

export class BusHub implements Hub, HubSide {
  readonly path: string
  readonly bus: Bus
  readonly router: Router = new Router()
  readonly queueBytes: number
  readonly subscriptions: number
  readonly #connectionsLimit: number
  readonly #ownFolder: string | undefined
  readonly #connections = new Set<HubConnection>()
  readonly #links = new Set<LocalLink>()
  readonly #counts = { slowCut: 0, invalidCut: 0, refused: 0 }
  #dirty: HubConnection[] = []
  #listener: StreamListener | undefined
  #closing: Promise<void> | undefined

  constructor(path: string, ownFolder: string | undefined, options: HubOptions) {
    this.path = path
    this.#ownFolder = ownFolder
    this.queueBytes = checkInteger('queueBytes', options.queueBytes ?? 8_388_608, 1_024, 1_073_741_824)
    this.subscriptions = checkInteger('subscriptions', options.subscriptions ?? 100_000, 1, 10_000_000)
    this.#connectionsLimit = checkInteger('connections', options.connections ?? 1_024, 1, 65_536)
    this.bus = this.join(options)
  }

  async listen(): Promise<void> {
    const address = parseAddress(`unix:${this.path}`)
    privateFolder(dirname(this.path))
    const events = {
      onConnection: (connection: StreamConnection): void => this.#onConnection(connection),
      // The listener pauses and tries again by itself; ends wait in its backlog.
      onAcceptError: (): void => {},
    }
    this.#listener = await systemNetwork().listenStream(address, events, { mode: 0o600 })
    hubs.set(this.path, this)
  }

  /** Another end in this thread. */
  join(options: EndOptions): Bus {
    return new End((heard) => {
      const link = new LocalLink(this.router, heard, options.echo !== false, () => this.#links.delete(link))
      this.#links.add(link)
      return link
    }, options)
  }

  status(): HubStatus {
    let queuedBytes = 0
    for (const connection of this.#connections) queuedBytes += connection.queuedBytes
    const { subscriptions, responders, waiting, counts } = this.router
    return {
      path: this.path,
      connections: this.#connections.size,
      subscriptions,
      responders,
      ...counts,
      waiting,
      queuedBytes,
      ...this.#counts,
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // Called by connections

  onDirty(connection: HubConnection): void {
    if (this.#dirty.push(connection) === 1) queueMicrotask(() => this.onTurnEnd())
  }

  onTurnEnd(): void {
    const dirty = this.#dirty
    if (dirty.length === 0) return
    this.#dirty = []
    for (const connection of dirty) connection.flush()
  }

  onGone(connection: HubConnection, why: 'ended' | 'slow' | 'invalid'): void {
    this.#connections.delete(connection)
    if (why === 'slow') this.#counts.slowCut++
    if (why === 'invalid') this.#counts.invalidCut++
  }

  #onConnection(stream: StreamConnection): void {
    const uid = stream.credentials?.()?.uid
    const own = process.getuid?.()
    const connection = new HubConnection(stream, this)
    if (uid !== undefined && uid !== own && uid !== 0) {
      this.#counts.refused++
      connection.refuse(fail('PERMISSION_DENIED', { address: `unix:${this.path}` }))
    } else if (this.#connections.size >= this.#connectionsLimit) {
      this.#counts.refused++
      connection.refuse(fail('CONTROL_BUSY', { what: 'connections', limit: this.#connectionsLimit }))
    } else this.#connections.add(connection)
  }

  async #close(): Promise<void> {
    if (hubs.get(this.path) === this) hubs.delete(this.path)
    await this.bus.close()
    await this.#listener?.close()
    const closing = [...this.#connections].map((connection) => connection.close())
    this.#connections.clear()
    for (const link of this.#links) link.end(fail('CLOSED', { what: 'hub of the bus' }))
    await Promise.all(closing)
    if (this.#ownFolder !== undefined) rmSync(this.#ownFolder, { recursive: true, force: true })
  }
}

/** The hub of this thread at a path. */
export function hubAt(path: string): BusHub | undefined {
  return hubs.get(resolve(path))
}

/**
 * Starts a hub on a Unix socket that only processes of this user reach (mode 0600 in a private folder, peer credentials where the addon
 * is). Throws ADDRESS_IN_USE when one lives at the path, FOLDER_NOT_PRIVATE, ADDRESS_INVALID, OPTION_INVALID, SYSTEM_ERROR.
 *
 * @example
 * await using hub = await startHub()
 * hub.bus.subscribe('greeting', (payload) => console.log(String(payload)))
 * // in any process: (await connectBus(path)).publish('greeting', Buffer.from('hello'))
 */
export async function startHub(options: HubOptions = {}): Promise<Hub> {
  checkKnownKeys('hub', options, ['path', 'queueBytes', 'connections', 'subscriptions', 'echo', 'requests'])
  const ownFolder = options.path === undefined ? mkdtempSync(join(tmpdir(), 'lanework-bus-')) : undefined
  const path = resolve(options.path ?? join(ownFolder as string, 'bus.sock'))
  const hub = new BusHub(path, ownFolder, options)
  try {
    await hub.listen()
  } catch (error) {
    await hub.close()
    throw error
  }
  return hub
}
