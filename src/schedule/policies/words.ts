/** How explanations speak of the jobs that were not picked. */

/** `and nobody else waits`, `before the other that waits`, `before the 3 others that wait`. */
export function beforeOthers(count: number): string {
  if (count === 0) return 'and nobody else waits'
  return count === 1 ? 'before the other that waits' : `before the ${count} others that wait`
}

/** `nor has the other`, `nor has any of the 3 others`; nobody for none. */
export function anyOther(count: number): string {
  if (count === 0) return 'nobody else waits'
  return count === 1 ? 'nor has the other' : `nor has any of the ${count} others`
}

/** A number in at most three decimals: where times are measured they have fifteen. */
export function rounded(value: number): number {
  return Math.round(value * 1000) / 1000
}
