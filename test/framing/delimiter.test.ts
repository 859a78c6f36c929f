import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { delimiter } from '#lanework/framing/index.js'
import { decode } from './feed.ts'

describe('delimiter', () => {
  it('is found across chunks', () => {
    const chunks = ['one\r', '\n', '\r\ntw', 'o\r\n\r', '\n'].map((text) => Buffer.from(text))
    assert.deepEqual(decode(delimiter('\r\n\r\n'), chunks, 100).frames.map(String), ['one', 'two'])
  })

  it('does not count towards the limit, not even half of it', () => {
    const halves = [Buffer.from('four\r\n\r'), Buffer.from('\n')]
    assert.deepEqual(decode(delimiter('\r\n\r\n'), halves, 4).frames.map(String), ['four'])
    const almost = [Buffer.from('four\r\n\r'), Buffer.from('x')]
    assert.equal(decode(delimiter('\r\n\r\n'), almost, 4).refused, 'FRAME_TOO_LONG')
  })

  it('is copied, so that the caller may change its bytes', () => {
    const bytes = Buffer.from('|')
    const framing = delimiter(bytes)
    bytes.fill(0)
    assert.deepEqual(framing.encode('a'), Buffer.from('a|'))
  })

  it('must not begin inside a payload, nor where the payload meets it', () => {
    assert.throws(() => delimiter('aa').encode('xaax'), { code: 'FRAME_INVALID' })
    assert.throws(() => delimiter('aa').encode('xa'), { code: 'FRAME_INVALID' })
    assert.deepEqual(delimiter('ab').encode('xa'), Buffer.from('xaab'))
  })

  it('has 1 to 16 bytes', () => {
    for (const wrong of ['', 'x'.repeat(17), new Uint8Array(17), 7 as never, undefined as never]) {
      assert.throws(() => delimiter(wrong), { code: 'OPTION_INVALID' })
    }
    assert.equal(delimiter('x'.repeat(16)).name, 'delimiter')
  })
})
