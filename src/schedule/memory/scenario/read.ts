/**
 * Reads a scenario from the value of a file. The shapes are those of the known answers in test/fixtures/schedule/cases.json;
 * docs/memory-and-disk.md shows them.
 */
import type { Field } from '../../document/field.ts'
import { fits, type Fit } from '../fit.ts'
import { freeListOrders, type FreeListOrder } from '../free-list.ts'
import { replacementPolicies } from '../replacement.ts'
import { accesses } from '../translation.ts'
import { readTranslation } from './read-addresses.ts'
import { positive, refuseTwice, setting } from './settings.ts'
import type {
  AllocationOp,
  AllocatorSpec,
  MemoryScenario,
  PagingScenario,
  ProtectionOp,
  ProtectionScenario,
  SwapScenario,
} from './types.ts'

/** Bounds, since memory is kept and drawn after each step. */
const mostOperations = 2_000
const mostPartitions = 1_000
const mostReferences = 100_000

const fitPolicies: Readonly<Record<string, Fit>> = Object.fromEntries(fits.map((fit) => [`${fit}-fit`, fit]))
const otherPolicies = ['fixed', 'buddy', 'paged', 'relocation', 'segmentation', 'paging', 'protection', 'swap'] as const
const memoryPolicies = [...Object.keys(fitPolicies), ...otherPolicies]

/** Reads a scenario. Throws SCENARIO_INVALID with file and line. */
export function readMemory(file: Field): MemoryScenario {
  file.onlyKeys(knownKeys)
  const kind = file.at('kind').optional((field) => field.choice(['memory', 'paging'])) ?? kindOf(file)
  if (kind === 'paging') return readPaging(file)
  const policy = file.at('policy').choice(memoryPolicies)
  if (policy === 'protection') return readProtection(file)
  if (policy === 'swap') return readSwap(file)
  if (policy === 'relocation' || policy === 'segmentation' || policy === 'paging')
    return { ...described(file, policy), kind: 'translation', ...readTranslation(file, policy, mostOperations) }
  const waits = file.at('waits').optional((field) => field.flag()) ?? false
  const allocator = readAllocator(file, policy)
  return { ...described(file, policy), kind: 'allocation', allocator, waits, ops: readOps(file, allocator) }
}

/** Of all shapes together, with what the known answers say about themselves. */
const knownKeys = (
  'kind name title text note source command tolerance expected policy quantum like jobs ops waits params size totalKB ' +
  'partitions queues fit base limit header align order coalesce compaction moveCost smallest frames pageSize pageTable ' +
  'segments areas addressSpace addresses references seed curve window protection systemSize swapSize victim latency copyCost'
).split(' ')

function kindOf(file: Field): 'memory' | 'paging' {
  return file.at('references').value === undefined ? 'memory' : 'paging'
}

interface Description {
  readonly name: string
  readonly title: string
  readonly text: string
  readonly expected?: Readonly<Record<string, unknown>> | undefined
}

function described(file: Field, policy: string): Description {
  const text = (key: string): string | undefined => file.at(key).optional((field) => field.text())
  const expected = file
    .at('expected')
    .optional((field) => Object.fromEntries(field.entries().map(([key, each]) => [key, each.value])))
  const name = text('name') ?? policy
  return { name, title: text('title') ?? name, text: text('text') ?? text('note') ?? '', expected }
}

function readAllocator(file: Field, policy: string): AllocatorSpec {
  const size = (): number =>
    setting(file, 'size', positive) ?? file.at('totalKB').optional(positive) ?? positive(file.at('size'))
  const partitions = file.at('partitions').optional((field) => field.list(mostPartitions).map(positive))
  if (policy === 'buddy') return { policy, size: size(), smallest: setting(file, 'smallest', positive) }
  if (policy === 'paged')
    return {
      policy,
      frames: file.at('frames').integer(1, 100_000),
      pageSize: file.at('pageSize').integer(1, 2 ** 40),
    }
  if (policy === 'fixed') {
    const queues = setting(file, 'queues', (field) => field.choice(['one', 'each']))
    const fit = setting(file, 'fit', (field) => field.choice(['first', 'best']))
    return { policy, partitions: partitions ?? file.at('partitions').list(mostPartitions).map(positive), queues, fit }
  }
  return {
    policy: 'variable',
    fit: fitPolicies[policy] as Fit,
    ...(partitions === undefined ? { size: size() } : { areas: partitions }),
    base: setting(file, 'base', (field) => field.number(0)),
    header: setting(file, 'header', (field) => field.number(0)),
    align: setting(file, 'align', alignment),
    coalesce: setting(file, 'coalesce', (field) => field.flag()),
    order: setting(file, 'order', orderOf),
    compaction: setting(file, 'compaction', (field) => field.choice(['never', 'when-needed'])),
    moveCost: setting(file, 'moveCost', (field) => field.number(0)),
  }
}

/** -1 is how OSTEP's program says that nothing is aligned. */
function alignment(field: Field): number | undefined {
  return field.value === -1 ? undefined : positive(field)
}

const ostepOrders: Readonly<Record<string, FreeListOrder>> = {
  addrsort: 'address',
  'sizesort+': 'smallest-first',
  'sizesort-': 'largest-first',
  'insert-front': 'front',
  'insert-back': 'back',
}

function orderOf(field: Field): FreeListOrder {
  const name = field.choice([...freeListOrders, ...Object.keys(ostepOrders)])
  return ostepOrders[name] ?? (name as FreeListOrder)
}

/** Operations, or jobs that all come at the start. */
function readOps(file: Field, allocator: AllocatorSpec): AllocationOp[] {
  const ops = file.at('ops').optional((field) => field.list(mostOperations))
  if (ops === undefined) {
    const jobs = file.at('jobs').list(mostOperations)
    refuseTwice(jobs.map((job) => job.at('name')))
    return jobs.map((job) => ({ do: 'alloc', job: job.at('name').text(), size: positive(job.at('size')) }))
  }
  const seen = new Set<string>()
  return ops.map((op) => {
    const what = op.at(0).choice(['alloc', 'free', 'compact'])
    if (what === 'compact') {
      if (allocator.policy !== 'variable') throw op.wrong('alloc or free: only variable partitions are compacted')
      return { do: what }
    }
    const job = op.at(1).text()
    if (what === 'free') {
      if (!seen.delete(job)) throw op.at(1).wrong('a job that asked for memory before, and did not free it')
      return { do: what, job }
    }
    if (seen.has(job)) throw op.at(1).wrong('a job that has not asked for memory yet')
    seen.add(job)
    return { do: what, job, size: positive(op.at(2)) }
  })
}

function readPaging(file: Field): PagingScenario {
  const policy = file.at('policy')
  const policies = Array.isArray(policy.value)
    ? policy.list(replacementPolicies.length).map((each) => each.choice(replacementPolicies))
    : [policy.choice(replacementPolicies)]
  if (policies.length === 0) throw policy.wrong('at least one policy')
  const references = file.at('references').list(mostReferences)
  // Its program is known by the command in which a case was made.
  const isOstep = file.at('source').optional((field) => field.text().includes('ostep-homework')) ?? false
  const like = file.at('like').optional((field) => field.choice(['textbook', 'ostep']))
  return {
    ...described(file, policies.join(', ')),
    kind: 'paging',
    policies,
    frames: file.at('frames').integer(1, 10_000),
    references: references.map((field) => (typeof field.value === 'number' ? field.number() : field.text())),
    like: like ?? (isOstep ? 'ostep' : 'textbook'),
    seed: file.at('seed').optional((field) => field.integer(0, Number.MAX_SAFE_INTEGER)) ?? 0,
    curve: file.at('curve').optional((field) => field.integer(0, 64)) ?? 0,
    window: file.at('window').optional((field) => field.integer(0, mostReferences)) ?? 0,
  }
}

function readProtection(file: Field): ProtectionScenario {
  return {
    ...described(file, 'protection'),
    kind: 'protection',
    protection: file.at('protection').optional((field) => field.flag()) ?? true,
    size: positive(file.at('size')),
    systemSize: positive(file.at('systemSize')),
    ops: file.at('ops').list(mostOperations).map(readProtectionOp),
  }
}

function readProtectionOp(op: Field): ProtectionOp {
  const what = op.at(0).choice(['load', ...accesses])
  const job = op.at(1).text()
  if (what === 'load') return { do: what, job, size: positive(op.at(2)) }
  return { do: what, job, address: op.at(2).integer(-(2 ** 40), 2 ** 40) }
}

function readSwap(file: Field): SwapScenario {
  const started = new Set<string>()
  const ops = file
    .at('ops')
    .list(mostOperations)
    .map((op) => {
      const what = op.at(0).choice(['start', 'run', 'end'])
      const job = op.at(1).text()
      if (what === 'start' && started.has(job)) throw op.at(1).wrong('a job that has not started yet')
      if (what !== 'start' && !started.has(job)) throw op.at(1).wrong('a job that has started, and not ended')
      if (what === 'end') started.delete(job)
      else started.add(job)
      return { do: what, job, size: what === 'start' ? positive(op.at(2)) : 0 }
    })
  const rules = ['least-recently-run', 'longest-resident', 'largest'] as const
  return {
    ...described(file, 'swap'),
    kind: 'swap',
    size: positive(file.at('size')),
    swapSize: file.at('swapSize').optional((field) => field.number(0)) ?? Infinity,
    victim: file.at('victim').optional((field) => field.choice(rules)) ?? 'least-recently-run',
    latency: file.at('latency').optional((field) => field.number(0)) ?? 0,
    copyCost: file.at('copyCost').optional((field) => field.number(0)) ?? 1,
    ops,
  }
}
