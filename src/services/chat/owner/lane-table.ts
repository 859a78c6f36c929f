/** The lanes that an owner knows, and which of them has which member. */
import { isLaneworkError, type Clock, type Timer } from '../../../core/index.ts'
import type { Bus } from '../../../bus/index.ts'
import { pulseSubject } from '../messages.ts'

/** How often lanes are asked whether they live; without an answer in three such times they do not. */
const pulseMs = 1_000

interface KnownLane {
  readonly lane: string
  readonly seat: number
  readonly members: Set<string>
  isAsked: boolean
  /** It has a successor already. */
  isRetiring?: boolean
}

const nothing = new Uint8Array(0)

export class LaneTable {
  readonly #bus: Bus
  readonly #ended: (seat: number, members: readonly string[]) => void
  readonly #lanes = new Map<string, KnownLane>()
  readonly #laneOf = new Map<string, string>()
  readonly #timer: Timer

  /** `ended` is told of lanes that are gone, with the members that they had. */
  constructor(bus: Bus, clock: Clock, ended: (seat: number, members: readonly string[]) => void) {
    this.#bus = bus
    this.#ended = ended
    this.#timer = clock.every(pulseMs, () => this.#askAll())
  }

  /** A lane is here; those that sat there before it are asked at once whether they live. */
  came(lane: string, seat: number): void {
    const before = [...this.#lanes.values()].filter((known) => known.seat === seat && known.lane !== lane)
    if (!this.#lanes.has(lane)) this.#lanes.set(lane, { lane, seat, members: new Set(), isAsked: false })
    for (const known of before) void this.#ask(known)
  }

  /** A lane says that it ends. */
  left(lane: string): void {
    const known = this.#lanes.get(lane)
    if (known === undefined) return
    this.#lanes.delete(lane)
    for (const id of known.members) this.#laneOf.delete(id)
    this.#ended(known.seat, [...known.members])
  }

  laneOf(member: string): string | undefined {
    return this.#laneOf.get(member)
  }

  membersOf(lane: string): readonly string[] {
    return [...(this.#lanes.get(lane)?.members ?? [])]
  }

  move(member: string, lane: string): void {
    this.remove(member)
    this.#laneOf.set(member, lane)
    this.#lanes.get(lane)?.members.add(member)
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
    try {
      await this.#bus.request(pulseSubject(known.lane), nothing, { timeoutMs: 3 * pulseMs })
    } catch (error) {
      if (!isLaneworkError(error)) throw error
      // Our own end is no sign of theirs.
      if (error.code !== 'CLOSED' && this.#lanes.get(known.lane) === known) this.left(known.lane)
    } finally {
      known.isAsked = false
    }
  }
}
