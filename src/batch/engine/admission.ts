/**
 * Who is admitted: memory, named resources, slots of groups and the degree of multiprogramming are claimed before a job may
 * have a CPU, and held until the end of its program, stopped or not.
 *
 *   queued, in order of coming:   A   B   C   D        free: 2 of 8 GiB
 *                                 │   │   └ 1 GiB: admitted, and A was passed over once more
 *                                 │   └ needs a licence that nobody has free
 *                                 └ needs 4 GiB: nobody who claims memory passes any more after ten times
 *
 * The first that fits is admitted. The one that waits longest may be passed over ten times by jobs that take of what it lacks;
 * from then on such jobs wait too, so what it lacks only gets more, and it cannot starve. Jobs that claim the same are one line,
 * of which only the first is looked at, so 10,000 alike cost no more than one.
 */
import { JobHeap } from '../../schedule/index.ts'
import type { JobPlan } from '../types.ts'
import type { EngineSettings } from './settings.ts'

/** How often the one that waits longest is passed over. */
export const passes = 10

/** Amounts are counted in these, so that what is taken and given back in parts, as 0.1 and 0.2, comes to the same again. */
const parts = 1e6

/** One thing that is claimed. */
export interface Want {
  readonly what: string
  readonly amount: number
}

/** What a job claims, and where it stands in line. */
export interface Claim {
  readonly job: number
  readonly wants: readonly Want[]
  /** Those who claim the same. */
  readonly line: string
  order: number
  /** Times that somebody who came later took what it lacked. */
  passed: number
  held: boolean
  readonly inLine: Standing
  readonly inAll: Standing
}

/** A place in a heap; a claim stands in two. */
interface Standing {
  place: number
  claim: Claim
}

export interface Admission {
  readonly total: ReadonlyMap<string, number>
  readonly free: Map<string, number>
  readonly all: JobHeap<Standing>
  readonly lines: Map<string, JobHeap<Standing>>
}

export const memory = 'memory'
export const degree = 'degree'

export function admissionOf({ memoryBytes, resources, slots, degree: most }: EngineSettings): Admission {
  const total = new Map([
    [degree, most],
    [memory, memoryBytes],
    ...Object.entries(slots).map(([group, count]) => [slotOf(group), count] as const),
    ...Object.entries(resources).map(([name, count]) => [resourceOf(name), exact(count)] as const),
  ])
  return { total, free: new Map(total), all: new JobHeap(), lines: new Map() }
}

/** Named resources and slots are told apart from memory and from each other. */
export function resourceOf(name: string): string {
  return `resource ${name}`
}

export function slotOf(group: string): string {
  return `slot of group ${group}`
}

export function claimOf(admission: Admission, job: number, plan: JobPlan): Claim {
  const wants: Want[] = [{ what: degree, amount: 1 }]
  if (plan.memoryBytes > 0) wants.push({ what: memory, amount: plan.memoryBytes })
  for (const [name, amount] of Object.entries(plan.resources))
    if (amount > 0) wants.push({ what: resourceOf(name), amount: Math.max(exact(amount), 1 / parts) })
  if (plan.group !== undefined && admission.total.has(slotOf(plan.group)))
    wants.push({ what: slotOf(plan.group), amount: 1 })
  const line = wants
    .map(({ what, amount }) => `${what}=${amount}`)
    .toSorted()
    .join('\n')
  const inLine = { place: -1 } as Standing
  const inAll = { place: -1 } as Standing
  const claim: Claim = { job, wants, line, order: 0, passed: 0, held: false, inLine, inAll }
  inLine.claim = claim
  inAll.claim = claim
  return claim
}

/** What of it there is never enough of. */
export function neverEnough({ total }: Admission, { wants }: Claim): Want | undefined {
  return wants.find(({ what, amount }) => amount > (total.get(what) ?? 0))
}

/** Gets in line, by its order; a claim that can never be met stands aside, as everybody would wait behind it. */
export function enqueue(admission: Admission, claim: Claim): void {
  if (neverEnough(admission, claim) !== undefined) return
  admission.all.push(claim.inAll, claim.order)
  let line = admission.lines.get(claim.line)
  if (line === undefined) admission.lines.set(claim.line, (line = new JobHeap()))
  line.push(claim.inLine, claim.order)
}

/** Gets out of line. */
export function dequeue(admission: Admission, claim: Claim): void {
  admission.all.remove(claim.inAll)
  const line = admission.lines.get(claim.line)
  line?.remove(claim.inLine)
  if (line?.size === 0) admission.lines.delete(claim.line)
}

/** Admits this one, if it fits and passes nobody who was passed over too often. For one that has just got in line. */
export function admitNew(admission: Admission, claim: Claim): boolean {
  return mayBeAdmitted(admission, claim) && admit(admission, claim)
}

/** Admits the first that fits. For when something was given back; undefined when nobody fits. */
export function admitNext(admission: Admission): Claim | undefined {
  if ((admission.free.get(degree) ?? 0) < 1) return undefined
  let first: Claim | undefined
  for (const line of admission.lines.values()) {
    const claim = line.peek()?.claim
    if (claim === undefined || (first !== undefined && first.order < claim.order)) continue
    if (mayBeAdmitted(admission, claim)) first = claim
  }
  if (first !== undefined) admit(admission, first)
  return first
}

/** Takes what it claims, whether there is enough or not: its program runs already. */
export function holdAnyway(admission: Admission, claim: Claim): void {
  claim.held = true
  for (const { what, amount } of claim.wants) change(admission, what, -amount)
}

/** Gives back what it holds. */
export function giveBack(admission: Admission, claim: Claim): void {
  if (!claim.held) return
  claim.held = false
  for (const { what, amount } of claim.wants) change(admission, what, amount)
}

function change({ free }: Admission, what: string, by: number): void {
  free.set(what, exact((free.get(what) ?? 0) + by))
}

/** To the nearest part; whole numbers, as bytes, are exact. */
function exact(amount: number): number {
  return Number.isInteger(amount) ? amount : Math.round(amount * parts) / parts
}

/** What there is not enough of just now. */
export function lackOf({ free }: Admission, { wants }: Claim): Want[] {
  return wants.filter(({ what, amount }) => amount > (free.get(what) ?? 0))
}

function mayBeAdmitted(admission: Admission, claim: Claim): boolean {
  if (lackOf(admission, claim).length > 0) return false
  const longest = admission.all.peek()?.claim
  return longest === undefined || longest === claim || longest.passed < passes || !takesFrom(admission, claim, longest)
}

/** It takes of what the other one lacks. */
function takesFrom(admission: Admission, claim: Claim, other: Claim): boolean {
  return lackOf(admission, other).some(({ what }) => claim.wants.some((want) => want.what === what))
}

function admit(admission: Admission, claim: Claim): true {
  const longest = admission.all.peek()?.claim
  if (longest !== undefined && longest !== claim && takesFrom(admission, claim, longest)) longest.passed++
  dequeue(admission, claim)
  holdAnyway(admission, claim)
  return true
}
