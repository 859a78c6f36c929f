/** Which names functions answer for. */
import { checkInteger, checkKnownKeys, fail } from '../../../core/index.ts'
import { parseName } from '../wire/name.ts'
import type { ResourceRecord } from '../wire/record.ts'
import type { TypeName } from '../wire/types.ts'

/** What is asked of a script. */
export interface ScriptQuestion {
  /** The name in lower case, with its final dot. */
  readonly name: string
  readonly type: TypeName | `TYPE${number}`
  /** What stands before the script's own name, without a final dot; empty for that name itself. */
  readonly prefix: string
}

/** Who asks. */
export interface ScriptClient {
  /** The address; of a resolver as a rule. */
  readonly host: string
  readonly transport: 'udp' | 'tcp'
}

/**
 * Records: of the name that was asked, as in a zone file without the owner (`'A 192.0.2.1'`, `'60 TXT "hello"'`; names in them are
 * relative to the script's), or decoded, of any name. NXDOMAIN: there is no such name. NODATA, as an empty list is: nothing of this type. SERVFAIL and
 * REFUSED as they stand. undefined: what the zones say.
 */
export type ScriptAnswer =
  | readonly (string | ResourceRecord)[]
  | 'NXDOMAIN'
  | 'NODATA'
  | 'SERVFAIL'
  | 'REFUSED'
  | undefined

export type ScriptFunction = (question: ScriptQuestion, client: ScriptClient) => ScriptAnswer | Promise<ScriptAnswer>

interface ScriptNames {
  /** The name that it answers for. */
  readonly name: string
  /** All names below, too. @default false */
  readonly subtree?: boolean
  /** TTL of records that have none, and of there being none, in seconds. @default 60 */
  readonly ttl?: number
  /** An answer that takes longer, in milliseconds, is SERVFAIL. @default 2_000 */
  readonly deadlineMs?: number
}

/** A function in code, for lanes of the calling thread. */
export interface Script extends ScriptNames {
  readonly answer: ScriptFunction
}

/** A function of a module, for lanes of any kind. */
export interface ScriptModule extends ScriptNames {
  /** The module's URL, `file:///etc/dyn.js#answer`; what is behind `#` is its export. @default its default export */
  readonly module: string
}

export const scriptKeys: readonly (keyof Script | keyof ScriptModule)[] = [
  'name',
  'subtree',
  'ttl',
  'deadlineMs',
  'answer',
  'module',
]

const scriptsLimit = 1_000

/** Throws OPTION_INVALID, and DNS_NAME_INVALID for a name that is none. */
export function checkScripts(scripts: readonly (Script | ScriptModule)[]): void {
  if (!Array.isArray(scripts)) throw invalid('a list', scripts)
  checkInteger('scripts', scripts.length, 0, scriptsLimit)
  for (const script of scripts as readonly Partial<Script & ScriptModule>[]) {
    checkKnownKeys('scripts', script, scriptKeys)
    parseName(String(script.name))
    const isOne = (typeof script.answer === 'function') !== (typeof script.module === 'string')
    if (!isOne) throw invalid('either answer, a function, or module, a URL', Object.keys(script))
    if (script.module !== undefined && !URL.canParse(script.module)) throw invalid('a URL as module', script.module)
    if (script.ttl !== undefined) checkInteger('scripts.ttl', script.ttl, 0, 2 ** 31 - 1)
    if (script.deadlineMs !== undefined) checkInteger('scripts.deadlineMs', script.deadlineMs, 1, 60_000)
  }
}

function invalid(rule: string, got: unknown): Error {
  return fail('OPTION_INVALID', { option: 'scripts', rule, got: JSON.stringify(got) ?? String(got) })
}
