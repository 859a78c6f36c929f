/**
 * A supervisor that accepts for its lanes: connections go to the lane that is picked, several in one message, and what a
 * dead lane had not read waits in its pair for the successor.
 *
 *   backlog ─▶ accept ─▶ pick ─▶ pair of the slot ─▶ lane (LaneListener)
 *      ▲                  │ nobody now, or the pair is full
 *      └── stops while ───┴─▶ held, tried again soon: 64 at most
 */
import { fail } from '../core/index.ts'
import { errnoName, Poll, readable, type Native } from '../native/index.ts'
import { formatAddress } from './address.ts'
import { SystemBoundListener, type BoundListener } from './bound.ts'
import { needNative } from './descriptors.ts'
import { handedAtOnce } from './native/lane-listener.ts'
import { acceptRetryMs } from './native/listener.ts'
import { systemError } from './system-error.ts'

export interface HandOverEvents {
  /** Accepting failed, mostly DESCRIPTOR_LIMIT; it goes on after `retryMs`. Clients wait in the backlog. */
  readonly onAcceptError?: (error: Error, retryMs: number) => void
}

/** What gives accepted connections to lanes. */
export interface ConnectionDispatcher {
  /** Connections given to lanes so far. */
  readonly handedOver: number
  /** Accepted, and not yet given to anybody. */
  readonly held: number
  /** Leaves new connections in the backlog until `resume`. */
  pause(): void
  resume(): void
  /** Whether this alone keeps the process running. */
  ref(yes: boolean): void
  /** Stops accepting; resets connections that nobody was picked for, and says how many. The listener's close does so too. */
  close(): number
}

/** A connection between accept and its lane. */
interface Held {
  readonly descriptor: number
  /** The peer's address in C's layout. */
  readonly record: Buffer
}

/** Until a pair has room again, or somebody may be picked. */
const askAgainMs = 5
/** Batches of 64 before the event loop gets its turn. */
const batchesPerTurn = 4
/** The system is short of memory, or has too many descriptors on their way; it passes, as a full pair does. */
const passing: ReadonlySet<string> = new Set(['EAGAIN', 'ENOBUFS', 'ENOMEM', 'ETOOMANYREFS'])

/**
 * Accepts on a listener bound with the spread `least-connections`. `pick` is called once for each connection and gives
 * the slot (0 to `sockets` - 1) that gets it; undefined: nobody now, ask again soon. While a connection cannot be given
 * to anybody, also because the pair of its slot is full, nothing more is accepted: pass over lanes that are blocked.
 * Throws OPTION_INVALID for other spreads and for a second dispatcher, CLOSED.
 */
export function handOver(
  listener: BoundListener,
  pick: () => number | undefined,
  events: HandOverEvents = {},
): ConnectionDispatcher {
  const native = needNative('handing over connections')
  if (!(listener instanceof SystemBoundListener) || listener.pairs.length === 0) {
    throw fail('OPTION_INVALID', { option: 'listener', rule: 'bound with least-connections', got: listener.spread })
  }
  if (listener.closed) throw fail('CLOSED', { what: `bound ${formatAddress(listener.address)}` })
  if (listener.closing.size > 0) {
    throw fail('OPTION_INVALID', { option: 'listener', rule: 'handed over once', got: 'a second dispatcher' })
  }
  return new Dispatcher(native, listener, pick, events)
}

class Dispatcher implements ConnectionDispatcher {
  handedOver = 0
  readonly #native: Native
  readonly #listener: SystemBoundListener
  readonly #fd: number
  readonly #pick: () => number | undefined
  readonly #events: HandOverEvents
  readonly #poll: Poll
  readonly #records: Buffer
  readonly #accepted = new Int32Array(handedAtOnce)
  /** Nobody was picked for them yet. */
  #undecided: Held[] = []
  /** By slot: those that its pair had no room for. */
  readonly #waiting = new Map<number, Held[]>()
  readonly #stop = (): void => void this.close()
  #again: NodeJS.Timeout | undefined
  #retry: NodeJS.Timeout | undefined
  #paused = false
  #closed = false

  constructor(native: Native, listener: SystemBoundListener, pick: () => number | undefined, events: HandOverEvents) {
    this.#native = native
    this.#listener = listener
    this.#fd = listener.descriptors[0] as number
    this.#pick = pick
    this.#events = events
    this.#records = Buffer.alloc(handedAtOnce * native.recordBytes)
    this.#poll = new Poll(native, this.#fd, readable, () => this.#turn())
    listener.closing.add(this.#stop)
  }

  get held(): number {
    let count = this.#undecided.length
    for (const held of this.#waiting.values()) count += held.length
    return count
  }

  pause(): void {
    this.#paused = true
    this.#apply()
  }

  resume(): void {
    this.#paused = false
    this.#apply()
  }

  ref(yes: boolean): void {
    this.#poll.ref(yes)
  }

  close(): number {
    if (this.#closed) return 0
    this.#closed = true
    clearTimeout(this.#again)
    clearTimeout(this.#retry)
    this.#poll.close()
    this.#listener.closing.delete(this.#stop)
    const left = [...this.#undecided.splice(0), ...[...this.#waiting.values()].flat()]
    this.#waiting.clear()
    this.#reset(left)
    return left.length
  }

  #apply(): void {
    const accepts = !this.#paused && this.#retry === undefined && this.#again === undefined
    this.#poll.watch(accepts ? readable : 0)
  }

  #turn(): void {
    for (let batch = 0; batch < batchesPerTurn && !this.#closed && !this.#paused; batch++) {
      const count = this.#native.acceptMany(this.#fd, this.#records, this.#accepted)
      if (count < 0) return this.#cannotAccept(errnoName(count))
      this.#distribute(Array.from({ length: count }, (_, index) => this.#heldAt(index)))
      if (this.#undecided.length > 0 || this.#waiting.size > 0) return this.#askAgain()
      if (count < handedAtOnce) return
    }
  }

  #heldAt(index: number): Held {
    const { recordBytes } = this.#native
    // Ours until it is given away, also if this thread should end before that.
    const descriptor = this.#native.claim(this.#accepted[index] as number)
    return { descriptor, record: Buffer.from(this.#records.subarray(index * recordBytes, (index + 1) * recordBytes)) }
  }

  #distribute(connections: readonly Held[]): void {
    const bySlot = new Map<number, Held[]>()
    for (const held of connections) {
      const slot = this.#undecided.length > 0 ? undefined : this.#ask()
      if (slot === undefined) this.#undecided.push(held)
      else if (bySlot.has(slot)) bySlot.get(slot)?.push(held)
      else bySlot.set(slot, [held])
    }
    for (const [slot, group] of bySlot) this.#give(slot, group)
  }

  #ask(): number | undefined {
    try {
      const slot = this.#pick()
      if (slot === undefined || this.#listener.pairs[slot] !== undefined) return slot
      throw fail('OPTION_INVALID', {
        option: 'pick',
        rule: `0 to ${this.#listener.pairs.length - 1}, or undefined`,
        got: String(slot),
      })
    } catch (error) {
      // The connection waits; the mistake is not hidden.
      setImmediate(() => {
        throw error
      })
      return undefined
    }
  }

  /** In order: behind others that wait for the same slot. */
  #give(slot: number, group: readonly Held[]): void {
    const before = this.#waiting.get(slot)
    if (before === undefined) this.#send(slot, group)
    else before.push(...group)
  }

  #send(slot: number, group: readonly Held[]): void {
    const { writing } = this.#listener.pairs[slot] as { writing: number }
    const records = Buffer.concat(group.map(({ record }) => record))
    const descriptors = Int32Array.from(group, ({ descriptor }) => descriptor)
    const status = this.#native.sendDescriptors(writing, records, descriptors)
    if (status >= 0) {
      for (const descriptor of descriptors) this.#native.close(descriptor)
      this.handedOver += group.length
      return
    }
    const errno = errnoName(status)
    if (passing.has(errno)) {
      this.#waiting.set(slot, [...group])
      return
    }
    this.#reset(group)
    this.#events.onAcceptError?.(systemError(errno, { syscall: 'sendmsg', address: this.#listener.address }), 0)
  }

  #askAgain(): void {
    this.#again ??= setTimeout(() => this.#tryAgain(), askAgainMs)
    this.#apply()
  }

  #tryAgain(): void {
    this.#again = undefined
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const [slot, group] of waiting) this.#send(slot, group)
    this.#distribute(this.#undecided.splice(0))
    if (this.#closed) return
    if (this.#undecided.length > 0 || this.#waiting.size > 0) this.#askAgain()
    else this.#apply()
  }

  #cannotAccept(errno: string): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = undefined
      if (!this.#closed) this.#apply()
    }, acceptRetryMs)
    this.#apply()
    const error = systemError(errno, { syscall: 'accept', address: this.#listener.address })
    this.#events.onAcceptError?.(error, acceptRetryMs)
  }

  #reset(connections: readonly Held[]): void {
    for (const { descriptor } of connections) {
      this.#native.resetOnClose(descriptor)
      this.#native.close(descriptor)
    }
  }
}
