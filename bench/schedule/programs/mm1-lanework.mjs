// One queue with Poisson arrivals and exponential service, simulated by
// lanework: jobs are drawn while the simulation reads them. Prints one line of
// JSON. --hold also measures what the results of the jobs take in memory.

import { parseArgs } from 'node:util'
import { exponential, poisson, policyByName, randomStream, simulate } from '../../../dist/schedule/index.js'

const { values } = parseArgs({
  options: {
    jobs: { type: 'string', default: '1000000' },
    policy: { type: 'string', default: 'fcfs' },
    quantum: { type: 'string' },
    hold: { type: 'boolean', default: false },
  },
})
const count = Number(values.jobs)

function* jobs(count, seed) {
  const nextArrival = poisson({ rate: 0.8 }).start(randomStream(seed, 'arrivals'))
  const service = exponential({ mean: 1 })
  const stream = randomStream(seed, 'service')
  for (let index = 0; index < count; index += 1) {
    const priority = index % 4
    yield {
      name: `${index}`,
      arrival: nextArrival(),
      priority,
      deadline: 10,
      bursts: [{ cpu: service.sample(stream) }],
    }
  }
}

function run(count, seed) {
  const policy = policyByName(values.policy, values.quantum ? { quantum: Number(values.quantum) } : {})
  return simulate(jobs(count, seed), { policy, record: 'summary' })
}

function bytesInUse() {
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

// A small run first: what is compiled then is not measured.
run(Math.min(count, 20_000), 2)
const before = values.hold ? bytesInUse() : 0
const start = performance.now()
const result = run(count, 1)
const seconds = (performance.now() - start) / 1_000
const { events, average } = result.system
const held = values.hold ? { bytesEach: (bytesInUse() - before) / result.jobs.length } : {}
const measured = { jobs: count, seconds, events, perSecond: events / seconds, turnaround: average.turnaround }
console.log(JSON.stringify({ ...measured, ...held, peakMib: process.resourceUsage().maxRSS / 1_024 }))
