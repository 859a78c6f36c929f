/** Text that people send: cleaned, shown where it is none, split and matched; never an exception, and nothing that controls survives. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { describeBytes } from '#lanework/services/chat/text/bad-text.js'
import { cleanText, clipText, hasFormatting } from '#lanework/services/chat/text/clean-text.js'
import { splitText } from '#lanework/services/chat/text/split-text.js'
import { anyText } from '../any-text.ts'

// oxlint-disable-next-line no-control-regex -- what must not be there
const forbidden = /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/
// oxlint-disable-next-line no-control-regex -- what must not be there
const codes = /[\x02\x03\x04\x0f\x11\x16\x1d\x1e\x1f]/g

/** The bytes that a description shows: what the reader of a log would do by hand. */
function bytesOf(shown: string): Buffer {
  const parts = shown.split(/\\x([0-9a-f]{2})/)
  return Buffer.concat(parts.map((part, index) => (index % 2 === 1 ? Buffer.from(part, 'hex') : Buffer.from(part))))
}

describe('clean text', () => {
  it('is what was sent where there is nothing to clean', () => {
    for (const text of ['hello', '', ' a  b ', '你好, 世界', 'naïve 👩‍👩‍👧 café', '\\x1b is text', 'שלום']) {
      assert.equal(cleanText(text), text)
      assert.equal(cleanText(text, { formatting: true }), text)
    }
  })

  it('has no line ends, no NUL, no escapes, no C1 controls and nothing that turns text around', () => {
    assert.equal(cleanText('hello\r\n'), 'hello')
    assert.equal(cleanText('a\r\nQUIT\nb\0c\td'), 'a QUIT bc d')
    assert.equal(cleanText('\x1b[2J\x1b]0;title\x07hi'), '[2J]0;titlehi')
    assert.equal(cleanText('\x9b31mred\x85x\u2028y'), '31mred x y')
    assert.equal(cleanText('a\u202etxt.exe\u2066b'), 'atxt.exeb')
    assert.equal(cleanText('a\ud800b'), 'a\ufffdb')
  })

  it('keeps the formatting of IRC where it is asked for, and takes colours out whole where not', () => {
    const text = '\x02bold\x02 \x0304,12red\x03 \x1dit\x1d \x04ff0000,00ff00hex\x04 \x0f\x1b1'
    assert.equal(cleanText(text), 'bold red it hex 1')
    assert.equal(cleanText(text, { formatting: true }), text.replace('\x1b', ''))
    assert.ok(hasFormatting(text))
    assert.ok(!hasFormatting(cleanText(text)))
    assert.equal(cleanText('\x01VERSION\x01', { formatting: true }), '\x01VERSION\x01')
    assert.equal(cleanText('\x01VERSION\x01'), 'VERSION')
    assert.equal(cleanText('a\x01b', { formatting: true }), 'ab')
  })

  it('holds for any text, and is clean already when it is cleaned again', () => {
    fc.assert(
      fc.property(anyText(200), (text) => {
        const clean = cleanText(text)
        assert.doesNotMatch(clean, forbidden)
        assert.ok(clean.isWellFormed())
        assert.equal(cleanText(clean), clean)
        const formatted = cleanText(text, { formatting: true })
        // oxlint-disable-next-line no-control-regex -- what must not be there
        assert.doesNotMatch(formatted.replace(codes, '').replace(/^\x01|\x01$/g, ''), forbidden)
        assert.equal(cleanText(formatted, { formatting: true }), formatted)
      }),
      { numRuns: 2_000 },
    )
  })

  it('is clipped between characters', () => {
    assert.equal(clipText('héllo', 2), 'h')
    assert.equal(clipText('你好', 5), '你')
    assert.equal(clipText('abc', 3), 'abc')
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, limit) => {
        const clipped = clipText(text, limit)
        assert.ok(Buffer.byteLength(clipped) <= limit && text.startsWith(clipped) && clipped.isWellFormed())
        assert.ok(clipped === text || Buffer.byteLength(clipped) > limit - 4)
      }),
    )
  })
})

describe('bytes that are no text', () => {
  const shown = (hex: string): string => describeBytes(Buffer.from(hex, 'hex'))

  it('are shown as \\xNN, and what is UTF-8 beside them as it is', () => {
    assert.equal(shown('c4e3bac3'), '\\xc4\\xe3\\xba\\xc3', '你好 in GBK')
    assert.equal(shown('6d9c206869'), 'm\\x9c hi')
    assert.equal(shown('63616fe9'), 'cao\\xe9', 'Latin-1')
    assert.equal(shown('eda080'), '\\xed\\xa0\\x80', 'a lone surrogate')
    assert.equal(shown('c0af'), '\\xc0\\xaf', 'an overlong slash')
    assert.equal(shown('e080af'), '\\xe0\\x80\\xaf')
    assert.equal(shown('f08080af'), '\\xf0\\x80\\x80\\xaf')
    assert.equal(shown('f4908080'), '\\xf4\\x90\\x80\\x80', 'beyond U+10FFFF')
    assert.equal(shown('e4bda0e5a5'), '你\\xe5\\xa5', 'a cut sequence')
    assert.equal(shown('610062'), 'a\\x00b', 'NUL')
    assert.equal(shown('fffe'), '\\xff\\xfe')
    assert.equal(shown(''), '')
  })

  it('are never confused with text that looks like them', () => {
    assert.equal(shown(Buffer.from('\\xff').toString('hex')), '\\xff', 'text alone stands as it is')
    assert.equal(describeBytes(Buffer.concat([Buffer.from('\\xff '), Buffer.of(0xff)])), '\\x5cxff \\xff')
  })

  it('can be told from what is shown, whatever they are', () => {
    const pieces = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'grapheme', maxLength: 6 }).map((text) => Buffer.from(text)),
      fc.constant(Buffer.from('\\xff')),
    )
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (parts) => {
        const bytes = Buffer.concat([Buffer.of(0xff), ...parts])
        assert.deepEqual(bytesOf(describeBytes(bytes)), bytes)
      }),
      { numRuns: 1_000 },
    )
  })

  it('agree with the decoder of WHATWG on what is text', () => {
    const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
    const decoded = (bytes: Uint8Array): string | undefined => {
      try {
        return decoder.decode(bytes)
      } catch {
        return undefined
      }
    }
    const oneByteMore = fc.tuple(fc.integer({ min: 0xc0, max: 0xff }), fc.uint8Array({ minLength: 0, maxLength: 3 }))
    fc.assert(
      fc.property(oneByteMore, ([first, rest]) => {
        const bytes = Buffer.concat([Buffer.of(first), rest])
        const text = decoded(bytes)
        if (text === undefined) assert.match(describeBytes(bytes), /\\x/)
        else assert.equal(describeBytes(bytes), text.replaceAll('\0', '\\x00'))
      }),
      { numRuns: 3_000 },
    )
  })

  it('are shown in a time that grows with their number', () => {
    const garbage = Buffer.alloc(65_536, 0xff)
    assert.equal(describeBytes(garbage).length, 4 * 65_536)
    assert.equal(cleanText(describeBytes(garbage)).length, 4 * 65_536)
  })
})

describe('long text', () => {
  it('is split between words where the piece has some', () => {
    assert.deepEqual(splitText('hello world of words', 12), ['hello world', 'of words'])
    assert.deepEqual(splitText('short', 12), ['short'])
    assert.deepEqual(splitText('', 12), [''])
    assert.deepEqual(splitText('a'.repeat(10), 4), ['aaaa', 'aaaa', 'aa'])
    assert.deepEqual(splitText('你好世界', 6), ['你好', '世界'])
    assert.deepEqual(splitText('abcd ', 4), ['abcd'])
  })

  it('is not split within what people see as one character', () => {
    const family = '👩‍👩‍👧'
    assert.deepEqual(splitText(`a${family}${family}`, 30), [`a${family}`, family])
    assert.deepEqual(splitText(`aaae\u0301`, 4), ['aaa', 'e\u0301'])
    assert.ok(
      splitText(family, 8).every((piece) => Buffer.byteLength(piece) <= 8),
      'unless it does not fit alone',
    )
  })

  it('loses nothing but the spaces between pieces, which all fit', () => {
    const texts = fc.oneof(fc.string({ unit: 'grapheme', maxLength: 200 }), fc.lorem({ maxCount: 30 }), anyText(60))
    fc.assert(
      fc.property(texts, fc.integer({ min: 4, max: 60 }), (text, limit) => {
        const well = text.toWellFormed()
        const pieces = splitText(well, limit)
        for (const piece of pieces) assert.ok(Buffer.byteLength(piece) <= limit && piece.isWellFormed(), piece)
        assert.equal(pieces.join('').replaceAll(' ', ''), well.replaceAll(' ', ''))
      }),
      { numRuns: 1_000 },
    )
  })

  it('of many marks on one letter is split in time', () => {
    const pieces = splitText(`a${'\u0301'.repeat(30_000)}`, 400)
    assert.ok(pieces.every((piece) => Buffer.byteLength(piece) <= 400))
    assert.throws(() => splitText('a', 3), { code: 'OPTION_INVALID' })
  })
})
