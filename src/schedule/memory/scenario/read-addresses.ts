/** Reads the part of a scenario that translates addresses: registers, segments or a page table, and the accesses. */
import type { Field } from '../../document/field.ts'
import { pageEntry, type PageEntry } from '../page-table.ts'
import type { Segment, SegmentRequest } from '../segmentation.ts'
import { accesses } from '../translation.ts'
import { positive, setting } from './settings.ts'
import type { TranslationMethod, TranslationScenario } from './types.ts'

type TranslationPart = Pick<TranslationScenario, 'method' | 'addresses'>

const mostEntries = 65_536

export function readTranslation(
  file: Field,
  policy: 'relocation' | 'segmentation' | 'paging',
  mostOperations: number,
): TranslationPart {
  const method = { relocation: readRegisters, segmentation: readSegments, paging: readPages }[policy](file)
  return { method, addresses: readAddresses(file, mostOperations) }
}

/** A list of addresses, each with or without what is done; else those whose translation is expected. */
function readAddresses(file: Field, mostOperations: number): TranslationPart['addresses'] {
  const given = file.at('addresses')
  const list =
    given.value === undefined
      ? (file
          .at('expected')
          .at('translations')
          .optional((field) => field.list(mostOperations))
          ?.map((each) => each.at('va')) ?? given.list(mostOperations))
      : given.list(mostOperations)
  return list.map((each) => {
    if (typeof each.value === 'number') return { address: addressOf(each), access: 'read' }
    if (!Array.isArray(each.value)) throw each.wrong('an address, or ["write", address]')
    return { address: addressOf(each.at(1)), access: each.at(0).choice(accesses) }
  })
}

function addressOf(field: Field): number {
  return field.integer(-(2 ** 40), 2 ** 40)
}

function readRegisters(file: Field): TranslationMethod {
  const read = (key: string, printed: string): number =>
    setting(file, key, (field) => field.number(0)) ??
    setting(file, printed, (field) => field.number(0)) ??
    file.at(key).number(0)
  return { by: 'base-limit', registers: { base: read('base', 'Base'), limit: read('limit', 'Limit') } }
}

function readSegments(file: Field): TranslationMethod {
  const addressSpace =
    setting(file, 'addressSpace', (field) => field.integer(1, 2 ** 40)) ??
    optionOf(file, 'a') ??
    file.at('addressSpace').integer(1, 2 ** 40)
  const listed = file.at('segments').optional((field) => field.list(1_024))
  if (listed === undefined) return { by: 'segments', table: { segments: ostepSegments(file), addressSpace } }
  if (listed.every((segment) => segment.at('base').value === undefined)) {
    const requests = listed.map((segment) => ({ ...partOf(segment), size: positive(segment.at('size')) }))
    const areas = file.at('areas').optional((field) => field.list(1_024).map(positive)) ?? [positive(file.at('size'))]
    return { by: 'placed-segments', areas, addressSpace, requests }
  }
  const segments = listed.map((segment): Segment => {
    const base = segment.at('base').integer(0, 2 ** 40)
    const limit = segment.at('limit').integer(0, 2 ** 40)
    return Object.assign({ base, limit }, partOf(segment))
  })
  return { by: 'segments', table: { segments, addressSpace } }
}

function partOf(segment: Field): Omit<SegmentRequest, 'size'> {
  return {
    name: segment.at('name').text(),
    grows: segment.at('grows').optional((field) => field.choice(['up', 'down'])),
    access: segment.at('access').optional(rightsOf),
  }
}

function rightsOf(field: Field): string {
  const text = field.text()
  if (/^[rwx]{0,3}$/.test(text)) return text
  throw field.wrong('letters of rwx')
}

/** As OSTEP's program names them: segment 0 grows upwards, segment 1 downwards. */
function ostepSegments(file: Field): Segment[] {
  return [0, 1].map((number) => {
    const read = (what: string): number =>
      file
        .at('params')
        .at(`Segment ${number} ${what}`)
        .integer(0, 2 ** 40)
    return { base: read('base'), limit: read('limit'), grows: number === 1 ? 'down' : 'up' }
  })
}

function readPages(file: Field): TranslationMethod {
  const pageSize =
    setting(file, 'pageSize', (field) => field.integer(1, 2 ** 40)) ??
    optionOf(file, 'P') ??
    file.at('pageSize').integer(1, 2 ** 40)
  const entries =
    setting(file, 'pageTable', (field) => field.list(mostEntries)) ?? file.at('pageTable').list(mostEntries)
  return { by: 'pages', table: { pages: entries.map(entryOf), pageSize } }
}

/** A frame, null for none, an object with rights, or the hexadecimal text that OSTEP's program prints. */
function entryOf(field: Field): PageEntry | undefined {
  if (field.value === null) return undefined
  if (typeof field.value === 'string') {
    if (/^0x[0-9a-f]{1,8}$/i.test(field.value)) return pageEntry(Number(field.value))
    throw field.wrong('a frame, null, or 8 hexadecimal digits behind 0x')
  }
  if (typeof field.value === 'number') return { frame: field.integer(0, 2 ** 31) }
  return { frame: field.at('frame').integer(0, 2 ** 31), access: field.at('access').optional(rightsOf) }
}

/** An option of the command in which a case was made: `-a 128`, `-P 1k`. */
function optionOf(file: Field, letter: string): number | undefined {
  const command = file.at('command').optional((field) => field.text()) ?? ''
  const [, digits, unit] = new RegExp(`(?:^| )-${letter} (\\d+)(k|m)?(?: |$)`).exec(command) ?? []
  return digits === undefined ? undefined : Number(digits) * ({ k: 1_024, m: 1_048_576 }[unit ?? ''] ?? 1)
}
