/** What holds of every run, whatever the jobs, the machine and the policy. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  fcfs,
  simulate,
  srtf,
  type CpuSpan,
  type JobSpec,
  type Simulation,
  type Transition,
} from '#lanework/schedule/index.js'
import { build, machine, policies, workload, type RandomMachine } from './random-workload.js'

const runs = { numRuns: 400 }

function always(claim: (simulation: Simulation, jobs: readonly JobSpec[], on: RandomMachine) => void): void {
  fc.assert(
    fc.property(workload, machine, (jobs, on) => claim(simulate(jobs, build(on)), jobs, on)),
    runs,
  )
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0)
const lengths = (spans: readonly CpuSpan[]): number => sum(spans.map(({ from, to }) => to - from))
const near = (a: number, b: number): boolean => Math.abs(a - b) < 1e-6

function transitionsOf({ record }: Simulation): Map<string, Transition[]> {
  return grouped(record?.transitions ?? [], ({ thread }) => thread)
}

function grouped<Item, Key>(items: readonly Item[], keyOf: (item: Item) => Key): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group === undefined) groups.set(keyOf(item), [item])
    else group.push(item)
  }
  return groups
}

describe('every simulation', () => {
  it('lets a thread run only after it was ready, and changes states in one chain', () => {
    always((simulation) => {
      for (const chain of transitionsOf(simulation).values()) {
        assert.equal(chain[0]?.from, undefined)
        for (const [index, { from, to }] of chain.entries()) {
          if (index > 0) assert.equal(from, chain[index - 1]?.to)
          if (to === 'running') assert.equal(from, 'ready')
        }
      }
    })
  })

  it('tells transitions in the order of time', () => {
    always(({ record }) => {
      const times = (record?.transitions ?? []).map(({ at }) => at)
      assert.deepEqual(
        times,
        times.toSorted((a, b) => a - b),
      )
    })
  })

  it('splits the time of all CPUs into useful, switching and idle, and the spans say the same', () => {
    always(({ system, record }) => {
      const spans = record?.cpu ?? []
      assert.ok(near(system.useful + system.switching + system.idle, system.makespan * system.cpus))
      assert.ok(near(system.useful, lengths(spans.filter(({ kind }) => kind === 'run'))))
      assert.ok(near(system.switching, lengths(spans.filter(({ kind }) => kind !== 'run'))))
    })
  })

  it('has one thread on a CPU at a time, and a thread on one CPU', () => {
    always(({ record }) => {
      const spans = record?.cpu ?? []
      for (const key of ['cpu', 'thread'] as const) {
        for (const own of grouped(spans, (span) => span[key]).values()) {
          const inOrder = own.toSorted((a, b) => a.from - b.from || a.to - b.to)
          for (const [index, span] of inOrder.entries())
            assert.ok(index === 0 || span.from >= (inOrder[index - 1]?.to ?? 0), `two at ${span.from}`)
        }
      }
    })
  })

  it('has threads on a CPU only while they are running', () => {
    always((simulation) => {
      const chains = transitionsOf(simulation)
      for (const { thread, from, to } of simulation.record?.cpu ?? []) {
        const chain = chains.get(thread) ?? []
        const before = chain.findLast(({ at, to: state }) => at <= from && state === 'running')
        assert.ok(before, `${thread} was not running at ${from}`)
        const leaves = chain.find(({ at, from: state }) => state === 'running' && at > from)
        assert.ok(leaves === undefined || leaves.at >= to)
      }
    })
  })

  it('gives each job that is done the CPU time of its bursts, and accounts for all of it', () => {
    always((simulation, jobs, { spec }) => {
      if (spec.cache !== undefined) return
      for (const { name, cpu, end } of simulation.jobs) {
        const job = jobs.find((each) => each.name === name)
        const bursts = job?.bursts ?? job?.threads?.flatMap((thread) => thread.bursts) ?? []
        const needed = sum(bursts.map((each) => ('cpu' in each ? each.cpu : 0)))
        assert.ok(end === 'done' ? near(cpu, needed) : cpu <= needed + 1e-6)
      }
      const paid = simulation.accounts.filter(({ resource }) => resource === 'cpu').map(({ used }) => used)
      assert.ok(near(sum(paid), simulation.system.useful))
    })
  })

  it('splits the turnaround of a job with one thread into computing, waiting, I/O, switching and memory', () => {
    always(({ jobs }, specs, { spec }) => {
      const alone = new Set(specs.filter(({ threads }) => threads === undefined).map(({ name }) => name))
      if (spec.rules?.switchCountsAsWaiting !== true) return
      for (const { name, turnaround, cpu, waiting, blocked, waitedForMemory } of jobs) {
        if (turnaround === undefined || !alone.has(name)) continue
        assert.ok(near(turnaround, cpu + waiting + blocked + waitedForMemory), name)
      }
    })
  })

  it('finishes all jobs if there is no horizon, and never before they could alone', () => {
    always(({ jobs, system }, specs, { spec }) => {
      if (spec.horizon !== Infinity) return
      assert.equal(jobs.length, specs.length)
      for (const { end, slowdown } of jobs) {
        assert.equal(end, 'done')
        if (spec.cache === undefined) assert.ok((slowdown ?? 0) >= 1 - 1e-9)
      }
      assert.ok(system.fairness > 0 && system.fairness <= 1 + 1e-9)
    })
  })

  it('is the same each time, and with a summary only', () => {
    fc.assert(
      fc.property(workload, machine, (jobs, on) => {
        const [once, again] = [simulate(jobs, build(on)), simulate(jobs, build(on))]
        assert.deepEqual(again, once)
        const summary = simulate(jobs, { ...build(on), record: 'summary' })
        assert.equal(summary.record, undefined)
        assert.deepEqual([summary.jobs, summary.system, summary.accounts], [once.jobs, once.system, once.accounts])
      }),
      runs,
    )
  })

  it('gives the same for jobs in the order of arrival, whether they are listed or read one by one', () => {
    fc.assert(
      fc.property(workload, machine, (jobs, on) => {
        const inOrder = jobs.toSorted((a, b) => (a.arrival ?? 0) - (b.arrival ?? 0))
        assert.deepEqual(simulate(inOrder.values(), build(on)), simulate(jobs, build(on)))
      }),
      runs,
    )
  })
})

describe('without switch cost', () => {
  it('no CPU is idle while a thread is ready that may run there', () => {
    always((simulation, _jobs, { spec, perCpu }) => {
      if (spec.contextSwitch !== 0 || perCpu) return
      const { record, system } = simulation
      const moments = new Set((record?.transitions ?? []).map(({ at }) => at))
      const chains = [...transitionsOf(simulation).values()]
      for (const at of moments) {
        const states = chains.map((chain) => chain.findLast((each) => each.at <= at)?.to)
        const running = states.filter((state) => state === 'running').length
        // What happens at the horizon is not followed by a decision.
        if (at < system.makespan) assert.ok(running === system.cpus || !states.includes('ready'), `idle at ${at}`)
      }
    })
  })

  it('the last moment is the same for all policies without I/O on one CPU', () => {
    const computing = fc
      .array(fc.record({ arrival: fc.integer({ min: 0, max: 30 }), cpu: fc.integer({ min: 0, max: 20 }) }))
      .map((jobs) => jobs.map(({ arrival, cpu }, index) => ({ name: `J${index}`, arrival, bursts: [{ cpu }] })))
    fc.assert(
      fc.property(computing, fc.constantFrom(...Object.keys(policies)), (jobs, name) => {
        const { makespan } = simulate(jobs, { policy: fcfs() }).system
        const policy = policies[name]?.() ?? fcfs()
        assert.ok(near(simulate(jobs, { policy }).system.makespan, makespan))
      }),
      runs,
    )
  })

  it('SRTF has the lowest mean turnaround of all policies', () => {
    const computing = fc
      .array(fc.record({ arrival: fc.integer({ min: 0, max: 30 }), cpu: fc.integer({ min: 1, max: 20 }) }), {
        minLength: 1,
      })
      .map((jobs) => jobs.map(({ arrival, cpu }, index) => ({ name: `J${index}`, arrival, bursts: [{ cpu }] })))
    fc.assert(
      fc.property(computing, fc.constantFrom(...Object.keys(policies)), (jobs, name) => {
        const best = simulate(jobs, { policy: srtf() }).system.average.turnaround
        const policy = policies[name]?.() ?? fcfs()
        assert.ok(simulate(jobs, { policy }).system.average.turnaround >= best - 1e-9, name)
      }),
      runs,
    )
  })
})
