/** What a request of the format service says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { parseRequest, writeRequest } from '#lanework/services/time/format-request.js'

describe('a request', () => {
  const rows: readonly [request: string, zone: string | undefined, locale: string | undefined, format: string][] = [
    ['%c', undefined, undefined, '%c'],
    ['@Europe/Berlin %c', 'Europe/Berlin', undefined, '%c'],
    ['@Europe/Berlin,de %A, %H:%M', 'Europe/Berlin', 'de', '%A, %H:%M'],
    ['@,pt-BR %A', undefined, 'pt-BR', '%A'],
    ['@,C %A', undefined, 'C', '%A'],
    ['@CET-1CEST,M3.5.0,M10.5.0/3 %Z', 'CET-1CEST,M3.5.0,M10.5.0/3', undefined, '%Z'],
    ['@CET-1CEST,M3.5.0,M10.5.0/3,de %Z', 'CET-1CEST,M3.5.0,M10.5.0/3', 'de', '%Z'],
    ['@UTC  %c', 'UTC', undefined, ' %c'],
    ['@@home %c', undefined, undefined, '@home %c'],
    ['x @UTC', undefined, undefined, 'x @UTC'],
    ['', undefined, undefined, '%c'],
    ['\n', undefined, undefined, '%c\n'],
    ['@UTC', 'UTC', undefined, '%c'],
    ['@UTC\r\n', 'UTC', undefined, '%c\r\n'],
    ['@UTC ', 'UTC', undefined, '%c'],
    ['@ %c', undefined, undefined, '%c'],
    ['%c\0\0\0', undefined, undefined, '%c'],
    ['a\0b\0', undefined, undefined, 'a\0b'],
    [' %c ', undefined, undefined, ' %c '],
  ]
  for (const [request, zone, locale, format] of rows) {
    it(`${JSON.stringify(request)} asks for ${JSON.stringify(format)}`, () => {
      assert.deepEqual(parseRequest(request), { zone, locale, format })
    })
  }

  it('that is written is read as it was meant', () => {
    const word = fc.constantFrom(undefined, 'UTC', 'Asia/Tokyo', '+05:30', 'CET-1CEST,M3.5.0,M10.5.0/3')
    const language = fc.constantFrom(undefined, 'de', 'ja-JP-u-ca-japanese', 'C')
    const text = fc.string({ unit: 'binary-ascii', minLength: 1 }).filter((each) => !/^\r?\n$|\0$/.test(each))
    const property = fc.property(word, language, text, (zone, locale, format) => {
      assert.deepEqual(parseRequest(writeRequest({ zone, locale, format })), { zone, locale, format })
    })
    fc.assert(property, { numRuns: 2_000 })
  })
})
