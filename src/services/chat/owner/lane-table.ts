/** The lanes that an owner knows, and which of them has which member. */
import { isLaneworkError, type Clock, type Timer } from '../../../core/index.ts'
import type { Bus } from '../../../bus/index.ts'
import { laneSubject, pulseSubject, toBytes, type ToLane } from '../messages.ts'

/** How often lanes are asked whether they live. */
const pulseMs = 1_000
/** How long they may take, and how many times in a row they may take longer: machines stall, and who hangs is killed by its supervisor. */
const [answerMs, mostMissed] = [5_000, 2]

interface KnownLane {
  readonly lane: string
  readonly seat: number
  readonly members: Set<string>
  isAsked: boolean
  /** Pulses in a row without an answer in time. */
  missed: number
  /** It has a successor already. */
  isRetiring?: boolean
}

const nothing = new Uint8Array(0)

export class LaneTable {
  readonly #bus: Bus
  readonly #ended: (seat: number, members: readonly string[], lane: string) => void
  readonly #lanes = new Map<string, KnownLane>()
  readonly #laneOf = new Map<string, string>()
  readonly #timer: Timer

  /** `ended` is told of lanes that are gone, with the members that they had. */
  constructor(bus: Bus, clock: Clock, ended: (seat: number, members: readonly string[], lane: string) => void) {
    this.#bus = bus
    this.#ended = ended
    this.#timer = clock.every(pulseMs, () => this.#askAll())
  }

  /** A lane is here; those that sat there before it are asked at once whether they live. */
  came(lane: string, seat: number): void {
    const before = [...this.#lanes.values()].filter((known) => known.seat === seat && known.lane !== lane)
    if (!this.#lanes.has(lane)) this.#lanes.set(lane, { lane, seat, members: new Set(), isAsked: false, missed: 0 })
    for (const known of before) void this.#ask(known)
  }

  knows(lane: string): boolean {
    return this.#lanes.has(lane)
  }

  /** Resolves once a lane has read all that it was told; false when it does not in time, or has ended. */
  async hasHeard(lane: string): Promise<boolean> {
    return (await this.#pulse(lane)) === 'lives'
  }

  /** A lane says that it ends. */
  left(lane: string): void {
    const known = this.#lanes.get(lane)
    if (known === undefined) return
    this.#lanes.delete(lane)
    for (const id of known.members) this.#laneOf.delete(id)
    this.#ended(known.seat, [...known.members], lane)
  }

  laneOf(member: string): string | undefined {
    return this.#laneOf.get(member)
  }

  membersOf(lane: string): readonly string[] {
    return [...(this.#lanes.get(lane)?.members ?? [])]
  }

  /** False when the lane has ended: the member has none then. */
  move(member: string, lane: string): boolean {
    this.remove(member)
    const known = this.#lanes.get(lane)
    if (known === undefined) return false
    this.#laneOf.set(member, lane)
    known.members.add(member)
    return true
  }

  remove(member: string): void {
    const lane = this.#laneOf.get(member)
    if (lane === undefined) return
    this.#laneOf.delete(member)
    this.#lanes.get(lane)?.members.delete(member)
  }

  /** The lane goes on only with what it has; gives who goes on with that. */
  retire(lane: string): string | undefined {
    const known = this.#lanes.get(lane)
    if (known === undefined) return undefined
    known.isRetiring = true
    return this.successor(known.seat)
  }

  /** The newest lane of a seat. */
  sitting(seat: number): string | undefined {
    return this.#serving().findLast((known) => known.seat === seat)?.lane
  }

  /** That, else the newest of all. */
  successor(seat: number): string | undefined {
    return this.sitting(seat) ?? this.#serving().at(-1)?.lane
  }

  #serving(): KnownLane[] {
    return [...this.#lanes.values()].filter(({ isRetiring }) => isRetiring !== true)
  }

  close(): void {
    this.#timer.cancel()
  }

  #askAll(): void {
    for (const known of this.#lanes.values()) if (!known.isAsked) void this.#ask(known)
  }

  async #ask(known: KnownLane): Promise<void> {
    known.isAsked = true
    const state = await this.#pulse(known.lane)
    known.isAsked = false
    known.missed = state === 'late' ? known.missed + 1 : 0
    if (this.#lanes.get(known.lane) !== known) return
    if (state === 'gone') this.left(known.lane)
    else if (state === 'late' && known.missed < mostMissed) void this.#ask(known)
    else if (state === 'late') this.#giveUp(known.lane)
  }

  /** It may only be silent: then it says hello once it reads this. */
  #giveUp(lane: string): void {
    this.left(lane)
    this.#bus.publish(laneSubject(lane), toBytes({ kind: 'unknown' } satisfies ToLane))
  }

  async #pulse(lane: string): Promise<'lives' | 'late' | 'gone' | 'unclear'> {
    try {
      await this.#bus.request(pulseSubject(lane), nothing, { timeoutMs: answerMs })
      return 'lives'
    } catch (error) {
      if (!isLaneworkError(error)) throw error
      if (error.code === 'TIMED_OUT') return 'late'
      // Our own end is no sign of theirs, nor are too many requests.
      return error.code === 'NO_RESPONDER' || error.code === 'RESPONDER_LOST' ? 'gone' : 'unclear'
    }
  }
}
