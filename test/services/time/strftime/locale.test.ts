/** strftime in languages other than C's, by Intl. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { strftime, strftimeBytes } from '#lanework/services/time/index.js'

/** Wednesday, 6 March 2024, 15:04:05 UTC. */
const instant = 1_709_737_445_000_000_000n
const inLanguage = (format: string, locale: string): string => strftime(format, instant, { timeZone: 'UTC', locale })

describe('a language', () => {
  it('has its own names', () => {
    assert.equal(inLanguage('%A %a %B', 'de'), 'Mittwoch Mi März')
    assert.match(inLanguage('%b', 'de'), /^Mär/)
    assert.equal(inLanguage('%A, %-d %B %Y', 'fr'), 'mercredi, 6 mars 2024')
    assert.equal(inLanguage('%A', 'ja'), '水曜日')
    assert.equal(inLanguage('%^A %^B', 'de'), 'MITTWOCH MÄRZ')
  })

  it('has months that stand alone, where they differ', () => {
    assert.equal(inLanguage('%d %B', 'pl'), '06 marca')
    assert.equal(inLanguage('%OB', 'pl'), 'marzec')
    assert.equal(inLanguage('%B %OB', 'en'), 'March March')
  })

  it('has its own forms of %c, %x, %X, %r and %p', () => {
    assert.equal(inLanguage('%x', 'de'), '06.03.2024')
    assert.equal(inLanguage('%x', 'en-US'), '03/06/2024')
    assert.equal(inLanguage('%X', 'de'), '15:04:05')
    assert.match(inLanguage('%c', 'de'), /^Mi.*6\. März 2024.*15:04:05$/)
    assert.equal(inLanguage('%p', 'ja'), '午後')
    assert.match(inLanguage('%r', 'en-US'), /^03:04:05\sPM$/)
  })

  it('has its own digits and eras, when they are asked for', () => {
    assert.equal(inLanguage('%d %Od', 'ar-EG'), '06 ٠٦')
    assert.equal(inLanguage('%Oy', 'fa'), '۲۴')
    assert.equal(inLanguage('%EC', 'ja-JP-u-ca-japanese'), '令和')
    assert.match(inLanguage('%EY', 'ja-JP-u-ca-japanese'), /^令和6/)
    assert.equal(inLanguage('%Ey|%Y', 'th-u-ca-buddhist'), '2567|2024')
  })

  it('leaves numbers, ISO dates and zones alone', () => {
    assert.equal(inLanguage('%Y-%m-%d %H:%M:%S %z %Z %j %F', 'ar-EG'), '2024-03-06 15:04:05 +0000 UTC 066 2024-03-06')
  })

  it('fills widths by characters as text, and by bytes as bytes', () => {
    assert.equal(inLanguage('%6B|', 'de'), '  März|')
    const bytes = strftimeBytes(Buffer.from('%6B|'), instant, { timeZone: 'UTC', locale: 'de' })
    assert.equal(bytes.toString(), ' März|')
  })

  it('may be written as the C library does', () => {
    assert.equal(inLanguage('%A', 'de_DE.UTF-8'), 'Mittwoch')
    assert.equal(inLanguage('%A', 'POSIX'), 'Wednesday')
  })

  it('that is unknown is LOCALE_UNKNOWN', () => {
    for (const locale of ['xx', '', null as never, 'de--', 'x'.repeat(65), '\u0000', 5 as never]) {
      assert.throws(() => inLanguage('%A', locale), { code: 'LOCALE_UNKNOWN' }, String(locale))
    }
  })

  it('falls back to the forms of C beyond the years of a Date', () => {
    const far = 10_000_000_000_000_000_000_000n
    assert.match(strftime('%x', far, { timeZone: 'UTC', locale: 'de' }), /^\d\d\/\d\d\/\d\d$/)
  })
})
