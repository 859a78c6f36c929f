import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { jsonLines } from '#lanework/framing/index.js'
import { decode } from './feed.ts'

const framing = jsonLines()
const parse = (bytes: Uint8Array | string): unknown => framing.parse?.(Buffer.from(bytes as string))
const format = (reply: unknown) => framing.format?.(reply) ?? ''

describe('json-lines', () => {
  it('gives back every value that JSON can carry', () => {
    const property = fc.property(fc.array(fc.jsonValue(), { maxLength: 5 }), (values) => {
      const stream = Buffer.concat(values.map((value) => Buffer.from(framing.encode(format(value)) as string)))
      const parsed = decode(framing, [stream], 65_536).frames.map(parse)
      assert.equal(JSON.stringify(parsed), JSON.stringify(values))
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('skips blank lines, also at the end of the stream', () => {
    const text = '\n \t\r\n1\n\n\r\n2\n  '
    assert.deepEqual(decode(framing, [Buffer.from(text)], 100).frames.map(parse), [1, 2])
  })

  it('reads a last line without its newline', () => {
    assert.deepEqual(decode(framing, [Buffer.from('1\n{"a":2}')], 100).frames.map(parse), [1, { a: 2 }])
  })

  it('refuses what is not JSON with an excerpt of at most 40 characters', () => {
    const property = fc.property(fc.string({ minLength: 1, maxLength: 200 }), (text) => {
      assert.throws(
        () => parse(`#${text}`),
        (error) => {
          assert.ok(isLaneworkError(error, 'FRAME_INVALID'))
          assert.equal(error.cause, undefined)
          assert.equal(
            error.detail.reason,
            `not JSON: ${JSON.stringify(Buffer.from(`#${text}`).toString().slice(0, 40))}`,
          )
          return true
        },
      )
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('refuses a blank datagram and bytes that are not UTF-8', () => {
    assert.throws(() => parse(''), { code: 'FRAME_INVALID' })
    assert.throws(() => parse(Buffer.of(0x22, 0xff, 0x22)), { code: 'FRAME_INVALID' })
  })

  it('refuses replies without a JSON form', () => {
    const cycle: { self?: unknown } = {}
    cycle.self = cycle
    for (const reply of [undefined, () => 1, Symbol('s'), 1n, cycle]) {
      assert.throws(() => format(reply), { code: 'FRAME_INVALID' })
    }
  })

  it('refuses to encode what the receiver would cut or skip', () => {
    for (const payload of ['{\n}', '', ' \t', Buffer.from('\r')]) {
      assert.throws(() => framing.encode(payload), { code: 'FRAME_INVALID' })
    }
  })
})
