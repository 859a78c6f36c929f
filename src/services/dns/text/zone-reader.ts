/** Reads the records of a zone file one after the other (RFC 1035 5, RFC 2308 4 for $TTL), through $INCLUDE and $GENERATE. */
import { fail, isLaneworkError } from '../../../core/index.ts'
import { dnsClass } from '../wire/codes.ts'
import { DataWriter } from '../wire/data.ts'
import { type Name, parseName } from '../wire/name.ts'
import { checkData, type ResourceRecord } from '../wire/record.ts'
import { dnsType, fieldsOf, typeName } from '../wire/types.ts'
import { putHex } from './encodings.ts'
import { type Generate, generateCount, generateLine, readGenerate } from './generate.ts'
import { type FieldParser, fieldParsers } from './parse-kinds.ts'
import { Problem, Scanner } from './scanner.ts'
import { integerOf, nameOfWord, secondsOf, typeOrClassOf } from './words.ts'

export interface ZoneOptions {
  /** Where relative names begin, and `@`; `$ORIGIN` changes it. @default the root */
  readonly origin?: string
  /** The file's path, for errors and for what it includes. @default 'zone' */
  readonly file?: string
  /**
   * Gives the bytes of a file that `$INCLUDE` names; `path` is already relative to where `from` lies. Without it `$INCLUDE` is
   * refused.
   */
  readonly include?: (path: string, from: string) => Uint8Array
  /** TTL of records that have none, in seconds, where no `$TTL` comes before them. */
  readonly defaultTtl?: number
  /** Most problems to collect before giving up. @default 20 */
  readonly problemsLimit?: number
  /** Most records that all `$GENERATE` may make. @default 1000000 */
  readonly generateLimit?: number
}

/** A record, and where it stands. */
export interface ZoneRecord extends ResourceRecord {
  readonly file: string
  readonly line: number
}

export interface ZoneProblem {
  readonly file: string
  readonly line: number
  /** From 1, in bytes. */
  readonly column: number
  readonly reason: string
}

/** Deepest chain of `$INCLUDE`, and most of them in all. */
const includeDepthLimit = 16
const includesLimit = 1000

/** A file, or a `$GENERATE` within one. */
interface Source {
  readonly file: string
  readonly scan: Scanner
  origin: Name
  owner: Name | undefined
  /** The bytes of the last owner as they stood, to know it again without reading it. */
  ownerStart: number
  ownerEnd: number
}

interface Generating extends Generate {
  next: number
  readonly line: number
}

interface DataParser {
  readonly field: string
  readonly parse: FieldParser
}

// By type; the types that data is typed of are below 300.
const dataParsers: readonly (readonly DataParser[] | undefined)[] = Array.from({ length: 300 }, (_, type) =>
  fieldsOf(type)?.map(([field, kind]) => ({ field, parse: fieldParsers[kind] })),
)

/** Pulls records one by one; collects problems, and goes on behind each. */
export class ZoneReader {
  readonly problems: ZoneProblem[] = []
  readonly #options: ZoneOptions
  readonly #sources: Source[] = []
  readonly #out = new DataWriter('')
  #generating: Generating | undefined
  #generateLeft: number
  #includes = 0
  #defaultTtl: number | undefined
  #lastTtl: number | undefined
  #lastClass: number = dnsClass.IN

  /** Throws DNS_NAME_INVALID for an origin that is none. */
  constructor(text: string | Uint8Array, options: ZoneOptions = {}) {
    this.#options = options
    this.#defaultTtl = options.defaultTtl
    this.#generateLeft = options.generateLimit ?? 1_000_000
    const bytes = typeof text === 'string' ? Buffer.from(text) : text
    this.#open(options.file ?? 'zone', bytes, parseName(options.origin ?? '.'))
  }

  /**
   * The next record; undefined at the end. Throws ZONE_INVALID with all problems at the end where there were some, or as soon as there
   * are too many.
   */
  next(): ZoneRecord | undefined {
    for (;;) {
      const source = this.#sources.at(-1)
      if (source === undefined) break
      try {
        const record = this.#generating === undefined ? this.#entry(source) : this.#generated(source, this.#generating)
        if (record !== undefined) return record
      } catch (error) {
        this.#note(source, error)
        if (this.problems.length >= (this.#options.problemsLimit ?? 20)) break
        this.#generating = undefined
        source.scan.skip()
      }
    }
    const [first, ...others] = this.problems
    if (first === undefined) return undefined
    throw fail('ZONE_INVALID', { ...first, others })
  }

  #open(file: string, bytes: Uint8Array, origin: Name): void {
    this.#sources.push({ file, scan: new Scanner(bytes), origin, owner: undefined, ownerStart: 0, ownerEnd: 0 })
  }

  #note(source: Source, error: unknown): void {
    const { file, scan } = source
    if (error instanceof Problem) {
      const { line, column, message } = error
      this.problems.push({ file, line, column, reason: message })
      return
    }
    if (!isLaneworkError(error)) throw error
    const [line, column] = [scan.line, scan.column()]
    const { detail } = error as { detail: { field?: string; reason?: string } }
    const field = detail.field === undefined || detail.field === '' ? '' : `${detail.field}: `
    this.problems.push({ file, line, column, reason: `${field}${detail.reason ?? error.message}` })
  }

  /** Reads an entry; undefined where it is no record, or the file's end. */
  #entry(source: Source): ZoneRecord | undefined {
    const { scan } = source
    if (!scan.entry()) {
      this.#sources.pop()
      return undefined
    }
    if (scan.hasOwner && !scan.isQuoted && scan.bytes[scan.start] === 0x24) return this.#directive(source)
    return this.#record(source, scan, scan.line)
  }

  #record(source: Source, scan: Scanner, line: number): ZoneRecord {
    if (scan.hasOwner) {
      this.#readOwner(source, scan)
      scan.need('the type')
    }
    const name = source.owner
    if (name === undefined) throw scan.refuse('the first entry has no owner')
    let [given, recordClass, type]: [number | undefined, number | undefined, number] = [undefined, undefined, -1]
    for (;;) {
      const word = typeOrClassOf(scan)
      if (word !== undefined && word >= 0) {
        type = word
        break
      }
      if (word !== undefined && recordClass === undefined) recordClass = ~word
      else {
        const seconds: number | undefined = word === undefined && given === undefined ? secondsOf(scan) : undefined
        if (seconds === undefined) throw scan.refuse(`a type is wanted, not ${scan.shown()}`)
        if (seconds === Infinity) throw scan.refuse(`a TTL of more than 2147483647 seconds: ${scan.shown()}`)
        given = seconds
      }
      scan.need('the type')
    }
    if (isMeta(type)) throw scan.refuse(`records of the type ${typeName(type)} do not stand in zones`)
    recordClass ??= this.#lastClass
    this.#lastClass = recordClass
    const column = scan.column()
    const typeLine = scan.line
    const data = this.#data(source, scan, type)
    const ttl = this.#ttl(given, type, data)
    if (ttl === undefined) throw new Problem(typeLine, column, 'the TTL is missing, and there is no $TTL')
    return { name, type, class: recordClass, ttl, data, file: source.file, line }
  }

  /** The TTL given, that of $TTL, of the last record, or, for an SOA, its last field (RFC 2308 4, RFC 1035 5.1). */
  #ttl(given: number | undefined, type: number, data: Uint8Array): number | undefined {
    if (given !== undefined) {
      this.#lastTtl = given
      return given
    }
    const ttl = this.#defaultTtl ?? this.#lastTtl
    if (ttl !== undefined || type !== dnsType.SOA) return ttl
    const minimum = new DataView(data.buffer, data.byteOffset + data.length - 4).getUint32(0)
    this.#lastTtl = Math.min(minimum, 0x7fff_ffff)
    return this.#lastTtl
  }

  #readOwner(source: Source, scan: Scanner): void {
    const { start, end } = scan
    const size = end - start
    if (source.owner !== undefined && scan === source.scan && size === source.ownerEnd - source.ownerStart) {
      let at = 0
      while (at < size && scan.bytes[start + at] === scan.bytes[source.ownerStart + at]) at++
      if (at === size) return
    }
    source.owner = nameOfWord(scan, source.origin)
    // The words of a $GENERATE lie elsewhere.
    if (scan === source.scan) {
      source.ownerStart = start
      source.ownerEnd = end
    } else source.ownerStart = source.ownerEnd = 0
  }

  #data(source: Source, scan: Scanner, type: number): Uint8Array {
    const out = this.#out
    out.restart(typeName(type))
    const fields = dataParsers[type]
    if (fields === undefined || scan.nextIsOpaque()) {
      if (fields === undefined) needOpaque(scan, type)
      readOpaque(scan, out)
      const data = out.toBytes()
      checkData(type, data)
      return data
    }
    for (let at = 0; at < fields.length; at++) {
      const { field, parse } = fields[at]!
      out.field = field
      parse(scan, out, source.origin)
    }
    if (scan.word()) throw scan.refuse(`${scan.shown()} follows the last field`)
    return out.toBytes()
  }

  #directive(source: Source): undefined {
    const { scan } = source
    const name = scan.text().toUpperCase()
    if (name === '$ORIGIN') {
      scan.need('the origin')
      source.origin = nameOfWord(scan, source.origin)
      // The same word means another name now.
      source.ownerStart = source.ownerEnd = 0
    } else if (name === '$TTL') {
      scan.need('the TTL')
      const seconds = secondsOf(scan)
      if (seconds === undefined || seconds === Infinity) throw scan.refuse(`${scan.shown()} is no TTL`)
      this.#defaultTtl = seconds
    } else if (name === '$INCLUDE') return this.#include(source)
    else if (name === '$GENERATE') return this.#startGenerate(source)
    else throw scan.refuse(`the directive ${scan.shown()} is not known`)
    if (scan.word()) throw scan.refuse(`${scan.shown()} follows ${name}`)
    return undefined
  }

  #startGenerate({ scan }: Source): undefined {
    const { line } = scan
    const generate = readGenerate(scan)
    const count = generateCount(generate)
    if (count > this.#generateLeft) throw scan.refuse(`${count} entries; the limit leaves ${this.#generateLeft}`)
    this.#generateLeft -= count
    this.#generating = { ...generate, next: generate.start, line }
  }

  #generated(source: Source, generating: Generating): ZoneRecord | undefined {
    const { next, stop, step, template, line } = generating
    if (next > stop) {
      this.#generating = undefined
      return undefined
    }
    generating.next += step
    const refuse = (reason: string): Problem => new Problem(line, 1, reason)
    const text = generateLine(template, next, refuse)
    const scan = new Scanner(Buffer.from(text, 'latin1'), line)
    try {
      scan.entry()
      return this.#record(source, scan, line)
    } catch (error) {
      if (error instanceof Problem) throw refuse(`for ${next}: ${error.message}`)
      if (isLaneworkError(error)) throw refuse(`for ${next}: ${error.message}`)
      throw error
    }
  }

  #include(source: Source): undefined {
    const { scan, file: from } = source
    scan.need('the file')
    const file = pathFrom(scan.text(), from)
    const { include } = this.#options
    const refusal = this.#includeRefusal(file)
    if (include === undefined || refusal !== undefined) {
      throw scan.refuse(refusal ?? 'there is no access to other files here')
    }
    let bytes: Uint8Array
    try {
      bytes = include(file, from)
    } catch (error) {
      throw scan.refuse(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`)
    }
    const origin = scan.word() ? nameOfWord(scan, source.origin) : source.origin
    if (scan.word()) throw scan.refuse(`${scan.shown()} follows $INCLUDE`)
    const { owner } = source
    this.#open(file, bytes, origin)
    const opened = this.#sources.at(-1)
    if (opened !== undefined) opened.owner = owner
  }

  #includeRefusal(file: string): string | undefined {
    if (this.#sources.some((source) => source.file === file)) return `${file} includes itself`
    if (this.#sources.length > includeDepthLimit) return `more than ${includeDepthLimit} files include each other`
    return ++this.#includes > includesLimit ? `more than ${includesLimit} files are included` : undefined
  }
}

/** Data of a type without fields has one form only. */
function needOpaque(scan: Scanner, type: number): void {
  if (scan.word() && scan.isWord('\\#')) return
  throw scan.refuse(`data of the type ${typeName(type)} is written as \\# SIZE HEXADECIMAL`)
}

/** `\# SIZE HEXADECIMAL` (RFC 3597 5); the scanner stands on `\#`. */
function readOpaque(scan: Scanner, out: DataWriter): void {
  scan.need('the size of the data')
  const size = integerOf(scan, 0xffff, 'the size of the data')
  if (scan.word()) putHex(scan, out)
  if (out.length !== size) throw scan.refuse(`${out.length} bytes of data where ${size} are announced`)
}

/** Types that are asked for, or go with a message only (RFC 6895 3.1). */
function isMeta(type: number): boolean {
  return type === dnsType.OPT || (type >= 128 && type <= 255)
}

function pathFrom(path: string, from: string): string {
  const folder = from.slice(0, from.lastIndexOf('/') + 1)
  return path.startsWith('/') ? path : `${folder}${path}`
}
