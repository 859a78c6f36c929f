/**
 * Sets of record types in NSEC, NSEC3 and CSYNC (RFC 4034 4.1.2):
 *
 *   window, length 1..32, that many bytes; the first bit of the first byte of window w is the type 256 w
 */
import type { DataReader, DataWriter } from './data.ts'

/** The types, in ascending order. Refuses what is not in the one form that the RFC allows. */
export function readTypes(reader: DataReader): number[] {
  const types: number[] = []
  let before = -1
  while (reader.left > 0) {
    const window = reader.u8()
    const size = reader.u8()
    if (window <= before) throw reader.refuse('its windows do not ascend')
    if (size < 1 || size > 32) throw reader.refuse(`a window of ${size} bytes; 1 to 32 are allowed`)
    const bits = reader.take(size)
    if (bits[size - 1] === 0) throw reader.refuse('a window ends with a zero byte')
    bits.forEach((byte, at) => {
      for (let bit = 0; bit < 8; bit++) if ((byte & (0x80 >> bit)) !== 0) types.push(window * 256 + at * 8 + bit)
    })
    before = window
  }
  return types
}

/** Writes types that come in any order, each once. */
export function writeTypes(writer: DataWriter, types: readonly number[]): void {
  const windows = new Map<number, Uint8Array>()
  for (const type of types) {
    const bits = windows.get(type >>> 8) ?? new Uint8Array(32)
    bits[(type & 0xff) >>> 3]! |= 0x80 >> (type & 7)
    windows.set(type >>> 8, bits)
  }
  for (const [window, bits] of [...windows].sort(([a], [b]) => a - b)) {
    let size = 32
    while (bits[size - 1] === 0) size--
    writer.u8(window)
    writer.u8(size)
    writer.put(bits.subarray(0, size))
  }
}
