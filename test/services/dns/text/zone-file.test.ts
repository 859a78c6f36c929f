/** Zone files: what RFC 1035 and its successors let people write, and what is refused, and where. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  formatName,
  formatRecord,
  formatZone,
  loadZone,
  parseName,
  parseZone,
  type ZoneOptions,
  type ZoneProblem,
  zoneRecords,
} from '#lanework/services/dns/index.js'

const within = (text: string, options: ZoneOptions = {}): string[] =>
  parseZone(text, { origin: 'example.', defaultTtl: 60, ...options }).records.map((one) =>
    formatRecord(one).replaceAll('\t', ' '),
  )

function problemsOf(text: string | Uint8Array, options: ZoneOptions = {}): readonly ZoneProblem[] {
  try {
    parseZone(text, { origin: 'example.', defaultTtl: 60, ...options })
  } catch (error) {
    assert.ok(isLaneworkError(error, 'ZONE_INVALID'), String(error))
    const { others, ...first } = error.detail
    return [first, ...others]
  }
  return []
}

describe('an entry', () => {
  it('has owner, TTL, class and type, with TTL and class in either order or left out', () => {
    const wanted = 'a.example. 5 IN A 192.0.2.1'
    for (const text of ['a 5 IN A', 'a IN 5 A', 'a 5 A', 'A.EXAMPLE. 5 in a', 'a\t5\t A']) {
      assert.equal(within(`${text} 192.0.2.1\n`)[0]?.toLowerCase(), wanted.toLowerCase(), text)
    }
    assert.deepEqual(within('a IN A 192.0.2.1'), ['a.example. 60 IN A 192.0.2.1'])
    assert.deepEqual(within('a CH TXT x\n TXT y'), ['a.example. 60 CH TXT "x"', 'a.example. 60 CH TXT "y"'])
    assert.deepEqual(within('a CLASS32 5 TYPE731 ( \\# 1\n AB )'), ['a.example. 5 CLASS32 TYPE731 \\# 1 AB'])
  })
  it('has the owner before where it begins with a blank', () => {
    assert.deepEqual(within('a A 192.0.2.1\n  AAAA ::1\n\tTXT x\n@ TXT y\n TXT z'), [
      'a.example. 60 IN A 192.0.2.1',
      'a.example. 60 IN AAAA ::1',
      'a.example. 60 IN TXT "x"',
      'example. 60 IN TXT "y"',
      'example. 60 IN TXT "z"',
    ])
  })
  it('may have an owner that is called as a type or a number is', () => {
    assert.deepEqual(within('a A 192.0.2.1\nmx MX 1 a\n60 60 TXT x\nIN IN TXT x'), [
      'a.example. 60 IN A 192.0.2.1',
      'mx.example. 60 IN MX 1 a.example.',
      '60.example. 60 IN TXT "x"',
      'IN.example. 60 IN TXT "x"',
    ])
  })
  it('goes over lines within parentheses, with comments, blank lines and blanks anywhere', () => {
    const text = 'a (5 ; TTL\n IN\n\n)TXT( one ;; "two"\n"three;(" ) ; the end ( \n\n  ; nothing\nb TXT x;y\n'
    assert.deepEqual(within(text), ['a.example. 5 IN TXT "one" "three;("', 'b.example. 60 IN TXT "x"'])
  })
  it('may end with CR LF, or without an end, after a byte order mark', () => {
    assert.deepEqual(within('\ufeffa TXT x\r\nb TXT "y"\r\nc TXT z'), [
      'a.example. 60 IN TXT "x"',
      'b.example. 60 IN TXT "y"',
      'c.example. 60 IN TXT "z"',
    ])
  })
  it('has names with escapes, and bytes beyond ASCII as they stand', () => {
    assert.deepEqual(within('a\\.b TXT \\"\\000\nw\\119w.\\@ TXT "\\"\\\\\\;"\n\\$x TXT ""'), [
      'a\\.b.example. 60 IN TXT "\\"\\000"',
      'www.\\@.example. 60 IN TXT "\\"\\\\;"',
      '\\$x.example. 60 IN TXT ""',
    ])
    const bytes = Buffer.from('ü TXT ü')
    assert.equal(formatRecord(parseZone(bytes, { defaultTtl: 1 }).records[0]!), '\\195\\188.\t1\tIN\tTXT\t"\\195\\188"')
  })
  it('knows where it stands', () => {
    const { records, origin } = parseZone('\n@ 5 SOA ns mail (\n 1 2 3 4 5 )\n\n TXT x', {
      origin: 'example.',
      file: 'a.zone',
    })
    assert.deepEqual(
      records.map(({ file, line }) => [file, line]),
      [
        ['a.zone', 2],
        ['a.zone', 5],
      ],
    )
    assert.equal(formatName(origin), 'example.')
  })
})

describe('a TTL', () => {
  it('has the units of BIND', () => {
    for (const [text, seconds] of [
      ['1h30m', 5400],
      ['1W2D', 777_600],
      ['90s', 90],
      ['0', 0],
      ['2147483647', 2 ** 31 - 1],
    ] as const) {
      assert.equal(parseZone(`a ${text} TXT x`).records[0]?.ttl, seconds, text)
    }
  })
  it('is that of $TTL, of the option, of the record before, or the last field of an SOA', () => {
    const ttls = (text: string, options: ZoneOptions = {}) => parseZone(text, options).records.map(({ ttl }) => ttl)
    assert.deepEqual(ttls('$TTL 1h\na TXT x\nb 5 TXT x\nc TXT x\n$TTL 7\nd TXT x'), [3600, 5, 3600, 7])
    assert.deepEqual(ttls('a 5 TXT x\nb TXT x\nc 6 TXT x\nd TXT x'), [5, 5, 6, 6])
    assert.deepEqual(ttls('a TXT x', { defaultTtl: 9 }), [9])
    assert.deepEqual(ttls('a SOA . . 1 2 3 4 77\na TXT x'), [77, 77])
  })
  it('is refused where it is none, or too large', () => {
    assert.match(problemsOf('a 2147483648 TXT x')[0]?.reason ?? '', /more than 2147483647/)
    assert.match(problemsOf('a 1h30 TXT x')[0]?.reason ?? '', /a type is wanted, not "1h30"/)
    assert.match(problemsOf('a TXT x', { defaultTtl: undefined as never })[0]?.reason ?? '', /TTL is missing/)
  })
})

describe('$ORIGIN', () => {
  it('changes what is relative, and may be relative itself', () => {
    assert.deepEqual(within('$ORIGIN sub\nwww TXT x\n$ORIGIN other.\nwww NS www\n'), [
      'www.sub.example. 60 IN TXT "x"',
      'www.other. 60 IN NS www.other.',
    ])
  })
})

describe('$INCLUDE', () => {
  const files: Readonly<Record<string, string>> = {
    'zones/hosts': 'h TXT here\n$ORIGIN deep\nd TXT x\n',
    'zones/more/a': '$INCLUDE b\n',
    'zones/more/b': 'b TXT x\n',
    'zones/loop': '$INCLUDE back\n',
    'zones/back': '$INCLUDE loop\n',
    'zones/bad': 'x TXT x\nx A y\n',
    '/etc/all': 'all TXT x\n',
  }
  const include = (path: string): Uint8Array => {
    const text = files[path]
    if (text === undefined) throw new Error('no such file')
    return Buffer.from(text)
  }
  const options = { file: 'zones/main', include }

  it('reads files relative to the one that names them, with an origin for them, which ends with them', () => {
    assert.deepEqual(
      within('a TXT x\n$INCLUDE hosts sub\n TXT still-a\nb TXT x\n$INCLUDE more/a\n$INCLUDE /etc/all', options),
      [
        'a.example. 60 IN TXT "x"',
        'h.sub.example. 60 IN TXT "here"',
        'd.deep.sub.example. 60 IN TXT "x"',
        'a.example. 60 IN TXT "still-a"',
        'b.example. 60 IN TXT "x"',
        'b.example. 60 IN TXT "x"',
        'all.example. 60 IN TXT "x"',
      ],
    )
  })
  it('of oneself is refused, whatever lies between', () => {
    const [problem] = problemsOf('$INCLUDE loop', options)
    assert.deepEqual([problem?.file, problem?.line, problem?.column], ['zones/back', 1, 10])
    assert.match(problem?.reason ?? '', /zones\/loop includes itself/)
  })
  it('says in which file something is wrong', () => {
    const [problem] = problemsOf('\n$INCLUDE bad', options)
    assert.deepEqual([problem?.file, problem?.line, problem?.column], ['zones/bad', 2, 5])
  })
  it('is refused where there is no such file, no access, or too many', () => {
    assert.match(problemsOf('$INCLUDE none', options)[0]?.reason ?? '', /cannot be read: no such file/)
    assert.match(problemsOf('$INCLUDE none')[0]?.reason ?? '', /no access/)
    let count = 0
    const endless = { file: '0', include: () => Buffer.from(`$INCLUDE ${++count}\n`) }
    assert.match(problemsOf('$INCLUDE x', endless)[0]?.reason ?? '', /more than 16 files include each other/)
    const wide = '$INCLUDE /etc/all\n'.repeat(1001)
    assert.match(problemsOf(wide, options)[0]?.reason ?? '', /more than 1000 files/)
  })
  it('reads from the disk with loadZone', () => {
    const folder = mkdtempSync(join(tmpdir(), 'lanework-zone-'))
    after(() => rmSync(folder, { recursive: true }))
    writeFileSync(join(folder, 'main'), '$ORIGIN example.\n@ 5 SOA . . 1 2 3 4 5\n$INCLUDE part\n')
    writeFileSync(join(folder, 'part'), 'p 5 TXT x\n')
    const { origin, records } = loadZone(join(folder, 'main'))
    assert.deepEqual([formatName(origin), records.length, records[1]?.file], ['example.', 2, join(folder, 'part')])
  })
})

describe('$GENERATE', () => {
  it('makes an entry for each number of the range', () => {
    assert.deepEqual(within('$GENERATE 1-2 host$ A 192.0.2.$\n'), [
      'host1.example. 60 IN A 192.0.2.1',
      'host2.example. 60 IN A 192.0.2.2',
    ])
    assert.deepEqual(within('$GENERATE 0-10/5 $ 5 IN CNAME $.0-127\n').length, 3)
    assert.deepEqual(within('$GENERATE 7-7 a$$ TXT "\\$ $ (x) \\; $"'), ['a\\$.example. 60 IN TXT "$ 7 (x) ; 7"'])
  })
  it('has offsets, widths and bases', () => {
    const line = (modifier: string, number = 10) =>
      within(`$GENERATE ${number}-${number} x TXT \${${modifier}}`)[0]?.split('"')[1]
    const forms = {
      '0': '10',
      '-5': '5',
      '0,4': '0010',
      '0,4,d': '0010',
      '0,0,o': '12',
      '0,4,x': '000a',
      '0,0,X': 'A',
      '0,3,n': 'a.0',
      '0,8,N': 'A.0.0.0',
    }
    for (const [modifier, text] of Object.entries(forms)) assert.equal(line(modifier), text, modifier)
    assert.equal(line('0,3,n', 0xabc), 'c.b.a')
  })
  it('is bounded, in all of a zone together', () => {
    assert.match(
      problemsOf('$GENERATE 0-2147483647 a$ TXT x')[0]?.reason ?? '',
      /2147483648 entries; the limit leaves 1000000/,
    )
    const twice = '$GENERATE 1-6 a$ TXT x\n$GENERATE 1-6 b$ TXT x\n'
    assert.match(problemsOf(twice, { generateLimit: 10 })[0]?.reason ?? '', /6 entries; the limit leaves 4/)
  })
  it('is refused where its parts are none, with its line', () => {
    for (const [text, reason] of [
      ['$GENERATE 2-1 a A 1.1.1.1', /a range such as/],
      ['$GENERATE 1-2/0 a A 1.1.1.1', /a range such as/],
      ['$GENERATE 1-2 a', /owner, type and data/],
      ['$GENERATE 1-2 a TXT ${x}', /a modifier such as/],
      ['$GENERATE 1-2 a TXT ${0,999}', /a width of 999/],
      ['$GENERATE 1-2 a TXT ${-5}', /\$ is -4/],
      ['$GENERATE 1-2 a A 192.0.2.30$', /for 1: an IPv4 address is wanted/],
    ] as const) {
      const [problem] = problemsOf(`\n${text}\n`)
      assert.match(problem?.reason ?? '', reason, text)
      assert.equal(problem?.line, 2)
    }
  })
})

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

describe('a zone is printed', () => {
  const text = 'b A 192.0.2.2\n@ NS b\n@ SOA b mail 1 2 3 4 5\na.b TXT x\nB A 192.0.2.1\nother. TXT x\n'
  const { records, origin } = parseZone(text, { origin: 'example.', defaultTtl: 60 })
  it('in canonical order, with absolute names', () => {
    assert.equal(
      formatZone(records),
      [
        'example.\t60\tIN\tSOA\tb.example. mail.example. 1 2 3 4 5',
        'example.\t60\tIN\tNS\tb.example.',
        'B.example.\t60\tIN\tA\t192.0.2.1',
        'b.example.\t60\tIN\tA\t192.0.2.2',
        'a.b.example.\t60\tIN\tTXT\t"x"',
        'other.\t60\tIN\tTXT\t"x"\n',
      ].join('\n'),
    )
  })
  it('relative to its origin, and reads the same', () => {
    const relative = formatZone(records, { origin })
    assert.match(relative, /^\$ORIGIN example\.\n@\t60\tIN\tSOA\tb mail 1/)
    assert.equal(formatZone(parseZone(relative).records), formatZone(records))
  })
  it('with names that would be something else without escapes', () => {
    const odd = parseZone('\\@ TXT x\n\\$TTL TXT x\n\\; TXT x\n', { origin: 'example.', defaultTtl: 1 }).records
    assert.equal(formatZone(parseZone(formatZone(odd, { origin: parseName('example.') })).records), formatZone(odd))
  })
})
