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
