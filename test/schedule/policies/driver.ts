/**
 * One CPU under a policy, as plainly as a driver can be: all that happens at an instant happens in a stated order. Enough to see
 * what a policy does with slices, preemption and I/O; the simulator has the rest.
 */
import type { Job, Policy } from '#lanework/schedule/index.js'

export interface Work extends Job {
  readonly name: string
  readonly arrival: number
  /** CPU and I/O in turn: [3, 5, 2] computes 3, waits 5, computes 2. */
  readonly bursts: readonly number[]
  burst: number
  remaining: number
  /** Where it is in `bursts`. */
  at: number
}

export function work(
  name: string,
  arrival: number,
  bursts: number | readonly number[],
  about: Partial<Omit<Job, 'name' | 'burst' | 'remaining'>> = {},
): Work {
  const list = typeof bursts === 'number' ? [bursts] : bursts
  const first = list[0] ?? 0
  return { place: -1, name, arrival, bursts: list, burst: first, remaining: first, at: 0, ...about }
}

/** CPU time cut by I/O: after every so much of it, except at the end. */
export function withIo(cpu: number, every: number, io: number): number[] {
  const bursts: number[] = []
  for (let left = cpu; left > 0; left -= every) {
    if (bursts.length > 0) bursts.push(io)
    bursts.push(Math.min(every, left))
  }
  return bursts
}

export interface Span {
  readonly name: string
  readonly from: number
  readonly to: number
  readonly level: number | undefined
}

export interface Run {
  readonly spans: Span[]
  readonly finish: Record<string, number>
  readonly explained: string[]
}

export interface Driver {
  /** At the instant when a slice ends: who is queued first. @default 'arrival-first' */
  readonly tie?: 'arrival-first' | 'expired-first'
  readonly horizon?: number
}

interface OnCpu {
  readonly job: Work
  since: number
  sliceEnds: number
  level: number | undefined
  /** Where the span begins: a boost may change the level of a job that runs on. */
  spanFrom: number
}

const rounding = 1e-9

/** Runs all jobs to their end, or the horizon. */
export function drive(policy: Policy<Work>, jobs: readonly Work[], driver: Driver = {}): Run {
  const { tie = 'arrival-first', horizon = Infinity } = driver
  const run: Run = { spans: [], finish: {}, explained: [] }
  const coming = jobs.map((job) => ({ job, at: job.arrival, cause: 'arrived' as 'arrived' | 'unblocked' }))
  let running: OnCpu | undefined
  let now = 0

  const closeSpan = ({ job, spanFrom, level }: OnCpu): void => {
    if (now > spanFrom) run.spans.push({ name: job.name, from: spanFrom, to: now, level })
  }
  const leave = (): number => {
    if (running === undefined) throw new Error('nobody runs')
    const { job, since } = running
    closeSpan(running)
    job.remaining -= now - since
    return now - since
  }
  const arrive = (): void => {
    coming.sort((a, b) => a.at - b.at)
    while (coming[0] !== undefined && coming[0].at <= now + rounding) {
      const next = coming.shift()
      if (next === undefined) break
      if (next.cause === 'arrived') policy.arrive?.(next.job, now)
      policy.ready(next.job, now, next.cause)
    }
  }
  const endBurst = (on: OnCpu): void => {
    const ran = leave()
    const { job } = on
    running = undefined
    if (job.at + 1 >= job.bursts.length) {
      policy.finish?.(job, ran, now)
      run.finish[job.name] = now
      return
    }
    policy.block?.(job, ran, now)
    coming.push({ job, at: now + (job.bursts[job.at + 1] ?? 0), cause: 'unblocked' })
    job.at += 2
    job.burst = job.remaining = job.bursts[job.at] ?? 0
  }
  const expire = (on: OnCpu): void => {
    const ran = leave()
    policy.expire?.(on.job, ran, now)
    if (policy.size === 0 && coming.every(({ at }) => tie === 'expired-first' || at > now + rounding)) {
      Object.assign(on, { since: now, spanFrom: now, sliceEnds: sliceEnd(on.job), level: policy.level?.(on.job) })
      return
    }
    running = undefined
    policy.ready(on.job, now, 'expired')
  }
  const sliceEnd = (job: Work): number => now + (policy.quantum?.(job, now) ?? Infinity)
  const dispatch = (): void => {
    const job = policy.pick(now)
    if (job === undefined) return
    run.explained.push(policy.explain?.(job, now) ?? '')
    running = { job, since: now, sliceEnds: sliceEnd(job), level: policy.level?.(job), spanFrom: now }
  }
  const preempt = (): void => {
    const candidate = policy.peek?.(now)
    if (running === undefined || candidate === undefined) return
    const lead = policy.preempts?.({ job: running.job, cpu: 0, since: running.since }, candidate, now) ?? 0
    if (lead <= 0) return
    const { job } = running
    const ran = leave()
    policy.preempt?.(job, ran, now)
    running = undefined
    policy.ready(job, now, 'preempted')
  }

  const renew = (): void => {
    if (running === undefined) return
    closeSpan(running)
    Object.assign(running, { spanFrom: now, sliceEnds: sliceEnd(running.job), level: policy.level?.(running.job) })
  }

  while (now < horizon) {
    const on = running as OnCpu | undefined
    if (on !== undefined && endsAt(on) <= now + rounding) endBurst(on)
    else if (on !== undefined && on.sliceEnds <= now + rounding && tie === 'expired-first') expire(on)
    if ((policy.wakeAt?.(now) ?? Infinity) <= now + rounding && policy.wake?.(now) === true) renew()
    arrive()
    const still = running as OnCpu | undefined
    if (still !== undefined && still.sliceEnds <= now + rounding) expire(still)
    preempt()
    if (running === undefined) dispatch()
    const busy = running as OnCpu | undefined
    const next = Math.min(
      ...coming.map(({ at }) => at),
      busy === undefined ? Infinity : Math.min(endsAt(busy), busy.sliceEnds),
      policy.wakeAt?.(now) ?? Infinity,
      horizon,
    )
    if (busy === undefined && policy.size === 0 && coming.length === 0) break
    if (next === Infinity) break
    if (next < now || (next === now && busy === undefined && coming.length === 0))
      throw new Error(`time stands at ${now}`)
    now = next
  }
  if (running !== undefined) leave()
  return run
}

function endsAt({ job, since }: OnCpu): number {
  return since + job.remaining
}

/** Spans of one job at one level that touch are one. */
export function merged(spans: readonly Span[]): Span[] {
  const list: Span[] = []
  for (const span of spans) {
    const last = list.at(-1)
    if (last !== undefined && last.name === span.name && last.to === span.from && last.level === span.level)
      list[list.length - 1] = { ...last, to: span.to }
    else list.push(span)
  }
  return list
}
