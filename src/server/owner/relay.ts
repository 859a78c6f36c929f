/**
 * The supervisor's side of the one owner: which lane asked what, what the owner has in hand, what waits while there is none,
 * and the last snapshot for all lanes, those that come later too. It sends nothing itself; it is given functions that do.
 */
import { errorToWire, fail, type WireError } from '../../core/index.ts'
import type { CallAnswer, FromLane, FromOwner, Snapshot, ToLane, ToOwner } from './messages.ts'
import { dropSnapshot } from './snapshot.ts'

interface RelayLane {
  readonly send: (message: ToLane) => void
  /** Our ids of its calls, by its own. */
  readonly calls: Map<number, number>
  /** The version that it was sent last. */
  version: number
  /** It has not yet said that it got it. */
  busy: boolean
}

interface RelayCall {
  readonly lane: number
  readonly laneCall: number
  readonly method: string
  args: readonly unknown[]
  inHand: boolean
}

/**
 * Takes the messages of lanes and of the owner. Lanes have numbers that no other lane has at the same time; a reload gives new
 * lanes new ones. An owner comes with `ownerReady` and goes with `ownerEnded`; `ownerPaused` comes before an end in good order.
 */
export class Relay {
  readonly #lanes = new Map<number, RelayLane>()
  /** In the order in which they came. */
  readonly #calls = new Map<number, RelayCall>()
  #owner: ((message: ToOwner) => void) | undefined
  #snapshot: Snapshot | undefined
  #version = 0
  #ids = 0
  #closed: WireError | undefined

  /** Calls that the owner has. */
  get inHand(): number {
    let count = 0
    for (const call of this.#calls.values()) if (call.inHand) count += 1
    return count
  }

  /** Calls that wait for an owner. */
  get waiting(): number {
    return this.#calls.size - this.inHand
  }

  /** Lanes that have been told of an owner; the operator, whose number is negative, is none. */
  get followers(): number {
    let count = 0
    for (const [number, { version }] of this.#lanes) if (number >= 0 && version > 0) count += 1
    return count
  }

  /** A lane has come; it is sent the last snapshot. */
  addLane(number: number, send: (message: ToLane) => void): void {
    this.removeLane(number)
    const lane = { send, calls: new Map<number, number>(), version: 0, busy: false }
    this.#lanes.set(number, lane)
    this.#show(lane)
  }

  /** A lane has gone: what it asked is forgotten. */
  removeLane(number: number): void {
    for (const id of this.#lanes.get(number)?.calls.values() ?? []) this.#calls.delete(id)
    this.#lanes.delete(number)
  }

  fromLane(number: number, message: FromLane): void {
    const lane = this.#lanes.get(number)
    if (lane === undefined) return
    if (message[0] === 'call') this.#ask(number, lane, message[1], message[2], message[3])
    else if (message[0] === 'cancel') this.#cancel(lane, message[1])
    else {
      lane.busy = false
      this.#show(lane)
    }
  }

  /** Answers and snapshots; other messages are for who started the owner. */
  fromOwner(message: FromOwner): void {
    if (message[0] === 'answer' || message[0] === 'error') this.#answer(message)
    else if (message[0] === 'snapshot') this.#publish(message[1])
  }

  /** There is an owner: it gets what waits, in order. */
  ownerReady(send: (message: ToOwner) => void): void {
    this.#owner = send
    for (const [id, call] of this.#calls) if (!call.inHand) this.#hand(id, call)
  }

  /** The owner gets no more calls; what it has in hand it may still answer. */
  ownerPaused(): void {
    this.#owner = undefined
  }

  /** There is no owner any more: what it had in hand fails with the error (PROCESS_DIED); what comes now waits. */
  ownerEnded(error: unknown): void {
    this.#owner = undefined
    const wire = errorToWire(error)
    for (const [id, call] of this.#calls) if (call.inHand) this.#answer(['error', id, wire])
  }

  /** There will be no owner: all calls fail with the error, those to come too; the snapshot is let go. */
  close(error: unknown = fail('CLOSED', { what: 'way to shared()' })): void {
    this.#owner = undefined
    this.#closed ??= errorToWire(error)
    for (const id of this.#calls.keys()) this.#answer(['error', id, this.#closed])
    dropSnapshot(this.#snapshot)
    this.#snapshot = undefined
  }

  #ask(number: number, lane: RelayLane, laneCall: number, method: string, args: readonly unknown[]): void {
    if (this.#closed !== undefined) return lane.send(['error', laneCall, this.#closed])
    const id = ++this.#ids
    const call = { lane: number, laneCall, method, args, inHand: false }
    this.#calls.set(id, call)
    lane.calls.set(laneCall, id)
    this.#hand(id, call)
  }

  #hand(id: number, call: RelayCall): void {
    if (this.#owner === undefined) return
    const { args } = call
    call.inHand = true
    call.args = []
    this.#owner(['call', id, call.method, args])
  }

  #cancel(lane: RelayLane, laneCall: number): void {
    const id = lane.calls.get(laneCall)
    if (id === undefined) return
    lane.calls.delete(laneCall)
    this.#calls.delete(id)
  }

  #answer(message: CallAnswer): void {
    const call = this.#calls.get(message[1])
    if (call === undefined) return
    this.#calls.delete(message[1])
    const lane = this.#lanes.get(call.lane)
    if (lane === undefined) return
    lane.calls.delete(call.laneCall)
    if (message[0] === 'answer') lane.send(['answer', call.laneCall, message[2]])
    else lane.send(['error', call.laneCall, message[2]])
  }

  #publish(snapshot: Snapshot): void {
    if (this.#closed !== undefined) return dropSnapshot(snapshot)
    dropSnapshot(this.#snapshot)
    this.#snapshot = snapshot
    this.#version += 1
    for (const lane of this.#lanes.values()) this.#show(lane)
  }

  /** Sends the lane the last snapshot unless it has it, or has yet to say that it got one before. */
  #show(lane: RelayLane): void {
    if (this.#snapshot === undefined || lane.busy || lane.version === this.#version) return
    lane.busy = true
    lane.version = this.#version
    lane.send(['snapshot', this.#snapshot])
  }
}
