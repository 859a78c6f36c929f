/** A peer that sends one byte at a time must not cost more than its bytes are worth. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delimiter, jsonLines, lengthPrefix, lines, netstring, type Framing } from '#lanework/framing/index.js'
import { decode, encodeAll, hex, singleBytes } from './feed.ts'

const size = 200_000
const framings: Record<string, Pick<Framing, 'decoder' | 'encode'>> = {
  lines: lines(),
  'delimiter of two bytes': delimiter('\r\n'),
  'length-prefix': lengthPrefix({ bytes: 4, offset: 1 }),
  netstring: netstring(),
  'json-lines': jsonLines(),
}

/** Runs `action` and counts the bytes handed to `Buffer.indexOf`, and those allocated meanwhile. */
function countWork(action: () => void): { searchedBytes: number; allocatedBytes: number } {
  const work = { searchedBytes: 0, allocatedBytes: 0 }
  const { indexOf } = Buffer.prototype
  const { allocUnsafe } = Buffer
  // Replaced by hand, as `mock.method` keeps a record of each call.
  Buffer.prototype.indexOf = function (this: Buffer, value: string | Uint8Array | number, start?: unknown): number {
    work.searchedBytes += this.length - Number(start)
    return indexOf.call(this, value, Number(start))
  }
  Buffer.allocUnsafe = (bytes) => {
    work.allocatedBytes += bytes
    return allocUnsafe(bytes)
  }
  try {
    action()
  } finally {
    Buffer.prototype.indexOf = indexOf
    Buffer.allocUnsafe = allocUnsafe
  }
  return work
}

describe('200,000 chunks of one byte', () => {
  for (const [title, framing] of Object.entries(framings)) {
    it(`are searched about once and copied about twice (${title})`, { timeout: 60_000 }, () => {
      const payload = Buffer.alloc(size, 'x')
      const stream = encodeAll(framing, [payload])
      let frames: Buffer[] = []
      const work = countWork(() => {
        frames = decode(framing, singleBytes(stream), size).frames
      })
      assert.deepEqual(hex(frames), hex([payload]))
      assert.ok(work.searchedBytes <= 3 * size, `${work.searchedBytes} bytes searched`)
      assert.ok(work.allocatedBytes <= 4 * size, `${work.allocatedBytes} bytes allocated`)
    })
  }

  it('stay cheap when each is the beginning of a delimiter that never comes', { timeout: 60_000 }, () => {
    const framing = delimiter('aaaaaaaaaaaaaaab')
    const stream = Buffer.alloc(size, 'a')
    const work = countWork(() => assert.equal(decode(framing, singleBytes(stream), size).refused, 'FRAME_TRUNCATED'))
    assert.ok(work.searchedBytes <= 17 * size, `${work.searchedBytes} bytes searched`)
  })
})
