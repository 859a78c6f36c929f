/** Numbers that nobody can foresee: ids, and the letters' case (from the system's generator, a block at a time). */
import { randomFillSync } from 'node:crypto'

const block = new Uint8Array(4096)
let used = block.length

/** A random byte. */
export function randomByte(): number {
  if (used === block.length) {
    randomFillSync(block)
    used = 0
  }
  return block[used++]!
}

/** A random number of 16 bits: the id of a query (RFC 5452 9.2). */
export function randomId(): number {
  return randomByte() * 0x100 + randomByte()
}
