/**
 * Sockets without a system: everything stays in this process, and goes wrong on purpose, the same way
 * for the same seed.
 *
 *   datagrams: loss, duplication, reordering, delay        streams: split chunks, delay, resets
 *
 * Give it to `serve`, `udp`, `connect` and `listen` as `network`. With a `VirtualClock` no real time passes.
 */
import { fail, systemClock, type Clock } from '../core/index.ts'
import {
  formatAddress,
  isInternet,
  type Address,
  type ConnectOptions,
  type DatagramOptions,
  type DatagramSocket,
  type ListenerEvents,
  type ListenOptions,
  type Network,
  type StreamConnection,
  type StreamListener,
} from '../io/index.ts'
import { MemoryDatagramSocket } from './memory-datagram.ts'
import { connectionPair } from './memory-stream.ts'
import { SeededRandom } from './random.ts'

export interface MemoryNetworkOptions {
  /** @default 1 */
  readonly seed?: number
  /** Probability that a datagram is lost. @default 0 */
  readonly loss?: number
  /** Probability that a datagram arrives twice. @default 0 */
  readonly duplicate?: number
  /** Probability that a datagram is overtaken by later ones. @default 0 */
  readonly reorder?: number
  /** Every datagram and chunk takes this many milliseconds. @default 0 */
  readonly delayMs?: number
  /** Streams deliver what was written in pieces of random size. @default false */
  readonly split?: boolean
  /** Probability, for each chunk of a stream, that the connection is reset instead. @default 0 */
  readonly reset?: number
  /** @default the machine's */
  readonly clock?: Clock
}

/** What became of the datagrams; sent + duplicated = delivered + lost + unreachable + what still travels. */
export interface MemoryNetworkCounts {
  sent: number
  delivered: number
  lost: number
  duplicated: number
  reordered: number
  /** Nobody was bound to the address. */
  unreachable: number
}

/** How late an overtaken datagram is, in milliseconds, besides `delayMs`. */
const overtakenMs = 5
const firstFreePort = 40_000

export class MemoryNetwork implements Network {
  readonly kind = 'memory'
  readonly counts: MemoryNetworkCounts = { sent: 0, delivered: 0, lost: 0, duplicated: 0, reordered: 0, unreachable: 0 }
  readonly clock: Clock
  readonly random: SeededRandom
  readonly options: Required<Omit<MemoryNetworkOptions, 'clock' | 'seed'>>
  readonly #datagrams = new Map<string, MemoryDatagramSocket>()
  readonly #listeners = new Map<
    string,
    { readonly events: ListenerEvents; paused: boolean; readonly waiting: StreamConnection[] }
  >()
  #nextPort = firstFreePort

  constructor(options: MemoryNetworkOptions = {}) {
    this.clock = options.clock ?? systemClock
    this.random = new SeededRandom(options.seed ?? 1)
    this.options = { loss: 0, duplicate: 0, reorder: 0, delayMs: 0, split: false, reset: 0, ...options }
  }

  async bindDatagram(address: Address, options: DatagramOptions = {}): Promise<DatagramSocket> {
    const bound = this.#claim(address, this.#datagrams)
    const socket = new MemoryDatagramSocket(this, bound, options, () => this.#datagrams.delete(formatAddress(bound)))
    this.#datagrams.set(formatAddress(bound), socket)
    return socket
  }

  async listenStream(address: Address, events: ListenerEvents, _options: ListenOptions = {}): Promise<StreamListener> {
    const bound = this.#claim(address, this.#listeners)
    const key = formatAddress(bound)
    const listener = { events, paused: false, waiting: [] as StreamConnection[] }
    this.#listeners.set(key, listener)
    return {
      address: bound,
      descriptor: undefined,
      pause: () => void (listener.paused = true),
      resume: () => {
        listener.paused = false
        while (!listener.paused && listener.waiting.length > 0)
          events.onConnection(listener.waiting.shift() as StreamConnection)
      },
      ref: () => {},
      close: async () => void this.#listeners.delete(key),
    }
  }

  async connectStream(address: Address, _options: ConnectOptions = {}): Promise<StreamConnection> {
    const listener = this.#listeners.get(formatAddress(address))
    if (listener === undefined) throw fail('CONNECTION_REFUSED', { address: formatAddress(address) })
    const own: Address = isInternet(address) ? { ...address, port: this.#nextPort++ } : { scheme: 'unix', path: '' }
    const [client, server] = connectionPair(this, own, address)
    if (listener.paused) listener.waiting.push(server)
    else this.later(() => listener.events.onConnection(server))
    return client
  }

  /** Carries one datagram, with the faults of the options. */
  carry(bytes: Buffer, from: Address, to: Address): void {
    const { loss, duplicate, reorder, delayMs } = this.options
    this.counts.sent++
    const copies = this.random.chance(duplicate) ? 2 : 1
    if (copies === 2) this.counts.duplicated++
    for (let copy = 0; copy < copies; copy++) {
      if (this.random.chance(loss)) {
        this.counts.lost++
        continue
      }
      const overtaken = this.random.chance(reorder)
      if (overtaken) this.counts.reordered++
      this.later(() => this.#deliver(bytes, from, to), delayMs + (overtaken ? overtakenMs : 0))
    }
  }

  /** Runs an action after a delay of this network; without one, once the current turn is over. */
  later(action: () => void, delayMs: number = this.options.delayMs): void {
    if (delayMs > 0) this.clock.after(delayMs, action)
    else queueMicrotask(action)
  }

  #deliver(bytes: Buffer, from: Address, to: Address): void {
    const socket = this.#datagrams.get(formatAddress(to))
    if (socket === undefined) {
      this.counts.unreachable++
      return
    }
    this.counts.delivered++
    socket.arrive(bytes, from)
  }

  #claim(address: Address, taken: ReadonlyMap<string, unknown>): Address {
    const bound = isInternet(address) && address.port === 0 ? { ...address, port: this.#nextPort++ } : address
    if (taken.has(formatAddress(bound))) throw fail('ADDRESS_IN_USE', { address: formatAddress(bound) })
    return bound
  }
}
