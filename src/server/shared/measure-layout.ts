/**
 * Where measures stand in memory. The names are in there too, so whoever has the memory can read it, also a command of
 * another version:
 *
 *      0        4        8       12          16          20       24
 *     +--------+--------+-------+-----------+-----------+--------+------------------------+
 *     | "LWms" | format | lanes | listeners | textBytes | bytes  | declaration as JSON ...|  up to a multiple of 64
 *     +--------+--------+-------+-----------+-----------+--------+------------------------+
 *     then for each lane:    | lane block | service block | listener block 0 | listener block 1 | ...
 */
import { checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import { blockBytes } from './measure-block.ts'
import { aligned, bufferOf, type LaneMemory } from './memory.ts'

/** The names of what one part of a server counts, as camelCase words. */
export interface MeasureScope {
  /** Only grow; a successor of a dead lane goes on from its predecessor's. */
  readonly counters?: readonly string[]
  /** Go up and down; a dead lane's are taken back. */
  readonly gauges?: readonly string[]
  /** Log-linear histograms, as `Histogram` of lanework/core. */
  readonly histograms?: readonly string[]
}

/** All that is measured, declared once. */
export interface MeasuresDeclaration {
  /** Raised when a name changes its meaning. */
  readonly version: number
  /** Per lane. */
  readonly lane: MeasureScope
  /** Per lane and service. */
  readonly service: MeasureScope
  /** Per lane and listener. */
  readonly listener: MeasureScope
}

export interface MeasureSizes {
  readonly lanes: number
  readonly listeners: number
}

/** Where everything is. */
export interface MeasureLayout extends MeasureSizes {
  readonly declaration: MeasuresDeclaration
  /** Of the whole. */
  readonly bytes: number
  laneAt(lane: number): number
  serviceAt(lane: number): number
  listenerAt(lane: number, listener: number): number
}

const magic = 0x736d574c
const format = 1
const headerBytes = 24
const namesLimit = 1_024
const textLimit = 1_048_576

/** Throws OPTION_INVALID. */
export function layoutOf(declaration: MeasuresDeclaration, { lanes, listeners }: MeasureSizes): MeasureLayout {
  checkDeclaration(declaration)
  checkInteger('lanes', lanes, 1, 1_024)
  checkInteger('listeners', listeners, 0, 1_024)
  const start = aligned(headerBytes + textOf(declaration).length)
  const [lane, service, listener] = [declaration.lane, declaration.service, declaration.listener].map(blockBytes) as [
    number,
    number,
    number,
  ]
  const stride = lane + service + listener * listeners
  return {
    declaration,
    lanes,
    listeners,
    bytes: start + stride * lanes,
    laneAt: (index) => start + stride * index,
    serviceAt: (index) => start + stride * index + lane,
    listenerAt: (index, which) => start + stride * index + lane + service + listener * which,
  }
}

/** Writes the header; the first word last, so that nobody takes half a header for one. */
export function writeHeader(buffer: ArrayBuffer, offset: number, layout: MeasureLayout): void {
  const text = textOf(layout.declaration)
  const words = new Int32Array(buffer, offset, headerBytes / 4)
  words.set([0, format, layout.lanes, layout.listeners, text.length, layout.bytes])
  new Uint8Array(buffer, offset + headerBytes, text.length).set(text)
  Atomics.store(words, 0, magic)
}

/** Throws MEMORY_LAYOUT for anything else than a table of this format. */
export function readHeader(memory: LaneMemory, offset: number): MeasureLayout {
  const refuse = (reason: string): Error => fail('MEMORY_LAYOUT', { what: 'measures', reason })
  const words = new Int32Array(bufferOf(memory, offset, headerBytes), offset, headerBytes / 4)
  if (Atomics.load(words, 0) !== magic) throw refuse('there are none')
  const [, found, lanes = 0, listeners = 0, textBytes = 0, bytes = 0] = words
  if (found !== format) throw refuse(`format ${found}, and this version reads ${format}`)
  if (textBytes < 2 || textBytes > textLimit) throw refuse(`names of ${textBytes} bytes`)
  const text = new Uint8Array(bufferOf(memory, offset, headerBytes + textBytes), offset + headerBytes, textBytes)
  const layout = layoutOf(parse(text, refuse), { lanes, listeners })
  if (layout.bytes !== bytes) throw refuse(`${bytes} bytes, where its names need ${layout.bytes}`)
  bufferOf(memory, offset, bytes)
  return layout
}

/** Refuses a table of other names or another version than this program's. */
export function checkSame(found: MeasuresDeclaration, wanted: MeasuresDeclaration): void {
  if (textOf(found).equals(textOf(wanted))) return
  const reason =
    found.version === wanted.version
      ? 'other names than this program declares'
      : `version ${found.version}, and this program declares ${wanted.version}`
  throw fail('MEMORY_LAYOUT', { what: 'measures', reason })
}

function parse(text: Uint8Array, refuse: (reason: string) => Error): MeasuresDeclaration {
  try {
    return JSON.parse(Buffer.from(text).toString()) as MeasuresDeclaration
  } catch {
    throw refuse('its names cannot be read')
  }
}

/** The same text for the same declaration, whatever the order of its keys. */
function textOf({ version, lane, service, listener }: MeasuresDeclaration): Buffer {
  const scope = ({ counters = [], gauges = [], histograms = [] }: MeasureScope): object => {
    return { counters, gauges, histograms }
  }
  return Buffer.from(JSON.stringify({ version, lane: scope(lane), service: scope(service), listener: scope(listener) }))
}

function checkDeclaration(declaration: MeasuresDeclaration): void {
  checkKnownKeys('measures', declaration, ['version', 'lane', 'service', 'listener'])
  checkInteger('measures.version', declaration.version, 1, 2 ** 31 - 1)
  for (const part of ['lane', 'service', 'listener'] as const) {
    const scope = declaration[part]
    checkKnownKeys(`measures.${part}`, scope, ['counters', 'gauges', 'histograms'])
    const names = [...(scope.counters ?? []), ...(scope.gauges ?? []), ...(scope.histograms ?? [])]
    checkInteger(`measures.${part}.length`, names.length, 0, namesLimit)
    for (const [index, name] of names.entries()) {
      if (/^[a-z][A-Za-z0-9]{0,63}$/.test(name) && names.indexOf(name) === index) continue
      const rule = 'a camelCase word of at most 64 letters and digits, once in its part'
      throw fail('OPTION_INVALID', { option: `measures.${part}`, rule, got: JSON.stringify(name) })
    }
  }
}
