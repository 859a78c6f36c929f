/**
 * What all lanes remember of sources, in a fixed piece of memory: sets of 16 places, and a source may stand in one set
 * only, which a keyed hash chooses.
 *
 *     | header | per set: when it was last looked through | per place: 2 i32 of hash | per place: i32 of state ... |
 *
 * The table is smaller than the number of addresses that somebody can forge, so it must forget. It forgets the source of the set
 * that has used up least of its limit. So a source that is forgotten gains, and never loses: nobody within his limit
 * is refused because of others. And a flood of sources that send once each pushes out its own kind, not those
 * that have sent much: these stay limited. What has recovered fully is no different from what was never seen.
 *
 * Lanes change it without locks: a place is taken by a compare-exchange of its first word to a mark of the lane, and the
 * source's hash is written when its state stands. A lane that is killed in between leaves its mark, on one place at most;
 * `bury` frees it. Where a race between lanes loses something, it is a message or two that are not counted.
 */
import { checkInteger, checkKnownKeys } from '../../core/index.ts'
import { checkPrefix, type PrefixBits, type PrefixOptions } from '../rate/prefix.ts'
import { headerBytes, readHeader, writeHeader, type TableHeader } from './header.ts'
import { aligned, bufferOf, type LaneMemory } from './memory.ts'
import { markLimit, SourceHash } from './source-hash.ts'

/** What all such tables have. */
export interface RateTableOptions extends PrefixOptions {
  /** Sources that it remembers at a time, rounded up to a power of two; 16 to 2^24. @default 65_536 */
  readonly sources?: number | undefined
}

export const ways = 16
/** Sets that nobody looked through for so many units are forgotten: the times in them would wrap around. */
const staleUnits = 32
/** Lanes read their clocks at slightly different moments. */
const skewUnits = 4
const claims = 4

/** How a kind of table lies in memory. */
export interface RateTableKind {
  readonly magic: number
  readonly what: string
  /** Words of state of each source, from its parameters. */
  readonly stateWords: (parameters: readonly number[]) => number
}

/** Bytes of a table. Throws OPTION_INVALID. */
export function rateTableBytes(kind: RateTableKind, options: RateTableOptions, parameters: readonly number[]): number {
  return placesOf(checkSources(options).sources, kind.stateWords(parameters)).end
}

/** Writes the header of a new one. Throws OPTION_INVALID, CLOSED. */
export function newRateTable(
  kind: RateTableKind,
  memory: LaneMemory,
  options: RateTableOptions,
  parameters: readonly number[],
  offset: number,
): void {
  const { sources, ipv4Bits, ipv6Bits } = checkSources(options)
  const buffer = bufferOf(memory, offset, rateTableBytes(kind, options, parameters))
  writeHeader(buffer, offset, kind.magic, [sources, ipv4Bits, ipv6Bits, ...parameters])
}

/** What is the same in every kind of table; one lane's access to it. */
export abstract class RateTable {
  /** The lane that this access belongs to. */
  readonly lane: number
  /** Of the kind, as they stand in memory. */
  protected readonly parameters: readonly number[]
  protected readonly states: Int32Array
  protected readonly hashes: Int32Array
  readonly #looked: Int32Array
  readonly #mask: number
  readonly #hash: SourceHash

  protected constructor(kind: RateTableKind, memory: LaneMemory, lane: number, offset: number) {
    this.lane = checkInteger('lane', lane, 0, markLimit - 2)
    const header: TableHeader = readHeader(memory, offset, kind.magic, kind.what)
    const [sources = 0, ipv4Bits, ipv6Bits, ...parameters] = header.parameters
    const places = placesOf(sources, kind.stateWords(parameters))
    const buffer = bufferOf(memory, offset, places.end)
    this.parameters = parameters
    this.#looked = new Int32Array(buffer, offset + places.looked, sources / ways)
    this.hashes = new Int32Array(buffer, offset + places.hashes, sources * 2)
    this.states = new Int32Array(buffer, offset + places.states, sources * kind.stateWords(parameters))
    this.#mask = sources / ways - 1
    this.#hash = new SourceHash(header.key, checkPrefix({ ipv4Bits, ipv6Bits }))
  }

  /** Frees what a dead lane was just taking. */
  bury(lane: number): void {
    for (let index = 0; index < this.hashes.length; index += 2) Atomics.compareExchange(this.hashes, index, lane + 1, 0)
  }

  /** Sources that it remembers now; some may have recovered since. */
  get size(): number {
    let size = 0
    for (let index = 0; index < this.hashes.length; index += 2) if (this.hashes[index] !== 0) size++
    return size
  }

  /** How much of its limit a source has used up at `now`; 0 is as if it had never been seen. */
  protected abstract used(place: number, now: number): number
  /** Makes the state that of a source never seen. */
  protected abstract clear(place: number, now: number): void

  /** Zeroes what of the state is over, as the times in it wrap around. */
  protected abstract tidy(place: number, now: number): void

  /** The place of a source at `now`, of which `unit` is the coarse form; -1 where it is not numeric or there is none. */
  protected locate(host: string, now: number, unit: number): number {
    if (!this.#hash.read(host)) return -1
    const { first, second } = this.#hash
    const set = first & this.#mask
    this.#lookThrough(set, now, unit)
    for (let place = set * ways; place < set * ways + ways; place++) {
      if (this.isAt(place, first) && Atomics.load(this.hashes, place * 2 + 1) === second) return place
    }
    for (let attempt = 0; attempt < claims; attempt++) {
      const place = this.#claim(set, now)
      if (place < 0) continue
      this.clear(place, now)
      Atomics.store(this.hashes, place * 2 + 1, second)
      Atomics.store(this.hashes, place * 2, first)
      return place
    }
    return -1
  }

  /** The first word of the source that `locate` last found. */
  protected get located(): number {
    return this.#hash.first
  }

  protected isAt(place: number, first: number): boolean {
    return Atomics.load(this.hashes, place * 2) === first
  }

  /** Marks the place of the set that is free, or else has used up least. */
  #claim(set: number, now: number): number {
    let best = -1
    let before = 0
    let least = Infinity
    for (let place = set * ways; place < set * ways + ways && least > 0; place++) {
      const first = Atomics.load(this.hashes, place * 2)
      if (first > 0 && first < markLimit) continue
      const used = first === 0 ? 0 : this.used(place, now)
      if (used >= least) continue
      least = used
      best = place
      before = first
    }
    const isTaken = best >= 0 && Atomics.compareExchange(this.hashes, best * 2, before, this.lane + 1) === before
    return isTaken ? best : -1
  }

  /** Once a unit of time: frees what has recovered, so that no time in the set is older than its words can tell. */
  #lookThrough(set: number, now: number, unit: number): void {
    const passed = (unit - Atomics.load(this.#looked, set)) | 0
    if (passed === 0 || (passed < 0 && passed > -skewUnits)) return
    const forgetAll = passed < 0 || passed >= staleUnits
    for (let place = set * ways; place < set * ways + ways; place++) {
      const first = Atomics.load(this.hashes, place * 2)
      if (first >= 0 && first < markLimit) continue
      if (!forgetAll && this.used(place, now) > 0) this.tidy(place, now)
      else Atomics.compareExchange(this.hashes, place * 2, first, 0)
    }
    Atomics.store(this.#looked, set, unit)
  }
}

function placesOf(
  sources: number,
  stateWords: number,
): { looked: number; hashes: number; states: number; end: number } {
  const looked = headerBytes
  const hashes = aligned(looked + (sources / ways) * 4)
  const states = hashes + sources * 8
  return { looked, hashes, states, end: aligned(states + sources * stateWords * 4) }
}

function checkSources(options: RateTableOptions): PrefixBits & { sources: number } {
  checkKnownKeys('table', options, ['sources', 'ipv4Bits', 'ipv6Bits'])
  const sources = checkInteger('sources', options.sources ?? 65_536, ways, 2 ** 24)
  const bits = checkPrefix({ ipv4Bits: options.ipv4Bits, ipv6Bits: options.ipv6Bits })
  return { ...bits, sources: 2 ** Math.ceil(Math.log2(sources)) }
}
