/**
 * Attempts that failed, by key, and how long the next one has to wait. As many may be under way as might still fail; those behind them wait for
 * their turn, so that many at once are no way round, and many right ones at once are no fault.
 *
 *   begin ─▶ too many have failed within the window: milliseconds to wait
 *         └▶ its turn ─▶ end: right, it counts for nothing; wrong, it counts until the window has passed
 */
export interface Attempt {
  /** Above 0 it may not be made: milliseconds until it may. */
  readonly waitMs: number
  end(isWrong: boolean): void
}

export interface Attempts {
  /** Resolves once it may be made, or may not. The time is in milliseconds; failures from after it, of a clock that went back, are forgotten. */
  begin(key: string, nowMs: number): Promise<Attempt>
}

interface Known {
  /** Times, oldest first. */
  failed: number[]
  running: number
  readonly waiting: (() => void)[]
}

/** Keys that are remembered; beyond it the one that tried longest ago is forgotten. */
const mostKeys = 10_000
/** Of one key, behind those under way. */
const mostWaiting = 64
const soonMs = 1_000

/** At most `most` failures within any `withinMs`, for each key. */
export function attemptsOf(most: number, withinMs: number): Attempts {
  /** Who tried longest ago first. */
  const byKey = new Map<string, Known>()

  function knownOf(key: string): Known {
    const known = byKey.get(key) ?? { failed: [], running: 0, waiting: [] }
    byKey.delete(key)
    byKey.set(key, known)
    if (byKey.size > mostKeys) byKey.delete(byKey.keys().next().value as string)
    return known
  }

  function forget(key: string, known: Known): void {
    if (byKey.get(key) === known) byKey.delete(key)
  }

  return {
    async begin(key, nowMs) {
      const known = knownOf(key)
      for (;;) {
        known.failed = known.failed.filter((atMs) => atMs <= nowMs && nowMs - atMs < withinMs)
        const [oldest] = known.failed
        if (oldest !== undefined && known.failed.length >= most) return refused(oldest + withinMs - nowMs)
        if (known.failed.length + known.running < most) break
        if (known.waiting.length >= mostWaiting) return refused(soonMs)
        await new Promise<void>((resolve) => known.waiting.push(resolve))
      }
      known.running++
      const end = (isWrong: boolean): void => {
        known.running--
        if (isWrong) known.failed.push(nowMs)
        else if (known.failed.length + known.running + known.waiting.length === 0) forget(key, known)
        for (const wake of known.waiting.splice(0)) wake()
      }
      return { waitMs: 0, end }
    },
  }
}

function refused(waitMs: number): Attempt {
  return { waitMs, end: () => {} }
}
