/** Plays what moves between memory and disk: pages that replace each other, and jobs that are swapped. */
import { mersenne } from '../../random/mersenne.ts'
import { beladyAnomalies, faultCurve, workingSet } from '../locality.ts'
import { replay, type Replay, type ReplayOptions } from '../replay.ts'
import type { ReplacementPolicy } from '../replacement.ts'
import { swapping } from '../swapping.ts'
import { percent, type Played } from './allocation.ts'
import type { MemoryStep, PagingScenario, SwapOp, SwapScenario } from './types.ts'

export function playPaging(scenario: PagingScenario): Played {
  const { references, frames, policies, curve, window } = scenario
  const replays = policies.map((policy) => replay(references, { frames, ...optionsOf(scenario, policy) }))
  const first = replays[0] as Replay
  const steps = (first.steps ?? []).map((step): MemoryStep => {
    const result = step.hit ? 'hit' : step.evicted === undefined ? 'fault' : `fault, ${step.evicted} leaves`
    return { action: `page ${step.page}`, result, why: step.why, good: step.hit, frames: step.frames }
  })
  const summary: [string, string][] = replays.map(({ policy, hits, faults, hitRatio }) => [
    titleOf(policy),
    `${faults} faults, ${hits} hits (${percent(hitRatio)})`,
  ])
  const curves =
    curve === 0
      ? []
      : policies.map((policy) => ({ policy, points: faultCurve(references, curve, optionsOf(scenario, policy)) }))
  for (const { policy, points } of curves) {
    summary.push([
      `${titleOf(policy)}, 1 to ${curve} frames`,
      `${points.map(({ faults }) => faults).join(', ')} faults`,
    ])
    for (const { from, to } of beladyAnomalies(points))
      summary.push([
        "Belady's anomaly",
        `${titleOf(policy)}: ${to.frames} frames make ${to.faults} faults, ${from.frames} made ${from.faults}`,
      ])
  }
  const set = window === 0 ? undefined : workingSet(references, window)
  if (set !== undefined)
    summary.push([`working set (${window})`, `${set.average.toFixed(2)} pages on average, ${set.largest} at most`])
  const results = {
    hits: first.hits,
    faults: first.faults,
    comparison: replays.map(({ policy, hits, faults }) => ({ policy, hits, faults })),
    ...(curve === 0 ? {} : { curves }),
    ...(set === undefined ? {} : { workingSet: set }),
  }
  return { method: `${titleOf(first.policy)}, ${frames} frames`, steps, summary, usage: undefined, results }
}

/** Each policy draws from the start of the same numbers. */
function optionsOf(
  { like, seed }: PagingScenario,
  policy: ReplacementPolicy,
): Omit<ReplayOptions, 'frames' | 'record'> {
  const { random } = mersenne(seed)
  return like === 'ostep' ? { policy, random, clockBits: 2, clockHand: 'random' } : { policy, random }
}

function titleOf(policy: ReplacementPolicy): string {
  return policy.length <= 5 ? policy.toUpperCase() : policy
}

export function playSwap(scenario: SwapScenario): Played {
  const { size, swapSize, victim, latency, copyCost, ops } = scenario
  const memory = swapping({ size, swapSize, victim, latency, copyCost })
  const waiting = new Set<string>()
  const steps = ops.map((op): MemoryStep => {
    const { action, result, why, good } = playOp(op)
    return { action, result, why, good, map: memory.map() }
  })
  const outs = memory.swappedOut()
  const copies = memory.ledger.filter(({ kind }) => kind.startsWith('swapped'))
  const summary: [string, string][] = [
    ['copies', `${copies.length}, which took ${memory.cost}`],
    ['on the disk', outs.length === 0 ? 'nobody' : outs.join(', ')],
    ...(waiting.size === 0 ? [] : [['waiting', [...waiting].join(', ')] as [string, string]]),
  ]
  const results = { cost: memory.cost, swappedOut: outs, copies: copies.map(({ kind, job }) => `${kind} ${job}`) }
  return { method: memory.title, steps, summary, usage: memory.usage(), results }

  function playOp({ do: what, job, size: wanted }: SwapOp): Omit<MemoryStep, 'map'> {
    const action = what === 'start' ? `${job} starts with ${wanted}` : `${job} ${what}s`
    if (waiting.has(job)) return { action, result: 'still waits', why: 'it found no place', good: false }
    if (what === 'end') {
      memory.end(job)
      return { action, result: 'its memory is free', why: 'it has ended', good: true }
    }
    const before = memory.ledger.length
    const brought = what === 'start' ? memory.start(job, wanted) : memory.run(job)
    const events = memory.ledger.slice(before)
    const why = events.map((event) => `${event.job} ${event.kind}: ${event.why}`).join('; ') || 'it is in memory'
    if (brought === undefined) {
      if (what === 'start') waiting.add(job)
      return { action, result: 'waits', why, good: false }
    }
    const { base, swappedOut, swappedIn, cost } = brought
    const moves = [...swappedOut.map((name) => `${name} out`), ...(swappedIn ? [`${job} in`] : [])]
    const result = cost === 0 ? `at ${base}` : `at ${base}; ${moves.join(', ')}: takes ${cost}`
    return { action, result, why, good: cost === 0 }
  }
}
