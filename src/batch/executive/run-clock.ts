/** The clock of a run: it starts at 0 and never jumps, whatever is done to the machine's date. */
export interface RunClock {
  /** Milliseconds since 1970 at instant 0: the only time that the date is looked at. */
  readonly startedAt: number
  /** Milliseconds since instant 0. */
  now(): number
}

/** Starts now. */
export function runClock(): RunClock {
  const start = performance.now()
  return { startedAt: Date.now(), now: () => performance.now() - start }
}
