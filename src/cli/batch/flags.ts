/** The options that commands of `lanework batch` share. */
import { InvalidArgumentError, type Command } from 'commander'

import type { OutputOptions } from '../output.ts'

/** Which batch. */
export interface BatchFlags extends OutputOptions {
  readonly state?: string
}

/** Which of its jobs, beside those that are named. */
export interface SelectionFlags extends BatchFlags {
  readonly group?: string
  readonly all?: boolean
}

/** What a batch runs its jobs on, and how. */
export interface SettingsFlags {
  readonly policy?: string
  readonly quantum?: string
  readonly cpus?: string
  readonly memory?: string
  readonly resource?: readonly string[]
  readonly slots?: readonly string[]
  readonly degree?: number
  readonly jobs?: number
  readonly pin?: boolean
}

export function withBatch(command: Command): Command {
  return command
    .option('--state <dir>', "the batch's folder (default: $XDG_STATE_HOME/lanework/batch)")
    .option('--json', 'JSON values instead of text, one a line')
}

export function withSelection(command: Command): Command {
  return withBatch(
    command
      .argument('[job...]', 'numbers or names')
      .option('--group <name>', 'all jobs of a group')
      .option('--all', 'all jobs that have not ended'),
  )
}

export function withSettings(command: Command, policy: string): Command {
  return command
    .option('--policy <name>', policy)
    .option('--quantum <duration>', 'length of a slice, 10ms or more, for policies that have one (default: 100ms)')
    .option('--cpus <n|list>', 'how many CPUs, or which: 2, 0,1, 0-3 (default: all that may be used)')
    .option('--memory <size>', 'memory that jobs may claim together, as 4GiB (default: what is available)')
    .option('--resource <name=n>', 'how much there is of a named resource; several times', collect)
    .option('--slots <group=n>', 'jobs of a group that run at the same time; several times', collect)
    .option('--degree <n>', 'jobs that are admitted at the same time', whole)
    .option('--jobs <n>', 'jobs that are known at most, those that ended included', whole)
    .option('--pin', 'keep each job on its CPU (default)')
    .option('--no-pin', 'let jobs move between CPUs')
}

/** Of an option that may be given several times. */
export function collect(value: string, before: readonly string[] | undefined): string[] {
  return [...(before ?? []), value]
}

export function whole(text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= Number.MAX_SAFE_INTEGER) return value
  throw new InvalidArgumentError('It must be a whole number, 1 or more.')
}
