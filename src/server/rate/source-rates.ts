/** The limits on messages of one source, as a lane asks them: the token bucket, then the sliding window, of all lanes. */
import { systemClock } from '../../core/index.ts'
import { isInternet, isLoopback, type Address } from '../../io/index.ts'
import { machineMs } from '../shared/memory.ts'
import type { LaneShared } from '../shared/server-memory.ts'
import type { Clock } from '../../core/index.ts'
import type { Limits } from '../types.ts'

/** Whom limits for each source count; undefined for who is exempt: loopback, and Unix sockets. */
export function limitedHost(address: Address): string | undefined {
  return isInternet(address) && !isLoopback(address) ? address.host : undefined
}

/** One message's way through both limits: `token` of the bucket may be had while the window still refuses. */
export class SourceRates {
  /** After so long it is worth asking again. */
  readonly retryMs: number
  readonly #bucket: LaneShared['bucket']
  readonly #window: LaneShared['window']
  readonly #nowMs: () => number

  private constructor({ bucket, window }: LaneShared, limits: Limits, clock: Clock) {
    this.#bucket = bucket
    this.#window = window
    // Lanes must go by the same clock; one that was given is the only one.
    this.#nowMs = clock === systemClock ? machineMs : () => clock.monotonicMs()
    const tokenMs = bucket === undefined ? Infinity : 1_000 / limits.messagesPerSecond
    const partMs = window === undefined ? Infinity : limits.windowMs / 10
    this.retryMs = Math.min(250, Math.max(5, Math.min(tokenMs, partMs)))
  }

  /** Undefined when there is no such limit. */
  static of(shared: LaneShared, limits: Limits, clock: Clock): SourceRates | undefined {
    if (shared.bucket === undefined && shared.window === undefined) return undefined
    return new SourceRates(shared, limits, clock)
  }

  /** True when a message of this source may be handled; it is counted then. */
  take(host: string): boolean {
    return this.takeToken(host) && this.takePlace(host)
  }

  /** The bucket's part. */
  takeToken(host: string): boolean {
    return this.#bucket === undefined || this.#bucket.take(host, this.#nowMs())
  }

  /** The window's part. */
  takePlace(host: string): boolean {
    return this.#window === undefined || this.#window.take(host, this.#nowMs())
  }
}
