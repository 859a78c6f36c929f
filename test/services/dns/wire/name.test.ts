/** Names: text to wire and back, their order, who is within whom. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  compareNames,
  formatName,
  formatNameWithin,
  isWildcard,
  isWithin,
  labelCount,
  lowerName,
  type Name,
  parentOf,
  parseName,
  rootName,
  sameName,
} from '#lanework/services/dns/index.js'
import { names } from '../../../support/dns-values.js'

const refused = (text: string, reason: RegExp) =>
  assert.throws(
    () => parseName(text),
    (error) => isLaneworkError(error, 'DNS_NAME_INVALID') && reason.test(error.detail.reason),
    text,
  )

describe('a name', () => {
  it('is labels after their lengths, ended by a zero', () => {
    assert.deepEqual([...parseName('a.bc.')], [1, 0x61, 2, 0x62, 0x63, 0])
    assert.deepEqual([...parseName('.')], [0])
    assert.deepEqual([...parseName('a')], [1, 0x61, 0])
  })
  it('without a dot at its end is relative to the origin, and @ is the origin', () => {
    const origin = parseName('example.')
    assert.equal(formatName(parseName('www', origin)), 'www.example.')
    assert.equal(formatName(parseName('www.', origin)), 'www.')
    assert.equal(parseName('@', origin), origin)
    assert.equal(formatNameWithin(parseName('www.example.'), origin), 'www')
    assert.equal(formatNameWithin(origin, parseName('EXAMPLE.')), '@')
    assert.equal(formatNameWithin(parseName('example.com.'), origin), 'example.com.')
  })
  it('may hold any byte, by escapes', () => {
    assert.deepEqual([...parseName('a\\.b\\000\\255\\\\.')], [6, 0x61, 0x2e, 0x62, 0, 255, 0x5c, 0])
    assert.equal(formatName(Uint8Array.of(4, 0x2e, 0x20, 0x40, 0xff, 0)), '\\.\\032\\@\\255.')
  })
  it('of any bytes comes back from its text', () => {
    fc.assert(
      fc.property(names, (name) => assert.deepEqual(parseName(formatName(name)), name)),
      { numRuns: 1000 },
    )
  })
  it('of any bytes comes back from its text within an origin', () => {
    fc.assert(
      fc.property(names, (name) => {
        const origin = parentOf(name) ?? rootName
        assert.deepEqual(parseName(formatNameWithin(name, origin), origin), name)
      }),
    )
  })
  it('is refused with a reason', () => {
    refused('', /empty/)
    refused('a..b', /a label is empty/)
    refused('.a', /a label is empty/)
    refused(`${'a'.repeat(64)}.`, /more than 63/)
    refused(`${'abcdefg.'.repeat(32)}`, /more than 255/)
    refused('a\\256', /escape/)
    refused('a\\1', /escape/)
    refused('a\\', /escape/)
    refused('ü.example.', /beyond ASCII/)
    refused('a b', /blank/)
  })
  it('may have 255 bytes, and no more behind an origin', () => {
    const longest = `${'a'.repeat(63)}.`.repeat(3) + `${'a'.repeat(61)}.`
    assert.equal(parseName(longest).length, 255)
    assert.throws(() => parseName('b', parseName(longest)), { code: 'DNS_NAME_INVALID' })
  })
})

describe('names are compared', () => {
  it('without regard to case, and keep theirs', () => {
    assert.ok(sameName(parseName('WWW.example.'), parseName('www.EXAMPLE.')))
    assert.ok(!sameName(parseName('www.example.'), parseName('wwx.example.')))
    assert.equal(formatName(lowerName(parseName('WwW.X.'))), 'www.x.')
    // Only letters fold: [ and { differ in the same bit.
    assert.ok(!sameName(parseName('['), parseName('{')))
  })
  it('in the order of RFC 4034 6.1', () => {
    const sorted = ['example.', 'a.example.', 'yljkjljk.a.example.', 'Z.a.example.', 'zABC.a.EXAMPLE.', 'z.example.']
    sorted.push('\\001.z.example.', '*.z.example.', '\\200.z.example.')
    const shuffled = sorted.map((text) => parseName(text)).reverse()
    assert.deepEqual(shuffled.toSorted(compareNames).map(formatName), sorted)
  })
  it('in an order that is one: reversed when swapped, zero for the same', () => {
    fc.assert(
      fc.property(names, names, (a, b) => {
        assert.equal(Math.sign(compareNames(a, b)) + Math.sign(compareNames(b, a)), 0)
        assert.equal(compareNames(a, lowerName(a)), 0)
        assert.equal(compareNames(a, b) === 0, sameName(a, b))
      }),
    )
  })
})

describe('the tree of names', () => {
  const chain = (name: Name): string[] => {
    const above = parentOf(name)
    return [formatName(name), ...(above === undefined ? [] : chain(above))]
  }
  it('goes up label by label to the root', () => {
    assert.deepEqual(chain(parseName('a.b.c.')), ['a.b.c.', 'b.c.', 'c.', '.'])
    assert.equal(labelCount(parseName('a.b.c.')), 3)
    assert.equal(labelCount(rootName), 0)
  })
  it('tells who is within whom, by labels and not by bytes', () => {
    assert.ok(isWithin(parseName('www.Example.'), parseName('eXample.')))
    assert.ok(isWithin(parseName('example.'), parseName('example.')))
    assert.ok(isWithin(parseName('example.'), rootName))
    assert.ok(!isWithin(parseName('notexample.'), parseName('example.')))
    assert.ok(!isWithin(parseName('example.'), parseName('www.example.')))
    // A label that holds the bytes of a name is none.
    assert.ok(!isWithin(Uint8Array.of(3, 0x78, 1, 0x61, 0), Uint8Array.of(1, 0x61, 0)))
  })
  it('has wildcards, whose first label is an asterisk alone', () => {
    assert.ok(isWildcard(parseName('*.example.')))
    assert.ok(!isWildcard(parseName('a*.example.')))
  })
})
