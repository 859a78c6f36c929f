// Small statistics over rounds. Ratios are taken within each round and only
// then summarised: two servers measured seconds apart share the state of the
// machine, two medians over the whole run do not.

export function median(values) {
  if (values.length === 0) return undefined
  const sorted = values.toSorted((left, right) => left - right)
  const middle = sorted.length >> 1
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

export function spread(values) {
  return { lowest: Math.min(...values), median: median(values), highest: Math.max(...values) }
}

/** The median over rounds of one server's value divided by another's in the same round. */
export function pairwiseRatio(rounds, otherRounds, pick) {
  const ratios = []
  for (const [round, measured] of rounds) {
    const other = otherRounds?.get(round)
    if (other) ratios.push(pick(measured) / pick(other))
  }
  return median(ratios)
}

/** The list turned so that every round starts with another server. */
export function rotate(list, round) {
  const shift = list.length ? round % list.length : 0
  return [...list.slice(shift), ...list.slice(0, shift)]
}
