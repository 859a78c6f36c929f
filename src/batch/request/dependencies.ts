/** Whether jobs can wait for those that they name: all are known, and none waits for itself in the end. Pure. */
import { fail } from '../../core/index.ts'
import type { JobPlan } from '../types.ts'
import { knownText } from './known-names.ts'

/** Names that an error lists. */
const listed = 20

/**
 * Checks the jobs of one submission. `known` says whether the batch knows a job of that name or number already; such jobs
 * cannot wait for new ones, so circles are among the new ones alone. `placeOf` says where a job stands, `others` the names of the
 * jobs that the batch knows, for messages. Throws DEPENDENCY_UNKNOWN and DEPENDENCY_CYCLE.
 */
export function checkDependencies(
  plans: readonly JobPlan[],
  known: (nameOrId: string) => boolean,
  placeOf: (index: number) => string | undefined = () => undefined,
  others: () => readonly string[] = () => [],
): void {
  const places = new Map(plans.map(({ name }, index) => [name, index]))
  const needs = plans.map(({ name, after }, index) =>
    after.flatMap(({ job }) => {
      const place = places.get(job)
      if (place !== undefined) return [place]
      if (known(job)) return []
      const own = plans.map((plan) => plan.name).filter((other) => other !== name)
      const names = [...others(), ...own]
      const text = knownText(job, names, [...own, ...others()].slice(0, listed))
      throw fail('DEPENDENCY_UNKNOWN', { place: placeOf(index), job: name, dependency: job, known: text })
    }),
  )
  const circle = circleIn(needs)
  if (circle === undefined) return
  const names = circle.map((index) => plans[index]?.name ?? '')
  const shown = names.length > listed ? [...names.slice(0, listed), '...', names.at(-1) ?? ''] : names
  throw fail('DEPENDENCY_CYCLE', { place: placeOf(circle[0] ?? 0), jobs: shown.join(' -> ') })
}

/** The places of a circle, its first one again at its end; without recursion, as chains may be 10,000 long. */
function circleIn(needs: readonly (readonly number[])[]): number[] | undefined {
  const state = new Uint8Array(needs.length)
  const [fresh, open, done] = [0, 1, 2]
  for (let start = 0; start < needs.length; start++) {
    if (state[start] !== fresh) continue
    const trail: { readonly at: number; next: number }[] = [{ at: start, next: 0 }]
    state[start] = open
    for (let top = trail.at(-1); top !== undefined; top = trail.at(-1)) {
      const target = needs[top.at]?.[top.next++]
      if (target === undefined) {
        state[top.at] = done
        trail.pop()
      } else if (state[target] === open) {
        const from = trail.findIndex(({ at }) => at === target)
        return [...trail.slice(from).map(({ at }) => at), target]
      } else if (state[target] === fresh) {
        state[target] = open
        trail.push({ at: target, next: 0 })
      }
    }
  }
  return undefined
}
