/** From a record that anybody may have written to a request: each field is read by its rule, and unknown ones are refused. */
import { nearestName } from '../../core/index.ts'
import type { JobRequest } from '../types.ts'
import { shown, type Complain } from './complain.ts'
import { argumentBytes, fieldRules, isArgument, wordsFrom, type FieldRule } from './fields.ts'

/** All names under which a record may have a field. */
const ruleByName: ReadonlyMap<string, FieldRule> = new Map(
  fieldRules.flatMap((rule) => [rule.field, rule.name, ...(rule.also ?? [])].map((name) => [name, rule] as const)),
)

/** Names that messages and the headers of tables offer. */
export const fieldNames: readonly string[] = ['command', 'argv', ...fieldRules.map(({ name }) => name)]

const argvRule = `a list of a program and its arguments, each shorter than ${argumentBytes} bytes and without NUL, as ["make", "-j2"]`
const commandRule = `a line for \`sh -c\`, shorter than ${argumentBytes} bytes and without NUL`

/** A rule by any of its names, also written `time-limit` or `time_limit`. */
export function ruleOf(name: string): FieldRule | undefined {
  return ruleByName.get(camelCase(name))
}

/** Throws what `complain` makes. */
export function requestFrom(record: unknown, complain: Complain): JobRequest {
  if (typeof record !== 'object' || record === null || Array.isArray(record))
    throw complain('a job', `an object with ${fieldNames.join(', ')}`, record)
  const request: Record<string, unknown> = {}
  // Before what is missing: a word with a slip in it is often just that.
  for (const [key, value] of Object.entries(record)) {
    if (key === 'argv' || key === 'command' || value === undefined || ruleOf(key) !== undefined) continue
    throw complain(shown(key), knownRule(key), value)
  }
  const { argv, command } = record as { argv?: unknown; command?: unknown }
  if (argv === undefined && command === undefined)
    throw complain('command or argv', `${commandRule}, or ${argvRule}`, argv)
  request['argv'] = argvFrom(argv, command, complain)
  for (const [key, value] of Object.entries(record)) {
    if (key === 'argv' || key === 'command' || value === undefined) continue
    const rule = ruleOf(key)
    if (rule === undefined) continue
    if (request[rule.field] !== undefined) throw complain(key, `given once; it is another name for ${rule.name}`, value)
    const read = rule.read(value)
    if (read === undefined) throw complain(key, rule.says, value)
    request[rule.field] = read
  }
  return request as unknown as JobRequest
}

/** What is said of a field that nobody knows. */
export function knownRule(key: string, known: readonly string[] = fieldNames): string {
  const near = nearestName(camelCase(key), known)
  return `one of ${known.join(', ')}${near === undefined ? '' : ` (did you mean ${near}?)`}`
}

function argvFrom(argv: unknown, command: unknown, complain: Complain): readonly string[] {
  if (command !== undefined) {
    if (argv !== undefined) throw complain('command', 'given without argv', command)
    if (!isArgument(command) || command.trim() === '') throw complain('command', commandRule, command)
    return ['sh', '-c', command]
  }
  const words = wordsFrom(argv)
  if (words === undefined) throw complain('argv', argvRule, argv)
  return words
}

function camelCase(name: string): string {
  return name.replace(/[-_]([a-z])/gi, (_, letter: string) => letter.toUpperCase())
}
