/** The policies that the page offers, with the options that can be set on it. */
import {
  fcfs,
  lottery,
  mlfq,
  type Policy,
  priority,
  rr,
  type SimulatedJob,
  sjf,
  srtf,
  stride,
} from '../../src/schedule/index.ts'

export interface PolicyOptionRow {
  readonly name: string
  readonly type: string
  readonly default: unknown
  readonly min?: number
  readonly choices?: readonly string[]
  readonly description: string
}

export interface PolicyRow {
  readonly name: string
  readonly title: string
  readonly description: string
  readonly options: readonly PolicyOptionRow[]
  readonly make: (options: object) => Policy<SimulatedJob>
}

const quantum: PolicyOptionRow = {
  name: 'quantum',
  type: 'number',
  default: 1,
  min: 0,
  description: 'Length of a slice.',
}

export const policyTable: readonly PolicyRow[] = [
  { name: 'fcfs', title: 'First come, first served', description: 'In the order of arrival.', options: [], make: fcfs },
  { name: 'sjf', title: 'Shortest job first', description: 'The shortest burst.', options: [], make: sjf },
  {
    name: 'srtf',
    title: 'Shortest remaining time first',
    description: 'The least time left.',
    options: [],
    make: srtf,
  },
  { name: 'rr', title: 'Round robin', description: 'Slices in turn.', options: [quantum], make: rr },
  { name: 'priority', title: 'Priority', description: 'The most urgent.', options: [], make: priority },
  { name: 'mlfq', title: 'Multilevel feedback queue', description: 'Levels.', options: [], make: mlfq },
  { name: 'lottery', title: 'Lottery', description: 'A ticket is drawn.', options: [quantum], make: lottery },
  { name: 'stride', title: 'Stride', description: 'Shares.', options: [quantum], make: stride },
]

export function policyByName(name: string, options: object): Policy<SimulatedJob> {
  const row = policyTable.find((one) => one.name === name)
  if (row === undefined) throw new Error(`no policy is called ${name}`)
  return row.make(options)
}
