/** The sockets of a server, bound by its supervisor: they outlive every lane, and wait with what is queued in them. */
import {
  bindSockets,
  formatAddress,
  handOver,
  inheritSockets,
  isDatagram,
  parseAddress,
  socketAddress,
  type Address,
  type BoundListener,
  type BoundSocket,
  type ConnectionDispatcher,
  type SocketSpread,
} from '../../io/index.ts'
import { fail } from '../../core/index.ts'
import { boundAs } from '../bound-as.ts'
import { receiveBufferBytes } from '../datagram-listener.ts'
import type { ListenTarget, Spread } from '../types.ts'
import type { HandedSockets, Inheritance, InheritedSockets } from '../upgrade/index.ts'

interface Entry {
  readonly target: ListenTarget
  /** What is bound, as it is asked for: a WebSocket's address has a path. */
  readonly address: Address
  readonly bound: BoundListener
  readonly dispatcher: ConnectionDispatcher | undefined
  /** Set where a predecessor had bound it. */
  readonly inherited: InheritedSockets | undefined
}

export interface ListenerSetOptions {
  readonly targets: readonly ListenTarget[]
  readonly lanes: number
  readonly spread: Spread
  /** Says which seat gets the next connection of a `least-connections` listener. */
  readonly pick: () => number | undefined
  /** What a predecessor left. */
  readonly inheritance: Inheritance | undefined
}

export class ListenerSet {
  readonly #entries: Entry[] = []
  readonly #away = new Set<number>()
  #isReleased = false

  /** Binds all targets, or none; takes over what a predecessor has bound of them. */
  static async bind(options: ListenerSetOptions): Promise<ListenerSet> {
    const set = new ListenerSet()
    try {
      for (const target of options.targets) set.#entries.push(await bindTarget(target, options))
      return set
    } catch (error) {
      await set.close()
      throw error
    }
  }

  get addresses(): Address[] {
    return this.#entries.map(({ address }) => address)
  }

  get spreads(): SocketSpread[] {
    return this.#entries.map(({ bound }) => bound.spread)
  }

  /** Those whose connections the supervisor accepts and gives to lanes, by index. */
  get handedOver(): number[] {
    return this.#entries.flatMap(({ dispatcher }, index) => (dispatcher === undefined ? [] : [index]))
  }

  /** The lanes serve them: a predecessor may end. */
  served(): void {
    for (const { inherited } of this.#entries) inherited?.served()
  }

  /** What a successor is given. */
  handedSockets(service: string): HandedSockets[] {
    return this.#entries.map(({ target, bound: { address, spread, descriptors } }) => ({
      service,
      asked: askedOf(target),
      address: formatAddress(address),
      spread,
      kind: isDatagram(address) ? 'datagram' : 'stream',
      descriptors,
    }))
  }

  /** They are a successor's from now on: what waits in them is, and the files of Unix sockets. */
  release(): void {
    this.#isReleased = true
    for (const { bound, dispatcher } of this.#entries) {
      dispatcher?.close()
      bound.ownFile(false)
    }
  }

  /** The sockets of a seat, one for each target. */
  socketsOf(seat: number): BoundSocket[] {
    return this.#entries.map(({ bound }) => (bound.sockets[seat] ?? bound.sockets[0]) as BoundSocket)
  }

  /** Nobody serves a seat's sockets: what comes from now on goes to the others, as far as the spread allows. */
  away(seat: number): void {
    this.#away.add(seat)
    this.#divert()
  }

  /** Somebody serves these seats again. */
  back(...seats: readonly number[]): void {
    const wereAway = seats.filter((seat) => this.#away.delete(seat))
    if (wereAway.length > 0) this.#divert()
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
    if (this.#isReleased) return sums
    for (const { bound } of this.#entries) {
      const { datagrams, connections } = bound.discard()
      sums.datagrams += datagrams
      sums.connections += connections
    }
    return sums
  }

  #divert(): void {
    if (this.#isReleased) return
    try {
      for (const { bound } of this.#entries) bound.divert([...this.#away])
    } catch {
      // The kernel has no memory for it, say: then it waits for the successor.
    }
  }

  async close(): Promise<void> {
    for (const { dispatcher, bound, inherited } of this.#entries) {
      dispatcher?.close()
      if (inherited !== undefined && !this.#isReleased) bound.ownFile(inherited.ownsFile)
      await bound.close()
    }
  }
}

async function bindTarget(target: ListenTarget, { lanes, pick, ...options }: ListenerSetOptions): Promise<Entry> {
  const asked = parseAddress(target.address)
  const address = socketAddress(asked)
  const sockets = {
    sockets: lanes,
    datagram: { receiveBufferBytes, ...target.datagram },
    ...(target.stream === undefined ? {} : { stream: target.stream }),
  }
  const kind = isDatagram(address) ? 'datagram' : 'stream'
  const inherited = options.inheritance?.take({ asked: askedOf(target), kind })
  const spread = inherited?.spread ?? spreadOf(address, target.spread ?? options.spread)
  const bound =
    inherited === undefined
      ? await bindSockets(address, { ...sockets, spread })
      : await inherit(inherited, address, sockets)
  const dispatcher = bound.spread === 'least-connections' ? handOver(bound, pick) : undefined
  return { target, address: boundAs(asked, bound.address), bound, dispatcher, inherited }
}

async function inherit(
  { address, spread, descriptors }: InheritedSockets,
  asked: Address,
  sockets: Parameters<typeof inheritSockets>[1],
): Promise<BoundListener> {
  const ofLanes = spread === 'source' || spread === 'round-robin' ? descriptors.length : 1
  if (sockets.sockets < ofLanes) {
    // Nobody would serve the sockets that are left over, and the kernel goes on to fill them.
    const rule = `at least ${ofLanes}, as many as the predecessor of ${formatAddress(asked)} had; fewer need a restart`
    throw fail('OPTION_INVALID', { option: 'lanes', rule, got: String(sockets.sockets) })
  }
  return await inheritSockets({ address: parseAddress(address), spread, descriptors }, sockets)
}

/** By what a successor finds its sockets. */
function askedOf({ address }: ListenTarget): string {
  return typeof address === 'string' ? address : formatAddress(address)
}

/** What `auto` means. */
function spreadOf({ scheme }: Address, wanted: Spread): SocketSpread {
  if (wanted !== 'auto') return wanted
  return scheme === 'unix' || scheme === 'unix-dgram' ? 'shared' : 'source'
}

/** What a lane is told of a target: a given descriptor is the supervisor's. */
export function withoutDescriptor({ datagram, stream, ...target }: ListenTarget): ListenTarget {
  const { descriptor: _, ...forDatagrams } = datagram ?? {}
  const { descriptor: __, ...forStreams } = stream ?? {}
  return { ...target, datagram: forDatagrams, stream: forStreams }
}
