/** Finds the name that was probably meant. Pure. */

/** The candidate that contains the name or differs in the fewest letters; undefined when none is near. */
export function nearestName(name: string, candidates: readonly string[]): string | undefined {
  // A name longer than any that is known is far from all of them.
  if (name === '' || name.length > 60) return undefined
  const containing = candidates.find((candidate) => candidate.includes(name))
  if (containing !== undefined) return containing
  const distances = candidates.map((candidate) => ({ candidate, distance: editDistance(name, candidate) }))
  const nearest = distances.toSorted((a, b) => a.distance - b.distance)[0]
  return nearest !== undefined && nearest.distance <= Math.max(2, name.length / 3) ? nearest.candidate : undefined
}

/** Letters to insert, delete or replace, and neighbours to swap (Damerau, Levenshtein). */
function editDistance(from: string, to: string): number {
  let [before, row]: number[][] = [[], Array.from({ length: to.length + 1 }, (_, column) => column)]
  for (let line = 1; line <= from.length; line++) {
    const next = [line]
    for (let column = 1; column <= to.length; column++) {
      const [own, other] = [from[line - 1], to[column - 1]]
      const replaced = at(row, column - 1) + (own === other ? 0 : 1)
      next.push(Math.min(replaced, at(row, column) + 1, at(next, column - 1) + 1))
      const swaps = line > 1 && column > 1 && own === to[column - 2] && from[line - 2] === other
      if (swaps) next[column] = Math.min(at(next, column), at(before, column - 2) + 1)
    }
    ;[before, row] = [row, next]
  }
  return at(row, to.length)
}

function at(row: readonly number[] | undefined, column: number): number {
  return row?.[column] ?? Infinity
}
