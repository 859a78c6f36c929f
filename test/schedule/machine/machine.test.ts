/** What the simulated machine can do, each on the smallest workload that shows it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  answer,
  easy,
  fcfs,
  priority,
  queuePerCpu,
  rr,
  simulate,
  sjf,
  srtf,
  type AdmissionMemory,
  type Burst,
  type JobSpec,
  type SimulatedJob,
} from '#lanework/schedule/index.js'

const job = (name: string, bursts: readonly Burst[], about: Partial<JobSpec> = {}): JobSpec => ({
  name,
  bursts,
  ...about,
})
const cpu = (length: number): Burst => ({ cpu: length })

/** Places jobs one behind the other, from 100 on, and forgets who left. */
function plainMemory(size: number, protection = true): AdmissionMemory {
  const placed = new Map<string, { base: number; size: number }>()
  return {
    size,
    protection,
    admit(name, wanted) {
      const taken = [...placed.values()].reduce((sum, each) => sum + each.size, 0)
      if (taken + wanted > size) return undefined
      const place = { base: 100 + taken, size: wanted }
      placed.set(name, place)
      return place
    },
    release: (name) => void placed.delete(name),
  }
}

describe('devices', () => {
  const twoReaders = [job('A', [{ io: 4, device: 'disk' }, cpu(1)]), job('B', [{ io: 4, device: 'disk' }, cpu(1)])]

  it('a device with one server makes the second request wait, a device that is not listed serves both', () => {
    const finishes = (devices: Record<string, { servers?: number }>): unknown =>
      simulate(twoReaders, { policy: fcfs(), devices }).jobs.map(({ finish }) => finish)
    assert.deepEqual(finishes({ disk: {} }), [5, 9])
    assert.deepEqual(finishes({ disk: { servers: 2 } }), [5, 6])
    assert.deepEqual(finishes({}), [5, 6])
  })

  it('asynchronous I/O overlaps with computing, and await waits for all of it', () => {
    const { jobs, record, accounts } = simulate(
      [
        job('A', [
          { io: 5, submission: 'async' },
          { io: 3, device: 'disk', submission: 'async' },
          cpu(2),
          { await: true },
          cpu(1),
        ]),
      ],
      { policy: fcfs() },
    )
    assert.equal(jobs[0]?.finish, 6)
    assert.deepEqual(
      record?.transitions.map(({ at, to }) => `${at} ${to}`),
      ['0 new', '0 ready', '0 running', '2 blocked', '5 ready', '5 running', '6 done'],
    )
    assert.deepEqual(
      accounts.map(({ resource, used }) => `${resource} ${used}`),
      ['cpu 3', 'io 5', 'disk 3'],
    )
  })

  it('a thread ends when what it handed in is done', () => {
    const { jobs } = simulate([job('A', [cpu(1), { io: 9, submission: 'async' }])], { policy: fcfs() })
    assert.equal(jobs[0]?.finish, 10)
  })
})

describe('context switches', () => {
  it('save a control block when a thread leaves, and are paid in and out', () => {
    const { record, system, jobs } = simulate([job('A', [cpu(3)]), job('B', [cpu(2)])], {
      policy: rr({ quantum: 2 }),
      contextSwitch: { in: 1, out: 1 },
    })
    assert.deepEqual([system.makespan, system.switches, system.switching, system.useful], [11, 3, 6, 5])
    assert.deepEqual(
      jobs.map(({ finish, response }) => [finish, response]),
      [
        [11, 1],
        [8, 5],
      ],
    )
    assert.deepEqual(record?.controlBlocks[0], {
      at: 4,
      thread: 'A',
      state: 'ready',
      programCounter: 0,
      remaining: 1,
      cpuUsed: 2,
    })
  })

  it('cost nothing when the same thread comes again, with when: change', () => {
    const jobs = [job('A', [cpu(1), { io: 1 }, cpu(1)]), job('B', [cpu(1)], { arrival: 9 })]
    const run = (when: 'change' | 'dispatch'): number =>
      simulate(jobs, { policy: fcfs(), contextSwitch: { in: 1, out: 0, when } }).system.switching
    assert.deepEqual([run('change'), run('dispatch')], [2, 3])
  })

  it('response may end with the decision', () => {
    const run = (response: 'dispatch' | 'instruction'): unknown =>
      simulate([job('A', [cpu(1)])], { policy: fcfs(), contextSwitch: 2, rules: { response } }).jobs[0]?.response
    assert.deepEqual([run('dispatch'), run('instruction')], [0, 2])
  })
})

describe('rules', () => {
  it('a job that arrives as a slice ends goes first, or behind the one that lost its CPU', () => {
    const jobs = [job('A', [cpu(6)]), job('B', [cpu(2)]), job('C', [cpu(2)], { arrival: 2 })]
    const order = (tie: 'arrival-first' | 'expired-first'): string =>
      answer(simulate(jobs, { policy: rr({ quantum: 2 }), rules: { tie } }))
        .gantt.map(([name]) => name)
        .join('')
    assert.deepEqual([order('arrival-first'), order('expired-first')], ['ABCA', 'ABACA'])
  })

  it('a job that is alone keeps its CPU, or is switched out and in', () => {
    const switches = (aloneAtExpiry: 'keep' | 'switch'): number =>
      simulate([job('A', [cpu(6)])], { policy: rr({ quantum: 2 }), rules: { aloneAtExpiry } }).system.switches
    assert.deepEqual([switches('keep'), switches('switch')], [1, 3])
  })

  it('utilisation counts from time 0 or from the first arrival', () => {
    const run = (from: 'zero' | 'first-arrival'): number =>
      simulate([job('A', [cpu(5)], { arrival: 5 })], { policy: fcfs(), rules: { from } }).system.utilization
    assert.deepEqual([run('zero'), run('first-arrival')], [0.5, 1])
  })
})

describe('several CPUs', () => {
  it('run as many jobs at once, where each may run', () => {
    const jobs = [job('A', [cpu(4)], { affinity: [1] }), job('B', [cpu(4)], { affinity: [1] }), job('C', [cpu(3)])]
    const { record, system } = simulate(jobs, { policy: fcfs(), cpus: 2 })
    assert.deepEqual(
      record?.cpu.map((span) => `${span.job} on ${span.cpu} until ${span.to}`),
      ['C on 0 until 3', 'A on 1 until 4', 'B on 1 until 8'],
    )
    assert.equal(system.idle, 5)
  })

  it('the one that is furthest behind loses its CPU', () => {
    const jobs = [job('A', [cpu(9)]), job('B', [cpu(20)]), job('C', [cpu(1)], { arrival: 2 })]
    const { jobs: results } = simulate(jobs, { policy: srtf(), cpus: 2 })
    assert.deepEqual(
      results.map(({ preemptions }) => preemptions),
      [0, 1, 0],
    )
  })

  it('a preempted thread whose state is still being saved makes room for one, not for two', () => {
    const jobs = [job('A', [cpu(9)]), job('B', [cpu(9)]), job('C', [cpu(1)], { arrival: 2 })]
    const { system } = simulate(jobs, { policy: srtf(), cpus: 2, contextSwitch: { in: 0, out: 1 } })
    assert.equal(system.preemptions, 1)
  })

  it('a queue for each CPU leaves one idle until it steals', () => {
    const jobs = [job('A', [cpu(9)]), job('B', [cpu(1)]), job('C', [cpu(9)])]
    const makespan = (stealEvery: number): number =>
      simulate(jobs, { policy: queuePerCpu(() => fcfs<SimulatedJob>(), { cpus: 2, stealEvery }), cpus: 2 }).system
        .makespan
    assert.deepEqual([makespan(0), makespan(2)], [18, 11])
  })

  it('a wide job takes several CPUs, and a small one fills the hole before it', () => {
    const jobs = [
      job('A', [cpu(4)], { width: 2, limit: 4 }),
      job('B', [cpu(5)], { width: 3, limit: 5 }),
      job('C', [cpu(3)], { width: 1, limit: 3 }),
    ]
    const starts = (policy: Parameters<typeof simulate>[1]['policy']): unknown =>
      simulate(jobs, { policy, cpus: 3 }).jobs.map(({ start }) => start)
    assert.deepEqual(starts(fcfs()), [0, 4, 9])
    assert.deepEqual(starts(easy()), [0, 4, 0])
    const { system, jobs: results } = simulate(jobs, { policy: easy(), cpus: 3 })
    assert.deepEqual([system.useful, results[1]?.cpu], [26, 15])
  })
})

describe('threads and periods', () => {
  it('a job is done when its last thread is; each thread has its own priority and delay', () => {
    const threads = [
      { bursts: [cpu(4)], priority: 2 },
      { name: 'ui', delay: 1, bursts: [cpu(1)], priority: 1 },
    ]
    const { jobs, record } = simulate([{ name: 'A', threads }], { policy: priority({ preemptive: true }) })
    assert.equal(jobs[0]?.finish, 5)
    assert.deepEqual(
      record?.cpu.map(({ thread, from, to }) => `${thread} ${from}-${to}`),
      ['A.1 0-1', 'A.ui 1-2', 'A.1 2-5'],
    )
  })

  it('a periodic job comes again until the horizon, and each release has its deadline', () => {
    const { jobs } = simulate([job('A', [cpu(3)], { period: 4 }), job('B', [cpu(5)], { deadline: 6 })], {
      policy: fcfs(),
      horizon: 12,
    })
    assert.deepEqual(
      jobs.map(({ name, finish, missedDeadline }) => [name, finish, missedDeadline]),
      [
        ['A#1', 3, false],
        ['B', 8, true],
        ['A#2', 11, true],
        ['A#3', undefined, true],
      ],
    )
  })
})

describe('the horizon', () => {
  it('ends everything: what ends there is done, what is under way counts so far', () => {
    const jobs = [job('A', [cpu(4)]), job('B', [cpu(9)]), job('C', [cpu(1)], { arrival: 6 })]
    const { jobs: results, system } = simulate(jobs, { policy: fcfs(), horizon: 6 })
    assert.deepEqual(
      results.map(({ end, cpu: used, waiting }) => [end, used, waiting]),
      [
        ['done', 4, 0],
        ['unfinished', 2, 4],
      ],
    )
    assert.deepEqual([system.makespan, system.useful], [6, 6])
    assert.equal(simulate(jobs, { policy: fcfs(), horizon: 4 }).jobs[0]?.end, 'done')
  })
})

describe('memory', () => {
  const three = [
    job('A', [cpu(4)], { memory: 60 }),
    job('B', [cpu(4)], { memory: 60 }),
    job('C', [cpu(4)], { memory: 30 }),
  ]

  it('a job waits for memory before it is ready, in order', () => {
    const { jobs, record, accounts } = simulate(three, { policy: rr({ quantum: 1 }), memory: plainMemory(100) })
    assert.deepEqual(
      jobs.map(({ finish, waitedForMemory }) => [finish, waitedForMemory]),
      [
        [4, 0],
        [11, 4],
        [12, 4],
      ],
    )
    assert.deepEqual(record?.memory[0], { job: 'A', base: 100, size: 60, from: 0, to: 4 })
    assert.equal(accounts.find(({ resource }) => resource === 'memory')?.used, 240)
  })

  it('the first that fits may go before others, if the rule says so', () => {
    const { jobs } = simulate(three, {
      policy: rr({ quantum: 1 }),
      memory: plainMemory(100),
      rules: { admission: 'first-fit' },
    })
    assert.deepEqual(
      jobs.map(({ waitedForMemory }) => waitedForMemory),
      [0, 7, 0],
    )
  })

  it('a degree of one is a batch: the next job comes when the last one is gone', () => {
    const jobs = [job('A', [cpu(1), { io: 5 }, cpu(1)]), job('B', [cpu(1)])]
    const finishes = (degree: number): unknown =>
      simulate(jobs, { policy: fcfs(), degree }).jobs.map(({ finish }) => finish)
    assert.deepEqual(
      [finishes(1), finishes(2)],
      [
        [7, 8],
        [7, 2],
      ],
    )
  })
})

describe('protection', () => {
  const good = job('good', [cpu(9)], { memory: 10 })
  const rogue = (access: number, write: boolean): JobSpec =>
    job('rogue', [cpu(1), { access, write }, cpu(1)], { memory: 10 })
  const ends = (access: number, write: boolean, protection: boolean): unknown => {
    const jobs = [good, rogue(access, write)]
    const memory = plainMemory(100, protection)
    const { jobs: results, record } = simulate(jobs, { policy: rr({ quantum: 1 }), memory })
    return [...results.map(({ end }) => end), record?.strayAccesses?.[0]?.outcome]
  }

  it('on: an access outside the own space ends that job, and nobody else', () => {
    assert.deepEqual(ends(10, false, true), ['done', 'faulted', 'fault'])
    assert.deepEqual(ends(-1, true, true), ['done', 'faulted', 'fault'])
  })

  it('lets a job use its own space', () => {
    assert.deepEqual(ends(9, true, true), ['done', 'done', undefined])
  })

  it('off: the system can be read, and a write into it takes it down with all jobs', () => {
    assert.deepEqual(ends(500, false, false), ['done', 'done', 'read'])
    assert.deepEqual(ends(500, true, false), ['system-crashed', 'system-crashed', 'crashed-system'])
  })

  it('off: a write into another job breaks that one', () => {
    assert.deepEqual(ends(-10, true, false), ['faulted', 'done', 'broke-job'])
  })

  it('a fault of one thread ends the job with all its threads', () => {
    const threads = [{ bursts: [cpu(1), { access: 1 }] }, { bursts: [cpu(9)] }, { bursts: [cpu(9), { io: 1 }] }]
    const { jobs, system } = simulate([{ name: 'A', threads }, job('B', [cpu(3)])], { policy: fcfs(), cpus: 2 })
    assert.deepEqual(
      jobs.map(({ end, finish }) => [end, finish]),
      [
        ['faulted', 1],
        ['done', 4],
      ],
    )
    assert.equal(system.useful, 5)
  })
})

describe('decisions', () => {
  it('say why, and who else was ready', () => {
    const { record } = simulate([job('A', [cpu(5)]), job('B', [cpu(2)])], { policy: sjf() })
    assert.deepEqual(
      record?.decisions.map(({ at, thread, ready }) => [at, thread, ready]),
      [
        [0, 'B', ['A']],
        [2, 'A', []],
      ],
    )
    assert.match(record?.decisions[0]?.why ?? '', /B/)
  })
})

describe('results', () => {
  it('tell fairness, throughput, the longest wait and averages', () => {
    const { system, jobs } = simulate([job('A', [cpu(8)]), job('B', [cpu(2)])], { policy: fcfs() })
    assert.deepEqual(
      jobs.map(({ slowdown }) => slowdown),
      [1, 5],
    )
    assert.ok(Math.abs(system.fairness - 1.2 ** 2 / (2 * (1 + 0.04))) < 1e-12)
    assert.equal(system.throughput, 0.2)
    assert.deepEqual(system.longestWait, { job: 'B', time: 8 })
    assert.deepEqual(system.average, { turnaround: 9, waiting: 4, response: 4, slowdown: 3 })
  })

  it('of nothing are empty', () => {
    const { jobs, system } = simulate([], { policy: fcfs() })
    assert.deepEqual([jobs, system.makespan, system.utilization, system.events], [[], 0, 0, 0])
  })
})

describe('caches', () => {
  it('hold two working sets that fit together: both stay warm once they are in', () => {
    // OSTEP, Multiprocessor Scheduling, homework: multi.py -n 2 -L a:100:100,b:100:50,c:100:50 -A a:0,b:1,c:1
    const bound = (name: string, workingSet: number, cpu: number): JobSpec => ({
      name,
      workingSet,
      affinity: [cpu],
      bursts: [{ cpu: 100 }],
    })
    const { jobs } = simulate([bound('a', 100, 0), bound('b', 50, 1), bound('c', 50, 1)], {
      policy: rr({ quantum: 10 }),
      cpus: 2,
      cache: { size: 100, warmUp: 10, rate: 2 },
      rules: { slices: 'global' },
    })
    assert.deepEqual(
      jobs.map(({ finish }) => finish),
      [55, 105, 110],
    )
  })
})

describe('fairness', () => {
  const endless = (name: string): JobSpec => ({ name, bursts: [{ cpu: Infinity }] })

  it('counts those that never ran, and those that are not done', () => {
    const two = [endless('A'), endless('B')]
    assert.equal(simulate(two, { policy: fcfs(), horizon: 100 }).system.fairness, 0.5)
    assert.equal(simulate(two, { policy: rr({ quantum: 1 }), horizon: 100 }).system.fairness, 1)
  })
})
