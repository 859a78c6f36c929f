/**
 * The same policy object, in the simulator and in the engine: what the one predicts the other does, to the last dispatch, on a
 * machine whose switches cost nothing.
 */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { JobPlan } from '#lanework/batch/index.js'
import {
  mersenne,
  policyByName,
  policyTable,
  simulate,
  type JobSpec,
  type PolicyChoice,
} from '#lanework/schedule/index.js'
import { planOf, settingsOf } from './plans.js'
import { VirtualMachine, type Submission } from './virtual-machine.js'

interface Work {
  readonly at: number
  readonly bursts: readonly number[]
  readonly about: Partial<JobPlan>
}

/** Name and options, and what has to be left out for the two to be comparable. */
interface Case extends PolicyChoice {
  /** It looks at the declared length of a burst, which is that of the whole job for a program. */
  readonly single?: boolean
}

const cases: readonly Case[] = [
  { name: 'fcfs' },
  { name: 'sjf', single: true },
  { name: 'sjf', options: { bursts: 'predicted', initial: 4 } },
  { name: 'srtf', single: true },
  { name: 'srtf', options: { bursts: 'predicted', initial: 4 } },
  { name: 'rr', options: { quantum: 3 } },
  { name: 'rr', options: { quantum: 3, virtual: true } },
  { name: 'priority' },
  { name: 'priority', options: { preemptive: true, quantum: 2 } },
  { name: 'priority', options: { preemptive: true, ageing: 0.25 } },
  { name: 'mlq' },
  { name: 'mlfq', options: { quanta: [2, 4, 8], boost: 25 } },
  { name: 'mlfq', options: { quanta: [2, 4], io: 'raise', demote: 'contended' } },
  { name: 'hrrn', single: true },
  { name: 'lottery', options: { quantum: 2, seed: 4 } },
  { name: 'lottery', options: { quantum: 2, compensation: true } },
  { name: 'stride', options: { quantum: 2 } },
  { name: 'fair', options: { latency: 12, minGranularity: 2 } },
  { name: 'eevdf', options: { slice: 3 } },
  { name: 'fair-share', single: true },
  { name: 'edf' },
  { name: 'rm' },
  { name: 'easy' },
]

/** On several CPUs moments must not coincide by chance, as it is open then which CPU is heard first. */
function unlike(jobs: readonly Work[]): Work[] {
  const { random } = mersenne(7)
  const fraction = (): number => Math.floor(random() * 2 ** 32) / 2 ** 32
  return jobs.map((job) => ({ ...job, bursts: job.bursts.map((length) => length + fraction()) }))
}

function works(cpus: number, { name, single = false }: Case): fc.Arbitrary<Work[]> {
  const isAlone = cpus === 1
  const length = fc.integer({ min: 1, max: 9 })
  const odd = fc.integer({ min: 0, max: single ? 0 : 3 }).chain((pairs) => {
    const size = 2 * pairs + 1
    return fc.array(length, { minLength: size, maxLength: size })
  })
  const about = fc.record({
    priority: fc.integer({ min: 0, max: 5 }),
    tickets: fc.integer({ min: 1, max: 9 }),
    owner: fc.constantFrom('ann', 'bob'),
    deadline: fc.integer({ min: 5, max: 90 }),
    key: fc.constantFrom('one', 'two'),
    width: isAlone || name === 'lottery' ? fc.constant(1) : fc.constantFrom(1, 1, 1, cpus),
    ...(name === 'mlq' ? { queue: fc.constantFrom('foreground', 'background') } : {}),
  })
  const work = fc.record({ at: fc.integer({ min: 0, max: 40 }), bursts: odd, about })
  const jobs = fc.array(work, { minLength: 1, maxLength: 9, size: 'max' })
  // Slices of the fair policy are quotients, and rounding decides between those that should coincide.
  return isAlone && name !== 'fair' ? jobs : jobs.map(unlike)
}

function specOf({ at, bursts, about }: Work, index: number): JobSpec {
  const { priority, tickets, owner, deadline, key, width, queue } = about
  const shared = { priority, tickets, owner, deadline, key, width, queue }
  const list = bursts.map((length, place) => (place % 2 === 0 ? { cpu: length } : { io: length }))
  return { name: `J${index}`, arrival: at, bursts: list, ...shared }
}

function submissionOf({ at, bursts, about }: Work, index: number): Submission {
  const burst = bursts.length === 1 ? bursts[0] : undefined
  return { at, plan: planOf(`J${index}`, { ...about, burst }), programs: [{ bursts }] }
}

function rounded(at: number | undefined): number | undefined {
  return at === undefined ? undefined : Math.round(at * 1e6) / 1e6
}

describe('the engine does what the simulator says', () => {
  it('under every policy of the table', () => {
    const missing = policyTable.filter(({ name }) => !cases.some((each) => each.name === name))
    assert.deepEqual(missing, [])
  })
  for (const each of cases)
    for (const cpus of [1, 3])
      it(`under ${each.name} ${JSON.stringify(each.options ?? {})} on ${cpus} CPUs: who runs when, and who is done when`, () => {
        fc.assert(
          fc.property(works(cpus, each), fc.constantFrom(1, 2, 1_000), (jobs, degree) => {
            const policy = policyByName(each.name, each.options)
            const expected = simulate(jobs.map(specOf), { policy, cpus, degree })
            const numbers = Array.from({ length: cpus }, (_, index) => index)
            const machine = new VirtualMachine(settingsOf(each, { cpus: numbers, degree }), jobs.map(submissionOf))
            machine.run(10_000)
            const names = new Map(machine.engine.statuses().map(({ id, name }) => [id, name]))
            const dispatches = machine.steps.filter(({ to }) => to === 'running')
            assert.deepEqual(
              dispatches.map(({ at, job }) => `${names.get(job)} at ${rounded(at)}`),
              (expected.record?.transitions ?? [])
                .filter(({ to }) => to === 'running')
                .map(({ at, thread }) => `${thread} at ${rounded(at)}`),
            )
            assert.deepEqual(
              Object.fromEntries(machine.engine.statuses().map(({ name, endedAt }) => [name, rounded(endedAt)])),
              Object.fromEntries(expected.jobs.map(({ name, finish }) => [name, rounded(finish)])),
            )
          }),
          { numRuns: 150 },
        )
      })
})
