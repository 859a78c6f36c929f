import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines } from '#lanework/framing/index.js'
import { decode, singleBytes } from './feed.ts'

function linesOf(text: string, frameBytes = 100): string[] {
  return decode(lines(), [Buffer.from(text)], frameBytes).frames.map(String)
}

describe('lines', () => {
  it('end at LF, and one CR before it belongs to the ending', () => {
    assert.deepEqual(linesOf('a\nb\r\nc\r\r\n\n\r\n'), ['a', 'b', 'c\r', '', ''])
  })

  it('keep a CR that stands elsewhere', () => {
    assert.deepEqual(linesOf('a\rb\n'), ['a\rb'])
  })

  it('deliver a last line without its newline', () => {
    assert.deepEqual(linesOf('a\nlast'), ['a', 'last'])
    assert.deepEqual(linesOf('a\nlast\r'), ['a', 'last'])
  })

  it('count the limit without the ending, also while the LF is on its way', () => {
    assert.deepEqual(linesOf('four\r\nfour\n', 4), ['four', 'four'])
    assert.deepEqual(decode(lines(), singleBytes(Buffer.from('four\r\n')), 4).frames.map(String), ['four'])
    assert.equal(decode(lines(), singleBytes(Buffer.from('four\rx')), 4).refused, 'FRAME_TOO_LONG')
    assert.equal(decode(lines(), [Buffer.from('fours\n')], 4).refused, 'FRAME_TOO_LONG')
    assert.equal(decode(lines(), [Buffer.from('fours')], 4).refused, 'FRAME_TOO_LONG')
  })

  it('are views of the chunk they came in', () => {
    // Not from the pool of small buffers, where views and copies share their memory.
    const chunk = Buffer.alloc(8, 'one\ntwo\n')
    for (const frame of decode(lines(), [chunk], 100).frames) assert.equal(frame.buffer, chunk.buffer)
  })

  it('are sent with the ending that was chosen; a string stays a string', () => {
    assert.equal(lines().encode('hi'), 'hi\n')
    assert.equal(lines({ ending: 'crlf' }).encode('hi'), 'hi\r\n')
    assert.deepEqual(lines({ ending: 'crlf' }).encode(Buffer.from('hi')), Buffer.from('hi\r\n'))
  })

  it('that end in CR are sent with CRLF, so that they arrive whole', () => {
    assert.equal(lines().encode('hi\r'), 'hi\r\r\n')
    assert.deepEqual(lines().encode(Buffer.from('hi\r')), Buffer.from('hi\r\r\n'))
  })

  it('cannot carry a newline', () => {
    assert.throws(() => lines().encode('a\nb'), { code: 'FRAME_INVALID' })
    assert.throws(() => lines().encode(Buffer.from('a\n')), { code: 'FRAME_INVALID' })
  })

  it('refuse an ending or an option that does not exist', () => {
    assert.throws(() => lines({ ending: 'cr' as 'lf' }), { code: 'OPTION_INVALID' })
    assert.throws(() => lines({ endings: 'lf' } as never), { code: 'OPTION_INVALID' })
  })
})
