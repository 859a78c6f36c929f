/** The run as it was measured, beside what the simulator makes of the same jobs under every policy. */
import { replay } from '../../../src/batch/predict/replay.ts'
import { simulationOf } from '../../../src/batch/predict/simulation-of.ts'
import { inSeconds } from '../../../src/batch/seen/picture.ts'
import { settledChoice } from '../../../src/batch/request/policy.ts'
import type { RunRecord } from '../../../src/batch/types.ts'
import { percentText, policyTable } from '../../../src/schedule/index.ts'
import { element } from '../../element.ts'
import { comparisonView, type Candidate } from '../views/comparison.ts'

export interface WhatIf {
  readonly node: HTMLElement
  /** There is more of a run to compare with. */
  show(record: RunRecord): void
}

const intro =
  'The jobs that have ended, done again by the simulator with the CPU time and the waiting that were measured, in seconds. The first row is what happened. A star marks the best.'

/** `choose` takes a policy into the form, where there is one. */
export function whatIf(choose?: (policy: string) => void): WhatIf {
  const view = comparisonView(choose, intro)
  const error = element('p', { class: 'soft', id: 'prediction' })
  view.node.append(error)
  let shown = ''
  return {
    node: view.node,
    show(record) {
      const ended = record.jobs.filter(({ state }) => state === 'ended')
      const key = `${ended.length} ${record.policies.length}`
      // Only another job that has ended, or another policy, gives other answers.
      if (key === shown || ended.length === 0) return
      shown = key
      error.textContent = errorText(record)
      const again: Candidate[] = policyTable.map(({ name, title }) => ({
        name,
        title,
        run: () => inSeconds(replay(record, { policy: settledChoice({ name }) }).replayed.simulation),
      }))
      const real: Candidate = {
        name: 'measured',
        title: 'As it was',
        run: () => inSeconds(simulationOf(endedPart(record))),
        canBeTaken: false,
      }
      view.compare([real, ...again], record.policies.at(-1)?.choice.name ?? '')
    },
  }
}

/** Like is compared with like: without the jobs that go on. */
function endedPart(record: RunRecord): RunRecord {
  const jobs = record.jobs.filter(({ state }) => state === 'ended')
  const kept = new Set(jobs.map(({ id }) => id))
  return { ...record, jobs, steps: record.steps.filter(({ job }) => kept.has(job)) }
}

/** How far the simulator is from what happened, under the policy that decided. */
function errorText(record: RunRecord): string {
  try {
    const { makespan, turnaround } = replay(record).replayed
    const text = (error: number): string =>
      Number.isNaN(error) ? '–' : `${error >= 0 ? '+' : '−'}${percentText(Math.abs(error))}`
    const others = record.jobs.some(({ state }) => state !== 'ended')
      ? ' Jobs that go on took part in what was measured, and not in the simulation.'
      : ''
    return `Prediction against measurement under the same policy: makespan ${text(makespan.error)}, mean turnaround ${text(turnaround.error)}.${others}`
  } catch {
    return ''
  }
}
