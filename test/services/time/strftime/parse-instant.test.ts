/** Instants as people write them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseInstant, strftime, zoneOf } from '#lanework/services/time/index.js'

const utc = zoneOf('UTC')
const berlin = zoneOf('Europe/Berlin')

describe('parseInstant', () => {
  it('reads seconds since 1970', () => {
    assert.equal(parseInstant('@0', utc), 0n)
    assert.equal(parseInstant('@1700000000.5', utc), 1_700_000_000_500_000_000n)
    assert.equal(parseInstant('@-1.25', utc), -1_250_000_000n)
  })

  it('reads dates of ISO 8601 with an offset', () => {
    assert.equal(parseInstant('1970-01-01T00:00:00Z', berlin), 0n)
    assert.equal(parseInstant('1970-01-01T01:00:00.000000001+01:00', utc), 1n)
    assert.equal(parseInstant('1969-12-31t18:30-0530', utc), 0n)
    assert.equal(parseInstant('1970-01-01 00:00:00,5 +00', utc), 500_000_000n)
    assert.equal(parseInstant('+010000-01-01T00:00Z', utc), 253_402_300_800_000_000_000n)
    assert.equal(parseInstant('-0001-12-31T00:00Z', utc), -62_167_305_600n * 1_000_000_000n)
  })

  it('reads local time in a zone; what comes twice is the first, what is skipped goes on', () => {
    const shown = (text: string): string => strftime('%F %T %Z', parseInstant(text, berlin), { timeZone: berlin })
    assert.equal(shown('2024-07-01'), '2024-07-01 00:00:00 CEST')
    assert.equal(shown('2024-02'), '2024-02-01 00:00:00 CET')
    assert.equal(shown('2024-10-27 02:30'), '2024-10-27 02:30:00 CEST')
    assert.equal(shown('2024-10-27 03:00'), '2024-10-27 03:00:00 CET')
    assert.equal(shown('2024-03-31 02:30'), '2024-03-31 03:30:00 CEST')
  })

  it('refuses what does not exist', () => {
    const wrong = [
      '',
      'now',
      'yesterday',
      '2024',
      '2024-13-01',
      '2024-02-30',
      '2023-02-29',
      '2024-01-01T24:00',
      '2024-01-01T00:60',
      '@',
      '@x',
      '@1e5',
      '2024-1-1',
      '2024-01-01T00:00+1',
    ]
    for (const text of wrong) {
      assert.throws(() => parseInstant(text, utc, '--at'), { code: 'OPTION_INVALID', message: /--at/ }, text)
    }
  })

  it('reads what strftime writes, to the nanosecond', () => {
    const instants = fc.bigInt({ min: -(2n ** 61n), max: 2n ** 61n })
    const property = fc.property(instants, (instant) => {
      const text = strftime('%FT%T.%N%:z', instant, { timeZone: 'Asia/Kolkata' })
      // Long ago offsets had seconds, which ISO 8601 cannot write.
      if (instant > -1_000_000_000_000_000_000n) assert.equal(parseInstant(text, berlin), instant, text)
      assert.equal(parseInstant(strftime('%FT%T.%NZ', instant, { timeZone: utc }), berlin), instant)
    })
    fc.assert(property, { numRuns: 1_000 })
  })
})
