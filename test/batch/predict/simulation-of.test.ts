/** A real run told as a simulation: what comes out of a record that a simulation wrote is that simulation. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { simulationOf } from '#lanework/batch/index.js'
import {
  drawGantt,
  drawResults,
  drawStates,
  ganttSvg,
  momentsOf,
  policyByName,
  simulate,
  statesSvg,
  stateSpans,
  traceEvents,
  type JobSpec,
  type Simulation,
} from '#lanework/schedule/index.js'
import { recordFrom, recordOf, timesOf } from './recorded.ts'

/** Equal but for the last digits of sums. */
function close(got: unknown, wanted: unknown, path = ''): void {
  if (typeof got === 'number' && typeof wanted === 'number') {
    const isClose = Object.is(got, wanted) || Math.abs(got - wanted) <= 1e-6 * Math.max(1, Math.abs(wanted))
    assert.ok(isClose, `${path}: ${got} instead of ${wanted}`)
  } else if (typeof got === 'object' && got !== null && typeof wanted === 'object' && wanted !== null) {
    const keys = new Set([...Object.keys(got), ...Object.keys(wanted)])
    for (const key of keys)
      close((got as Record<string, unknown>)[key], (wanted as Record<string, unknown>)[key], `${path}.${key}`)
  } else assert.deepEqual(got, wanted, path)
}

/** Eighths, whose sums are exact: what is in order by time stays so. */
const burst = fc.integer({ min: 1, max: 400 }).map((eighths) => eighths / 8)
const job = fc.record({
  arrival: fc.integer({ min: 0, max: 40 }),
  bursts: fc.array(fc.tuple(burst, burst), { minLength: 0, maxLength: 3 }),
  last: burst,
  priority: fc.integer({ min: 0, max: 3 }),
  deadline: fc.option(fc.integer({ min: 5, max: 200 }), { nil: undefined }),
})
const policies = [
  ['fcfs', {}],
  ['sjf', {}],
  ['srtf', {}],
  ['rr', { quantum: 4 }],
  ['mlfq', { levels: 3, quantum: 2 }],
  ['priority', { preemptive: true }],
  ['stride', { quantum: 3 }],
] as const

function specsOf(drawn: readonly (typeof job extends fc.Arbitrary<infer One> ? One : never)[]): JobSpec[] {
  return drawn
    .toSorted((a, b) => a.arrival - b.arrival)
    .map(({ arrival, bursts, last, priority, deadline }, index) => ({
      name: `J${index}`,
      owner: index % 2 === 0 ? 'anna' : 'bert',
      arrival,
      priority,
      deadline,
      bursts: [...bursts.flatMap(([cpu, io]) => [{ cpu }, { io }]), { cpu: last }],
    }))
}

const inOrder = <Item>(items: readonly Item[]): Item[] =>
  items.toSorted((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))

function comparable({ jobs, system, accounts, record }: Simulation): unknown {
  const { events: _, ...figures } = system
  return {
    jobs,
    system: figures,
    accounts: inOrder(accounts),
    transitions: record?.transitions,
    cpu: inOrder(record?.cpu ?? []),
    devices: inOrder(record?.devices ?? []),
    decisions: record?.decisions,
    controlBlocks: record?.controlBlocks,
  }
}

describe('simulationOf', () => {
  it('gives back any simulation from the steps that it would have been recorded as', () => {
    const property = fc.property(
      fc.array(job, { minLength: 1, maxLength: 8 }),
      fc.constantFrom(...policies),
      fc.integer({ min: 1, max: 3 }),
      (drawn, [name, options], cpus) => {
        const specs = specsOf(drawn)
        const simulated = simulate(specs, { policy: policyByName(name, options), cpus })
        const again = simulationOf(recordFrom(simulated, specs, simulated.system.policy))
        close(comparable(again), comparable(simulated))
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  it('gives every drawing of the scheduling library what it needs', () => {
    const specs: JobSpec[] = [
      { name: 'A', bursts: [{ cpu: 5 }, { io: 3 }, { cpu: 2 }] },
      { name: 'B', bursts: [{ cpu: 9 }] },
    ]
    const simulated = simulate(specs, { policy: policyByName('rr', { quantum: 2 }) })
    const again = simulationOf(recordFrom(simulated, specs, 'rr'))
    assert.equal(drawGantt(again), drawGantt(simulated))
    assert.equal(drawStates(again), drawStates(simulated))
    assert.equal(drawResults(again), drawResults(simulated))
    assert.equal(ganttSvg(again), ganttSvg(simulated))
    assert.equal(statesSvg(again), statesSvg(simulated))
    assert.deepEqual(traceEvents(again), traceEvents(simulated))
    assert.deepEqual(momentsOf(again).at(6), momentsOf(simulated).at(6))
  })

  it('counts a job that goes on up to the end of the record', () => {
    const record = recordOf(
      [
        { id: 1, state: 'running', name: 'goes-on' },
        { id: 2, state: 'waiting', name: 'waits' },
      ],
      [
        [10, 1, 'ready', 'submitted'],
        [30, 1, 'running', 'dispatched'],
        [40, 2, 'waiting', 'submitted'],
      ],
      { until: 100 },
    )
    const { jobs, system } = simulationOf(record)
    assert.deepEqual(
      jobs.map(({ name, end, cpu, waiting, waitedForMemory }) => ({ name, end, cpu, waiting, waitedForMemory })),
      [
        { name: 'goes-on', end: 'unfinished', cpu: 70, waiting: 20, waitedForMemory: 0 },
        { name: 'waits', end: 'unfinished', cpu: 0, waiting: 0, waitedForMemory: 60 },
      ],
    )
    assert.equal(system.makespan, 100)
    assert.equal(system.useful + system.idle, 100)
  })

  it('takes pauses and retries for waits that are no input or output', () => {
    const record = recordOf(
      [{ id: 1, outcome: 'ok', name: 'J' }],
      [
        [0, 1, 'ready', 'submitted'],
        [0, 1, 'running', 'dispatched'],
        [10, 1, 'paused', 'paused'],
        [15, 1, 'ready', 'resumed'],
        [15, 1, 'running', 'dispatched'],
        [20, 1, 'waiting', 'retries'],
        [50, 1, 'queued', 'released'],
        [52, 1, 'ready', 'admitted'],
        [52, 1, 'running', 'dispatched'],
        [60, 1, 'blocked', 'blocks'],
        [63, 1, 'ready', 'unblocked'],
        [64, 1, 'running', 'dispatched'],
        [66, 1, 'ended', 'ended'],
      ],
    )
    const { jobs, accounts, record: told } = simulationOf(record)
    assert.equal(jobs[0]?.cpu, 25)
    assert.equal(jobs[0]?.blocked, 40)
    assert.deepEqual(Object.fromEntries(accounts.map(({ resource, used }) => [resource, used])), {
      cpu: 25,
      pause: 5,
      retry: 32,
      io: 3,
    })
    assert.deepEqual(
      told?.devices.map(({ device, from, to }) => [device, from, to]),
      [
        ['pause', 10, 15],
        ['retry', 20, 52],
        ['io', 60, 63],
      ],
    )
  })

  it('says for how long memory and named resources were held', () => {
    const record = recordOf(
      [{ id: 1, outcome: 'ok', request: { memoryBytes: 100, resources: { licence: 2 } } }],
      [
        [0, 1, 'queued', 'submitted'],
        [5, 1, 'ready', 'admitted'],
        [5, 1, 'running', 'dispatched'],
        [15, 1, 'ended', 'ended'],
      ],
    )
    const used = Object.fromEntries(simulationOf(record).accounts.map((line) => [line.resource, line.used]))
    assert.deepEqual(used, { cpu: 10, memory: 1_000, licence: 20 })
  })

  it('keeps averages to jobs that ended by themselves', () => {
    const record = recordOf(
      [
        { id: 1, outcome: 'failed' },
        { id: 2, outcome: 'time-limit' },
        { id: 3, outcome: 'skipped' },
      ],
      [
        [0, 1, 'ready', 'submitted'],
        [0, 2, 'ready', 'submitted'],
        [0, 3, 'waiting', 'submitted'],
        [0, 1, 'running', 'dispatched'],
        [10, 1, 'ended', 'ended'],
        [10, 2, 'running', 'dispatched'],
        [90, 2, 'ended', 'ended'],
        [90, 3, 'ended', 'ended'],
      ],
    )
    const { jobs, system } = simulationOf(record)
    assert.deepEqual(
      jobs.map(({ end }) => end),
      ['done', 'faulted', 'faulted'],
    )
    assert.equal(system.average.turnaround, 10)
    assert.equal(jobs[2]?.start, undefined)
  })

  it('lets a job of two CPUs use both, and one that moves leave a span behind', () => {
    const record = recordOf(
      [
        { id: 1, outcome: 'ok', request: { width: 2 } },
        { id: 2, outcome: 'ok' },
      ],
      [
        [0, 1, 'ready', 'submitted'],
        [0, 1, 'running', 'dispatched', 4, 6],
        [10, 1, 'ended', 'ended'],
        [10, 2, 'ready', 'submitted'],
        [10, 2, 'running', 'dispatched', 6],
        [14, 2, 'running', 'dispatched', 4],
        [20, 2, 'ended', 'ended'],
      ],
      { cpus: [4, 6] },
    )
    const { jobs, system, record: told } = simulationOf(record)
    assert.equal(jobs[0]?.cpu, 20)
    assert.equal(system.cpus, 2)
    assert.equal(system.useful, 30)
    assert.deepEqual(
      told?.cpu.map(({ cpu, from, to }) => [cpu, from, to]),
      [
        [0, 0, 10],
        [1, 0, 10],
        [1, 10, 14],
        [0, 14, 20],
      ],
    )
    assert.equal(jobs[1]?.switches, 1)
  })

  it('takes figures from the status where first steps were dropped, and draws the rest', () => {
    const record = recordOf(
      [
        {
          id: 1,
          name: 'cut',
          outcome: 'ok',
          submittedAt: 1_000_000,
          startedAt: 1_000_020,
          endedAt: 1_000_500,
          times: timesOf({ ready: 120, running: 300, blocked: 80 }),
          dispatches: 7,
          preemptions: 2,
        },
        {
          id: 2,
          name: 'gone',
          outcome: 'ok',
          startedAt: 1_000_000,
          endedAt: 1_000_400,
          times: timesOf({ running: 150 }),
        },
        { id: 3, name: 'still', state: 'running', cpus: [0], startedAt: 1_000_000, times: timesOf({ running: 90 }) },
      ],
      [
        [440, 1, 'ready', 'expired'],
        [460, 1, 'running', 'dispatched'],
        [500, 1, 'ended', 'ended'],
      ],
      { dropped: 1_000, until: 600 },
    )
    const simulation = simulationOf(record)
    const [cut, gone] = simulation.jobs
    assert.deepEqual(
      { ...cut, slowdown: undefined, fairness: undefined },
      {
        name: 'cut',
        owner: 'user',
        arrival: 0,
        start: 20,
        finish: 500,
        turnaround: 500,
        waiting: 120,
        response: 20,
        slowdown: undefined,
        fairness: undefined,
        cpu: 300,
        blocked: 80,
        waitedForMemory: 0,
        switches: 7,
        preemptions: 2,
        missedDeadline: false,
        end: 'done',
      },
    )
    assert.equal(gone?.cpu, 150)
    const spans = stateSpans(simulation)
    assert.deepEqual(spans.get('still'), [{ from: 440, to: 600, state: 'running' }])
    assert.equal(spans.has('gone'), false)
    drawGantt(simulation)
    drawStates(simulation)
  })

  it('tells jobs of the same name apart, and names forgotten ones by their number', () => {
    const record = recordOf(
      [
        { id: 1, name: 'make', outcome: 'ok' },
        { id: 2, name: 'make', outcome: 'ok' },
      ],
      [
        [0, 9, 'ready', 'submitted'],
        [0, 9, 'running', 'dispatched'],
        [5, 9, 'ended', 'ended'],
        [5, 1, 'ready', 'submitted'],
        [5, 2, 'ready', 'submitted'],
        [5, 1, 'running', 'dispatched'],
        [6, 1, 'ended', 'ended'],
        [6, 2, 'running', 'dispatched'],
        [8, 2, 'ended', 'ended'],
      ],
    )
    assert.deepEqual(
      simulationOf(record).jobs.map(({ name, cpu }) => [name, cpu]),
      [
        ['job 9', 5],
        ['make', 1],
        ['make (2)', 2],
      ],
    )
  })

  it('makes nothing of an empty record', () => {
    const { jobs, system } = simulationOf(recordOf([], [], { until: 50, policies: [] }))
    assert.deepEqual(jobs, [])
    assert.equal(system.idle, 50)
  })
})
