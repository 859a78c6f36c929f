/** What a mock server knows: records by name, and the answer that follows from them. */
import { dnsClass, rcode } from '../wire/codes.ts'
import type { Message, Question } from '../wire/message-types.ts'
import { formatName, lowerName, type Name, parentOf, parseName, rootName } from '../wire/name.ts'
import { recordOf, recordValue, type ResourceRecord } from '../wire/record.ts'
import { dnsType, typeNumber } from '../wire/types.ts'
import { parseZone } from '../text/zone-file.ts'

/**
 * Names with their types and, for each, data as in a zone file: `{ 'example.test': { A: ['192.0.2.1'], MX: ['10 mail.example.test.'] } }`.
 * `*.example.test` stands for all names below that are not there. Names in data are absolute, with or without their dot.
 */
export type MockTable = Readonly<Record<string, Readonly<Record<string, string | readonly string[]>>>>

const aliasesLimit = 16

export class MockRecords {
  readonly #ttl: number
  readonly #byName = new Map<string, ResourceRecord[]>()

  constructor(ttl: number) {
    this.#ttl = ttl
  }

  setAll(table: MockTable): void {
    for (const [name, types] of Object.entries(table)) {
      for (const [type, data] of Object.entries(types)) this.set(name, type, typeof data === 'string' ? [data] : data)
    }
  }

  /**
   * Puts data in the place of what the name had of this type; a name without any data is still there. Throws ZONE_INVALID,
   * DNS_NAME_INVALID.
   */
  set(name: string, type: string, data: readonly string[], ttl: number = this.#ttl): void {
    const owner = parseName(name)
    const lines = data.map((text) => `${formatName(owner)} ${ttl} IN ${type} ${text}\n`)
    const { records } = parseZone(lines.join(''), { file: 'mock', origin: '.' })
    const key = formatName(lowerName(owner))
    const others = (this.#byName.get(key) ?? []).filter((record) => record.type !== typeNumber(type))
    this.#byName.set(key, [...others, ...records])
  }

  /** Takes a name away with all it had. */
  remove(name: string): void {
    this.#byName.delete(formatName(lowerName(parseName(name))))
  }

  /** Response code, answer and authority section for a question. */
  answer({ name, type, class: asked }: Question): Pick<Message, 'rcode' | 'answers' | 'authorities'> {
    if (asked !== dnsClass.IN) return { rcode: rcode.REFUSED, answers: [], authorities: [] }
    const answers: ResourceRecord[] = []
    let at = name
    for (let alias = 0; alias <= aliasesLimit; alias++) {
      const records = this.#at(at)
      if (records === undefined) return this.#negative(rcode.NXDOMAIN, answers)
      const wanted = records.filter((record) => type === dnsType.ANY || record.type === type)
      if (wanted.length > 0) {
        return { rcode: rcode.NOERROR, answers: [...answers, ...owned(wanted, at)], authorities: [] }
      }
      const alias = records.find((record) => record.type === dnsType.CNAME)
      if (alias === undefined) return this.#negative(rcode.NOERROR, answers)
      answers.push(...owned([alias], at))
      const value = recordValue(alias)
      at = value.type === 'CNAME' ? parseName(value.target) : rootName
    }
    return this.#negative(rcode.SERVFAIL, answers)
  }

  /** Records of the name or of the wildcard for it; none but not undefined where only names below it are there. */
  #at(name: Name): readonly ResourceRecord[] | undefined {
    const key = formatName(lowerName(name))
    const own = this.#byName.get(key)
    if (own !== undefined) return own
    const below = key === '.' ? '.' : `.${key}`
    for (const other of this.#byName.keys()) if (other.endsWith(below)) return []
    for (let above = parentOf(name); above !== undefined; above = parentOf(above)) {
      const text = formatName(lowerName(above))
      const wildcard = this.#byName.get(text === '.' ? '*.' : `*.${text}`)
      if (wildcard !== undefined) return wildcard
      if (this.#byName.has(text)) return undefined
    }
    return undefined
  }

  #negative(code: number, answers: readonly ResourceRecord[]): Pick<Message, 'rcode' | 'answers' | 'authorities'> {
    const soa = recordOf(rootName, this.#ttl, {
      type: 'SOA',
      primary: 'mock.test.',
      mailbox: 'mock.test.',
      serial: 1,
      refresh: 7200,
      retry: 900,
      expire: 1_209_600,
      minimum: this.#ttl,
    })
    return { rcode: code, answers, authorities: [soa] }
  }
}

function owned(records: readonly ResourceRecord[], name: Name): ResourceRecord[] {
  return records.map(({ type, class: asked, ttl, data }) => ({ name, type, class: asked, ttl, data }))
}
