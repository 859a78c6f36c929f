/**
 * A Kalman filter of two states, the offset of a counter and its frequency, the latter on a random walk: the textbook
 * model of an oscillator. Pure numbers, in seconds.
 *
 *   offset'    = offset + frequency * dt        measured = offset + noise
 *   frequency' = frequency + wander
 */

export interface Estimate {
  /** Seconds. */
  readonly offset: number
  /** Seconds a second. */
  readonly frequency: number
  /** Variance of the offset, seconds squared. */
  readonly offsetVariance: number
  readonly covariance: number
  readonly frequencyVariance: number
}

/** What was known `seconds` earlier, as of now. `wander` is the walk of the frequency, 1 / s per square root of a second. */
export function predict(from: Estimate, seconds: number, wander: number): Estimate {
  const q = wander * wander
  return {
    offset: from.offset + from.frequency * seconds,
    frequency: from.frequency,
    offsetVariance:
      from.offsetVariance +
      2 * seconds * from.covariance +
      seconds * seconds * from.frequencyVariance +
      (q * seconds ** 3) / 3,
    covariance: from.covariance + seconds * from.frequencyVariance + (q * seconds * seconds) / 2,
    frequencyVariance: from.frequencyVariance + q * Math.abs(seconds),
  }
}

/** What is known after an offset was measured with this variance. */
export function correct(from: Estimate, measured: number, variance: number): Estimate {
  const gain = from.offsetVariance / (from.offsetVariance + variance)
  const frequencyGain = from.covariance / (from.offsetVariance + variance)
  const innovation = measured - from.offset
  return {
    offset: from.offset + gain * innovation,
    frequency: from.frequency + frequencyGain * innovation,
    offsetVariance: (1 - gain) * from.offsetVariance,
    covariance: (1 - gain) * from.covariance,
    frequencyVariance: from.frequencyVariance - frequencyGain * from.covariance,
  }
}

/** The innovation in units of what was to be expected, squared: about 1 on average while the model holds. */
export function surprise(expected: Estimate, measured: number, variance: number): number {
  return (measured - expected.offset) ** 2 / (expected.offsetVariance + variance)
}
