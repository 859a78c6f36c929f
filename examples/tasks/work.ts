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
export const compute = task(import.meta, 'compute', async (ms: number) => {
  const begin = clock()
  const before = process.cpuUsage()
  const usedMs = () => {
    const { user, system } = process.cpuUsage(before)
    return (user + system) / 1_000
  }
  while (usedMs() < ms);
  return { begin, end: clock(), cpuMs: usedMs() }
})

/** From this moment on the caller or the task is in this state. */
export interface Mark {
  readonly at: number
  readonly caller?: string
  readonly task?: string
}

/** Writes down what it does: a job that waits once, or one that computes all the time. */
export const diary = task(import.meta, 'diary', async (kind: 'waits' | 'computes') => {
  const marks: Mark[] = [{ at: clock(), task: 'running' }]
  if (kind === 'waits') {
    marks.push({ at: clock(), task: 'blocked' })
    await sleep(30)
    marks.push({ at: clock(), task: 'running' })
  } else await compute(30)
  return [...marks, { at: clock(), task: 'done' }]
})

/** Where it ran. */
export const place = task(import.meta, 'place', async (page: number) => {
  await sleep(50)
  return { length: page * 1_000, pid: process.pid, thread: `${process.pid}:${threadId}` }
})

/** Computes in steps and lets others run in between. The stretches of time in which it had a CPU. */
export const steps = task(import.meta, 'steps', async (count: number) => {
  const stretches: Span[] = []
  for (let step = 0; step < count; step++) {
    stretches.push(...stretchesOf(4))
    await new Promise((resolve) => setImmediate(resolve))
  }
  return stretches
})

/** Two of them, taking turns in one thread. */
export const twoAtOnce = task(import.meta, 'twoAtOnce', (count: number) => Promise.all([steps(count), steps(count)]))

/** Looks at the clock all the time, so that it notices when it was taken off the CPU. */
function stretchesOf(ms: number): Span[] {
  let now = clock()
  let begin = now
  const stretches: Span[] = []
  for (let usedMs = 0; usedMs < ms;) {
    const last = now
    now = clock()
    if (now - last < 0.5) usedMs += now - last
    else {
      stretches.push({ begin, end: last })
      begin = now
    }
  }
  return [...stretches, { begin, end: now }]
}
