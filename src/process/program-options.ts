/** What a program is started with, checked when it is given. */
import { resolve } from 'node:path'

import { checkChoice, checkInteger, checkKnownKeys, fail } from '../core/index.ts'
import { checkName } from './checks.ts'
import type { Keeper } from './keeper/keeper.ts'
import type { ProgramPlan, StreamPlan } from './keeper/types.ts'

/** A file as one of a program's streams. */
export interface FileStream {
  readonly file: string
  /** Adds to what is there, instead of emptying the file first. @default false */
  readonly append?: boolean
}

export type ProgramStream = 'ignore' | 'pipe' | 'inherit' | FileStream

/** How a program is started. */
export interface ProgramOptions {
  /** @default this process's working directory */
  readonly cwd?: string
  /** The whole environment, nothing is added. @default this process's */
  readonly env?: Readonly<Record<string, string | undefined>>
  /** @default 'ignore' */
  readonly stdin?: ProgramStream
  /** What is piped and never read is dropped from the first `wait` on. @default 'inherit' */
  readonly stdout?: ProgramStream
  /** @default 'inherit' */
  readonly stderr?: ProgramStream
  /** Whether signals reach its whole process group (it always has one of its own), or the program alone. @default true */
  readonly group?: boolean
  /** What happens to it when this process dies, be it by kill -9; one that survives ignores SIGHUP. @default 'end' */
  readonly onOwnerDeath?: 'end' | 'survive'
  /** Between SIGTERM and SIGKILL, in milliseconds. @default 5_000 */
  readonly graceMs?: number
  /** At most 255 bytes, without NUL. @default the program's file name */
  readonly name?: string
  /** -20 (first) to 19 (last). @default this process's */
  readonly nice?: number
  /** CPUs that it may run on; with the addon. @default all */
  readonly affinity?: readonly number[]
  /** Its keeper. @default the one of this process */
  readonly keeper?: Keeper
}

const known = [
  'cwd',
  'env',
  'stdin',
  'stdout',
  'stderr',
  'group',
  'onOwnerDeath',
  'graceMs',
  'name',
  'nice',
  'affinity',
  'keeper',
]

/** Throws OPTION_INVALID. */
export function planOf(argv: readonly string[], options: ProgramOptions): Omit<ProgramPlan, 'parcel'> {
  checkKnownKeys('options', options, known)
  if (!Array.isArray(argv)) throw invalid('argv', 'an array of a program and its arguments', typeof argv)
  if (argv.length === 0 || argv[0] === '') throw invalid('argv', 'a program and its arguments', 'nothing')
  const words = argv.map((word: unknown, index) => checkText(`argv[${index}]`, word))
  const env = Object.entries(options.env ?? process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined,
  )
  for (const [name, value] of env) {
    checkText(`env.${name}`, value)
    if (name === '' || /[=\0]/.test(name)) throw invalid('env', 'names without = and NUL', JSON.stringify(name))
  }
  const { nice, affinity } = options
  return {
    argv: words,
    cwd: resolve(checkText('cwd', options.cwd ?? process.cwd())),
    env: Object.fromEntries(env),
    streams: [
      streamPlan('stdin', options.stdin ?? 'ignore'),
      streamPlan('stdout', options.stdout ?? 'inherit'),
      streamPlan('stderr', options.stderr ?? 'inherit'),
    ],
    name: options.name === undefined ? (words[0]?.split('/').at(-1) ?? '') : checkName(options.name),
    group: options.group ?? true,
    survives: checkChoice('onOwnerDeath', options.onOwnerDeath ?? 'end', ['end', 'survive']) === 'survive',
    graceMs: checkInteger('graceMs', options.graceMs ?? 5_000, 0, 86_400_000),
    nice: nice === undefined ? undefined : checkInteger('nice', nice, -20, 19),
    affinity: affinity?.map((cpu) => checkInteger('affinity', cpu, 0, 1_023)),
  }
}

function streamPlan(option: string, stream: ProgramStream): StreamPlan {
  if (typeof stream === 'object' && stream !== null) {
    checkKnownKeys(option, stream, ['file', 'append'])
    return { kind: 'file', path: resolve(checkText(`${option}.file`, stream.file)), append: stream.append ?? false }
  }
  return { kind: checkChoice(option, stream, ['ignore', 'pipe', 'inherit']) }
}

function checkText(option: string, value: unknown): string {
  if (typeof value === 'string' && !value.includes('\0')) return value
  throw invalid(option, 'a text without NUL', typeof value === 'string' ? JSON.stringify(value) : typeof value)
}

function invalid(option: string, rule: string, got: string): Error {
  return fail('OPTION_INVALID', { option, rule, got })
}
