/** `lanework dns explain URL`: its parts, its names from the root down, and with zones or a server who answers for them, and why. */
import {
  explainName,
  parseName,
  Resolver,
  type ResourceRecord,
  sameName,
  typeNumber,
  Zone,
  type ZoneRecord,
} from '../../services/dns/index.ts'
import { fail } from '../../core/index.ts'
import { escapeControls, print, type OutputOptions } from '../output.ts'
import { explainByServer } from './explain-server.ts'
import { recordLine } from './record-line.ts'
import { type UrlPart, urlParts } from './url-parts.ts'
import { openZone } from './zone-input.ts'

export interface ExplainFlags extends OutputOptions {
  readonly zone?: readonly string[]
  readonly origin?: string
  readonly server?: readonly string[]
  readonly type?: string
  readonly timeout?: number
}

/** What decides at a name, as it is shown. */
interface Shown {
  readonly name: string
  readonly because: string
  /** `www.example.lan. 3600 CNAME example.lan.`, with file and line where they are known. */
  readonly records: readonly string[]
}

export async function explainCommand(url: string, flags: ExplainFlags): Promise<void> {
  const { parts, host } = urlParts(url)
  const type = flags.type ?? 'A'
  if (typeNumber(type) === undefined) {
    throw fail('OPTION_INVALID', { option: '--type', rule: 'a record type', got: JSON.stringify(type) })
  }
  const zones = host === undefined || flags.zone === undefined ? undefined : byZones(host, type, flags)
  const server = host === undefined || flags.server === undefined ? undefined : await byServer(host, type, flags)
  const value = { url, parts, ...(zones === undefined ? {} : { zones }), ...(server === undefined ? {} : { server }) }
  const sections = [
    partsText(url, parts),
    sectionText('by the zones given', zones),
    sectionText('by the server', server),
  ]
  const isAlone = host !== undefined && zones === undefined && server === undefined
  const hint = isAlone ? [`Who answers for ${host}? Add --server URL, or --zone FILE.`] : []
  print(flags, value, escapeControls([...sections, ...hint].filter((text) => text !== '').join('\n\n')))
}

function byZones(host: string, type: string, { zone: files = [], origin }: ExplainFlags): Shown[] {
  const records: ZoneRecord[][] = files.map((file) => [...openZone(file, origin).records])
  const zones = records.map((each) => Zone.fromRecords(each))
  const all = records.flat()
  return explainName(zones, parseName(host), typeNumber(type)!).map(({ name, zone, because, records: deciding }) => ({
    name,
    because: zone === undefined ? because : `in the zone ${zone}: ${because}`,
    records: deciding.map((record) => placedLine(record, all)),
  }))
}

async function byServer(host: string, type: string, { server = [], timeout }: ExplainFlags): Promise<Shown[]> {
  const resolver = new Resolver({ servers: server, ...(timeout === undefined ? {} : { timeoutMs: timeout }) })
  return explainByServer(resolver, host, type)
}

/** The record, and where it stands in its file. */
function placedLine(record: ResourceRecord, all: readonly ZoneRecord[]): string {
  const text = recordLine(record)
  const isSame = (other: ZoneRecord): boolean => {
    return other.type === record.type && Buffer.compare(other.data, record.data) === 0
  }
  const place = all.find((other) => isSame(other) && sameName(other.name, record.name)) ?? all.find(isSame)
  return place === undefined ? text : `${text}  (${place.file}:${place.line})`
}

function partsText(url: string, parts: readonly UrlPart[]): string {
  const width = Math.min(40, Math.max(...parts.map(({ text }) => text.length)))
  let last = ''
  const lines = parts.map(({ part, text, meaning }) => {
    const head = part === last ? '' : part
    last = part
    return `  ${head.padEnd(9)} ${text.padEnd(width)}  ${meaning}`
  })
  return [url, ...lines].join('\n')
}

function sectionText(title: string, steps: readonly Shown[] | undefined): string {
  if (steps === undefined) return ''
  const lines = steps.flatMap(({ name, because, records }) => [
    `  ${name}  ${because}`,
    ...records.map((each) => `      ${each}`),
  ])
  return [`who answers, ${title}`, ...lines].join('\n')
}
