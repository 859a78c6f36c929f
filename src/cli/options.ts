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

/** A parser for one of several words. */
export function choiceOption<const Choice extends string>(choices: readonly Choice[]): (text: string) => Choice {
  return (text) => {
    if (choices.includes(text as Choice)) return text as Choice
    throw new InvalidArgumentError(`It must be one of ${choices.join(', ')}.`)
  }
}
