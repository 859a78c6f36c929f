/** The sockets of a server, bound by its supervisor: they outlive every lane, and wait with what is queued in them. */
import {
  bindSockets,
  handOver,
  parseAddress,
  type Address,
  type BoundListener,
  type BoundSocket,
  type ConnectionDispatcher,
  type SocketSpread,
} from '../../io/index.ts'
import type { ListenTarget, Spread } from '../types.ts'

/** Asked for unless the target says otherwise: a lane's successor finds in the socket what came meanwhile. */
const receiveBufferBytes = 1_048_576

interface Entry {
  readonly target: ListenTarget
  readonly bound: BoundListener
  readonly dispatcher: ConnectionDispatcher | undefined
}

export class ListenerSet {
  readonly #entries: Entry[] = []

  /** Binds all targets, or none. `pick` says which seat gets the next connection of a `least-connections` listener. */
  static async bind(
    targets: readonly ListenTarget[],
    lanes: number,
    spread: Spread,
    pick: () => number | undefined,
  ): Promise<ListenerSet> {
    const set = new ListenerSet()
    try {
      for (const target of targets) set.#entries.push(await bindTarget(target, lanes, target.spread ?? spread, pick))
      return set
    } catch (error) {
      await set.close()
      throw error
    }
  }

  get addresses(): Address[] {
    return this.#entries.map(({ bound }) => bound.address)
  }

  get spreads(): SocketSpread[] {
    return this.#entries.map(({ bound }) => bound.spread)
  }

  /** What an upgrade passes on. */
  get bound(): BoundListener[] {
    return this.#entries.map(({ bound }) => bound)
  }

  /** The sockets of a seat, one for each target. */
  socketsOf(seat: number): BoundSocket[] {
    return this.#entries.map(({ bound }) => (bound.sockets[seat] ?? bound.sockets[0]) as BoundSocket)
  }

  kernelDrops(index: number): number | undefined {
    return this.#entries[index]?.bound.kernelDrops()
  }

  /** Connections wait in the backlog from now on. */
  stopHandingOver(): void {
    for (const { dispatcher } of this.#entries) dispatcher?.pause()
  }

  /** What nobody has taken; it is gone then. */
  discard(): { datagrams: number; connections: number } {
    const sums = { datagrams: 0, connections: 0 }
    for (const { bound } of this.#entries) {
      const { datagrams, connections } = bound.discard()
      sums.datagrams += datagrams
      sums.connections += connections
    }
    return sums
  }

  async close(): Promise<void> {
    for (const { dispatcher, bound } of this.#entries) {
      await dispatcher?.close()
      await bound.close()
    }
  }
}

async function bindTarget(
  target: ListenTarget,
  lanes: number,
  wanted: Spread,
  pick: () => number | undefined,
): Promise<Entry> {
  const address = parseAddress(target.address)
  const spread = spreadOf(address, wanted)
  const bound = await bindSockets(address, {
    spread,
    sockets: lanes,
    datagram: { receiveBufferBytes, ...target.datagram },
    ...(target.stream === undefined ? {} : { stream: target.stream }),
  })
  return { target, bound, dispatcher: spread === 'least-connections' ? handOver(bound, pick) : undefined }
}

/** What `auto` means. */
function spreadOf({ scheme }: Address, wanted: Spread): SocketSpread {
  if (wanted !== 'auto') return wanted
  return scheme === 'unix' || scheme === 'unix-dgram' ? 'shared' : 'source'
}
