/** Zone files: what RFC 1035 and its successors let people write, and how zones are printed. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import {
  formatName,
  formatRecord,
  formatZone,
  loadZone,
  parseName,
  parseZone,
  type ZoneOptions,
} from '#lanework/services/dns/index.js'
import { problemsOf } from '../../../support/dns-zones.js'

const within = (text: string, options: ZoneOptions = {}): string[] =>
  parseZone(text, { origin: 'example.', defaultTtl: 60, ...options }).records.map((one) =>
    formatRecord(one).replaceAll('\t', ' '),
  )

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
