/** The environment that jobs get from whoever hands them in. */

/** This process's, without names that are not set. */
export function environment(): Record<string, string> {
  const set = Object.entries(process.env).filter((entry): entry is [string, string] => entry[1] !== undefined)
  return Object.fromEntries(set)
}
