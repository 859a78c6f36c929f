/**
 * Counters, gauges and histograms of one writer, which any number of readers read without asking it.
 *
 *      0          4            8      64
 *     +----------+------------+------+-----------------+----------------+----------------+------------------
 *     | sequence | logEntries | ...  | log: indexes    | log: values    | cells          | histograms
 *     |   i32    |    i32     |      | i32 each        | f64 each       | f64 each       | 592 f64 each
 *     +----------+------------+------+-----------------+----------------+----------------+------------------
 *
 * Each change of the cells raises the sequence by 2, and a reader whose sequence has changed meanwhile reads again. Several
 * changes at once (`stage`, `commit`) stand in the log, with the values after them, before the sequence becomes odd;
 * then they are done, and it becomes even. A reader that meets an odd sequence takes the log's values in place of the
 * cells', so it need not wait: a writer that is stopped or killed between any two instructions leaves a state that
 * reads as before its change, or as after.
 *
 * Atomics order everything around them on x86. ARM lets later plain stores overtake an atomic store, but not an atomic load that
 * follows it; hence the loads whose result nobody uses.
 */
import { Counters, fail, Histogram } from '../../core/index.ts'
import type { MeasureScope } from './measure-layout.ts'
import { aligned, lineBytes } from './memory.ts'

const sequenceAt = 0
const logEntriesAt = 1
/** A writer in a loop that does nothing but change cells lets some two of three attempts through. */
const attempts = 10_000
/** Orders a reader's loads; nobody reads it. */
const fence = new Int32Array(1)

/** Bytes of a block for a scope. */
export function blockBytes(scope: MeasureScope): number {
  return aligned(placesOf(scope).end)
}

function placesOf(scope: MeasureScope): {
  indexes: number
  values: number
  cells: number
  histograms: number
  end: number
} {
  const count = (scope.counters?.length ?? 0) + (scope.gauges?.length ?? 0)
  const indexes = lineBytes
  const values = indexes + Math.ceil(count / 2) * 8
  const cells = aligned(values + count * 8)
  const histograms = cells + count * 8
  return { indexes, values, cells, histograms, end: histograms + (scope.histograms?.length ?? 0) * Histogram.bytes }
}

/** The memory of a block, by name; what writers and readers share. */
class Block {
  readonly scope: MeasureScope
  readonly names: readonly string[]
  protected readonly words: Int32Array
  protected readonly logIndexes: Int32Array
  protected readonly logValues: Float64Array
  protected readonly cells: Float64Array
  protected readonly histograms: ReadonlyMap<string, Histogram>

  constructor(buffer: ArrayBuffer, offset: number, scope: MeasureScope) {
    const places = placesOf(scope)
    this.scope = scope
    this.names = [...(scope.counters ?? []), ...(scope.gauges ?? [])]
    this.words = new Int32Array(buffer, offset, lineBytes / 4)
    this.logIndexes = new Int32Array(buffer, offset + places.indexes, this.names.length)
    this.logValues = new Float64Array(buffer, offset + places.values, this.names.length)
    this.cells = new Float64Array(buffer, offset + places.cells, this.names.length)
    this.histograms = new Map(
      (scope.histograms ?? []).map((name, index) => {
        return [name, new Histogram(buffer, offset + places.histograms + index * Histogram.bytes)]
      }),
    )
  }
}

/** The only writer of a block at its time. */
export class MeasureWriter extends Block {
  /** The cells by index, each right by itself, for loops that need no moment in common; changes are seen at once. */
  readonly counters: Counters<string>
  readonly #indexes: ReadonlyMap<string, number>
  /** Where in the log a cell stands, plus 1; 0 for not at all. */
  readonly #entryOf: Int32Array
  #staged = 0
  #sequence: number

  constructor(buffer: ArrayBuffer, offset: number, scope: MeasureScope) {
    super(buffer, offset, scope)
    this.counters = new Counters(this.names, buffer, this.cells.byteOffset)
    this.#indexes = new Map(this.names.map((name, index) => [name, index]))
    this.#entryOf = new Int32Array(this.names.length)
    this.#sequence = Atomics.load(this.words, sequenceAt)
  }

  /** The index of a name. Throws OPTION_INVALID. */
  at(name: string): number {
    const index = this.#indexes.get(name)
    if (index === undefined) throw unknown(name, this.names)
    return index
  }

  /** Its `record(value)` counts a value; a reader sees all that were counted. Throws OPTION_INVALID. */
  histogram(name: string): Histogram {
    const histogram = this.histograms.get(name)
    if (histogram === undefined) throw unknown(name, [...this.histograms.keys()])
    return histogram
  }

  /** Adds to one cell. */
  add(index: number, amount = 1): void {
    this.cells[index] = (this.cells[index] as number) + amount
    this.#advance(2)
  }

  /** Sets one cell. */
  set(index: number, value: number): void {
    this.cells[index] = value
    this.#advance(2)
  }

  /** Prepares an addition that becomes visible with the next `commit`, together with all others. */
  stage(index: number, amount = 1): void {
    this.#log(index, amount)
  }

  /** Does what is staged, all at once as readers see it. */
  commit(): void {
    if (this.#staged === 0) return
    // A cell may have changed by `add` since it was staged, so the values are made now.
    for (let entry = 0; entry < this.#staged; entry++) {
      const index = this.logIndexes[entry] as number
      this.logValues[entry] = (this.logValues[entry] as number) + (this.cells[index] as number)
      this.#entryOf[index] = 0
    }
    this.words[logEntriesAt] = this.#staged
    this.#staged = 0
    this.#advance(1)
    applyLog(this.words, this.logIndexes, this.logValues, this.cells)
    this.#advance(1)
  }

  /** For a successor, or whoever buries a dead writer: ends what it had begun, and takes its gauges back. */
  recover(): void {
    if ((this.#sequence & 1) === 1) {
      applyLog(this.words, this.logIndexes, this.logValues, this.cells)
      this.#advance(1)
    }
    const first = this.scope.counters?.length ?? 0
    for (let index = first; index < this.names.length; index++) this.#log(index, -(this.cells[index] as number))
    this.commit()
  }

  #log(index: number, amount: number): void {
    const entry = (this.#entryOf[index] as number) - 1
    if (entry >= 0) {
      this.logValues[entry] = (this.logValues[entry] as number) + amount
      return
    }
    this.logIndexes[this.#staged] = index
    this.logValues[this.#staged] = amount
    this.#entryOf[index] = ++this.#staged
  }

  #advance(by: number): void {
    this.#sequence = (this.#sequence + by) | 0
    Atomics.store(this.words, sequenceAt, this.#sequence)
    Atomics.load(this.words, sequenceAt)
  }
}

/** What stood in a block at one moment. */
export interface MeasureReading {
  readonly counters: Readonly<Record<string, number>>
  readonly gauges: Readonly<Record<string, number>>
  /** Copies. */
  readonly histograms: Readonly<Record<string, Histogram>>
  /** False when the writer changed its cells through 10,000 attempts: then each number is right, but not of one moment. */
  readonly isOneMoment: boolean
}

/** Reads a block that somebody else writes, now or in former times. */
export class MeasureReader extends Block {
  readonly #read = new Float64Array(this.cells.length)

  read(): MeasureReading {
    const isOneMoment = this.#readCells()
    const counters = this.scope.counters ?? []
    return {
      counters: Object.fromEntries(counters.map((name, index) => [name, this.#read[index] as number])),
      gauges: Object.fromEntries(
        (this.scope.gauges ?? []).map((name, index) => [name, this.#read[counters.length + index] as number]),
      ),
      histograms: Object.fromEntries([...this.histograms].map(([name, live]) => [name, copyOf(live)])),
      isOneMoment,
    }
  }

  #readCells(): boolean {
    for (let attempt = 0; attempt < attempts; attempt++) {
      const before = Atomics.load(this.words, sequenceAt)
      for (let index = 0; index < this.cells.length; index++) this.#read[index] = this.cells[index] as number
      if ((before & 1) === 1) applyLog(this.words, this.logIndexes, this.logValues, this.#read)
      Atomics.store(fence, 0, 0)
      if (Atomics.load(this.words, sequenceAt) === before) return true
    }
    return false
  }
}

/** Memory that anybody may have written to is not trusted with indexes. */
function applyLog(words: Int32Array, indexes: Int32Array, values: Float64Array, cells: Float64Array): void {
  const entries = Math.min(words[logEntriesAt] as number, indexes.length)
  for (let entry = 0; entry < entries; entry++) {
    const index = indexes[entry] as number
    if (index >= 0 && index < cells.length) cells[index] = values[entry] as number
  }
}

function copyOf(live: Histogram): Histogram {
  const copy = new Histogram(new ArrayBuffer(Histogram.bytes))
  copy.merge(live)
  return copy
}

function unknown(name: string, known: readonly string[]): Error {
  return fail('OPTION_INVALID', { option: 'name', rule: `one of ${known.join(', ')}`, got: JSON.stringify(name) })
}
