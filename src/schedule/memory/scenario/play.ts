/** Plays a scenario to its end. */
import { playAllocation, type Played } from './allocation.ts'
import { playProtection, playTranslation } from './addresses.ts'
import { playPaging, playSwap } from './exchange.ts'
import { isSame } from '../../document/compare.ts'
import type { MemoryReport, MemoryScenario } from './types.ts'

/**
 * Plays a scenario: what each step asked and got and why, memory after it, and what it came to. Throws what the memory
 * throws, but for MEMORY_IMPOSSIBLE, which is a step of the report where jobs ask for memory.
 */
export function playMemory(scenario: MemoryScenario): MemoryReport {
  const { method, steps, summary, usage, results } = play(scenario)
  const { name, title, text, expected } = scenario
  const differs =
    expected === undefined ? undefined : Object.keys(expected).filter((key) => !isSame(expected[key], results[key]))
  return { scenario: name, title, text, method, steps, summary, usage, results, differs }
}

function play(scenario: MemoryScenario): Played {
  switch (scenario.kind) {
    case 'allocation':
      return playAllocation(scenario)
    case 'translation':
      return playTranslation(scenario)
    case 'protection':
      return playProtection(scenario)
    case 'paging':
      return playPaging(scenario)
    case 'swap':
      return playSwap(scenario)
  }
}
