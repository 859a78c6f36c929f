/** Items that say when they are torn: producer, number, and bytes that follow from both, of a size that does too. */
import { strict as assert } from 'node:assert'

export function recordOf(producer: number, number: number): Buffer {
  const size = 8 + (((number * 2_654_435_761 + producer * 97) >>> 0) % 700)
  const bytes = Buffer.alloc(size, (producer * 31 + number) & 0xff)
  bytes.writeUInt32LE(producer, 0)
  bytes.writeUInt32LE(number, 4)
  return bytes
}

/** Producer and number. Throws when the bytes are not what was put. */
export function readRecord(bytes: Buffer): [producer: number, number: number] {
  const producer = bytes.readUInt32LE(0)
  const number = bytes.readUInt32LE(4)
  assert.ok(bytes.equals(recordOf(producer, number)), `record ${producer} ${number} is torn`)
  return [producer, number]
}
