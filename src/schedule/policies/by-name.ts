/** Policies by their names, as commands, pages and files call them. */
import { checkKnownKeys, nearestName } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import type { Job, Policy } from '../types.ts'
import { easy } from './easy.ts'
import { edf } from './edf.ts'
import { eevdf } from './eevdf.ts'
import { fair } from './fair.ts'
import { fairShare } from './fair-share.ts'
import { fcfs } from './fcfs.ts'
import { hrrn } from './hrrn.ts'
import { lottery } from './lottery.ts'
import { mlfq } from './mlfq.ts'
import { mlq, type MlqQueue } from './mlq.ts'
import { priority } from './priority.ts'
import { rm } from './rm.ts'
import { rr } from './rr.ts'
import { sjf } from './sjf.ts'
import { srtf } from './srtf.ts'
import { stride } from './stride.ts'
import type { PolicyRow } from './table-row.ts'
import { policyTable } from './table.ts'

/** Options as data. Those that are policies themselves are names, or objects as `policyFromJson` takes them. */
export type PolicyOptions = Readonly<Record<string, unknown>>

type Maker = <Item extends Job>(options: PolicyOptions) => Policy<Item>

/** Each checks its options itself. */
const makers: Readonly<Record<string, Maker>> = {
  fcfs: () => fcfs(),
  sjf,
  srtf,
  rr,
  priority,
  mlq: makeMlq,
  mlfq,
  hrrn,
  lottery,
  stride,
  fair,
  eevdf,
  'fair-share': makeFairShare,
  edf,
  rm,
  easy,
}

/**
 * The policy of that name (or another name that the table has for it) with those options. An option that is undefined
 * counts as not given. Throws OPTION_INVALID: for an unknown policy with the names there are and the nearest one.
 *
 * @example
 * policyByName('rr', { quantum: 4 }).name // 'rr'
 */
export function policyByName<Item extends Job = Job>(name: string, options: PolicyOptions = {}): Policy<Item> {
  const row = policyRow(name)
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  checkKnownKeys(
    row.name,
    given,
    row.options.map((option) => option.name),
  )
  return (makers[row.name] as Maker)<Item>(given)
}

/**
 * The policy that a file names: `"fcfs"`, or `{ "policy": "rr", "quantum": 4 }`. Throws OPTION_INVALID.
 */
export function policyFromJson<Item extends Job = Job>(value: unknown): Policy<Item> {
  if (typeof value === 'string') return policyByName<Item>(value)
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw invalid('policy', 'a name, or an object with `policy` and options', value)
  const { policy, ...options } = value as { policy?: unknown }
  if (typeof policy !== 'string') throw invalid('policy', 'the name of a policy', policy)
  return policyByName<Item>(policy, options)
}

/** What the table says of the policy of that name. Throws OPTION_INVALID as `policyByName`. */
export function policyRow(name: string): PolicyRow {
  const wanted = String(name).toLowerCase()
  const row = policyTable.find((each) => each.name === wanted || each.aliases.includes(wanted))
  if (row !== undefined) return row
  const names = policyTable.map((each) => each.name)
  const nearest = nearestName(
    wanted,
    policyTable.flatMap((each) => each.aliases.concat(each.name)),
  )
  const hint = nearest === undefined ? '' : ` (nearest: ${nearest})`
  throw invalid('policy', `one of ${names.join(', ')}${hint}`, name)
}

function makeMlq<Item extends Job>(options: PolicyOptions): Policy<Item> {
  const { queues, ...rest } = options
  if (queues === undefined) return mlq<Item>(rest)
  if (!Array.isArray(queues)) throw invalid('queues', 'a list of { name, policy, share }', queues)
  const made = queues.map((queue: unknown) => {
    if (typeof queue !== 'object' || queue === null) throw invalid('queues', 'a list of { name, policy, share }', queue)
    const { policy = 'fcfs' } = queue as { policy?: unknown }
    return Object.assign({}, queue, { policy: policyFromJson<Item>(policy) }) as MlqQueue<Item>
  })
  return mlq<Item>({ ...rest, queues: made })
}

function makeFairShare<Item extends Job>(options: PolicyOptions): Policy<Item> {
  const { within, ...rest } = options
  if (within === undefined) return fairShare<Item>(rest)
  // Made once here, so that a wrong one is refused before the first job.
  policyFromJson<Item>(within)
  return fairShare<Item>({ ...rest, within: () => policyFromJson<Item>(within) })
}
