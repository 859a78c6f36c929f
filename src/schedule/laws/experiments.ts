/** The experiments of the verification: models, what theory predicts of them, and where the formula comes from. */
import { fcfs } from '../policies/fcfs.ts'
import { priority } from '../policies/priority.ts'
import { rr } from '../policies/rr.ts'
import { srtf } from '../policies/srtf.ts'
import type { Distribution } from '../random/distribution.ts'
import { erlang, exponential, hyperexponential } from '../random/phases.ts'
import { processorSharing } from '../machine/processor-sharing.ts'
import { simulate } from '../machine/simulate.ts'
import type { SimulatedJob } from '../machine/spec.ts'
import type { Policy } from '../types.ts'
import { meanValueAnalysis, multiprogramming } from './closed-network.ts'
import { closedRun, type ClosedModel } from './closed-run.ts'
import { erlangC, mmc } from './many-servers.ts'
import { openRun, type OpenModel, type OpenSample } from './open-run.ts'
import { nonPreemptivePriority, preemptivePriority } from './priorities.ts'
import { mg1ShortestRemaining } from './shortest-remaining.ts'
import { mg1, mm1, mg1ProcessorSharing } from './single-server.ts'

/** One figure of a model, and what theory says of it. */
export interface Figure {
  readonly name: string
  readonly predicted: number
}

export interface Experiment {
  readonly law: string
  readonly source: string
  readonly figures: readonly Figure[]
  /** Relative error to be expected at most with a million jobs. */
  readonly tolerance: number
  /** Simulates so many jobs. */
  readonly run: (jobs: number, seed: number) => Outcome
}

export interface Outcome {
  /** The figures in their order. */
  readonly values: readonly number[]
  /** By how much the random numbers were off; as many in each run. */
  readonly controls: readonly number[]
  /** How far off exact laws were. */
  readonly deviation: number
}

type OpenFigure = Figure & { readonly of: (sample: OpenSample) => number }

interface OpenExperiment {
  readonly law: string
  readonly source: string
  readonly model: OpenModel
  readonly figures: readonly OpenFigure[]
  readonly tolerance?: number
}

function open({ law, source, model, figures, tolerance = 0.02 }: OpenExperiment): Experiment {
  return {
    law,
    source,
    figures,
    tolerance,
    run: (jobs, seed) => {
      const sample = openRun(model, jobs, seed)
      return { values: figures.map(({ of }) => of(sample)), controls: sample.controls, deviation: sample.deviation }
    },
  }
}

function closed(law: string, source: string, model: ClosedModel, predicted: number): Experiment {
  const figures = [{ name: 'utilization', predicted }]
  const run = (jobs: number, seed: number): Outcome => ({
    values: [closedRun(model, jobs, seed)],
    controls: [],
    deviation: 0,
  })
  return { law, source, figures, tolerance: 0.02, run }
}

const unit = exponential({ mean: 1 })

/** A machine with this policy, for open models. */
function machine(policy: () => Policy<SimulatedJob>, cpus = 1): OpenModel['run'] {
  return (jobs) => simulate(jobs, { policy: policy(), cpus, record: 'summary' })
}

function single(arrivalRate: number, service: Distribution, policy: () => Policy<SimulatedJob>): OpenModel {
  return { classes: [{ arrivalRate, service }], run: machine(policy) }
}

const turnaround = (predicted: number): OpenFigure => ({ name: 'turnaround', predicted, of: (s) => s.turnaround })
const waiting = (predicted: number): OpenFigure => ({ name: 'waiting', predicted, of: (s) => s.waiting })

function mm1At(load: number, tolerance: number): Experiment {
  const { utilization, inSystem, ...times } = mm1(load, 1)
  return open({
    law: `M/M/1, load ${load}`,
    source: 'Kleinrock, Queueing Systems I, 3.2',
    model: single(load, unit, fcfs),
    tolerance,
    figures: [
      turnaround(times.turnaround),
      { name: 'in system', predicted: inSystem, of: (sample) => sample.inSystem },
      { name: 'utilization', predicted: utilization, of: (sample) => sample.utilization },
    ],
  })
}

function mg1With(service: Distribution, kind: string, tolerance: number): Experiment {
  return open({
    law: `M/G/1, load 0.8, ${kind}`,
    source: 'Pollaczek and Khinchine; Kleinrock, Queueing Systems I, 5.6',
    model: single(0.8, service, fcfs),
    tolerance,
    figures: [waiting(mg1(0.8, service).waiting)],
  })
}

function sharingOf(service: Distribution, kind: string, run: OpenModel['run']): Experiment {
  return open({
    law: `Processor sharing, load 0.8, ${kind}`,
    source: 'Kleinrock, Queueing Systems II, 4.4',
    model: { classes: [{ arrivalRate: 0.8, service }], run },
    figures: [turnaround(mg1ProcessorSharing(0.8, service.mean).turnaround)],
  })
}

function shortestAt(load: number, tolerance = 0.02): Experiment {
  return open({
    law: `SRPT, load ${load}`,
    source: 'Schrage and Miller 1966',
    model: single(load, unit, srtf),
    tolerance,
    figures: [turnaround(mg1ShortestRemaining(load, unit).turnaround)],
  })
}

function serversOf(servers: number, arrivalRate: number, mean: number): Experiment {
  return open({
    law: `M/M/${servers}, load ${Number(((arrivalRate * mean) / servers).toFixed(3))}`,
    source: 'Erlang 1917',
    model: { classes: [{ arrivalRate, service: exponential({ mean }) }], run: machine(fcfs, servers) },
    figures: [
      turnaround(mmc(arrivalRate, mean, servers).turnaround),
      { name: 'P(wait)', predicted: erlangC(arrivalRate, mean, servers), of: (sample) => sample.probWait },
    ],
  })
}

function prioritiesOf(preemptive: boolean): Experiment {
  const classes = [0.4, 0.4].map((arrivalRate) => ({ arrivalRate, service: unit }))
  const predictions = preemptive ? preemptivePriority(classes) : nonPreemptivePriority(classes)
  return open({
    law: `${preemptive ? 'Preemptive' : 'Non-preemptive'} priority, two classes`,
    source: preemptive ? 'Kleinrock, Queueing Systems II, 3.6' : 'Cobham 1954',
    model: { classes, run: machine(() => priority({ preemptive })) },
    figures: predictions.map(({ turnaround: predicted }, index) => ({
      name: `turnaround of class ${index + 1}`,
      predicted,
      of: (sample) => sample.turnaroundOf[index] ?? NaN,
    })),
  })
}

const mva = 'Reiser and Lavenberg 1980'

function interactive(jobs: number): Experiment {
  const predicted = meanValueAnalysis({ demands: [0.5], think: 1 }, jobs).at(-1)?.utilization[0] ?? NaN
  return closed(`MVA, ${jobs} terminals`, mva, { jobs, cpu: 0.5, devices: [], think: 1 }, predicted)
}

function centres(jobs: number): Experiment {
  const predicted = meanValueAnalysis({ demands: [1, 2, 1.5] }, jobs).at(-1)?.utilization[0] ?? NaN
  return closed(`MVA, three centres, ${jobs} jobs`, mva, { jobs, cpu: 1, devices: [2, 1.5], think: 0 }, predicted)
}

function degree(jobs: number): Experiment {
  const law = `Multiprogramming, 80 % I/O, degree ${jobs}`
  const source = 'finite-source queue; above 1 - p^n of Tanenbaum, Bos'
  return closed(law, source, { jobs, cpu: 1, devices: [], think: 4 }, multiprogramming(0.8, jobs).exact)
}

/** All experiments of the verification. */
export const experiments: readonly Experiment[] = [
  mm1At(0.5, 0.02),
  mm1At(0.8, 0.02),
  mm1At(0.9, 0.05),
  mg1With(erlang({ mean: 1, stages: 2 }), 'Erlang-2', 0.02),
  mg1With(hyperexponential({ mean: 1, c2: 2 }), 'hyperexponential', 0.05),
  sharingOf(unit, 'exponential', processorSharing),
  sharingOf(erlang({ mean: 1, stages: 2 }), 'Erlang-2', processorSharing),
  sharingOf(
    erlang({ mean: 1, stages: 2 }),
    'slices of 0.05',
    machine(() => rr({ quantum: 0.05 })),
  ),
  shortestAt(0.5),
  shortestAt(0.8),
  shortestAt(0.95, 0.05),
  serversOf(2, 1.6, 1),
  serversOf(3, 0.2, 10),
  prioritiesOf(false),
  prioritiesOf(true),
  interactive(3),
  centres(5),
  degree(1),
  degree(3),
  degree(5),
]
