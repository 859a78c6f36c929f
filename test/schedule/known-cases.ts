/** The known answers of textbooks, course programs and laws, as they lie in `test/fixtures/schedule/cases.json`. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { burstsOfPattern, type Burst, type JobSpec, type Simulation } from '#lanework/schedule/index.js'

interface CaseJob extends Omit<JobSpec, 'bursts' | 'threads'> {
  readonly burst: number | null
  readonly io?: unknown
}

export interface KnownCase {
  readonly name: string
  readonly source: string
  readonly kind: string
  readonly policy: string
  readonly quantum: number | number[] | null
  readonly jobs: readonly CaseJob[] | { readonly sameAs: string }
  readonly expected: Readonly<Record<string, unknown>>
  readonly params?: Readonly<Record<string, number | number[] | boolean | string>>
  readonly tie?: string
  readonly tolerance?: number
  readonly command?: string
  readonly randoms?: readonly number[]
  readonly horizon?: number
}

const file = JSON.parse(readFileSync('test/fixtures/schedule/cases.json', 'utf8')) as { cases: KnownCase[] }

export const knownCases: readonly KnownCase[] = file.cases

export function jobsOf(known: KnownCase): JobSpec[] {
  return jobList(known).map(({ burst, io, ...job }) => {
    const bursts = burstsOfPattern(burst, io)
    assert.ok(Array.isArray(bursts), JSON.stringify(bursts))
    return Object.assign(job, { bursts: bursts as readonly Burst[] })
  })
}

function jobList({ jobs, source }: KnownCase): readonly CaseJob[] {
  if (!('sameAs' in jobs)) return jobs
  const named = knownCases.find(({ name }) => name === jobs.sameAs)
  if (named !== undefined) return jobList(named)
  // Its program makes jobs one after the other from one seed, so those of a short run begin a longer run of that seed.
  const [count, ...generator] = programArguments(source)
  const longer = knownCases.find((other) => {
    const [otherCount, ...same] = programArguments(other.source)
    return !('sameAs' in other.jobs) && (otherCount ?? 0) >= (count ?? Infinity) && `${same}` === `${generator}`
  })
  assert.ok(longer, `no case has the jobs of ${jobs.sameAs}`)
  return jobList(longer).slice(0, count)
}

/** Number of jobs, seed, rate and bound. */
function programArguments(source: string): number[] {
  return (/\(args ([\d. ]+)\)/.exec(source)?.[1] ?? '').split(' ').slice(0, 4).map(Number)
}

/** Compares what the case expects in the short form, field by field. */
export function checkAnswer(known: KnownCase, { jobs, system }: Simulation, bars: readonly unknown[]): void {
  const { expected, tolerance = 0.00006 } = known
  const expectedJobs = (expected['jobs'] ?? {}) as Record<string, Record<string, number>>
  for (const [name, fields] of Object.entries(expectedJobs)) {
    const job = jobs.find((each) => each.name === name)
    assert.ok(job, name)
    const { slowdown: normalizedTurnaround, ...others } = job
    const told: Record<string, unknown> = { ...others, normalizedTurnaround }
    for (const [field, value] of Object.entries(fields)) near(told[field], value, field, tolerance, name)
  }
  const { slowdown: normalizedTurnaround, ...others } = system.average
  const told: Record<string, unknown> = { ...others, normalizedTurnaround }
  for (const [field, value] of Object.entries((expected['avg'] ?? {}) as Record<string, number>))
    near(told[field], value, field, tolerance, 'average')
  for (const [name, finish] of Object.entries((expected['finish'] ?? {}) as Record<string, number>))
    near(jobs.find((job) => job.name === name)?.finish, finish, 'finish', tolerance, name)
  if (expected['gantt'] !== undefined) assert.deepEqual(bars, expected['gantt'])
}

/** Published quotients have two digits. */
function near(got: unknown, expected: number, field: string, tolerance: number, of: string): void {
  const allowed = field === 'normalizedTurnaround' ? 0.0051 : tolerance
  const isNear = typeof got === 'number' && Math.abs(got - expected) <= allowed
  assert.ok(isNear, `${field} of ${of}: ${String(got)}, expected ${expected} +- ${allowed}`)
}

export function close(got: number, expected: unknown, tolerance: number): void {
  assert.ok(Math.abs(got - (expected as number)) <= tolerance, `${got}, expected ${String(expected)} +- ${tolerance}`)
}
