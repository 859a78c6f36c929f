/** Random workloads and machines for property tests, and all policies that run on them. */
import fc from 'fast-check'
import {
  easy,
  edf,
  eevdf,
  fair,
  fcfs,
  hrrn,
  lottery,
  mlfq,
  priority,
  queuePerCpu,
  rm,
  rr,
  sjf,
  srtf,
  stride,
  type Burst,
  type JobSpec,
  type MachineSpec,
  type Policy,
  type SimulatedJob,
} from '#lanework/schedule/index.js'

type Make = () => Policy<SimulatedJob>

export const policies: Readonly<Record<string, Make>> = {
  fcfs,
  sjf,
  srtf,
  rr: () => rr({ quantum: 3 }),
  'virtual rr': () => rr({ quantum: 3, virtual: true }),
  priority,
  'preemptive priority': () => priority({ preemptive: true, quantum: 4 }),
  ageing: () => priority({ preemptive: true, ageing: 0.5 }),
  mlfq: () => mlfq({ quanta: [2, 4, 8], boost: 25 }),
  hrrn,
  lottery: () => lottery({ seed: 4, quantum: 2 }),
  stride: () => stride({ quantum: 2 }),
  fair: () => fair({ latency: 12, minGranularity: 2 }),
  eevdf: () => eevdf({ slice: 3 }),
  edf,
  rm,
  easy,
}

const time = fc.integer({ min: 0, max: 12 })
const devices = ['disk', 'network', 'io']

const burst: fc.Arbitrary<Burst> = fc.oneof(
  { weight: 4, arbitrary: time.map((cpu) => ({ cpu })) },
  { weight: 2, arbitrary: fc.record({ io: time, device: fc.constantFrom(...devices) }) },
  {
    weight: 1,
    arbitrary: fc.record({ io: time, device: fc.constantFrom(...devices), submission: fc.constant('async') }),
  },
  { weight: 1, arbitrary: fc.constant({ await: true } as const) },
) as fc.Arbitrary<Burst>

const bursts = fc.array(burst, { maxLength: 6 })

const about = {
  arrival: fc.integer({ min: 0, max: 40 }),
  priority: fc.integer({ min: 0, max: 5 }),
  tickets: fc.integer({ min: 1, max: 9 }),
  deadline: fc.integer({ min: 1, max: 60 }),
}

export const workload: fc.Arbitrary<JobSpec[]> = fc
  .array(
    fc.oneof(
      { weight: 4, arbitrary: fc.record({ ...about, bursts }) },
      {
        weight: 1,
        arbitrary: fc.record({
          ...about,
          threads: fc.array(fc.record({ delay: time, bursts }), { minLength: 1, maxLength: 3 }),
        }),
      },
    ),
    { maxLength: 12, size: 'max' },
  )
  .map((jobs) => jobs.map((job, index) => ({ name: `J${index}`, ...job })))

export interface RandomMachine {
  readonly policy: string
  readonly perCpu: boolean
  readonly spec: Omit<MachineSpec, 'policy'>
}

const rule = <Value>(...values: Value[]): fc.Arbitrary<Value> => fc.constantFrom(...values)

export const machine: fc.Arbitrary<RandomMachine> = fc.record({
  policy: fc.constantFrom(...Object.keys(policies)),
  perCpu: fc.boolean(),
  spec: fc.record({
    cpus: fc.integer({ min: 1, max: 4 }),
    contextSwitch: fc.oneof(
      rule(0),
      rule(1),
      fc.record({ in: rule(0, 1, 2), out: rule(0, 1), when: rule('dispatch' as const, 'change' as const) }),
    ),
    devices: rule({}, { disk: {} }, { disk: { servers: 2 }, network: { servers: 1 } }),
    degree: rule(1, 3, Infinity),
    horizon: rule(Infinity, Infinity, 50),
    cache: rule(undefined, { size: 10, warmUp: 3, rate: 2 }),
    rules: fc.record({
      tie: rule('arrival-first' as const, 'expired-first' as const),
      aloneAtExpiry: rule('keep' as const, 'switch' as const),
      slices: rule('own' as const, 'global' as const),
      switchCountsAsWaiting: fc.boolean(),
      admission: rule('in-order' as const, 'first-fit' as const),
      simultaneous: rule('order' as const, 'name' as const),
    }),
  }),
})

/** A machine with a fresh policy. */
export function build({ policy, perCpu, spec }: RandomMachine): MachineSpec {
  const make = policies[policy] as Make
  return { ...spec, policy: perCpu ? queuePerCpu(make, { cpus: spec.cpus ?? 1, stealEvery: 5 }) : make() }
}
