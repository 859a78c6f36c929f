/** One run of a closed network: a fixed number of jobs that compute, wait for devices, and begin anew. */
import { fcfs } from '../policies/fcfs.ts'
import type { Burst, DeviceSpec, JobSpec } from '../machine/spec.ts'
import { simulate } from '../machine/simulate.ts'
import { exponential } from '../random/phases.ts'
import { randomStream } from '../random/stream.ts'

export interface ClosedModel {
  readonly jobs: number
  /** CPU time of a round, exponential. */
  readonly cpu: number
  /** Time at devices where one is served at a time, exponential, one visit to each in a round. */
  readonly devices: readonly number[]
  /** Time where nobody queues, exponential; 0 for none. */
  readonly think: number
}

/**
 * CPU utilisation of `rounds` rounds in all, its first tenth left out. The run is cut before the first job is through with
 * its share, so that there are always as many jobs as the model has.
 */
export function closedRun(model: ClosedModel, rounds: number, seed: number): number {
  const each = Math.ceil(rounds / model.jobs)
  const specs = Array.from({ length: model.jobs }, (_, index) => closedJob(model, each, seed, index))
  const devices: Record<string, DeviceSpec> = Object.fromEntries(model.devices.map((_, index) => [`${index}`, {}]))
  const machine = { devices, record: 'summary' as const }
  const all = simulate(specs, { ...machine, policy: fcfs() })
  const horizon = Math.min(...all.jobs.map(({ finish = NaN }) => finish))
  const useful = (until: number): number =>
    simulate(specs, { ...machine, policy: fcfs(), horizon: until }).system.useful
  const warmUp = horizon / 10
  return (useful(horizon) - useful(warmUp)) / (horizon - warmUp)
}

function closedJob({ cpu, devices, think }: ClosedModel, rounds: number, seed: number, index: number): JobSpec {
  const next = randomStream(seed, `job ${index}`)
  const stops = [
    { mean: cpu, burst: (length: number): Burst => ({ cpu: length }) },
    ...devices.map((mean, device) => ({ mean, burst: (io: number): Burst => ({ io, device: `${device}` }) })),
    ...(think > 0 ? [{ mean: think, burst: (io: number): Burst => ({ io, device: 'think' }) }] : []),
  ].map(({ mean, burst }) => ({ time: exponential({ mean }), burst }))
  const bursts = Array.from({ length: rounds }, () => stops.map(({ time, burst }) => burst(time.sample(next)))).flat()
  return { name: `${index}`, bursts }
}
