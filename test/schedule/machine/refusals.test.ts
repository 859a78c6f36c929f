/** Machines and jobs that make no sense are refused, and the error names the field. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  fcfs,
  rr,
  simulate,
  type JobSpec,
  type MachineSpec,
  type Policy,
  type SimulatedJob,
} from '#lanework/schedule/index.js'

const fine: JobSpec = { name: 'A', bursts: [{ cpu: 1 }] }

function refuses(option: string, jobs: Iterable<JobSpec>, machine: Partial<MachineSpec> = {}): void {
  assert.throws(
    () => simulate(jobs, { policy: fcfs(), ...machine }),
    (error: { code?: string; detail?: { option?: string } }) =>
      error.code === 'OPTION_INVALID' && error.detail?.option === option,
    option,
  )
}

describe('a job is refused', () => {
  const wrong: readonly [string, Partial<JobSpec>][] = [
    ['jobs[0].name', { name: '' }],
    ['jobs[0].arrival', { arrival: -1 }],
    ['jobs[0].arrival', { arrival: NaN }],
    ['jobs[0].arrival', { arrival: Infinity }],
    ['jobs[0].bursts', { bursts: undefined }],
    ['jobs[0].bursts', { threads: [] }],
    ['jobs[0].bursts[0].cpu', { bursts: [{ cpu: -1 }] }],
    ['jobs[0].bursts[0].cpu', { bursts: [{ cpu: NaN }] }],
    ['jobs[0].bursts[1].io', { bursts: [{ cpu: 1 }, { io: -2 }] }],
    ['jobs[0].bursts[0].access', { bursts: [{ access: NaN }] }],
    ['jobs[0].bursts[0]', { bursts: [{ sleep: 1 } as never] }],
    ['jobs[0].tickets', { tickets: 0 }],
    ['jobs[0].priority', { priority: NaN }],
    ['jobs[0].deadline', { deadline: -1 }],
    ['jobs[0].memory', { memory: NaN }],
    ['jobs[0].workingSet', { workingSet: -1 }],
    ['jobs[0].limit', { limit: NaN }],
    ['jobs[0].period', { period: 0 }],
    ['jobs[0].width', { width: 2 }],
    ['jobs[0].affinity', { affinity: [1] }],
    ['jobs[0].affinity', { affinity: [] }],
    ['horizon', { period: 5 }],
    ['horizon', { bursts: [{ cpu: Infinity }] }],
  ]
  for (const [option, fields] of wrong) {
    const shown = JSON.stringify(fields, (_key, value: unknown) => (typeof value === 'number' ? `${value}` : value))
    it(`with ${shown}: ${option}`, () => refuses(option, [{ ...fine, ...fields } as JobSpec]))
  }

  it('with the name of another one', () => refuses('jobs[1].name', [fine, fine]))

  it('with a thread that makes no sense', () => {
    refuses('jobs[0].threads', [{ name: 'A', threads: [] }])
    refuses('jobs[0].threads[0].delay', [{ name: 'A', threads: [{ delay: -1, bursts: [] }] }])
  })

  it('before the one that came before it, in a sequence', () => {
    const sequence = [
      { ...fine, arrival: 5 },
      { ...fine, name: 'B', arrival: 4 },
    ]
    refuses('jobs[1].arrival', sequence.values())
    assert.equal(simulate(sequence, { policy: fcfs() }).jobs.length, 2)
  })
})

describe('a machine is refused', () => {
  const wrong: readonly [string, Partial<MachineSpec>][] = [
    ['policy', { policy: undefined as never }],
    ['cpus', { cpus: 0 }],
    ['cpus', { cpus: 1.5 }],
    ['contextSwitch.in', { contextSwitch: -1 }],
    ['contextSwitch.out', { contextSwitch: { in: 0, out: NaN } }],
    ['devices.disk.servers', { devices: { disk: { servers: 0 } } }],
    ['cache.rate', { cache: { size: 1, warmUp: 1, rate: 0 } }],
    ['cache.warmUp', { cache: { size: 1, warmUp: -1, rate: 2 } }],
    ['degree', { degree: 0 }],
    ['horizon', { horizon: -1 }],
  ]
  for (const [option, fields] of wrong)
    it(`by its ${option}: ${JSON.stringify(fields)}`, () => refuses(option, [fine], fields))

  it('whose policy gives slices that do not move the clock, or never settles', () => {
    const still = plain({ quantum: () => 0 })
    assert.throws(() => simulate([fine], { policy: still }), { code: 'OPTION_INVALID' })
    const restless = plain({ wakeAt: () => 0, wake: () => undefined })
    assert.throws(() => simulate([fine], { policy: restless }), { code: 'OPTION_INVALID' })
  })
})

describe('a simulation is refused', () => {
  it('with a policy that still has jobs of another one', () => {
    const policy = rr({ quantum: 2 })
    simulate(
      [
        { name: 'A', bursts: [{ cpu: 50 }] },
        { name: 'B', bursts: [{ cpu: 50 }] },
      ],
      { policy, horizon: 10 },
    )
    refuses('policy', [fine], { policy })
  })

  it('beyond its events, with what can be done', () => {
    const jobs = ['A', 'B'].map((name): JobSpec => ({ name, bursts: [{ cpu: 1e9 }] }))
    refuses('eventLimit', jobs, { policy: rr({ quantum: 1 }), eventLimit: 1_000 })
    refuses('eventLimit', [fine], { eventLimit: 0 })
  })
})

/** First come, first served as a plain object. */
function plain(others: Partial<Policy<SimulatedJob>>): Policy<SimulatedJob> {
  const policy = fcfs<never>()
  return {
    name: 'plain',
    get size() {
      return policy.size
    },
    ready: (job) => policy.ready(job as never, 0),
    pick: () => policy.pick(0),
    withdraw: () => false,
    ...others,
  }
}
