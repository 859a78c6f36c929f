/**
 * Reads names and data out of messages, and follows compression pointers (RFC 1035 4.1.4).
 *
 * A pointer must lead to a name that began earlier, and each next one further back: so no loop is possible, nor a pointer ahead
 * or into the header. A name has at most 255 bytes and its pointers 127 jumps, whatever the message says; a name met again
 * behind the same pointer is not read again. So the work for a message is bounded by its length.
 */
import { fail } from '../../../core/index.ts'
import { type Name, nameBytesLimit, rootName } from './name.ts'
import { fieldsOf } from './types.ts'
import { kindSize } from './record.ts'

export const headerBytes = 12
const jumpsLimit = 127

export class MessageReader {
  readonly bytes: Uint8Array
  at = 0
  readonly #known = new Map<number, Name>()
  readonly #name = new Uint8Array(nameBytesLimit)

  constructor(bytes: Uint8Array) {
    // A Buffer's slices would be views of what may be written over.
    const isPlain = bytes.constructor === Uint8Array
    this.bytes = isPlain ? bytes : new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get left(): number {
    return this.bytes.length - this.at
  }

  u8(): number {
    this.need(1)
    return this.bytes[this.at++]!
  }

  u16(): number {
    this.need(2)
    this.at += 2
    return this.bytes[this.at - 2]! * 0x100 + this.bytes[this.at - 1]!
  }

  u32(): number {
    return this.u16() * 0x1_0000 + this.u16()
  }

  need(size: number): void {
    if (this.left < size) throw this.refuse(`${size} bytes wanted where ${this.left} are left`)
  }

  refuse(reason: string, offset: number = this.at): Error {
    return fail('DNS_MESSAGE_INVALID', { offset, reason })
  }

  /** A name, uncompressed. One that is a pointer alone may be the same object as an earlier one. */
  name(): Name {
    if (this.left >= 2 && this.bytes[this.at]! >= 0xc0) {
      const target = (this.bytes[this.at]! & 0x3f) * 0x100 + this.bytes[this.at + 1]!
      const known = this.#known.get(target)
      if (known !== undefined) {
        // What was read there began behind it and so lies before this place as well.
        this.at += 2
        return known
      }
      const name = this.#readName()
      this.#known.set(target, name)
      return name
    }
    return this.#readName()
  }

  #readName(): Name {
    const { bytes } = this
    const end = bytes.length
    let [at, size, jumps, after] = [this.at, 0, 0, -1]
    // Where the part being read began: pointers must lead before it.
    let start = at
    for (;;) {
      if (at >= end) throw this.refuse('a name goes on past the end', at)
      const length = bytes[at]!
      if (length >= 0xc0) {
        if (at + 1 >= end) throw this.refuse('a pointer goes on past the end', at)
        const target = (length & 0x3f) * 0x100 + bytes[at + 1]!
        if (target < headerBytes) throw this.refuse('a name points into the header', at)
        if (target >= start) throw this.refuse('a name points at itself or ahead', at)
        if (++jumps > jumpsLimit) throw this.refuse(`a name has more than ${jumpsLimit} pointers`, at)
        if (after === -1) after = at + 2
        start = at = target
        continue
      }
      if (length > 63) throw this.refuse('a label is of an unknown kind', at)
      const next = at + 1 + length
      if (next > end) throw this.refuse('a label goes on past the end', at)
      if (size + 1 + length > nameBytesLimit - (length === 0 ? 0 : 1)) {
        throw this.refuse(`a name has more than ${nameBytesLimit} bytes`, at)
      }
      while (at < next) this.#name[size++] = bytes[at++]!
      if (length === 0) break
    }
    this.at = after === -1 ? at : after
    return size === 1 ? rootName : this.#name.slice(0, size)
  }

  /**
   * Data of `size` bytes as a copy, with the names in it written out for the types that may compress them (RFC 3597 4).
   */
  data(type: number, size: number): Uint8Array {
    this.need(size)
    const end = this.at + size
    const plan = plans.get(type)
    // Updates have records without data (RFC 2136 2.4); recordValue refuses them.
    if (plan === undefined || size === 0) {
      const data = this.bytes.slice(this.at, end)
      this.at = end
      return data
    }
    const parts: Uint8Array[] = []
    for (const part of plan) {
      if (part === 'name') {
        parts.push(this.name())
        if (this.at > end) throw this.refuse('a name goes on past its data', end)
        continue
      }
      const bytes = part === 'string' ? 1 + (this.bytes[this.at] ?? 0) : part
      if (this.at + bytes > end) throw this.refuse('data ends within a field', end)
      parts.push(this.bytes.subarray(this.at, this.at + bytes))
      this.at += bytes
    }
    parts.push(this.bytes.subarray(this.at, end))
    this.at = end
    return joined(parts)
  }
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  let size = 0
  for (const part of parts) size += part.length
  const bytes = new Uint8Array(size)
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** What stands in data up to its last name that may be compressed: numbers of bytes, texts and names. */
export type DataPlan = readonly (number | 'string' | 'name')[]

/** The plans of types whose names may come compressed. */
export const plans: ReadonlyMap<number, DataPlan> = plansOf(['packedName', 'onceName'])

/** The plans of types whose names may be sent compressed: those of RFC 1035. */
export const packedPlans: ReadonlyMap<number, DataPlan> = plansOf(['packedName'])

function plansOf(kinds: readonly string[]): Map<number, DataPlan> {
  const found = new Map<number, DataPlan>()
  for (let type = 0; type < 0x200; type++) {
    const fields = fieldsOf(type) ?? []
    const last = fields.findLastIndex(([, kind]) => kinds.includes(kind))
    if (last < 0) continue
    const sizes = fields.slice(0, last + 1).map(([, kind]) => kindSize(kind))
    found.set(type, sizes as DataPlan)
  }
  return found
}
