/**
 * The fields of a request as data: under which names files have them, what each may hold, and how what people write becomes
 * what a program gives. A reader gives undefined for a value that it does not take.
 */
import type { Backoff, JobRequest, LogLimits } from '../types.ts'
import { durationMs, sizeBytes } from './amounts.ts'
import { dependenciesFrom } from './dependency-text.ts'

export interface FieldRule {
  readonly field: keyof JobRequest
  /** As files and messages call it; the name above is taken as well. */
  readonly name: string
  /** Other names for it. */
  readonly also?: readonly string[]
  /** What it must be, as `must be ...` goes on. */
  readonly says: string
  /** One clause about it, for documents. */
  readonly about: string
  readonly read: (value: unknown) => unknown
}

/** The longest text that a program can be given in one piece, its closing NUL included (MAX_ARG_STRLEN, execve(2)). */
export const argumentBytes = 131_072

const text = (most: number) => (value: unknown) =>
  typeof value === 'string' && value !== '' && value.length <= most && !hasControls(value) ? value : undefined
const number = (least: number, most: number) => (value: unknown) =>
  typeof value === 'number' && value >= least && value <= most ? value : undefined
const whole = (least: number, most: number) => (value: unknown) =>
  Number.isSafeInteger(value) && (value as number) >= least && (value as number) <= most ? value : undefined

const durationRule = 'a duration of at most 24 days, as 90s or 1h30m, or a number of milliseconds'
const sizeRule = 'a size, as 512MiB or 2G, or a number of bytes'
const textRule = 'a text of 1 to 200 characters without control characters'

/** In the order in which people think of them; `argv` and `command` stand beside this table. */
export const fieldRules: readonly FieldRule[] = [
  {
    field: 'name',
    name: 'name',
    says: 'a text of 1 to 200 characters without control characters, and not only digits',
    about: 'by which commands and other jobs know it',
    read: (value) => (typeof value === 'string' && /^\d+$/.test(value) ? undefined : text(200)(value)),
  },
  {
    field: 'after',
    name: 'after',
    says: 'names of jobs, each with :ok, :fail or :any if need be, as ["build", "test:fail"]',
    about: 'jobs that must have ended first',
    read: dependenciesFrom,
  },
  {
    field: 'group',
    name: 'group',
    says: textRule,
    about: 'jobs named together in commands, with slots of their own',
    read: text(200),
  },
  {
    field: 'delayMs',
    name: 'delay',
    also: ['arrival'],
    says: durationRule,
    about: 'time after submission before which it does not start',
    read: durationMs,
  },
  {
    field: 'priority',
    name: 'priority',
    says: 'a number',
    about: 'for policies that go by priority',
    read: number(-1e9, 1e9),
  },
  {
    field: 'burst',
    name: 'burst',
    says: durationRule,
    about: 'CPU time that it is expected to take; learned where it is not given',
    read: durationMs,
  },
  {
    field: 'key',
    name: 'key',
    says: textRule,
    about: 'jobs of one key are expected to take equally long',
    read: text(200),
  },
  {
    field: 'deadline',
    name: 'deadline',
    says: durationRule,
    about: 'time until when it should be done, for `edf`',
    read: durationMs,
  },
  {
    field: 'tickets',
    name: 'tickets',
    says: 'a number above 0',
    about: 'its share of the CPU, for `lottery`, `stride` and `fair-share`',
    read: (value) => number(Number.MIN_VALUE, 1e9)(value),
  },
  {
    field: 'owner',
    name: 'owner',
    says: textRule,
    about: 'on whose account it runs, for `fair-share`',
    read: text(200),
  },
  { field: 'queue', name: 'queue', says: textRule, about: 'its queue, for `mlq`', read: text(200) },
  {
    field: 'width',
    name: 'width',
    also: ['cpus'],
    says: 'an integer from 1 to 1024',
    about: 'CPUs that it takes at once',
    read: whole(1, 1_024),
  },
  {
    field: 'affinity',
    name: 'affinity',
    says: 'different numbers of CPUs, as [0, 1]',
    about: 'CPUs where it may run',
    read: cpuNumbers,
  },
  {
    field: 'memoryBytes',
    name: 'memory',
    says: sizeRule,
    about: 'memory that it claims; it waits until so much is free',
    read: sizeBytes,
  },
  {
    field: 'memoryLimitBytes',
    name: 'memoryLimit',
    says: `${sizeRule}, above 0`,
    about: 'it is killed when its processes hold more',
    read: (value) => sizeBytes(value) || undefined,
  },
  {
    field: 'resources',
    name: 'resources',
    says: 'numbers above 0 by name, as { gpu = 1 }',
    about: 'named things that it takes until its end',
    read: amountsByName,
  },
  { field: 'nice', name: 'nice', says: 'an integer from -20 to 19', about: 'its nice value', read: whole(-20, 19) },
  {
    field: 'timeLimitMs',
    name: 'timeLimit',
    also: ['limit'],
    says: `${durationRule}, above 0`,
    about: 'longest time from start to end',
    read: (value) => durationMs(value) || undefined,
  },
  { field: 'graceMs', name: 'grace', says: durationRule, about: 'time between SIGTERM and SIGKILL', read: durationMs },
  {
    field: 'retries',
    name: 'retries',
    says: 'an integer from 0 to 1000',
    about: 'further attempts after a failure',
    read: whole(0, 1_000),
  },
  {
    field: 'backoff',
    name: 'backoff',
    says: 'a duration before the first retry, as 1s, or { first = "1s", max = "1m" }',
    about: 'time before a retry; doubled with each',
    read: backoffFrom,
  },
  {
    field: 'sliced',
    name: 'sliced',
    says: 'true or false',
    about: 'false: once started it is never stopped',
    read: flag,
  },
  {
    field: 'held',
    name: 'held',
    also: ['hold', 'paused'],
    says: 'true or false',
    about: 'handed in paused: it starts when it is resumed',
    read: flag,
  },
  { field: 'cwd', name: 'cwd', says: 'a folder, without NUL', about: 'its working directory', read: path },
  {
    field: 'env',
    name: 'env',
    says: 'texts by name, as { MODE = "fast" }, without NUL',
    about: 'variables of its environment',
    read: environment,
  },
  {
    field: 'umask',
    name: 'umask',
    says: 'octal digits, as "077", or a number from 0 to 511',
    about: 'bits that its files are made without; that of whoever hands it in',
    read: umaskFrom,
  },
  {
    field: 'openFiles',
    name: 'openFiles',
    says: 'an integer from 3 to 2147483647',
    about: 'descriptors that it may have open (`ulimit -Sn`); that of whoever hands it in',
    read: whole(3, 2_147_483_647),
  },
  {
    field: 'logs',
    name: 'logs',
    says: 'a size, as 10MiB, or { bytes = "10MiB", keep = 1 }',
    about: 'size at which its logs are rotated, and how many old ones are kept',
    read: logsFrom,
  },
]

/** The programs and arguments of a job: texts without NUL that a program can be given. */
export function wordsFrom(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 10_000 || value[0] === '') return undefined
  return value.every(isArgument) ? (value as string[]) : undefined
}

/** Whether a program can be given this text. */
export function isArgument(value: unknown): value is string {
  if (typeof value !== 'string' || value.includes('\0')) return false
  return value.length * 3 < argumentBytes || Buffer.byteLength(value) < argumentBytes
}

/** An object's own entries; undefined for what is none, or has more than so many. */
function entriesOf(value: unknown, most = 10_000): [string, unknown][] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  const entries = Object.entries(value)
  return entries.length <= most ? entries : undefined
}

function hasControls(value: string): boolean {
  return /\p{Cc}/u.test(value)
}

function umaskFrom(value: unknown): unknown {
  if (typeof value !== 'string') return whole(0, 0o777)(value)
  return /^[0-7]{1,4}$/.test(value) ? whole(0, 0o777)(Number.parseInt(value, 8)) : undefined
}

function flag(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

function path(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value.length <= 4_096 && !value.includes('\0') ? value : undefined
}

function cpuNumbers(value: unknown): readonly number[] | undefined {
  if (!Array.isArray(value) || value.length === 0 || value.length > 1_024) return undefined
  const isGood = value.every((each) => whole(0, 1_023)(each) !== undefined) && new Set(value).size === value.length
  return isGood ? (value as number[]) : undefined
}

function amountsByName(value: unknown): Readonly<Record<string, number>> | undefined {
  const entries = entriesOf(value, 100)
  const isGood = entries?.every(([name, amount]) => text(200)(name) !== undefined && isAmount(amount))
  return isGood === true ? ownRecord(entries as [string, number][]) : undefined
}

function isAmount(value: unknown): boolean {
  return number(Number.MIN_VALUE, 1e15)(value) !== undefined
}

function environment(value: unknown): Readonly<Record<string, string>> | undefined {
  const entries = entriesOf(value)?.map(([name, each]): [string, unknown] => [name, plainText(each)])
  const isGood = entries?.every(([name, each]) => /^[^=\0]+$/.test(name) && isArgument(each))
  return isGood === true ? ownRecord(entries as [string, string][]) : undefined
}

/** Numbers and flags of files are texts in an environment. */
function plainText(value: unknown): unknown {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : value
}

/** Also for a key such as `__proto__`, which stays a key. */
function ownRecord<Value>(entries: readonly [string, Value][]): Record<string, Value> {
  return Object.fromEntries(entries)
}

function backoffFrom(value: unknown): Backoff | undefined {
  const single = durationMs(value)
  if (single !== undefined) return { firstMs: single, maxMs: Math.max(single, 60_000) }
  const given = pick(value, { first: 'firstMs', firstMs: 'firstMs', max: 'maxMs', maxMs: 'maxMs' })
  if (given === undefined) return undefined
  const firstMs = durationMs(given['firstMs'] ?? 1_000)
  const maxMs = durationMs(given['maxMs'] ?? Math.max(firstMs ?? 0, 60_000))
  return firstMs === undefined || maxMs === undefined || maxMs < firstMs ? undefined : { firstMs, maxMs }
}

function logsFrom(value: unknown): LogLimits | undefined {
  const given = typeof value === 'object' ? pick(value, { bytes: 'bytes', keep: 'keep' }) : { bytes: value }
  const bytes = sizeBytes(given?.['bytes'] ?? usualLogs.bytes)
  const keep = whole(0, 1_000)(given?.['keep'] ?? usualLogs.keep) as number | undefined
  return given === undefined || keep === undefined || bytes === undefined || bytes < 1_024 ? undefined : { bytes, keep }
}

/** The values of an object under the names that they have here; undefined if it has others. */
function pick(value: unknown, names: Readonly<Record<string, string>>): Record<string, unknown> | undefined {
  const entries = entriesOf(value)
  if (entries === undefined || entries.some(([key]) => !Object.hasOwn(names, key))) return undefined
  return Object.fromEntries(entries.map(([key, each]) => [names[key], each]))
}

export const usualLogs: LogLimits = { bytes: 10 * 2 ** 20, keep: 1 }
export const usualBackoff: Backoff = { firstMs: 1_000, maxMs: 60_000 }
