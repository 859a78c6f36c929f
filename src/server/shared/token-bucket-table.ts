/**
 * A token bucket for each source, over all lanes. A bucket is one word (ITU-T I.371's generic cell rate algorithm): the time
 * at which it will be full again, in 64ths of the time in which a token comes back. An empty bucket is `burst` tokens' time ahead.
 */
import { checkBucket, type TokenBucketOptions } from '../rate/token-bucket.ts'
import { newRateTable, RateTable, rateTableBytes, type RateTableKind, type RateTableOptions } from './rate-table.ts'
import type { LaneMemory } from './memory.ts'

export type TokenBucketTableOptions = TokenBucketOptions & RateTableOptions

const kind: RateTableKind = { magic: 0x6274574c, what: 'token buckets', stateWords: () => 1 }
/** Time in which a token comes back. */
const tokenTicks = 64
/** The largest bucket is 2^26 ticks; a set is looked through often enough for its times to stay within 2^30. */
const unitTicks = 2 ** 24

/** One lane's access; `take` is the same for all lanes that use the same memory. */
export class TokenBucketTable extends RateTable {
  readonly #ticksPerMs: number
  readonly #burstTicks: number

  private constructor(memory: LaneMemory, lane: number, offset: number) {
    super(kind, memory, lane, offset)
    const [ratePerSecond = 1, burst = 1] = this.parameters
    this.#ticksPerMs = (ratePerSecond * tokenTicks) / 1_000
    this.#burstTicks = Math.floor(burst * tokenTicks)
  }

  /** Some 12 bytes a source. Throws OPTION_INVALID. */
  static bytesFor(options: TokenBucketTableOptions): number {
    return rateTableBytes(kind, ...splitOptions(options))
  }

  /** New buckets in zeroed memory, from `offset` on, a multiple of 64. Throws OPTION_INVALID, CLOSED. */
  static create(memory: LaneMemory, options: TokenBucketTableOptions, lane = 0, offset = 0): TokenBucketTable {
    const [table, parameters] = splitOptions(options)
    newRateTable(kind, memory, table, parameters, offset)
    return new TokenBucketTable(memory, lane, offset)
  }

  /** Those that are there, for a lane. Throws MEMORY_LAYOUT, CLOSED, OPTION_INVALID. */
  static attach(memory: LaneMemory, lane: number, offset = 0): TokenBucketTable {
    return new TokenBucketTable(memory, lane, offset)
  }

  /**
   * Takes so many tokens (default 1) of a source's bucket if they are there, else none; true when they were. `nowMs` is of the
   * same clock in every lane (`machineMs`). After a jump back of that clock a source may find its bucket empty once, or
   * full. What is no numeric address is not limited.
   */
  take(host: string, nowMs: number, cost = 1): boolean {
    const ticks = Math.floor(nowMs * this.#ticksPerMs)
    const now = ticks | 0
    const place = this.locate(host, now, Math.floor(ticks / unitTicks) | 0)
    if (place < 0) return true
    const costTicks = Math.ceil(cost * tokenTicks)
    for (;;) {
      const before = Atomics.load(this.states, place)
      const ahead = Math.max(0, (before - now) | 0)
      if (ahead + costTicks > this.#burstTicks) {
        // Further ahead than an empty bucket: the clock has gone back. From here on it fills again.
        const empty = (now + this.#burstTicks) | 0
        if (ahead > this.#burstTicks) Atomics.compareExchange(this.states, place, before, empty)
        return false
      }
      if (Atomics.compareExchange(this.states, place, before, (now + ahead + costTicks) | 0) === before) break
    }
    // Another lane may just have given the place to another source, which must not pay for this one.
    if (!this.isAt(place, this.located)) Atomics.sub(this.states, place, costTicks)
    return true
  }

  protected override used(place: number, now: number): number {
    return Math.min(this.#burstTicks, Math.max(0, (Atomics.load(this.states, place) - now) | 0))
  }

  /** What is not full yet lies ahead, and is not over. */
  protected override tidy(): void {}

  protected override clear(place: number, now: number): void {
    Atomics.store(this.states, place, now)
  }
}

function splitOptions(options: TokenBucketTableOptions): [RateTableOptions, number[]] {
  const { ratePerSecond, burst, ...table } = options
  const bucket = checkBucket({ ratePerSecond, burst })
  return [table, [bucket.ratePerSecond, bucket.burst]]
}
