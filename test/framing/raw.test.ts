import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { raw } from '#lanework/framing/index.js'
import { cut, decode } from './feed.ts'

describe('raw', () => {
  it('gives every chunk as it comes, as the same object, and ignores empty ones', () => {
    const decoder = raw().decoder(100)
    const [first, second] = [Buffer.from('one'), Buffer.from('two')]
    decoder.push(first)
    decoder.push(Buffer.alloc(0))
    decoder.push(second)
    assert.equal(decoder.pendingBytes, 6)
    assert.equal(decoder.next(), first)
    assert.equal(decoder.pendingBytes, 3)
    assert.equal(decoder.next(), second)
    assert.equal(decoder.next(), undefined)
    assert.equal(decoder.pendingBytes, 0)
    assert.equal(decoder.end(), undefined)
  })

  it('cuts a chunk over the limit into pieces and never refuses', () => {
    const property = fc.property(
      fc.uint8Array({ maxLength: 200 }),
      fc.array(fc.nat(200), { maxLength: 8 }),
      fc.integer({ min: 1, max: 50 }),
      (bytes, points, limit) => {
        const stream = Buffer.from(bytes)
        const { frames, refused } = decode(raw(), cut(stream, points), limit)
        assert.equal(refused, undefined)
        for (const frame of frames) assert.ok(frame.length >= 1 && frame.length <= limit)
        assert.deepEqual(Buffer.concat(frames), stream)
      },
    )
    fc.assert(property, { numRuns: 200 })
  })

  it('keeps the borders of chunks that wait together', () => {
    const decoder = raw().decoder(4)
    decoder.push(Buffer.from('abcdef'))
    decoder.push(Buffer.from('g'))
    const frames = [decoder.next(), decoder.next(), decoder.next(), decoder.next()]
    assert.deepEqual(frames.map(String), ['abcd', 'ef', 'g', 'undefined'])
  })

  it('keeps order while more comes in than goes out', () => {
    const decoder = raw().decoder(100)
    let received = 0
    for (let sent = 0; sent < 500; sent++) {
      decoder.push(Buffer.from(`message ${sent}`))
      if (sent % 3 > 0) assert.equal(String(decoder.next()), `message ${received++}`)
    }
    while (received < 500) assert.equal(String(decoder.next()), `message ${received++}`)
    assert.equal(decoder.next(), undefined)
    assert.equal(decoder.pendingBytes, 0)
  })

  it('sends a payload as it is', () => {
    assert.equal(raw().encode('text'), 'text')
    assert.equal(raw().raw, true)
  })
})
