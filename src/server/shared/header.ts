/**
 * The first bytes of a table in shared memory: what it is, the secret of its hash, and its parameters, so that every lane
 * works by the same ones.
 *
 *      0       4        8           16                128
 *     +-------+--------+-----------+------------------+
 *     | magic | format | hash key  | parameters, f64  |
 *     +-------+--------+-----------+------------------+
 */
import { randomBytes } from 'node:crypto'
import { fail } from '../../core/index.ts'
import { bufferOf, type LaneMemory } from './memory.ts'

export const headerBytes = 128
const format = 1
const parametersLimit = 14

export interface TableHeader {
  readonly key: Int32Array
  readonly parameters: Float64Array
}

/** Writes it, the magic last; `key` only in tests. */
export function writeHeader(
  buffer: ArrayBuffer,
  offset: number,
  magic: number,
  parameters: readonly number[],
  key?: readonly [number, number],
): void {
  const words = new Int32Array(buffer, offset, 4)
  const random = randomBytes(8)
  words.set([0, format, key?.[0] ?? random.readInt32LE(0), key?.[1] ?? random.readInt32LE(4)])
  new Float64Array(buffer, offset + 16, parametersLimit).set(parameters)
  Atomics.store(words, 0, magic)
}

/** Throws MEMORY_LAYOUT for anything else. */
export function readHeader(memory: LaneMemory, offset: number, magic: number, what: string): TableHeader {
  const buffer = bufferOf(memory, offset, headerBytes)
  const words = new Int32Array(buffer, offset, 4)
  if (Atomics.load(words, 0) !== magic) throw fail('MEMORY_LAYOUT', { what, reason: 'there are none' })
  if (words[1] !== format) {
    throw fail('MEMORY_LAYOUT', { what, reason: `format ${words[1]}, and this version reads ${format}` })
  }
  return { key: words.subarray(2), parameters: new Float64Array(buffer, offset + 16, parametersLimit) }
}
