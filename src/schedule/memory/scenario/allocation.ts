/** Plays requests for memory, and waits for it. */
import { isLaneworkError } from '../../../core/index.ts'
import { count } from '../../document/words.ts'
import type { Allocator, MemoryUsage, Placement } from '../types.ts'
import type { VariablePartitions } from '../variable.ts'
import { allocatorOf } from './allocator.ts'
import type { AllocationOp, AllocationScenario, MemoryStep } from './types.ts'

export interface Played {
  readonly method: string
  readonly steps: readonly MemoryStep[]
  readonly summary: readonly (readonly [string, string])[]
  readonly usage: MemoryUsage | undefined
  readonly results: Readonly<Record<string, unknown>>
}

export function playAllocation(scenario: AllocationScenario): Played {
  const memory = allocatorOf(scenario.allocator)
  const steps: MemoryStep[] = []
  const waiting: { job: string; size: number }[] = []
  const allocs: Record<string, unknown>[] = []
  const holeUsed: (number | null)[] = []
  const states: string[][] = []
  let at = 0

  const step = (action: string, result: string, why: string, good = true): void => {
    steps.push({ action, result, why, good, map: memory.map() })
  }

  function ask(job: string, size: number, isWaiting: boolean): Placement | undefined {
    const action = isWaiting ? `${job} is tried again` : `${job} asks for ${size}`
    const placement = admit(job, size, action)
    if (placement === undefined) return undefined
    const { base, size: got } = placement
    step(action, `at ${base}${got === size ? '' : `, gets ${got}`}`, lastReason(memory))
    return placement
  }

  /** What is refused for ever is a step like the others. */
  function admit(job: string, size: number, action: string): Placement | undefined {
    try {
      const placement = memory.admit(job, size, at)
      if (placement === undefined && scenario.waits) waiting.push({ job, size })
      if (placement === undefined) step(action, scenario.waits ? 'waits' : 'gets nothing', lastReason(memory), false)
      return placement
    } catch (error) {
      if (!isLaneworkError(error, 'MEMORY_IMPOSSIBLE')) throw error
      step(action, 'is refused: MEMORY_IMPOSSIBLE', `${size} is more than ${error.detail.what} ever has`, false)
      return undefined
    }
  }

  function free(job: string): void {
    const queued = waiting.findIndex((each) => each.job === job)
    if (queued >= 0) {
      waiting.splice(queued, 1)
      return step(`${job} gives up`, 'waits no more', 'it had no memory yet')
    }
    if (!memory.map().some((region) => region.job === job))
      return step(`${job} ends`, 'had nothing', 'it found no place')
    memory.release(job, at)
    step(`${job} ends`, 'its memory is free', lastReason(memory))
    for (const next of waiting.splice(0)) ask(next.job, next.size, true)
  }

  function compact(): void {
    const { moves, moved, cost } = (memory as VariablePartitions).compact(at)
    const why =
      moves.length === 0
        ? 'nothing had to move'
        : moves.map((move) => `${move.job} ${move.from} to ${move.base}`).join(', ')
    step('compaction', `${moved} copied, which takes ${cost}`, why)
    for (const next of waiting.splice(0)) ask(next.job, next.size, true)
  }

  function play(op: AllocationOp): void {
    at++
    if (op.do === 'compact') compact()
    else if (op.do === 'free') free(op.job)
    else {
      const placement = ask(op.job, op.size, false)
      holeUsed.push(placement?.hole ?? null)
      const { base = -1, searched = searchedLast(memory) } = placement ?? {}
      allocs.push({ ptr: nameOrNumber(op.job), size: op.size, returned: base, searched })
    }
    if (scenario.allocator.policy === 'buddy') states.push(stateOf(memory))
  }

  for (const op of scenario.ops) play(op)
  const results = {
    holeUsed,
    allocs,
    ...(scenario.allocator.policy === 'buddy' ? { states } : {}),
    ...(scenario.allocator.policy === 'variable'
      ? {
          freeList: (memory as VariablePartitions).freeList().map(({ base, size }) => [base, size]),
          remaining: remainingOf(memory, scenario.allocator.areas ?? [memory.size], scenario.allocator.base ?? 0),
        }
      : {}),
    waiting: waiting.map(({ job }) => job),
  }
  const { copied = 0 } = memory as Partial<VariablePartitions>
  const summary = summaryOf(memory.usage(), scenario.allocator.policy === 'paged', copied, waiting)
  return { method: memory.title, steps, summary, usage: memory.usage(), results }
}

function lastReason(memory: Allocator): string {
  const last = memory.ledger.at(-1)
  const moved = memory.ledger.at(-2)?.kind === 'moved' && last?.kind === 'placed'
  return `${moved ? 'after compaction, ' : ''}${last?.why ?? ''}`
}

/** Where nothing was found, all holes were looked at. */
function searchedLast(memory: Allocator): number {
  return memory.usage().holes
}

function nameOrNumber(job: string): string | number {
  return /^\d+$/.test(job) ? Number(job) : job
}

/** As Stallings draws the buddy system: `A128` in use, `128` free. */
function stateOf(memory: Allocator): string[] {
  return memory.map().map(({ job = '', size }) => `${job}${size}`)
}

/** What is free in each area. */
function remainingOf(memory: Allocator, areas: readonly number[], base: number): number[] {
  const map = memory.map().filter(({ job }) => job === undefined)
  let start = base
  return areas.map((size) => {
    const [low, high] = [start, (start += size)]
    return map.filter((hole) => hole.base >= low && hole.base < high).reduce((sum, hole) => sum + hole.size, 0)
  })
}

function summaryOf(
  usage: MemoryUsage,
  isPaged: boolean,
  copied: number,
  waiting: readonly { job: string; size: number }[],
): [string, string][] {
  const { size, given, free, holes, largestHole, internal, external } = usage
  return [
    ['in use', `${given} of ${size} (${percent(given / size)})`],
    [
      'free',
      isPaged ? `${free}, every frame of it usable` : `${free} in ${count(holes, 'hole')}, the largest ${largestHole}`,
    ],
    ['external fragmentation', `${percent(external)} of the free memory is outside of the largest hole`],
    ['internal fragmentation', `${internal} given and not used`],
    ...(copied === 0 ? [] : [['compaction', `${copied} copied`] as [string, string]]),
    ...(waiting.length === 0
      ? []
      : [['waiting', waiting.map(({ job, size: wanted }) => `${job} (${wanted})`).join(', ')] as [string, string]]),
  ]
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`
}
