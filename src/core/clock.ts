/**
 * Time as an argument. Whatever waits or measures takes a `Clock`, so that a test can turn the
 * hands itself (`VirtualClock` in `lanework/testing`) and nothing sleeps to synchronise.
 */

/** A pending timer; `cancel` is safe to call at any time, also after it fired. */
export interface Timer {
  cancel(): void
}

export interface Clock {
  /** Milliseconds of a monotonic clock with an arbitrary start; never goes back. */
  monotonicMs(): number
  /** Milliseconds since 1970-01-01 UTC; may jump when the clock is set. */
  wallMs(): number
  /** Calls `action` once, `delayMs` from now. A pending timer alone does not keep the process. */
  after(delayMs: number, action: () => void): Timer
  /** Calls `action` every `periodMs`. A pending timer alone does not keep the process. */
  every(periodMs: number, action: () => void): Timer
}

/** The longest delay of a Node timer, 24.8 days; beyond it Node would fire after 1 ms. */
const longestDelayMs = 2_147_483_647

/** The clock of the machine; a delay beyond 24.8 days counts as 24.8 days. */
export const systemClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, action) {
    const timer = setTimeout(action, Math.min(delayMs, longestDelayMs))
    timer.unref()
    return { cancel: () => clearTimeout(timer) }
  },
  every(periodMs, action) {
    const timer = setInterval(action, Math.min(periodMs, longestDelayMs))
    timer.unref()
    return { cancel: () => clearInterval(timer) }
  },
}
