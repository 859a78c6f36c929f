/** Facts that still count: a journal of them alone tells the same as the whole one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { planOf, restoredFrom, type Fact, type JobPlan } from '#lanework/batch/index.js'
import { nothingCounted } from '#lanework/batch/engine/facts.js'
import { AliveFacts } from '#lanework/batch/journal/index.js'

const plan: JobPlan = planOf({ argv: ['true'] }, { cwd: '/', env: {}, taken: () => false, place: 'job 1' })
const count = { ...nothingCounted, dispatches: 3 }
const end = { exitCode: 3, signal: undefined, use: undefined, resources: undefined }

type Event = readonly [
  what: 'run' | 'fail' | 'end' | 'pause' | 'resume' | 'priority' | 'forget' | 'policy',
  job: number,
]

/** Facts as an executive tells them: each job is submitted first, and each attempt follows the last. */
function factsOf(events: readonly Event[]): Fact[] {
  const attempts = new Map<number, number>()
  let at = 0
  return events.flatMap(([what, job]): Fact[] => {
    const about = { job, at: ++at }
    const isNew = !attempts.has(job)
    const attempt = (attempts.get(job) ?? 0) + (what === 'run' ? 1 : 0)
    attempts.set(job, attempt)
    const facts: Fact[] = isNew ? [{ kind: 'submitted', ...about, plan }] : []
    if (what === 'run')
      facts.push({ kind: 'starting', ...about, attempt }, { kind: 'started', ...about, attempt, pid: at })
    else if (what === 'fail')
      facts.push({
        kind: 'attemptEnded',
        ...about,
        attempt,
        outcome: 'failed',
        end,
        why: 'exit code 3',
        account: count,
      })
    else if (what === 'end')
      facts.push({
        kind: 'ended',
        ...about,
        outcome: 'failed',
        exitCode: 3,
        signal: undefined,
        why: '',
        account: count,
      })
    else if (what === 'priority') facts.push({ kind: 'priority', ...about, priority: at })
    else if (what === 'policy') facts.push({ kind: 'policy', job: 0, at, choice: { name: `p${at}` } })
    else if (what === 'forget') facts.push({ kind: 'forgotten', ...about })
    else facts.push({ kind: what === 'pause' ? 'paused' : 'resumed', ...about })
    return facts
  })
}

const words = ['run', 'fail', 'end', 'pause', 'resume', 'priority', 'forget', 'policy'] as const
const anyEvents = fc.array(fc.tuple(fc.constantFrom(...words), fc.integer({ min: 1, max: 3 })), { maxLength: 60 })

describe('facts that still count', () => {
  it('leave the same jobs and the same policy as all of them', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const facts = factsOf(events)
        const alive = new AliveFacts()
        for (const fact of facts) alive.add(fact)
        const [all, kept] = [restoredFrom(facts), restoredFrom(alive)]
        assert.deepEqual([kept.jobs, kept.choice], [all.jobs, all.choice])
      }),
    )
  })
  it('are few, however often a job is paused, tried again, or reordered', () => {
    const alive = new AliveFacts()
    const events: Event[] = Array.from({ length: 1_000 }, (_, n) => [words[n % 6]!, 1] as const).filter(
      ([word]) => word !== 'end',
    )
    for (const fact of factsOf(events)) alive.add(fact)
    assert.ok([...alive].length <= 12, `${[...alive].length} facts`)
    for (const fact of factsOf([
      ['run', 2],
      ['forget', 2],
    ]))
      alive.add(fact)
    assert.deepEqual(
      [...alive].filter(({ job }) => job === 2),
      [],
    )
  })
})
