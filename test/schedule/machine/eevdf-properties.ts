/** What holds of EEVDF on every run: eligibility, lags, round robin as a special case, and what short slices change. */
import assert from 'node:assert/strict'
import { answer, rr, simulate, type EevdfPolicy, type JobSpec, type SimulatedJob } from '#lanework/schedule/index.js'
import { watched } from './watched.js'

type Make = (options?: { slice?: number; slices?: Record<string, number> }) => EevdfPolicy<SimulatedJob>

const endless = (names: string): JobSpec[] => [...names].map((name) => ({ name, bursts: [{ cpu: Infinity }] }))

/** One check for each invariant that the case names. */
export function eevdfHolds(make: Make, invariants: readonly string[]): void {
  const checks = [pickedIsEligible, lagsAddUp, lagsAreBounded, equalJobsTakeTurns, shortSlicesAnswerSooner]
  assert.equal(invariants.length, checks.length)
  for (const check of checks) check(make)
}

/** Calls `look` with all jobs and their policy at each decision; none of them runs then. */
function atEachDecision(
  make: Make,
  look: (jobs: readonly SimulatedJob[], policy: EevdfPolicy<SimulatedJob>) => void,
): void {
  const policy = make({ slice: 2, slices: { B: 1, C: 5 } })
  const known = new Set<SimulatedJob>()
  const watching = watched(policy, () => look([...known], policy))
  const remembering = new Proxy(watching, {
    get(target, property) {
      if (property !== 'ready') return Reflect.get(target, property, target)
      return (job: SimulatedJob, ...others: [number]): void => {
        known.add(job)
        target.ready(job, ...others)
      }
    },
  })
  simulate(endless('ABCD'), { policy: remembering, horizon: 300, rules: { aloneAtExpiry: 'switch' } })
  assert.equal(known.size, 4)
}

function pickedIsEligible(make: Make): void {
  let decisions = 0
  atEachDecision(make, (jobs, policy) => {
    const eligible = jobs.filter((job) => (policy.lagOf(job) ?? NaN) >= -1e-6)
    const deadlines = eligible.map((job) => policy.deadlineOf(job) ?? NaN)
    const next = policy.peek?.(0)
    assert.ok(next !== undefined && eligible.includes(next))
    assert.equal(policy.deadlineOf(next), Math.min(...deadlines))
    decisions++
  })
  assert.ok(decisions > 100)
}

function lagsAddUp(make: Make): void {
  atEachDecision(make, (jobs, policy) => {
    const sum = jobs.reduce((total, job) => total + (policy.lagOf(job) ?? NaN), 0)
    assert.ok(Math.abs(sum) < 1e-6, `lags add up to ${sum}`)
  })
}

function lagsAreBounded(make: Make): void {
  const longestSlice = 5
  atEachDecision(make, (jobs, policy) => {
    for (const job of jobs) assert.ok(Math.abs(policy.lagOf(job) ?? NaN) <= longestSlice + 1e-6, job.name)
  })
}

function equalJobsTakeTurns(make: Make): void {
  const chart = (policy: Parameters<typeof simulate>[1]['policy']): unknown =>
    answer(simulate(endless('ABC'), { policy, horizon: 60 })).gantt
  assert.deepEqual(chart(make({ slice: 4 })), chart(rr({ quantum: 4 })))
}

function shortSlicesAnswerSooner(make: Make): void {
  const editor = { name: 'editor', arrival: 37, bursts: [{ cpu: Infinity }] }
  const outcome = (slices: Record<string, number>): { response: number; share: number } => {
    const policy = make({ slice: 6, slices })
    const { jobs } = simulate([...endless('ABC'), editor], { policy, horizon: 40_037 })
    const { response = NaN, cpu } = jobs.find(({ name }) => name === 'editor') ?? { cpu: NaN }
    return { response, share: cpu / 40_000 }
  }
  const [long, short] = [outcome({}), outcome({ editor: 1 })]
  assert.ok(short.response < long.response, `response ${short.response} against ${long.response}`)
  assert.ok(Math.abs(short.share - 0.25) < 0.001 && Math.abs(long.share - 0.25) < 0.001)
}
