/** Checks of command-line values: a wrong one is named, with the rule, before anything starts. */
import { InvalidArgumentError } from 'commander'

/** A parser for an integer option in [`least`, `most`]. */
export function integerOption(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text)
    if (/^\d+$/.test(text) && value >= least && value <= most) return value
    throw new InvalidArgumentError(`It must be an integer from ${least} to ${most}.`)
  }
}
