/** Lines of people's clients: endings, telnet's commands, and lines that are too long. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { withoutTelnet } from '#lanework/services/chat/plain/telnet.js'
import { cutLines } from '#lanework/services/chat/plain/line-framing.js'

/** The lines of a stream that comes in these chunks. */
function linesOf(chunks: readonly (string | readonly number[])[], frameBytes = 100): string[] {
  const decoder = cutLines().decoder(frameBytes)
  const found: string[] = []
  for (const chunk of chunks) {
    decoder.push(typeof chunk === 'string' ? Buffer.from(chunk) : Buffer.from(chunk))
    for (let line = decoder.next(); line !== undefined; line = decoder.next()) found.push(line.toString('latin1'))
  }
  const last = decoder.end()
  if (last !== undefined) found.push(last.toString('latin1'))
  return found
}

const [iac, will, sb, se] = [255, 251, 250, 240] as const

describe('telnet', () => {
  const cases: [string, number[], string][] = [
    ['an option', [iac, will, 1, 104, 105], 'hi'],
    ['a command without option', [104, iac, 241, 105], 'hi'],
    ['a subnegotiation', [104, iac, sb, 24, iac, iac, 33, iac, se, 105], 'hi'],
    ['the byte 255 itself', [104, iac, iac, 105], 'h\xffi'],
    ['and bytes that are no text are not', [iac, 254, 104, 105], '\xff\xfehi'],
    ['and no more than it is', [iac, 65, iac, sb, 104], '\xffA\xff\xfah'],
    ['and 255 at the end is not', [104, 105, iac], 'hi\xff'],
    ['an option that is cut off', [104, 105, iac, will], 'hi'],
    ['a subnegotiation that is cut off', [104, 105, iac, sb, 24, iac], 'hi'],
  ]
  for (const [what, line, left] of cases) {
    it(`is taken out of lines: ${what}`, () => {
      assert.equal(withoutTelnet(Buffer.from(line)).toString('latin1'), left)
    })
  }
})

describe('lines for people', () => {
  it('end at LF, with or without CR, and the last one needs none', () => {
    assert.deepEqual(linesOf(['one\ntwo\r\n\nthr', 'ee\r', '\nlast']), ['one', 'two', '', 'three', 'last'])
  })

  it('are cut one byte beyond the limit, and what follows is read as if nothing had been', () => {
    const long = 'x'.repeat(1_000)
    assert.deepEqual(linesOf([`${long}\nnext\n`], 10), ['x'.repeat(11), 'next'])
    assert.deepEqual(linesOf([long, long, `${long}\nne`, 'xt\n'], 10), ['x'.repeat(11), 'next'])
    assert.deepEqual(linesOf([long], 10), ['x'.repeat(11)])
    assert.deepEqual(linesOf(['x'.repeat(10), '\r', '\n'], 10), ['x'.repeat(10)])
    assert.deepEqual(linesOf(['x'.repeat(11), '\r', '\n'], 10), ['x'.repeat(11)])
  })

  it('hold no more than the limit, however long the line', () => {
    const decoder = cutLines().decoder(100)
    for (let chunk = 0; chunk < 1_000; chunk++) {
      decoder.push(Buffer.alloc(1_000, 0x78))
      assert.equal(decoder.next(), undefined)
      assert.ok(decoder.pendingBytes <= 102)
    }
  })

  it('come out the same however the stream is cut', () => {
    const bytes = fc.array(fc.constantFrom(10, 13, 65), { maxLength: 60 })
    fc.assert(
      fc.property(bytes, fc.array(fc.nat(60), { maxLength: 5 }), (stream, cuts) => {
        const places = [0, ...cuts.filter((cut) => cut <= stream.length).toSorted((a, b) => a - b), stream.length]
        const chunks = places.slice(1).map((end, index) => stream.slice(places[index], end))
        assert.deepEqual(linesOf(chunks, 5), linesOf([stream], 5))
      }),
    )
  })
})
