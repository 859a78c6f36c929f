/** Finds the name that was probably meant. Pure. */

/** The candidate that contains the name or differs in the fewest letters; undefined when none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  const containing = name === '' ? undefined : candidates.find((candidate) => candidate.includes(name))
  if (containing !== undefined) return containing
  const distances = candidates.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  const nearest = distances.toSorted((a, b) => a.distance - b.distance)[0]
  return nearest !== undefined && nearest.distance <= Math.max(2, name.length / 3) ? nearest.candidate : undefined
}

/** Levenshtein: letters inserted, removed or replaced. */
function editDistance(from: string, to: string): number {
  let previous = Array.from({ length: to.length + 1 }, (_, index) => index)
  for (let row = 1; row <= from.length; row++) {
    const current = [row]
    for (let column = 1; column <= to.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (from[row - 1] === to[column - 1] ? 0 : 1)
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1))
    }
    previous = current
  }
  return previous[to.length] ?? 0
}
