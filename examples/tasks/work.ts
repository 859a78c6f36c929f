// Work of two kinds, with the time of its begin and end on a clock that all processes of a machine share.
import { setTimeout as sleep } from 'node:timers/promises'
import { threadId } from 'node:worker_threads'
import { task } from 'lanework/process'

/** Milliseconds. */
export const clock = () => Number(process.hrtime.bigint()) / 1e6

export interface Span {
  readonly begin: number
  readonly end: number
}

/** Waits, as for a disk or a network: it takes time, but hardly any CPU. */
export const waitFor = task(import.meta, 'waitFor', async (ms: number) => {
  const begin = clock()
  await sleep(ms)
  return { begin, end: clock(), cpuMs: 0 }
})

/** Computes, until it has used so much CPU time. */
export const compute = task(import.meta, 'compute', (ms: number) => {
  const begin = clock()
  const before = process.cpuUsage()
  const usedMs = () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }
  while (usedMs() < ms);
  return { begin, end: clock(), cpuMs: usedMs() }
})

/** Where it ran. */
export const place = task(import.meta, 'place', async (page: number) => {
  await sleep(50)
  return { length: page * 1_000, pid: process.pid, thread: `${process.pid}:${threadId}` }
})

/** Counts in steps of some milliseconds and lets others run in between. The stretches in which it had the CPU. */
export const steps = task(import.meta, 'steps', async (count: number) => {
  const stretches: { begin: number; end: number }[] = []
  for (let step = 0; step < count; step++) {
    let last = clock()
    let current = { begin: last, end: last }
    const until = last + 4
    while (last < until) {
      const now = clock()
      if (now - last > 0.5) stretches.push(current) // it was taken off the CPU meanwhile
      if (now - last > 0.5) current = { begin: now, end: now }
      current.end = last = now
    }
    stretches.push(current)
    await new Promise((resolve) => setImmediate(resolve))
  }
  return stretches
})

/** Two of them, in one thread. */
export const twoAtOnce = task(import.meta, 'twoAtOnce', (count: number) => Promise.all([steps(count), steps(count)]))
