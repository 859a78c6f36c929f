/** One CPU and jobs without I/O, enough of a driver for policies that do not preempt. */
import type { Job, Policy } from '#lanework/schedule/index.js'

export interface PlainJob extends Job {
  readonly name: string
  readonly arrival: number
  readonly burst: number
}

export function job(name: string, arrival: number, burst: number): PlainJob {
  return { place: -1, name, arrival, burst }
}

export interface Ended {
  readonly name: string
  readonly start: number
  readonly finish: number
}

/** Runs all jobs; jobs that arrive while the CPU is busy wait, and an idle CPU waits for the next arrival. */
export function runAll(policy: Policy<PlainJob>, jobs: readonly PlainJob[]): Ended[] {
  const arriving = [...jobs].sort((a, b) => a.arrival - b.arrival)
  const ended: Ended[] = []
  let now = 0
  while (arriving.length > 0 || policy.size > 0) {
    if (policy.size === 0) now = Math.max(now, arriving[0]?.arrival ?? now)
    while (arriving[0] !== undefined && arriving[0].arrival <= now) {
      const next = arriving.shift()
      if (next !== undefined) policy.ready(next, next.arrival)
    }
    const next = policy.pick(now)
    if (next === undefined) throw new Error('jobs are ready and none was picked')
    const start = now
    now += next.burst
    policy.finish?.(next, next.burst, now)
    ended.push({ name: next.name, start, finish: now })
  }
  return ended
}

export function meanWaiting(jobs: readonly PlainJob[], ended: readonly Ended[]): number {
  const waits = ended.map(({ name, start }) => start - (jobs.find((each) => each.name === name)?.arrival ?? NaN))
  return waits.reduce((sum, wait) => sum + wait, 0) / waits.length
}
