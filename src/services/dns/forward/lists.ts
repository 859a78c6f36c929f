/**
 * Hosts files and lists of the options: read in the one place that owns the zones, published with them, used in every lane.
 *
 *   files ─▶ readLists ─▶ bytes behind the zones in the snapshot ─▶ each lane: Lists
 */
import { readFileSync } from 'node:fs'
import { crc32 } from 'node:zlib'

import { fail } from '../../../core/index.ts'
import { dnsClass, edeCode, rcode } from '../wire/codes.ts'
import type { ResourceRecord } from '../wire/record.ts'
import { dnsType } from '../wire/types.ts'
import type { HashedName } from '../zone/name-hash.ts'
import type { KeptAnswer } from './entry.ts'
import { Hosts, localTtl } from './hosts.ts'
import { localAnswer } from './kept-answer.ts'
import { hostLine, type HostLine, type ListedName, listLine } from './list-lines.ts'
import { nameRule, NameTable, NameTableBuilder } from './name-table.ts'
import type { BlockAnswer, ForwardOptions } from './options.ts'

/** `LWLS`, at the end of a snapshot with lists. */
const magic = 0x534c_574c
const trailerBytes = 16
/** The lists' bytes; undefined where the options ask for none. Throws OPTION_INVALID for a file that cannot be read, or is no list. */
export function readLists({ hosts = [], block = [], allowNames = [] }: ForwardOptions): Uint8Array | undefined {
  if (hosts.length + block.length + allowNames.length === 0) return undefined
  const texts = [...block, ...allowNames].map((file) => [file, readText(file)] as const)
  const expected = texts.reduce((sum, [, text]) => sum + text.length / 22, 0)
  const builder = new NameTableBuilder(Math.ceil(expected))
  texts.forEach(([file, text], index) => addList(builder, file, text, index >= block.length))
  return encodeLists(
    hosts.map((file) => [file, readText(file)] as const),
    builder.build(),
  )
}

function addList(builder: NameTableBuilder, file: string, text: string, isAllowed: boolean): void {
  let [names, others] = [0, 0]
  for (const line of linesOf(text)) {
    const found = listLine(line)
    if (found === undefined) others++
    else names += found.length
    for (const each of found ?? []) builder.add(each.name, rulesOf(each, isAllowed))
  }
  // Rules for pages are passed over, but a page that says "not found" is no list.
  if (others > 0 && names === 0) {
    throw fail('OPTION_INVALID', {
      option: 'forward.block',
      rule: 'files of names',
      got: `${file}, whose ${others} lines name nobody`,
    })
  }
}

function rulesOf({ itself, below, isException }: ListedName, isAllowed: boolean): number {
  const isAllow = isAllowed || isException
  return (
    (itself ? (isAllow ? nameRule.allow : nameRule.block) : 0) |
    (below ? (isAllow ? nameRule.allowBelow : nameRule.blockBelow) : 0)
  )
}

function encodeLists(hosts: readonly (readonly [string, string])[], table: NameTable): Uint8Array {
  for (const [file, text] of hosts) hostLines(file, text)
  // As it was read: a byte of the file is a byte here, so that lanes read what has been checked.
  const text = Buffer.from(hosts.map(([, each]) => each).join('\n'), 'latin1')
  const tableBytes = (table.bytes.length + 3) & ~3
  const bytes = new Uint8Array(tableBytes + text.length)
  bytes.set(table.bytes)
  bytes.set(text, tableBytes)
  return bytes
}

function hostLines(file: string, text: string): HostLine[] {
  const lines: HostLine[] = []
  let number = 0
  for (const line of linesOf(text)) {
    number++
    const found = hostLine(line)
    if (found === undefined) {
      throw fail('OPTION_INVALID', {
        option: 'forward.hosts',
        rule: 'an address and names',
        got: `${file}:${number}: ${line.slice(0, 80)}`,
      })
    }
    if (found !== null) lines.push(found)
  }
  return lines
}

/** Without making a list of a million lines. */
function* linesOf(text: string): Generator<string, void> {
  for (let start = 0; start < text.length;) {
    let end = text.indexOf('\n', start)
    if (end < 0) end = text.length
    yield text.charCodeAt(end - 1) === 0x0d ? text.slice(start, end - 1) : text.slice(start, end)
    start = end + 1
  }
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'latin1')
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? String(cause)
    throw fail(
      'OPTION_INVALID',
      { option: 'forward', rule: `files that can be read (${reason})`, got: file },
      { cause },
    )
  }
}

/**
 * A snapshot with lists behind it, and at its end: where they begin, how long they are, their checksum, by which lanes know that they
 * have not changed.
 */
export function withLists(snapshot: Uint8Array, lists: Uint8Array | undefined): Uint8Array {
  if (lists === undefined) return snapshot
  const start = (snapshot.length + 7) & ~7
  const bytes = new Uint8Array(start + ((lists.length + 3) & ~3) + trailerBytes)
  bytes.set(snapshot)
  bytes.set(lists, start)
  const end = new DataView(bytes.buffer, bytes.length - trailerBytes)
  end.setUint32(0, start)
  end.setUint32(4, lists.length)
  end.setUint32(8, crc32(lists))
  end.setUint32(12, magic)
  return bytes
}

/** The lists of a snapshot, in its own memory; undefined where there are none. */
export function listsOf(snapshot: Uint8Array, blockAnswer: BlockAnswer): Lists | undefined {
  if (snapshot.length < trailerBytes) return undefined
  const end = new DataView(snapshot.buffer, snapshot.byteOffset + snapshot.length - trailerBytes, trailerBytes)
  if (end.getUint32(12) !== magic) return undefined
  const start = end.getUint32(0)
  return new Lists(snapshot.subarray(start, start + end.getUint32(4)), blockAnswer, end.getUint32(8))
}

export class Lists {
  readonly table: NameTable
  readonly hosts: Hosts
  /** The same for the same lists. */
  readonly checksum: number
  readonly #blockAnswer: BlockAnswer

  /** @param bytes as readLists gives them */
  constructor(bytes: Uint8Array, blockAnswer: BlockAnswer, checksum = 0) {
    this.checksum = checksum
    this.table = new NameTable(bytes)
    this.#blockAnswer = blockAnswer
    const text = Buffer.from(bytes.subarray((this.table.usedBytes + 3) & ~3)).toString('latin1')
    this.hosts = new Hosts(hostLines('hosts', text))
  }

  /** The answer of a hosts file, or that a name is blocked; undefined for what is neither. Hosts files come first. */
  answer(name: HashedName, type: number): KeptAnswer | undefined {
    const own = this.hosts.answer(name, type)
    if (own !== undefined) return own
    return this.table.isBlocked(name) ? this.#blocked(name, type) : undefined
  }

  #blocked(name: HashedName, type: number): KeptAnswer {
    const question = { name: name.nameFrom(0), type, class: dnsClass.IN }
    const code = { nxdomain: rcode.NXDOMAIN, null: rcode.NOERROR, refused: rcode.REFUSED }[this.#blockAnswer]
    return localAnswer(question, code, this.#blockAnswer === 'null' ? nowhere(question) : [], localTtl, edeCode.Blocked)
  }
}

/** `0.0.0.0` and `::`, where nobody listens. */
function nowhere({ name, type }: { name: Uint8Array; type: number }): ResourceRecord[] {
  if (type !== dnsType.A && type !== dnsType.AAAA) return []
  return [{ name, type, class: dnsClass.IN, ttl: localTtl, data: new Uint8Array(type === dnsType.A ? 4 : 16) }]
}
