/**
 * Limits on connections that hold over all lanes: in all, and per source.
 *
 * Each lane writes down what it holds in its own part, and nobody else writes there:
 *
 *     | header | lane 0: | total | sources: 2 i32 of hash each | counts | lane 1: | total | ...
 *
 * A lane that wants a slot first writes it down and then adds up all lanes; if that is too many, it takes it back. So the
 * limit is never exceeded, without a lock: of two lanes that both wrote, at least one sees the other. (At the last
 * free slot both may see each other, and both be refused.) What a dead lane held stands in its part, to the slot, whenever
 * it was killed; the supervisor gives it back by clearing that part.
 *
 * A source has its place in one of two buckets of eight, the emptier one, so places for twice the connections do for any
 * set of sources that was not chosen with knowledge of the key.
 */
import { checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import { checkPrefix, type PrefixOptions } from '../rate/prefix.ts'
import { headerBytes, readHeader, writeHeader } from './header.ts'
import { aligned, bufferOf, lineBytes, type LaneMemory } from './memory.ts'
import { SourceHash } from './source-hash.ts'

export interface ConnectionSlotsOptions extends PrefixOptions {
  readonly lanes: number
  /** Connections of all lanes; 1 to 1_000_000. */
  readonly connections: number
  /** Connections of all lanes from one source; 1 to 1_000_000. */
  readonly connectionsPerAddress: number
}

/** Why there is no slot. */
export type SlotRefusal = 'connections' | 'connectionsPerAddress'

const magic = 0x7363574c
const what = 'connection slots'
const ways = 8
/** Indexes into the header's parameters. */
const at = { lanes: 0, connections: 1, perAddress: 2, ipv4Bits: 3, ipv6Bits: 4, places: 5 } as const

/** A lane's part of the memory. */
class Holdings {
  readonly total: Int32Array
  readonly hashes: Int32Array
  readonly counts: Int32Array
  readonly #mask: number

  constructor(buffer: ArrayBuffer, offset: number, places: number) {
    this.total = new Int32Array(buffer, offset, 1)
    this.hashes = new Int32Array(buffer, offset + lineBytes, places * 2)
    this.counts = new Int32Array(buffer, offset + lineBytes + places * 8, places)
    this.#mask = places / ways - 1
  }

  /** How many a source has here, as any lane sees it. */
  countOf(first: number, second: number): number {
    const place = this.find(first, second)
    return place < 0 ? 0 : Atomics.load(this.counts, place)
  }

  /** A source's place; -1 when it has none. */
  find(first: number, second: number): number {
    const place = this.#findIn((first & this.#mask) * ways, first, second)
    return place >= 0 ? place : this.#findIn((second & this.#mask) * ways, first, second)
  }

  /** For the lane itself: a source's place, or a free one; -1 when both its buckets are full. */
  place(first: number, second: number): number {
    const known = this.find(first, second)
    if (known >= 0) return known
    const one = this.#free((first & this.#mask) * ways)
    const other = this.#free((second & this.#mask) * ways)
    const place = one.count >= other.count ? one.place : other.place
    if (place < 0) return -1
    Atomics.store(this.hashes, place * 2, first)
    Atomics.store(this.hashes, place * 2 + 1, second)
    return place
  }

  add(place: number, change: 1 | -1): void {
    Atomics.store(this.counts, place, Math.max(0, (this.counts[place] as number) + change))
  }

  addTotal(change: 1 | -1): void {
    Atomics.store(this.total, 0, Math.max(0, (this.total[0] as number) + change))
  }

  #findIn(bucket: number, first: number, second: number): number {
    for (let place = bucket; place < bucket + ways; place++) {
      const isIt = Atomics.load(this.hashes, place * 2) === first && Atomics.load(this.hashes, place * 2 + 1) === second
      if (isIt) return place
    }
    return -1
  }

  #free(bucket: number): { count: number; place: number } {
    let count = 0
    let free = -1
    for (let place = bucket; place < bucket + ways; place++) {
      if (this.counts[place] !== 0) continue
      count++
      free = place
    }
    return { count, place: free }
  }
}

export class ConnectionSlots {
  readonly #parameters: Float64Array
  readonly #holdings: readonly Holdings[]
  readonly #hash: SourceHash

  private constructor(memory: LaneMemory, offset: number) {
    const { key, parameters } = readHeader(memory, offset, magic, what)
    const [lanes = 0, , , ipv4Bits, ipv6Bits, places = 0] = parameters
    const buffer = bufferOf(memory, offset, headerBytes + lanes * partBytes(places))
    this.#parameters = parameters
    this.#hash = new SourceHash(key, checkPrefix({ ipv4Bits, ipv6Bits }))
    this.#holdings = Array.from({ length: lanes }, (_, lane) => {
      return new Holdings(buffer, offset + headerBytes + lane * partBytes(places), places)
    })
  }

  /** Bytes that it takes: some 400 KiB a lane for 10,000 connections. Throws OPTION_INVALID. */
  static bytesFor(options: ConnectionSlotsOptions): number {
    const { lanes, places } = checkOptions(options)
    return headerBytes + lanes * partBytes(places)
  }

  /** New ones in zeroed memory, from `offset` on, a multiple of 64. Throws OPTION_INVALID, CLOSED. */
  static create(memory: LaneMemory, options: ConnectionSlotsOptions, offset = 0): ConnectionSlots {
    const { lanes, places, ipv4Bits, ipv6Bits } = checkOptions(options)
    const buffer = bufferOf(memory, offset, ConnectionSlots.bytesFor(options))
    const { connections, connectionsPerAddress } = options
    writeHeader(buffer, offset, magic, [lanes, connections, connectionsPerAddress, ipv4Bits, ipv6Bits, places])
    return new ConnectionSlots(memory, offset)
  }

  /** Those that are there. Throws MEMORY_LAYOUT, CLOSED. */
  static attach(memory: LaneMemory, offset = 0): ConnectionSlots {
    return new ConnectionSlots(memory, offset)
  }

  /** Makes the caller the only one that holds slots as this lane; what a dead predecessor held is given back. */
  lane(lane: number): LaneSlots {
    this.reclaim(lane)
    return new LaneSlots(lane, this.#holdings, this.#parameters, this.#hash)
  }

  /** Gives back what a lane held that is dead for sure; says how many slots that were. */
  reclaim(lane: number): number {
    checkInteger('lane', lane, 0, this.#holdings.length - 1)
    const holdings = this.#holdings[lane] as Holdings
    const held = Atomics.exchange(holdings.total, 0, 0)
    for (let place = 0; place < holdings.counts.length; place++) {
      if (holdings.counts[place] !== 0) Atomics.store(holdings.counts, place, 0)
    }
    return held
  }

  /** Open connections of each lane. */
  held(): number[] {
    return this.#holdings.map(({ total }) => Atomics.load(total, 0))
  }

  /** Open connections from a source. */
  heldBy(host: string): number {
    if (!this.#hash.read(host)) return 0
    return heldBySource(this.#holdings, this.#hash.first, this.#hash.second)
  }
}

/** One lane's way to slots. */
export class LaneSlots {
  readonly lane: number
  readonly #all: readonly Holdings[]
  readonly #own: Holdings
  readonly #parameters: Float64Array
  readonly #hash: SourceHash

  constructor(lane: number, all: readonly Holdings[], parameters: Float64Array, hash: SourceHash) {
    this.lane = lane
    this.#all = all
    this.#own = all[lane] as Holdings
    this.#parameters = parameters
    this.#hash = hash
  }

  /**
   * A slot for a connection, as a number for `release`, or why there is none. Without a numeric address (Unix sockets, and
   * loopback, which the caller exempts) only the limit in all counts.
   */
  admit(host?: string): number | SlotRefusal {
    const own = this.#own
    own.addTotal(1)
    let total = 0
    for (const { total: each } of this.#all) total += Atomics.load(each, 0)
    if (total > (this.#parameters[at.connections] as number)) return this.#refuse('connections')
    if (host === undefined || !this.#hash.read(host)) return noSource
    const { first, second } = this.#hash
    const place = own.place(first, second)
    if (place < 0) return this.#refuse('connections')
    own.add(place, 1)
    if (heldBySource(this.#all, first, second) <= (this.#parameters[at.perAddress] as number)) return place
    own.add(place, -1)
    return this.#refuse('connectionsPerAddress')
  }

  /** Gives a slot back, once. */
  release(slot: number): void {
    if (slot !== noSource) {
      if ((this.#own.counts[slot] ?? 0) < 1)
        throw fail('OPTION_INVALID', { option: 'slot', rule: 'one that admit gave', got: `${slot}` })
      this.#own.add(slot, -1)
    }
    this.#own.addTotal(-1)
  }

  #refuse(reason: SlotRefusal): SlotRefusal {
    this.#own.addTotal(-1)
    return reason
  }
}

/** The slot of a connection that has no place among the sources. */
const noSource = -1

function heldBySource(all: readonly Holdings[], first: number, second: number): number {
  let held = 0
  for (const holdings of all) held += holdings.countOf(first, second)
  return held
}

function partBytes(places: number): number {
  return aligned(lineBytes + places * 12)
}

function checkOptions(options: ConnectionSlotsOptions): {
  lanes: number
  places: number
  ipv4Bits: number
  ipv6Bits: number
} {
  checkKnownKeys('slots', options, ['lanes', 'connections', 'connectionsPerAddress', 'ipv4Bits', 'ipv6Bits'])
  const { ipv4Bits, ipv6Bits } = checkPrefix({ ipv4Bits: options.ipv4Bits, ipv6Bits: options.ipv6Bits })
  const lanes = checkInteger('lanes', options.lanes, 1, 1_024)
  const connections = checkInteger('connections', options.connections, 1, 1_000_000)
  checkInteger('connectionsPerAddress', options.connectionsPerAddress, 1, 1_000_000)
  return { lanes, ipv4Bits, ipv6Bits, places: 2 ** Math.ceil(Math.log2(Math.max(ways * 2, connections * 2))) }
}
