/**
 * The CPUs of a batch. Policies and rules go by `index`, 0 to N-1; which CPU of the machine that is may change while two of them
 * are free, so that a job gets back to the one where it ran last.
 *
 *   index    0    1    2    3
 *   number   2    3    7    6      6 and 7 changed places: the job that was picked for the third one ran on 7 before
 */
import type { Job, Offer, Policy } from '../../schedule/index.ts'
import type { EngineJob } from './job.ts'

export interface Cpu {
  readonly index: number
  /** Of the machine. */
  number: number
  /** Who has it. */
  job: EngineJob | undefined
  /** Others that a wide job holds; its own `job` is set too. */
  held: readonly Cpu[]
  /** It is one of those others. */
  isHeld: boolean
  /** Since when the policy counts what the job ran; undefined while its program is being started. */
  since: number | undefined
  /** Length of the slice, and when it is over. */
  quantum: number
  sliceEnd: number
}

export interface Cpus {
  readonly all: readonly Cpu[]
  free: number
  /** Policies have to hear which CPU asks: CPUs are not alike for all jobs, or some jobs take several. */
  offers: boolean
  hasAffinity: boolean
  /** Index by number, as the batch was given them. */
  readonly indexes: ReadonlyMap<number, number>
}

export function cpusOf(numbers: readonly number[]): Cpus {
  return {
    all: numbers.map((number, index) => ({
      index,
      number,
      job: undefined,
      held: [],
      isHeld: false,
      since: undefined,
      quantum: Infinity,
      sliceEnd: Infinity,
    })),
    free: numbers.length,
    offers: false,
    hasAffinity: false,
    indexes: new Map(numbers.map((number, index) => [number, index])),
  }
}

/** From the first job on that cannot run everywhere, or is wide, policies hear of each CPU. */
export function noticeJob(cpus: Cpus, job: EngineJob): void {
  if (job.affinity !== undefined) cpus.hasAffinity = true
  if (cpus.hasAffinity || job.width > 1) cpus.offers = true
}

/** Undefined as long as CPUs are alike for all: policies are faster then. */
export function offerOf(cpus: Cpus, policy: Policy<EngineJob>, cpu: Cpu): Offer<EngineJob> | undefined {
  if (!cpus.offers && !(policy.looksAtCpu === true && cpus.all.length > 1)) return undefined
  const own = cpu.job?.width ?? 0
  return {
    cpu: cpus.indexes.get(cpu.number) ?? cpu.index,
    free: cpus.free + own,
    accepts: cpus.hasAffinity ? (job) => mayRunOn(cpus, job, cpu) : acceptsAll,
  }
}

/**
 * A wide job that may not run everywhere is passed over while fewer than it needs are free among those where it may; other wide
 * jobs are for the policy, which sees how many are free.
 */
function mayRunOn(cpus: Cpus, job: EngineJob, cpu: Cpu): boolean {
  const { affinity } = job
  if (affinity === undefined) return true
  if (!affinity.includes(cpu.number)) return false
  if (job.width === 1) return true
  const isFree = (each: Cpu): boolean => each.job === undefined || each.job === cpu.job
  return cpus.all.filter((each) => isFree(each) && affinity.includes(each.number)).length >= job.width
}

function acceptsAll(_job: Job): boolean {
  return true
}

/** Gives the job this CPU and as many others as it is wide; false, and nothing happened, if there are too few. */
export function occupy(cpus: Cpus, policy: Policy<EngineJob>, first: Cpu, job: EngineJob): boolean {
  const { affinity } = job
  const isOpen = (cpu: Cpu): boolean => cpu.job === undefined && (affinity?.includes(cpu.number) ?? true)
  const open = job.width === 1 ? [first] : [first, ...cpus.all.filter((cpu) => cpu !== first && isOpen(cpu))]
  if (open.length < job.width) return false
  const taken = open.slice(0, job.width)
  if (policy.looksAtCpu !== true) for (const cpu of taken) goBack(cpus, cpu, taken, job)
  for (const cpu of taken) {
    cpu.job = job
    cpu.isHeld = cpu !== first
  }
  first.held = taken.slice(1)
  first.since = undefined
  first.sliceEnd = Infinity
  cpus.free -= job.width
  job.cpu = first
  job.cpus = taken.map(({ number }) => number)
  return true
}

/** Changes the number of this free CPU with that of another free one, where the job ran last. */
function goBack(cpus: Cpus, cpu: Cpu, taken: readonly Cpu[], job: EngineJob): void {
  if (job.cpus.length === 0 || job.cpus.includes(cpu.number)) return
  const ran = (each: Cpu): boolean => each.job === undefined && !taken.includes(each) && job.cpus.includes(each.number)
  const other = cpus.free > taken.length ? cpus.all.find(ran) : undefined
  if (other === undefined) return
  const { number } = cpu
  cpu.number = other.number
  other.number = number
}

/** The job has no CPU any more. */
export function vacate(cpus: Cpus, job: EngineJob): void {
  const first = job.cpu
  if (first === undefined) return
  for (const cpu of [first, ...first.held]) {
    cpu.job = undefined
    cpu.isHeld = false
    cpu.since = undefined
    cpu.sliceEnd = Infinity
  }
  first.held = []
  cpus.free += job.width
  job.cpu = undefined
}
