/** What the options of `lanework memory` change in a scenario; a list gives several variants to compare. */
import { checkChoice, fail } from '../../core/index.ts'
import {
  fits,
  replacementPolicies,
  type AllocationScenario,
  type AllocatorSpec,
  type MemoryScenario,
  type PagingScenario,
} from '../../schedule/index.ts'
import { listOf } from './comparison.ts'

export interface MemoryFlags {
  readonly fit?: string
  readonly queues?: string
  readonly policy?: string
  readonly frames?: number
  readonly size?: number
  readonly compaction?: string
  readonly protection?: string
  readonly seed?: number
}

/** One scenario for each entry of a list; with none of the options, the scenario as it is. */
export function memoryVariants(scenario: MemoryScenario, flags: MemoryFlags): MemoryScenario[] {
  const given = Object.keys(flags).filter((key) => optionNames.has(key))
  if (given.length === 0) return [scenario]
  const known = optionsOf(scenario)
  for (const option of given) {
    if (known.includes(option)) continue
    const rule = known.length === 0 ? 'left out: this scenario has no options' : `one of --${known.join(', --')} here`
    throw fail('OPTION_INVALID', { option: `--${option}`, rule, got: `it for the scenario ${scenario.name}` })
  }
  // What was expected belongs to the scenario as it was.
  const base = { ...scenario, expected: undefined }
  if (base.kind === 'allocation') return allocationVariants(base, flags)
  if (base.kind === 'paging') return pagingVariants(base, flags)
  const { size = 0, protection } = flags
  const sized = size === 0 ? {} : { size }
  if (base.kind === 'swap') return [{ ...base, ...sized }]
  if (base.kind !== 'protection') return [base]
  const isOn =
    protection === undefined ? base.protection : checkChoice('--protection', protection, ['on', 'off']) === 'on'
  return [{ ...base, ...sized, protection: isOn }]
}

const optionNames = new Set(['fit', 'queues', 'policy', 'frames', 'size', 'compaction', 'protection', 'seed'])

function optionsOf(scenario: MemoryScenario): readonly string[] {
  if (scenario.kind === 'paging') return ['policy', 'frames', 'seed']
  if (scenario.kind === 'protection') return ['protection', 'size']
  if (scenario.kind === 'swap') return ['size']
  if (scenario.kind === 'translation') return []
  return { variable: ['fit', 'size', 'compaction'], fixed: ['queues', 'fit'], buddy: ['size'], paged: ['frames'] }[
    scenario.allocator.policy
  ]
}

function allocationVariants(scenario: AllocationScenario, flags: MemoryFlags): MemoryScenario[] {
  const { allocator } = scenario
  const known = allocator.policy === 'fixed' ? (['first', 'best'] as const) : fits
  const chosen = listOf(flags.fit, known)?.map((fit) => checkChoice('--fit', fit, known))
  const withAllocator = (changed: AllocatorSpec): MemoryScenario => ({
    ...scenario,
    allocator: changedAllocator(changed, flags),
  })
  if (chosen === undefined) return [withAllocator(allocator)]
  return chosen.map((fit) => withAllocator({ ...allocator, fit } as AllocatorSpec))
}

function changedAllocator(allocator: AllocatorSpec, flags: MemoryFlags): AllocatorSpec {
  const { size, frames } = flags
  switch (allocator.policy) {
    case 'variable': {
      const compaction =
        flags.compaction === undefined
          ? {}
          : { compaction: checkChoice('--compaction', flags.compaction, ['never', 'when-needed']) }
      return { ...allocator, ...compaction, ...(size === undefined ? {} : { size, areas: undefined }) }
    }
    case 'fixed':
      return flags.queues === undefined
        ? allocator
        : { ...allocator, queues: checkChoice('--queues', flags.queues, ['one', 'each']) }
    case 'buddy':
      return size === undefined ? allocator : { ...allocator, size }
    case 'paged':
      return frames === undefined ? allocator : { ...allocator, frames }
  }
}

/** The policies of the option, in its order; otherwise those of the scenario. */
function pagingVariants(scenario: PagingScenario, { policy, frames, seed }: MemoryFlags): MemoryScenario[] {
  const policies = listOf(policy, replacementPolicies)?.map((each) =>
    checkChoice('--policy', each, replacementPolicies),
  )
  return [
    {
      ...scenario,
      policies: policies ?? scenario.policies,
      frames: frames ?? scenario.frames,
      seed: seed ?? scenario.seed,
    },
  ]
}
