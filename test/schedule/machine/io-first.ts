/** A policy for tests: who comes back from I/O runs at once; the one that ran goes on when that one waits or ends. */
import { fcfs, type Policy, type SimulatedJob } from '#lanework/schedule/index.js'

export function ioFirst(): Policy<SimulatedJob> {
  const others = fcfs<SimulatedJob>()
  let first: SimulatedJob[] = []
  return {
    name: 'io-first',
    get size() {
      return others.size + first.length
    },
    ready(job, now, cause) {
      if (cause === 'unblocked') first.push(job)
      else others.ready(job, now, cause)
    },
    pick: (now) => first.shift() ?? others.pick(now),
    peek: () => first[0],
    preempts: () => 1,
    withdraw(job) {
      const isFirst = first.includes(job)
      first = first.filter((each) => each !== job)
      return isFirst || others.withdraw(job)
    },
  }
}
