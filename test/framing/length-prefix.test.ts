import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lengthPrefix, type LengthPrefixOptions } from '#lanework/framing/index.js'
import { decode } from './feed.ts'

function encoded(options: LengthPrefixOptions, payload: string): string {
  return Buffer.from(lengthPrefix(options).encode(payload) as Uint8Array).toString('latin1')
}

function refusal(options: LengthPrefixOptions, head: string, frameBytes = 65_536): string | undefined {
  return decode(lengthPrefix(options), [Buffer.from(head, 'hex')], frameBytes).refused
}

describe('length-prefix', () => {
  it('writes the layouts that its picture shows', () => {
    assert.equal(encoded({ bytes: 2 }, 'hello'), '\0\x05hello')
    assert.equal(encoded({ bytes: 2, order: 'little' }, 'hello'), '\x05\0hello')
    assert.equal(encoded({ bytes: 'varint' }, 'hello'), '\x05hello')
    assert.equal(encoded({ bytes: 2, inclusive: true }, 'hello'), '\0\x07hello')
    assert.equal(encoded({ bytes: 2, offset: 1 }, 'Thello'), 'T\0\x05hello')
    assert.equal(encoded({ bytes: 2, offset: 1, inclusive: true }, 'Thello'), 'T\0\x08hello')
    assert.equal(encoded({ bytes: 2, offset: 1, inclusive: 'field' }, 'Thello'), 'T\0\x07hello')
  })

  it('gives the bytes before the field in front of the payload', () => {
    const { frames } = decode(lengthPrefix({ bytes: 2, offset: 1 }), [Buffer.from('T\0\x05hello')], 6)
    assert.deepEqual(frames.map(String), ['Thello'])
  })

  it('gives a view of the chunk when there is no offset', () => {
    // Not from the pool of small buffers, where views and copies share their memory.
    const chunk = Buffer.alloc(3, '\x02hi')
    assert.equal(decode(lengthPrefix({ bytes: 1 }), [chunk], 10).frames[0]?.buffer, chunk.buffer)
  })

  it('refuses an announced length over the limit before any payload comes', () => {
    assert.equal(refusal({ bytes: 4 }, '80000000'), 'FRAME_TOO_LONG')
    assert.equal(refusal({ bytes: 4 }, '80000000', 2 ** 31 - 1), 'FRAME_TOO_LONG')
    assert.equal(refusal({ bytes: 'varint' }, '8080808008'), 'FRAME_TOO_LONG')
    assert.equal(refusal({ bytes: 2, offset: 1 }, '000005', 6), 'FRAME_TRUNCATED')
    assert.equal(refusal({ bytes: 2, offset: 1 }, '000005', 5), 'FRAME_TOO_LONG')
  })

  it('refuses lengths above 2^53, whatever the limit', () => {
    assert.equal(refusal({ bytes: 8 }, 'ffffffffffffffff', Number.MAX_SAFE_INTEGER), 'FRAME_TOO_LONG')
    assert.equal(refusal({ bytes: 8 }, '0020000000000000', Number.MAX_SAFE_INTEGER), 'FRAME_TOO_LONG')
    assert.equal(refusal({ bytes: 'varint' }, 'ffffffffffffffffff01', Number.MAX_SAFE_INTEGER), 'FRAME_TOO_LONG')
  })

  it('refuses an inclusive length below what it has to count', () => {
    assert.equal(refusal({ bytes: 2, inclusive: true }, '0001'), 'FRAME_INVALID')
    assert.equal(refusal({ bytes: 2, inclusive: true, offset: 1 }, 'ff0002'), 'FRAME_INVALID')
    assert.equal(refusal({ bytes: 2, inclusive: 'field', offset: 1 }, 'ff0001'), 'FRAME_INVALID')
    assert.equal(refusal({ bytes: 2, inclusive: 'field', offset: 1 }, 'ff0002'), undefined)
  })

  it('reads a varint of up to ten bytes, also one that is longer than need be', () => {
    assert.deepEqual(
      decode(lengthPrefix({ bytes: 'varint' }), [Buffer.from('82808000', 'hex'), Buffer.from('hi')], 9).frames.map(
        String,
      ),
      ['hi'],
    )
    assert.equal(refusal({ bytes: 'varint' }, '80808080808080808000'), undefined)
    assert.equal(refusal({ bytes: 'varint' }, '80808080808080808002'), 'FRAME_INVALID')
    assert.equal(refusal({ bytes: 'varint' }, '8080808080808080808000'), 'FRAME_INVALID')
  })

  it('writes varints as Protocol Buffers does, for payloads of every size', () => {
    const property = fc.property(fc.integer({ min: 0, max: 40_000 }), (size) => {
      const framing = lengthPrefix({ bytes: 'varint' })
      const frame = framing.encode(Buffer.alloc(size)) as Uint8Array
      const expected =
        size < 128
          ? [size]
          : size < 16_384
            ? [(size & 127) | 128, size >> 7]
            : [(size & 127) | 128, ((size >> 7) & 127) | 128, size >> 14]
      assert.deepEqual([...frame.subarray(0, frame.length - size)], expected)
      assert.equal(decode(framing, [Buffer.from(frame)], size).frames[0]?.length, size)
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('cannot carry a payload too long for the field or too short for the offset', () => {
    assert.throws(() => encoded({ bytes: 1 }, 'x'.repeat(256)), { code: 'FRAME_INVALID' })
    assert.throws(() => encoded({ bytes: 1, inclusive: true }, 'x'.repeat(255)), { code: 'FRAME_INVALID' })
    assert.equal(encoded({ bytes: 1 }, 'x'.repeat(255)).length, 256)
    assert.throws(() => encoded({ bytes: 1, offset: 2 }, 'x'), { code: 'FRAME_INVALID' })
  })

  it('refuses options that make no sense', () => {
    const wrong: object[] = [
      {},
      { bytes: 3 },
      { bytes: 2, order: 'middle' },
      { bytes: 2, offset: -1 },
      { bytes: 2, offset: 256 },
      { bytes: 2, inclusive: 'yes' },
      { bytes: 'varint', inclusive: true },
      { bytes: 2, size: 1 },
    ]
    for (const options of wrong) {
      assert.throws(
        () => lengthPrefix(options as LengthPrefixOptions),
        { code: 'OPTION_INVALID' },
        JSON.stringify(options),
      )
    }
  })
})
