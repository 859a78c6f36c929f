/** What a script gave, as the engine puts it into an answer: records, or that there are none, with the SOA that says for how long. */
import { fail } from '../../../core/index.ts'
import { found, Match } from '../answer/match.ts'
import { section, TailWriter, type Tail, type TailUnit } from '../answer/tail.ts'
import type { ZoneSet } from '../answer/zone-set.ts'
import { parseZone } from '../text/zone-file.ts'
import { rcode } from '../wire/codes.ts'
import { formatName, lowerName, parseName, type Name } from '../wire/name.ts'
import { checkData, dataOf, type ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import type { ZoneImage } from '../zone/image.ts'
import type { ScriptAnswer } from './script-options.ts'

/** Records of one answer, at most. */
const recordsLimit = 1_000
const codes = {
  NXDOMAIN: rcode.NXDOMAIN,
  NODATA: rcode.NOERROR,
  SERVFAIL: rcode.SERVFAIL,
  REFUSED: rcode.REFUSED,
} as const

/** What was asked, in the script's terms. */
export interface ScriptCase {
  /** The name in lower case. */
  readonly name: Name
  readonly type: number
  readonly dnssec: boolean
  /** The script's own name, and the TTL of what has none. */
  readonly origin: Name
  readonly ttl: number
}

export class ScriptTails {
  readonly #writer = new TailWriter()
  readonly #match = new Match()
  readonly #hashed = new HashedName()

  /** undefined: the zones say it. Throws for what is no answer: ZONE_INVALID, DNS_DATA_INVALID, OPTION_INVALID. */
  tail(answer: ScriptAnswer, asked: ScriptCase, zones: ZoneSet): Tail | undefined {
    if (answer === undefined) return undefined
    const records = typeof answer === 'string' ? [] : recordsOf(answer, asked)
    const code = typeof answer === 'string' ? codes[answer] : rcode.NOERROR
    if (code === undefined) throw notAnAnswer(answer)
    const isError = code === rcode.SERVFAIL || code === rcode.REFUSED
    const image = zones.zoneOf(this.#hashed.takeName(asked.name), asked.type)
    // A name that no zone has: the zone proves that.
    if (code === rcode.NXDOMAIN && image !== undefined && this.#isMissing(image, asked)) return undefined
    this.#writer.begin(asked.name)
    for (const { name, type, ttl, data } of records) {
      this.#writer.record(lowerName(name), type, ttl, data, section.answer)
    }
    if (records.length === 0 && !isError) this.#negative(image, asked)
    const tail = this.#writer.end(code, !isError)
    return { ...tail, units: bySet(tail.units, records) }
  }

  #isMissing(image: ZoneImage, { type }: ScriptCase): boolean {
    this.#match.find(image, this.#hashed, type)
    return this.#match.kind === found.nothing
  }

  /** The SOA of the zone around it; where there is none, one for the script (RFC 2308 3). */
  #negative(image: ZoneImage | undefined, { origin, ttl, dnssec }: ScriptCase): void {
    if (image === undefined) {
      const data = dataOf({
        type: 'SOA',
        primary: formatName(origin),
        mailbox: formatName(origin),
        serial: 1,
        refresh: 3_600,
        retry: 600,
        expire: 86_400,
        minimum: ttl,
      })
      return this.#writer.record(lowerName(origin), dnsType.SOA, ttl, data, section.authority)
    }
    const at = image.setOf(image.apex, dnsType.SOA)
    const lasts = Math.min(image.ttlOf(at), ttl)
    this.#writer.set(image, at, image.origin, section.authority, { signed: dnssec, ttl: lasts })
  }
}

function recordsOf(answer: readonly (string | ResourceRecord)[], asked: ScriptCase): ResourceRecord[] {
  if (!Array.isArray(answer)) throw notAnAnswer(answer)
  if (answer.length > recordsLimit) throw notAnAnswer(`${answer.length} records`)
  return answer.flatMap((record: string | ResourceRecord) =>
    typeof record === 'string' ? read(record, asked) : checked(record),
  )
}

/** `[ttl] [class] type data`, of the name that was asked. */
function read(text: string, { name, origin, ttl }: ScriptCase): readonly ResourceRecord[] {
  const options = { origin: formatName(origin), file: 'script', defaultTtl: ttl, problemsLimit: 1 }
  return parseZone(`${formatName(name)} ${text}`, options).records
}

function checked(record: ResourceRecord): ResourceRecord {
  const name: unknown = record?.name
  if (!(name instanceof Uint8Array) || !(record.data instanceof Uint8Array)) throw notAnAnswer(record)
  parseName(formatName(name))
  checkData(record.type, record.data)
  return record
}

/** Records of one name and type leave together or not at all (RFC 2181 9). */
function bySet(units: readonly TailUnit[], records: readonly ResourceRecord[]): readonly TailUnit[] {
  const sets: TailUnit[] = []
  units.forEach((unit, at) => {
    const [one, before] = [records[at], records[at - 1]]
    const last = sets.at(-1)
    const isSame =
      one !== undefined &&
      before !== undefined &&
      one.type === before.type &&
      formatName(one.name) === formatName(before.name)
    if (isSame && last !== undefined) sets[sets.length - 1] = { ...unit, records: last.records + unit.records }
    else sets.push(unit)
  })
  return sets
}

function notAnAnswer(got: unknown): Error {
  const rule = 'records, NXDOMAIN, NODATA, SERVFAIL, REFUSED or undefined'
  return fail('OPTION_INVALID', {
    option: 'the answer of a script',
    rule,
    got: JSON.stringify(got)?.slice(0, 200) ?? String(got),
  })
}
