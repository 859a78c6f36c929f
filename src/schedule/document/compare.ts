/** Compares what was expected with what came out, as values of a file. */

/** Whether two values are the same, whatever the order of their keys. Numbers may differ by `tolerance`. */
export function isSame(expected: unknown, got: unknown, tolerance = 0): boolean {
  if (typeof expected === 'number' && typeof got === 'number') return Math.abs(expected - got) <= tolerance
  if (typeof expected !== 'object' || expected === null || typeof got !== 'object' || got === null)
    return expected === got
  if (Array.isArray(expected) !== Array.isArray(got)) return false
  const [keys, gotKeys] = [Object.keys(expected), Object.keys(got)]
  const left = expected as Record<string, unknown>
  const right = got as Record<string, unknown>
  return keys.length === gotKeys.length && keys.every((key) => isSame(left[key], right[key], tolerance))
}
