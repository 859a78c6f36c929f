/** What every framing that keeps boundaries promises, as properties over the table of cases. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { framingCases } from './cases.ts'
import { cut, decode, encodeAll, hex, singleBytes } from './feed.ts'

const roomy = 65_536
const runs = { numRuns: 100 }
const cuts = fc.array(fc.nat(5_000), { maxLength: 20 })

for (const { title, framing, payload, refusedAfter, endTruncates, onlySize } of framingCases) {
  const payloads = fc.array(payload, { maxLength: 8 })

  describe(title, () => {
    it('gives back what was encoded, in order, however the stream is cut', () => {
      const property = fc.property(payloads, cuts, (sent, points) => {
        const { frames, refused } = decode(framing, cut(encodeAll(framing, sent), points), roomy)
        assert.equal(refused, undefined)
        assert.deepEqual(hex(frames), hex(sent))
      })
      fc.assert(property, runs)
    })

    it('gives back a frame that is split at every byte, or comes byte by byte', () => {
      const property = fc.property(payload, (sent) => {
        const stream = encodeAll(framing, [sent])
        for (let point = 0; point <= stream.length; point++) {
          assert.deepEqual(hex(decode(framing, cut(stream, [point]), roomy).frames), hex([sent]))
        }
        assert.deepEqual(hex(decode(framing, singleBytes(stream), roomy).frames), hex([sent]))
      })
      fc.assert(property, { numRuns: 40 })
    })

    it('accepts a frame of exactly the limit and refuses a larger one as early as can be', () => {
      const sizes = onlySize === undefined ? fc.integer({ min: 4, max: 100 }) : fc.constant(onlySize)
      const property = fc.property(sizes, fc.nat(1_000), (size, seed) => {
        const sent = Buffer.alloc(size, 'x')
        const stream = encodeAll(framing, [sent])
        assert.deepEqual(hex(decode(framing, cut(stream, [seed]), size).frames), hex([sent]))
        const limit = size === 4 || size === 1 ? size - 1 : 3 + (seed % (size - 3))
        if (limit >= size) return
        const decoder = framing.decoder(limit)
        let fed = 0
        const feed = (): void => {
          for (const chunk of singleBytes(stream)) {
            fed++
            decoder.push(chunk)
            assert.equal(decoder.next(), undefined)
          }
        }
        assert.throws(feed, { name: 'LaneworkError', code: 'FRAME_TOO_LONG' })
        assert.equal(fed, refusedAfter(size, limit))
      })
      fc.assert(property, runs)
    })

    it('refuses an oversized frame that comes in one chunk, after the frames before it', () => {
      const sent = Buffer.alloc(onlySize ?? 60, 'x')
      const limit = sent.length - 1
      const before = onlySize === undefined ? [Buffer.from('yyyyy'), Buffer.from('zzzzz')] : []
      const { frames, refused } = decode(framing, [encodeAll(framing, [...before, sent])], limit)
      assert.deepEqual(hex(frames), hex(before))
      assert.equal(refused, 'FRAME_TOO_LONG')
    })

    it('says at the end of the stream that a frame was cut short', () => {
      const property = fc.property(payload, fc.nat(5_000), cuts, (sent, keep, points) => {
        const stream = encodeAll(framing, [sent])
        const part = stream.subarray(0, keep % stream.length)
        const { frames, refused } = decode(framing, cut(part, points), roomy)
        assert.equal(refused, endTruncates && part.length > 0 ? 'FRAME_TRUNCATED' : undefined)
        if (endTruncates) assert.deepEqual(frames, [])
        else assert.ok(frames.length <= 1)
      })
      fc.assert(property, runs)
    })

    it('ends quietly between frames', () => {
      const property = fc.property(payloads, (sent) => {
        const decoder = framing.decoder(roomy)
        decoder.push(encodeAll(framing, sent))
        for (const expected of sent) assert.deepEqual(decoder.next(), expected)
        assert.equal(decoder.next(), undefined)
        assert.equal(decoder.pendingBytes, 0)
        assert.equal(decoder.end(), undefined)
      })
      fc.assert(property, runs)
    })

    it('makes of garbage only frames within the limit or a frame error, the same for every cut', () => {
      const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes))
      const likely = fc.array(fc.constantFrom(...Buffer.from('\0\r\n0125:,ax ')), { maxLength: 300 })
      const bytes = fc.oneof(
        garbage,
        likely.map((values) => Buffer.from(values)),
      )
      const property = fc.property(bytes, cuts, fc.integer({ min: 1, max: 64 }), (stream, points, limit) => {
        const whole = decode(framing, cut(stream, []), limit)
        const pieces = decode(framing, cut(stream, points), limit)
        const trickled = decode(framing, singleBytes(stream), limit)
        for (const { frames, refused } of [whole, pieces, trickled]) {
          for (const frame of frames) assert.ok(frame.length <= limit)
          assert.ok(refused === undefined || refused.startsWith('FRAME_'))
          assert.deepEqual(hex(frames), hex(whole.frames))
          assert.equal(refused, whole.refused)
        }
        // A head or a delimiter of at most 16 bytes comes on top of the frame.
        assert.ok(trickled.mostPendingBytes <= limit + 16, `${trickled.mostPendingBytes} bytes held for ${limit}`)
      })
      fc.assert(property, { numRuns: 200 })
    })

    it('takes frames that wait in order when chunks are pushed ahead', () => {
      const property = fc.property(payloads, cuts, (sent, points) => {
        const decoder = framing.decoder(roomy)
        const stream = encodeAll(framing, sent)
        for (const chunk of cut(stream, points)) decoder.push(chunk)
        assert.equal(decoder.pendingBytes, stream.length)
        for (const expected of sent) assert.deepEqual(decoder.next(), expected)
        assert.equal(decoder.next(), undefined)
      })
      fc.assert(property, runs)
    })
  })
}
