/** The configuration of `lanework serve dns`: options of the service as TOML or JSON, with paths relative to the file. */
import { readFileSync } from 'node:fs'
import { dirname, extname, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { parse, TomlError } from 'smol-toml'

import { fail } from '../core/index.ts'
import type {
  DnsOptions,
  ForwardOptions,
  TransferOptions,
  ViewOptions,
  ZoneFile,
  ZoneTransferOptions,
} from '../services/dns/index.ts'

/** Reads it. Throws OPTION_INVALID for what is neither; what it says the service checks. */
export function readDnsConfig(file: string): DnsOptions {
  const found = parsed(file)
  if (typeof found !== 'object' || found === null || Array.isArray(found)) throw wrong(file, 'it holds no table')
  try {
    return withPaths(found as DnsOptions, (path) => resolve(dirname(file), path))
  } catch (error) {
    // A list where a text belongs, and the like.
    throw error instanceof TypeError ? wrong(file, error.message) : error
  }
}

function parsed(file: string): unknown {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    throw wrong(file, `it cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`)
  }
  try {
    return extname(file) === '.json' ? (JSON.parse(text) as unknown) : parse(text)
  } catch (error) {
    const where = error instanceof TomlError ? `line ${error.line}: ` : ''
    throw wrong(file, `${where}${(error as Error).message.split('\n')[0]}`)
  }
}

type At = (path: string) => string

/** All paths made absolute: lanes may run elsewhere. */
function withPaths(options: DnsOptions, at: At): DnsOptions {
  const { zones, views, log, queryLog, scripts, forward, transfer } = options
  return {
    ...options,
    ...(zones === undefined ? {} : { zones: zones.map((zone) => zoneAt(zone, at)) }),
    ...(views === undefined ? {} : { views: views.map((view) => viewAt(view, at)) }),
    ...(log === undefined ? {} : { log: logAt(log, at) }),
    ...(queryLog === undefined ? {} : { queryLog: { ...queryLog, file: logAt(queryLog.file, at) } }),
    ...(scripts === undefined ? {} : { scripts: scripts.map((script) => scriptAt(script, at)) }),
    ...(forward === undefined ? {} : { forward: forwardAt(forward, at) }),
    ...(transfer === undefined ? {} : { transfer: transferAt(transfer, at) }),
  }
}

function zoneAt(zone: string | ZoneFile, at: At): ZoneFile {
  return typeof zone === 'string' ? { file: at(zone) } : { ...zone, file: at(zone.file) }
}

function viewAt(view: ViewOptions, at: At): ViewOptions {
  return { ...view, zones: view.zones.map((zone) => zoneAt(zone, at)) }
}

function logAt(file: string, at: At): string {
  return file === 'stderr' ? file : at(file)
}

/** `./dyn.js#answer` is a path, `file:///etc/dyn.js` a URL. */
export function scriptAt<Given extends { readonly module: string }>(script: Given, at: At): Given {
  if (URL.canParse(script.module)) return script
  const [path = '', name] = script.module.split('#')
  const url = pathToFileURL(at(path))
  if (name !== undefined) url.hash = name
  return { ...script, module: url.href }
}

function forwardAt(forward: ForwardOptions, at: At): ForwardOptions {
  const all = (paths: readonly string[] | undefined, name: 'hosts' | 'block' | 'allowNames'): object =>
    paths === undefined ? {} : { [name]: paths.map((path) => at(path)) }
  const { hosts, block, allowNames } = forward
  return { ...forward, ...all(hosts, 'hosts'), ...all(block, 'block'), ...all(allowNames, 'allowNames') }
}

function transferAt(transfer: TransferOptions, at: At): TransferOptions {
  const { stateDir, zones } = transfer
  return {
    ...transfer,
    ...(stateDir === undefined ? {} : { stateDir: at(stateDir) }),
    ...(zones === undefined ? {} : { zones: zones.map((zone) => journalAt(zone, at)) }),
  }
}

function journalAt(zone: ZoneTransferOptions, at: At): ZoneTransferOptions {
  return zone.journal === undefined ? zone : { ...zone, journal: at(zone.journal) }
}

function wrong(file: string, got: string): Error {
  return fail('OPTION_INVALID', { option: `--config ${file}`, rule: 'options of the service in TOML, or JSON', got })
}
