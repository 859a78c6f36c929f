/** Bytes that are no text: without what terminals obey, and otherwise as they came. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { cleanBytes } from '#lanework/services/chat/plain/clean-bytes.js'

function cleaned(hex: string): string {
  return cleanBytes(Buffer.from(hex.replaceAll(' ', ''), 'hex')).toString('hex')
}

/** Bytes that are likely to make controls, alone and once others between them are gone. */
const tricky = fc.array(
  fc.oneof(
    fc.constantFrom(
      0xc2,
      0x80,
      0x9b,
      0x9d,
      0x01,
      0x1b,
      0x7f,
      0xe2,
      0xae,
      0xaa,
      0x81,
      0xa6,
      0xff,
      0x0a,
      0x31,
      0x6d,
      0xef,
    ),
    fc.nat(255),
  ),
  { maxLength: 40 },
)

describe('bytes that are no text', () => {
  it('hold nothing that a terminal of UTF-8 obeys, however they are mixed', () => {
    fc.assert(
      fc.property(tricky, (bytes) => {
        const text = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(cleanBytes(Buffer.from(bytes)))
        // oxlint-disable-next-line no-control-regex -- that is what must not be there
        assert.doesNotMatch(text, /[\0-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]/)
      }),
      { numRuns: 20_000 },
    )
  })

  it('never hold a CSI that is a byte by itself', () => {
    fc.assert(
      fc.property(tricky, (bytes) => {
        const kept = cleanBytes(Buffer.from(bytes))
        for (let at = kept.indexOf(0x9b); at >= 0; at = kept.indexOf(0x9b, at + 1)) {
          const [before = 0, after = 0] = [kept[at - 1], kept[at + 1]]
          assert.ok(before >= 0x80 || after >= 0x80, kept.toString('hex'))
        }
      }),
      { numRuns: 20_000 },
    )
  })

  it('come without controls where taking one out brings another together', () => {
    assert.equal(cleaned('ff c2 01 9b 33 31 6d'), 'ffc233316d')
    assert.equal(cleaned('ff c2 c2 80 9b 33'), 'ffc233')
    assert.equal(cleaned('ff 20 9b 31 6d'), 'ff20316d')
    assert.equal(cleaned('ff e2 80 ae 61'), 'ff61')
    assert.equal(cleaned('e2 80 01 ae 61'), 'e28020ae61')
    assert.equal(cleaned('9b 4b'), '4b')
  })

  it('are as they came where they are Chinese in GBK, or Japanese in Shift-JIS', () => {
    const chinese: number[] = []
    for (let lead = 0xb0; lead <= 0xf7; lead++) for (let trail = 0xa1; trail <= 0xfe; trail++) chinese.push(lead, trail)
    assert.deepEqual(cleanBytes(Buffer.from(chinese)), Buffer.from(chinese))
    const hanzi = fc.array(fc.tuple(fc.integer({ min: 0xb0, max: 0xf7 }), fc.integer({ min: 0xa1, max: 0xfe })))
    fc.assert(
      fc.property(hanzi, (pairs) => {
        const bytes = Buffer.from(pairs.flat())
        assert.deepEqual(cleanBytes(bytes), bytes)
      }),
    )
    // 你好, 镕 (trail byte 0x46), 丂 (81 40), 囗 (87 d3)
    for (const gbk of ['c4e3bac3', 'e946', '8140', '87d3']) assert.equal(cleaned(gbk), gbk)
    // アイウ, ひらがな, 日本語
    for (const sjis of ['834183438345', '82d082e782aa82c8', '93fa967b8cea']) assert.equal(cleaned(sjis), sjis)
  })
})
