/** Zone files that are wrong: what is said, with its place, and what is read all the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { formatName, zoneRecords } from '#lanework/services/dns/index.js'
import { problemsOf } from '../../../support/dns-zones.js'

describe('what is wrong', () => {
  const cases: readonly (readonly [text: string, line: number, column: number, reason: RegExp])[] = [
    ['a AA 1', 1, 3, /a type is wanted, not "AA"/],
    ['a', 1, 1, /the type is missing/],
    [' A 192.0.2.1', 1, 2, /the first entry has no owner/],
    ['a A 192.0.2.256', 1, 5, /an IPv4 address is wanted/],
    ['a A 192.0.2', 1, 5, /an IPv4 address is wanted/],
    ['a A 192.0.2.1 x', 1, 15, /"x" follows the last field/],
    ['a AAAA 1::2::3', 1, 8, /an IPv6 address is wanted/],
    ['a MX 65536 b', 1, 6, /preference is not an integer from 0 to 65535/],
    ['a MX 10', 1, 6, /exchange is missing/],
    ['a NS b..c', 1, 6, /a label is empty/],
    [`a NS ${'b'.repeat(64)}`, 1, 6, /more than 63 bytes/],
    ['a NS x\\256', 1, 6, /escape/],
    ['a TXT "open\nb TXT x', 1, 7, /quote is not closed/],
    ['a TXT ( x\nb TXT y', 1, 7, /parenthesis is not closed/],
    ['a TXT ) x', 1, 7, /closes that was not opened/],
    ['a TXT (x (y))', 1, 10, /opens within parentheses/],
    [`a TXT ${'x'.repeat(256)}`, 1, 7, /at most 255/],
    ['a TXT x\\', 1, 7, /backslash/],
    ['a DS 1 8 2 ABC', 1, 12, /odd in number/],
    ['a DS 1 8 2 xyz', 1, 12, /hexadecimal digits are wanted/],
    ['a DNSKEY 256 3 8 AQI', 1, 18, /base64 ends within a byte/],
    ['a DNSKEY 256 3 8 A*==', 1, 18, /base64 is wanted/],
    ['a DNSKEY 256 3 NOSUCH AQID', 1, 16, /algorithm is not known/],
    ['a NSEC b A NOSUCH', 1, 12, /the type "NOSUCH" is not known/],
    ['a NSEC3 1 0 0 - 0000000AA NS', 1, 17, /base32 ends within a byte/],
    ['a SVCB 1 . port=x', 1, 12, /port: 0 to 65535/],
    ['a SVCB 1 . nosuch=1', 1, 12, /parameter "nosuch=1" is not known/],
    ['a SVCB 1 . port=1 port=2', 1, 19, /port stands twice/],
    ['a RRSIG A 8 1 5 20181301000000 20180101000000 1 . AQID', 1, 17, /a time is neither/],
    ['a RRSIG A 8 1 5 20180229000000 20180101000000 1 . AQID', 1, 17, /a time is neither/],
    ['a RRSIG A 8 1 5 2018010100000x 20180101000000 1 . AQID', 1, 17, /a time is neither/],
    ['a RRSIG A 8 1 5 4294967296 20180101000000 1 . AQID', 1, 17, /a time is not an integer/],
    ['a LOC 91 N 1 E 1m', 1, 7, /degree/],
    ['a TYPE731 abc', 1, 11, /written as \\# SIZE/],
    ['a TYPE731 \\# 2 AB', 1, 16, /1 bytes of data where 2/],
    ['a A \\# 3 010203', 1, 10, /address: 4 bytes wanted/],
    ['a TYPE731', 1, 3, /written as \\# SIZE/],
    ['a APL 1:192.0.2.0/33', 1, 7, /33 bits/],
    ['a APL 1:1.1.1.1.1/8', 1, 7, /no IPv4 address/],
    ['a APL 3:1.1.1.1/8', 1, 7, /a prefix such as/],
    [`a SVCB 1 . alpn=${'x'.repeat(256)}`, 1, 12, /a protocol of 256 bytes/],
    ['a SVCB 1 . ech=*', 1, 12, /base64/],
    ['a SVCB 1 . mandatory=port', 1, 12, /port is missing/],
    ['a IPSECKEY 1 4 1 . AQID', 1, 18, /gateway type 4/],
    ['a NAPTR 1 1 "x', 1, 13, /quote is not closed/],
    ['a ANY x', 1, 3, /do not stand in zones/],
    ['a OPT \\# 0', 1, 3, /do not stand in zones/],
    ['$NOSUCH x', 1, 1, /directive "\$NOSUCH" is not known/],
    ['$TTL x', 1, 6, /no TTL/],
    ['$ORIGIN a b', 1, 11, /follows \$ORIGIN/],
  ]
  for (const [text, line, column, reason] of cases) {
    it(`${text.slice(0, 50).replaceAll('\n', '|')} is said with its place`, () => {
      const [problem] = problemsOf(`ok TXT x\n${text}`.slice(text.startsWith(' ') ? 9 : 0))
      assert.match(problem?.reason ?? '', reason)
      assert.deepEqual(
        [problem?.line, problem?.column, problem?.file],
        [text.startsWith(' ') ? line : line + 1, column, 'zone'],
      )
    })
  }
  it('data beyond 65,535 bytes, and a hash beyond 255', () => {
    const text = `a TXT ( ${`${'x'.repeat(255)}\n`.repeat(300)} )\na NSEC3 1 0 0 - ${'0'.repeat(410)} A\nb TXT ok`
    const problems = problemsOf(text)
    assert.match(problems[0]?.reason ?? '', /more than 65535 bytes of data/)
    assert.equal(problems[0]?.line, 256)
    assert.match(problems[1]?.reason ?? '', /256 bytes; at most 255 fit/)
    assert.equal(problems.length, 2)
  })
  it('is collected, and what is sound between is read', () => {
    const text = 'a A x\nb TXT ok\nc MX 1\nd TXT "x\ne TXT ( ok )\nf TXT ))\ng TXT ok\n'
    assert.deepEqual(
      problemsOf(text).map(({ line }) => line),
      [1, 3, 4, 6],
    )
    const seen: string[] = []
    assert.throws(
      () => {
        for (const one of zoneRecords(text, { defaultTtl: 1 })) seen.push(formatName(one.name))
      },
      (error) => isLaneworkError(error, 'ZONE_INVALID') && /^zone:1:5: .*There are 3 problems more/.test(error.message),
    )
    assert.deepEqual(seen, ['b.', 'e.', 'g.'])
  })
  it('is collected up to a limit', () => {
    assert.equal(problemsOf('x A x\n'.repeat(100)).length, 20)
    assert.equal(problemsOf('x A x\n'.repeat(100), { problemsLimit: 3 }).length, 3)
  })
  it('of whatever bytes is a typed error, or nothing', () => {
    const pieces = fc.constantFrom(
      'a ',
      '@ ',
      ' ',
      '\n',
      '(',
      ')',
      '"',
      '\\',
      ';',
      '$INCLUDE ',
      '$GENERATE 1-3 ',
      '$',
      '${0,2,n}',
      'SVCB 1 . ',
      'alpn="',
      'TXT ',
      'LOC ',
      '1 ',
      '\\# 2 ',
      'APL ',
      '1:1.1.1.1/8 ',
      'NSEC ',
      '\r',
      '\0',
      '\xff',
      'A',
      '.',
      ',',
      '=',
    )
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string({ maxLength: 3 })), { maxLength: 30 }), (parts) => {
        problemsOf(Buffer.from(parts.join(''), 'latin1'))
      }),
      { numRuns: 5000 },
    )
  })
})
