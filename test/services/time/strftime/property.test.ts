/** strftime given anything: it answers within its budget, or throws one of its errors. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { dialects, strftime, strftimeBytes, type StrftimeOptions } from '#lanework/services/time/index.js'

const instants = fc.bigInt({ min: -(10n ** 24n), max: 10n ** 24n })
const zones = fc.constantFrom('UTC', 'Europe/Berlin', '+05:30', 'XXX3YYY,J60,J300', 'Asia/Kathmandu')
const locales = fc.constantFrom('C', 'de', 'ja-JP-u-ca-japanese', 'ar-EG', 'C', 'C')

/** Text in which directives are likely, sound ones and others. */
const formats = fc
  .array(
    fc.oneof(
      fc
        .tuple(
          fc.string({ unit: fc.constantFrom(...'_-0^#+'), maxLength: 3 }),
          fc.oneof(fc.constant(''), fc.nat(60).map(String), fc.nat().map(String)),
          fc.constantFrom('', '', '', 'E', 'O', ':', '::', ':::', '::::'),
          fc.constantFrom(...'aAbBcCdDeFgGhHIjklmMnNpPqrRsStTuUVwWxXyYzZ%fLv+! '),
        )
        .map((parts) => `%${parts.join('')}`),
      fc.string({ unit: 'binary', maxLength: 8 }),
      fc.constantFrom('%', '\0', 'é', '😀', '%%%'),
    ),
    { maxLength: 12 },
  )
  .map((parts) => parts.join(''))

const options: fc.Arbitrary<StrftimeOptions & { limitBytes: number }> = fc.record({
  timeZone: zones,
  locale: locales,
  dialect: fc.constantFrom(...dialects),
  strict: fc.boolean(),
  limitBytes: fc.oneof(fc.nat(64), fc.nat(5_000)),
})

/** What it gives; undefined where it throws what it may throw. */
function outcome<Result>(format: () => Result): Result | undefined {
  try {
    return format()
  } catch (error) {
    if (isLaneworkError(error, 'OUTPUT_TOO_LONG') || isLaneworkError(error, 'FORMAT_INVALID')) return undefined
    throw error
  }
}

describe('strftime, given anything,', () => {
  it('stays within its budget or throws a typed error', () => {
    const property = fc.property(formats, instants, options, (format, instant, chosen) => {
      const text = outcome(() => strftime(format, instant, chosen))
      if (text !== undefined) assert.ok(Buffer.byteLength(text) <= chosen.limitBytes)
    })
    fc.assert(property, { numRuns: 6_000 })
  })

  it('takes any bytes, and those outside of directives come out as they are', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 60 }), instants, options, (bytes, instant, chosen) => {
      const out = outcome(() => strftimeBytes(bytes, instant, chosen))
      if (out === undefined) return
      assert.ok(out.length <= chosen.limitBytes)
      if (!bytes.includes(0x25)) assert.deepEqual(out, Buffer.from(bytes))
    })
    fc.assert(property, { numRuns: 6_000 })
  })

  it('gives for text and for its bytes the same, where widths count ASCII only', () => {
    const property = fc.property(formats, instants, zones, (format, instant, timeZone) => {
      const chosen = { timeZone, limitBytes: 2_000 }
      const text = outcome(() => strftime(format, instant, chosen))
      const bytes = outcome(() => strftimeBytes(Buffer.from(format), instant, chosen))
      // A width may stand before a letter that is none and has several bytes.
      if (/%[^%]*\d[^a-zA-Z%]*[^ -~]/.test(format)) return
      assert.equal(bytes?.toString(), text === undefined ? undefined : Buffer.from(text).toString())
    })
    fc.assert(property, { numRuns: 4_000 })
  })

  it('gives the same from formats that are kept and formats that are new', () => {
    const property = fc.property(formats, instants, options, (format, instant, chosen) => {
      const first = outcome(() => strftime(format, instant, chosen))
      assert.equal(
        outcome(() => strftime(format, instant, chosen)),
        first,
      )
    })
    fc.assert(property, { numRuns: 1_000 })
  })
})
