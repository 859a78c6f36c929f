/** Policies by their names, as commands, pages and files call them. */
import { checkKnownKeys } from '../../core/index.ts'
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
  const nearest = nearestName(wanted)
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

/** The name or alias that is at most two letters off. */
function nearestName(wanted: string): string | undefined {
  const known = policyTable.flatMap(({ name, aliases }) => aliases.concat(name))
  const [best] = known
    .map((name) => ({ name, distance: editDistance(wanted, name) }))
    .filter(({ name, distance }) => distance <= 2 && distance < name.length)
    .sort((a, b) => a.distance - b.distance)
  return best?.name
}

/** Letters to insert, delete or replace, and neighbours to swap (Damerau, Levenshtein). */
function editDistance(from: string, to: string): number {
  let [before, row]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)]
  // A name longer than any that is known is far from all of them.
  const letters = from.slice(0, 40)
  for (let line = 1; line <= letters.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const [own, other] = [letters[line - 1], to[column - 1]]
      const replaced = at(row, column - 1) + (own === other ? 0 : 1)
      next.push(Math.min(replaced, at(row, column) + 1, at(next, column - 1) + 1))
      const swaps = line > 1 && column > 1 && own === to[column - 2] && letters[line - 2] === other
      if (swaps) next[column] = Math.min(at(next, column), at(before, column - 2) + 1)
    }
    ;[before, row] = [row, next]
  }
  return at(row, to.length)
}

function at(row: readonly number[] | undefined, column: number): number {
  return row?.[column] ?? Infinity
}
