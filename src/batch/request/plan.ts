/** From a request to a plan: everything checked, and everything filled in but what is learned. Pure. */
import { resolve } from 'node:path'
import type { JobPlan, JobRequest } from '../types.ts'
import { requestFrom } from './check.ts'
import { complainAt } from './complain.ts'
import { usualBackoff, usualLogs } from './fields.ts'
import { freeName, keyOf, nameOf } from './naming.ts'

/** What a request is filled in from. */
export interface PlanContext {
  /** Absolute: where a relative `cwd` starts, and what a job without one gets. */
  readonly cwd: string
  /** The environment of a job that says none. */
  readonly env: Readonly<Record<string, string>>
  /** Of a job that says none. @default the batch's */
  readonly umask?: number | undefined
  readonly openFiles?: number | undefined
  /** Whether a job of that name is known already. */
  taken(name: string): boolean
  /** Of the request, for messages: `job 3 (build)`. */
  readonly place: string
}

/** Throws JOB_INVALID with the place, the field, the rule and the value. */
export function planOf(request: JobRequest, context: PlanContext): JobPlan {
  const complain = complainAt(context.place)
  const checked = requestFrom(request, complain)
  const { argv, name, affinity, width = 1, group } = checked
  if (name !== undefined && context.taken(name)) throw complain('name', 'one that no other job has', name)
  if (affinity !== undefined && affinity.length < width)
    throw complain('affinity', `at least ${width} CPUs, as many as the job takes at once`, affinity)
  return {
    ...checked,
    name: name ?? freeName(nameOf(argv), (each) => context.taken(each)),
    key: checked.key ?? keyOf(argv),
    cwd: resolve(context.cwd, checked.cwd ?? '.'),
    env: checked.env ?? context.env,
    ...definedOf({
      umask: checked.umask ?? context.umask,
      openFiles: checked.openFiles ?? context.openFiles,
    }),
    priority: checked.priority ?? 0,
    tickets: checked.tickets ?? 1,
    owner: checked.owner ?? group ?? 'user',
    after: checked.after ?? [],
    delayMs: checked.delayMs ?? 0,
    width,
    memoryBytes: checked.memoryBytes ?? checked.memoryLimitBytes ?? 0,
    resources: checked.resources ?? {},
    graceMs: checked.graceMs ?? 5_000,
    retries: checked.retries ?? 0,
    backoff: checked.backoff ?? usualBackoff,
    sliced: checked.sliced ?? true,
    logs: checked.logs ?? usualLogs,
  }
}

/** Without what is undefined. */
function definedOf<Fields extends object>(fields: Fields): Partial<Fields> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<Fields>
}

/** All of one submission: each name is taken for those behind it. Places are counted: `job 3 (build)`, unless they are given. */
export function plansOf(
  requests: readonly JobRequest[],
  context: Omit<PlanContext, 'place'>,
  placeOf: (index: number) => string | undefined = () => undefined,
): JobPlan[] {
  // Names that are given come first: one that is made up gives way to them, wherever it stands.
  const given = new Set(requests.map((request) => request?.name).filter((name) => typeof name === 'string'))
  const used = new Set<string>()
  return requests.map((request, index) => {
    const own = request?.name
    const taken = (name: string): boolean => used.has(name) || (name !== own && given.has(name)) || context.taken(name)
    const place = placeOf(index) ?? countedPlace(index, own)
    const plan = planOf(request, { ...context, taken, place })
    used.add(plan.name)
    return plan
  })
}

function countedPlace(index: number, name: unknown): string {
  return typeof name === 'string' ? `job ${index + 1} (${name.slice(0, 60)})` : `job ${index + 1}`
}
