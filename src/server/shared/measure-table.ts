/**
 * What all lanes count, in one piece of memory: a part for each lane, which that lane alone writes, and anybody reads, the
 * supervisor or a status command, also while the lane is blocked or once it is dead.
 */
import { checkInteger, Histogram } from '../../core/index.ts'
import { MeasureReader, MeasureWriter, type MeasureReading } from './measure-block.ts'
import {
  checkSame,
  layoutOf,
  readHeader,
  writeHeader,
  type MeasureLayout,
  type MeasuresDeclaration,
  type MeasureSizes,
} from './measure-layout.ts'
import { bufferOf, type LaneMemory } from './memory.ts'

/** What a lane writes. */
export interface LaneMeasures {
  readonly lane: number
  readonly own: MeasureWriter
  readonly service: MeasureWriter
  readonly listeners: readonly MeasureWriter[]
}

/** What stood there of a lane, or of all. */
export interface MeasuresOf {
  readonly own: MeasureReading
  readonly service: MeasureReading
  readonly listeners: readonly MeasureReading[]
}

export interface LaneReading extends MeasuresOf {
  readonly lane: number
  /** How many writers this lane has had: 1 for the first, one more for each restart. */
  readonly generation: number
}

export interface MeasuresReading {
  readonly version: number
  /** Lanes that have ever written. */
  readonly lanes: readonly LaneReading[]
  /** All lanes together: counters and gauges added up, histograms merged. A sum of counters never goes back. */
  readonly total: MeasuresOf
}

/** In the lane block's first line, behind the words of the block. */
const generationWord = 4

export class MeasureTable {
  readonly layout: MeasureLayout
  readonly #buffer: ArrayBuffer
  readonly #offset: number
  readonly #readers: readonly BlockReaders[]

  private constructor(memory: LaneMemory, offset: number, layout: MeasureLayout) {
    this.layout = layout
    this.#offset = offset
    this.#buffer = bufferOf(memory, offset, layout.bytes)
    this.#readers = Array.from({ length: layout.lanes }, (_, lane) => this.#readersOf(lane))
  }

  /** Bytes that the table takes. Throws OPTION_INVALID. */
  static bytesFor(declaration: MeasuresDeclaration, sizes: MeasureSizes): number {
    return layoutOf(declaration, sizes).bytes
  }

  /** A new table in zeroed memory, from `offset` on, a multiple of 64. Throws OPTION_INVALID, CLOSED. */
  static create(memory: LaneMemory, declaration: MeasuresDeclaration, sizes: MeasureSizes, offset = 0): MeasureTable {
    const layout = layoutOf(declaration, sizes)
    writeHeader(bufferOf(memory, offset, layout.bytes), offset, layout)
    return new MeasureTable(memory, offset, layout)
  }

  /** The table that is there. With `declaration`, only one of the same version and names. Throws MEMORY_LAYOUT. */
  static attach(memory: LaneMemory, offset = 0, declaration?: MeasuresDeclaration): MeasureTable {
    const layout = readHeader(memory, offset)
    if (declaration !== undefined) checkSame(layout.declaration, declaration)
    return new MeasureTable(memory, offset, layout)
  }

  /**
   * Makes the caller the writer of a lane, from its predecessor's counters on. There must be no other: a new generation
   * that runs beside the old one takes lanes of its own.
   */
  writer(lane: number): LaneMeasures {
    const writers = this.#writersOf(lane)
    for (const block of [writers.own, writers.service, ...writers.listeners]) block.recover()
    Atomics.add(this.#generation(lane), 0, 1)
    return { lane, ...writers }
  }

  /** Once a lane is dead: ends what it was writing, and takes its gauges back. */
  bury(lane: number): void {
    const writers = this.#writersOf(lane)
    for (const block of [writers.own, writers.service, ...writers.listeners]) block.recover()
  }

  /** What a lane says of itself, and nothing else: cheap. */
  readOwn(lane: number): MeasureReading {
    return this.#readersAt(lane).own.read()
  }

  /** What stands there of one lane; undefined when none has ever written. */
  readLane(lane: number): LaneReading | undefined {
    const { own, service, listeners } = this.#readersAt(lane)
    const generation = Atomics.load(this.#generation(lane), 0)
    if (generation === 0) return undefined
    const rest = { own: own.read(), service: service.read(), listeners: listeners.map((each) => each.read()) }
    return { lane, generation, ...rest }
  }

  /** All there is now; lanes are not asked, nor held up. */
  read(): MeasuresReading {
    const lanes = this.#readers.flatMap((_, lane) => this.readLane(lane) ?? [])
    const { declaration, listeners } = this.layout
    const empty = (each: MeasureReader): MeasureReading => zeroOf(each)
    const [first] = this.#readers as [BlockReaders]
    const total = {
      own: sum(
        empty(first.own),
        lanes.map(({ own }) => own),
      ),
      service: sum(
        empty(first.service),
        lanes.map(({ service }) => service),
      ),
      listeners: Array.from({ length: listeners }, (_, index) => {
        const parts = lanes.flatMap((lane) => lane.listeners[index] ?? [])
        return sum(empty(first.listeners[index] as MeasureReader), parts)
      }),
    }
    return { version: declaration.version, lanes, total }
  }

  #readersAt(lane: number): BlockReaders {
    return this.#readers[checkInteger('lane', lane, 0, this.layout.lanes - 1)] as BlockReaders
  }

  #writersOf(lane: number): Omit<LaneMeasures, 'lane'> {
    checkInteger('lane', lane, 0, this.layout.lanes - 1)
    return this.#blocksOf(lane, MeasureWriter)
  }

  #readersOf(lane: number): BlockReaders {
    return this.#blocksOf(lane, MeasureReader)
  }

  #blocksOf<Kind>(
    lane: number,
    Kind: new (buffer: ArrayBuffer, offset: number, scope: MeasuresDeclaration['lane']) => Kind,
  ): { own: Kind; service: Kind; listeners: Kind[] } {
    const { declaration, listeners } = this.layout
    const make = (at: number, scope: MeasuresDeclaration['lane']): Kind => {
      return new Kind(this.#buffer, this.#offset + at, scope)
    }
    return {
      own: make(this.layout.laneAt(lane), declaration.lane),
      service: make(this.layout.serviceAt(lane), declaration.service),
      listeners: Array.from({ length: listeners }, (_, index) => {
        return make(this.layout.listenerAt(lane, index), declaration.listener)
      }),
    }
  }

  #generation(lane: number): Int32Array {
    return new Int32Array(this.#buffer, this.#offset + this.layout.laneAt(lane) + generationWord * 4, 1)
  }
}

interface BlockReaders {
  readonly own: MeasureReader
  readonly service: MeasureReader
  readonly listeners: readonly MeasureReader[]
}

/** Two readings of the same names as one. */
export function addMeasures(one: MeasuresOf, other: MeasuresOf): MeasuresOf {
  const add = (first: MeasureReading, second: MeasureReading): MeasureReading => {
    return sum({ ...first, histograms: emptied(first) }, [first, second])
  }
  return {
    own: add(one.own, other.own),
    service: add(one.service, other.service),
    listeners: one.listeners.map((listener, index) => add(listener, other.listeners[index] as MeasureReading)),
  }
}

function emptied({ histograms }: MeasureReading): Record<string, Histogram> {
  return Object.fromEntries(
    Object.keys(histograms).map((name) => [name, new Histogram(new ArrayBuffer(Histogram.bytes))]),
  )
}

function zeroOf({ scope }: MeasureReader): MeasureReading {
  const zeros = (names: readonly string[] = []): Record<string, number> => {
    return Object.fromEntries(names.map((name) => [name, 0]))
  }
  const histograms = (scope.histograms ?? []).map((name) => [name, new Histogram(new ArrayBuffer(Histogram.bytes))])
  return {
    counters: zeros(scope.counters),
    gauges: zeros(scope.gauges),
    histograms: Object.fromEntries(histograms) as Record<string, Histogram>,
    isOneMoment: true,
  }
}

function sum(zero: MeasureReading, parts: readonly MeasureReading[]): MeasureReading {
  const added = (kind: 'counters' | 'gauges'): Record<string, number> => {
    const names = Object.keys(zero[kind])
    return Object.fromEntries(
      names.map((name) => [name, parts.reduce((total, part) => total + (part[kind][name] ?? 0), 0)]),
    )
  }
  for (const [name, histogram] of Object.entries(zero.histograms)) {
    for (const part of parts) histogram.merge(part.histograms[name] as Histogram)
  }
  return {
    counters: added('counters'),
    gauges: added('gauges'),
    histograms: zero.histograms,
    isOneMoment: parts.every((part) => part.isOneMoment),
  }
}
