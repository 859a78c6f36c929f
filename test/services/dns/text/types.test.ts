/** Every record type as text: known lines with known bytes, and drawn data there and back. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import fc from 'fast-check'
import {
  compareRecords,
  formatData,
  formatRecord,
  formatZone,
  parseName,
  parseZone,
  recordOf,
  type RecordValue,
  recordValue,
  type ResourceRecord,
  typeNumber,
} from '#lanework/services/dns/index.js'
import { typedNames, valuesOf } from '../../../support/dns-values.js'
import { hex } from '../../../support/dns-messages.js'

const plain = ({ name, type, class: dnsClass, ttl, data }: ResourceRecord): ResourceRecord => ({
  name,
  type,
  class: dnsClass,
  ttl,
  data: Uint8Array.from(data),
})

function dataOfLine(type: string, data: string): Uint8Array {
  const { records } = parseZone(`a.example. 60 IN ${type} ${data}\n`, { origin: 'example.' })
  assert.equal(records.length, 1)
  return Uint8Array.from(records[0]!.data)
}

/** Type, data as text, data as bytes: from the RFCs that define them, where they give examples. */
const lines: readonly (readonly [type: string, text: string, bytes: string, printed?: string])[] = [
  ['A', '192.0.2.1', 'c0000201'],
  ['AAAA', '2001:db8::1', '20010db8000000000000000000000001'],
  ['AAAA', '::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
  ['NS', 'ns', '026e73076578616d706c6500', 'ns.example.'],
  [
    'SOA',
    '@ mail 1 2h 15m 2w 1h30m',
    '076578616d706c6500 046d61696c076578616d706c6500 00000001 00001c20 00000384 00127500 00001518',
    'example. mail.example. 1 7200 900 1209600 5400',
  ],
  ['MX', '10 mail', '000a046d61696c076578616d706c6500', '10 mail.example.'],
  [
    'TXT',
    'plain "with \\"quotes\\"" \\255',
    '05706c61696e 0d77697468202271756f74657322 01ff',
    '"plain" "with \\"quotes\\"" "\\255"',
  ],
  ['HINFO', 'PC "Linux 6"', '025043 074c696e75782036', '"PC" "Linux 6"'],
  ['RP', 'who .', '0377686f076578616d706c6500 00', 'who.example. .'],
  ['AFSDB', '1 db.', '0001 02646200'],
  // RFC 1876 4, its first example
  [
    'LOC',
    '42 21 54 N 71 06 18 W -24m 30m',
    '00331613 8917 2dd0 70be 15f0 0098 8d20',
    '42 21 54.000 N 71 6 18.000 W -24.00m 30.00m 10000.00m 10.00m',
  ],
  ['SRV', '0 1 9 server', '0000 0001 0009 06736572766572076578616d706c6500', '0 1 9 server.example.'],
  [
    'NAPTR',
    '100 50 "s" "http+I2L+I2C+I2R" "" _http._tcp.gatech.edu.',
    '0064 0032 0173 10687474702b49324c2b4932432b493252 00 055f68747470045f746370066761746563680365647500',
  ],
  ['CERT', 'PKIX 1 RSASHA256 AQID', '0001 0001 08 010203', '1 1 8 AQID'],
  ['DNAME', 'other.', '056f7468657200'],
  // RFC 3123 5
  ['APL', '1:192.168.32.0/21 !1:192.168.38.0/28', '0001 15 03 c0a820 0001 1c 83 c0a826'],
  ['APL', '', ''],
  ['DS', '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118', 'ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118'],
  [
    'DS',
    '60485 RSASHA1 1 ( 2BB183AF5F22588179A53B0A\n 98631FAD1A292118 ) ; RFC 4034 5.4',
    'ec45 05 01 2bb183af5f22588179a53b0a98631fad1a292118',
    '60485 5 1 2BB183AF5F22588179A53B0A98631FAD1A292118',
  ],
  [
    'SSHFP',
    '2 1 123456789abcdef67890123456789abcdef67890',
    '0201 123456789abcdef67890123456789abcdef67890',
    '2 1 123456789ABCDEF67890123456789ABCDEF67890',
  ],
  // RFC 4025 3.2
  [
    'IPSECKEY',
    '10 1 2 192.0.2.38 AQNRU3mG7TVTO2BkR47usntb102uFJtugbo6BSGvgqt4AQ==',
    '0a 01 02 c0000226 0103515379 86ed35533b6064478eeeb27b5bd74dae149b6e81ba3a0521af82ab7801',
  ],
  ['IPSECKEY', '10 0 2 . AQID', '0a 00 02 010203'],
  ['IPSECKEY', '10 3 2 gw AQID', '0a 03 02 026777076578616d706c6500 010203', '10 3 2 gw.example. AQID'],
  [
    'RRSIG',
    'A 5 3 86400 20030322173103 20030220173103 2642 example.com. AQID',
    '0001 05 03 00015180 3e7c9dd7 3e5510d7 0a52 076578616d706c6503636f6d00 010203',
  ],
  // RFC 4034 4.3
  [
    'NSEC',
    'host.example.com. ( A MX RRSIG NSEC TYPE1234 )',
    '04686f7374076578616d706c6503636f6d00 0006400100000003 041b000000000000000000000000000000000000000000000000000020',
    'host.example.com. A MX RRSIG NSEC TYPE1234',
  ],
  ['DNSKEY', '256 3 5 AQPSKmynfzW4kyBv015MUG2DeIQ3', '0100 03 05 0103d22a6ca77f35b893206fd35e4c506d83788437'],
  [
    'NSEC3',
    '1 1 12 aabbccdd 2t7b4g4vsa5smi47k61mv5bv1a22bojr NS SOA',
    '01 01 000c 04aabbccdd 14 174eb2409fe28bcb4887a1836f957f0a8425e27b 0001 22',
    '1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR NS SOA',
  ],
  ['NSEC3PARAM', '1 0 12 -', '01 00 000c 00'],
  ['TLSA', '3 1 1 0b9fa5a5', '030101 0b9fa5a5', '3 1 1 0B9FA5A5'],
  ['CDS', '0 0 0 00', '0000 00 00 00'],
  ['CDNSKEY', '0 3 0 AA==', '0000 03 00 00'],
  ['CSYNC', '66 3 A NS AAAA', '00000042 0003 0004 60000008'],
  ['ZONEMD', `2018031500 1 1 ${'FEBE3D4C'.repeat(12)}`, `7848b78c 01 01 ${'febe3d4c'.repeat(12)}`],
  ['SPF', '"v=spf1 -all"', '0b763d73706631202d616c6c'],
  ['EUI48', '00-00-5e-00-53-2a', '00005e00532a'],
  ['EUI64', '00-00-5e-ef-10-00-00-2a', '00005eef1000002a'],
  ['NID', '10 0014:4fff:ff20:ee64', '000a 00144fffff20ee64'],
  ['L32', '10 10.1.2.0', '000a 0a010200'],
  ['L64', '10 2001:0db8:1140:1000', '000a 20010db811401000', '10 2001:0db8:1140:1000'],
  ['LP', '10 l64-subnet1', '000a 0b6c36342d7375626e657431076578616d706c6500', '10 l64-subnet1.example.'],
  [
    'URI',
    '10 1 "ftp://ftp1.example.com/public"',
    '000a 0001 6674703a2f2f667470312e6578616d706c652e636f6d2f7075626c6963',
  ],
  ['CAA', '0 issue "ca1.example.net"', '00 056973737565 6361312e6578616d706c652e6e6574'],
  ['KX', '2 rt1', '0002 03727431076578616d706c6500', '2 rt1.example.'],
  // RFC 9460 D.2
  ['HTTPS', '0 foo.example.com.', '0000 03666f6f076578616d706c6503636f6d00'],
  ['SVCB', '1 .', '0001 00'],
  ['SVCB', '16 foo.example.com. port=53', '0010 03666f6f076578616d706c6503636f6d00 0003 0002 0035'],
  [
    'SVCB',
    '1 foo.example.com. key667=hello',
    '0001 03666f6f076578616d706c6503636f6d00 029b 0005 68656c6c6f',
    '1 foo.example.com. key667="hello"',
  ],
  [
    'SVCB',
    '1 foo.example.com. key667="hello\\210qoo"',
    '0001 03666f6f076578616d706c6503636f6d00 029b 0009 68656c6c6fd2716f6f',
  ],
  [
    'SVCB',
    '1 foo.example.com. ipv6hint="2001:db8::1,2001:db8::53:1"',
    '0001 03666f6f076578616d706c6503636f6d00 0006 0020 20010db8000000000000000000000001 20010db8000000000000000000530001',
    '1 foo.example.com. ipv6hint=2001:db8::1,2001:db8::53:1',
  ],
  [
    'SVCB',
    '16 foo.example.org. (alpn=h2,h3-19 mandatory=ipv4hint,alpn ipv4hint=192.0.2.1)',
    '0010 03666f6f076578616d706c65036f726700 0000 0004 0001 0004 0001 0009 026832 0568332d3139 0004 0004 c0000201',
    '16 foo.example.org. mandatory=alpn,ipv4hint alpn="h2,h3-19" ipv4hint=192.0.2.1',
  ],
  [
    'SVCB',
    '16 foo.example.org. alpn="f\\\\\\\\oo\\\\,bar,h2"',
    '0010 03666f6f076578616d706c65036f726700 0001 000c 08665c6f6f2c626172 026832',
  ],
  ['TYPE731', '\\# 6 abcd ( ef 01 23 45 )', 'abcdef012345', '\\# 6 ABCDEF012345'],
  ['TYPE62347', '\\# 0', ''],
  // RFC 3597 5: known types may be written so as well
  ['A', '\\# 4 0A000001', '0a000001', '10.0.0.1'],
]

describe('a line of a type has the bytes that its RFC gives', () => {
  for (const [type, text, bytes, printed = text] of lines) {
    it(`${type} ${text.slice(0, 60).replaceAll('\n', ' ')}`, () => {
      const data = dataOfLine(type, text)
      assert.deepEqual(Buffer.from(data).toString('hex'), bytes.replaceAll(' ', ''))
      const record = { name: parseName('a.example.'), type: typeNumber(type) ?? 0, class: 1, ttl: 60, data }
      assert.equal(formatData(record), printed)
    })
  }
})

describe('drawn data of every type comes back from its text', () => {
  // These stand in messages only.
  for (const type of typedNames.filter((name) => name !== 'TSIG' && name !== 'TKEY')) {
    it(type, () => {
      const origin = parseName('b.example.')
      fc.assert(
        fc.property(valuesOf(type), fc.boolean(), (value, isRelative) => {
          const record = recordOf(parseName('a.b.example.'), 60, value as unknown as RecordValue)
          const text = formatRecord(record, isRelative ? { origin } : {})
          const { records } = parseZone(`${text}\n`, { origin: 'b.example.' })
          assert.deepEqual(records.map(plain), [plain(record)], text)
        }),
        { numRuns: 60 },
      )
    })
  }
})

describe('other programs read our lines as the same data', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanework-types-'))
  const file = join(folder, 'example.zone')
  after(() => rmSync(folder, { recursive: true }))

  const relaxed = ['-i', 'none', ...['-k', '-n', '-r', '-m', '-M', '-S'].flatMap((flag) => [flag, 'ignore'])]
  const programs: readonly (readonly [string, readonly string[]])[] = [
    ['named-compilezone', ['-q', ...relaxed, '-s', 'full', '-o', '-', 'example.', file]],
    ['ldns-read-zone', [file]],
  ]
  const head = 'example. 60 IN SOA ns.example. mail.example. 1 7200 900 1209600 5400\nexample. 60 IN NS ns.other.\n'
  for (const [program, options] of programs) {
    it(program, (context) => {
      if (spawnSync(program, ['-v']).error !== undefined) return context.skip(`${program} is not installed`)
      const wanted = lines.filter(([type]) => type !== 'SOA')
      // Each under a name of its own, as some may not stand together.
      const text = head + wanted.map(([type, data], at) => `n${at}.example. 60 IN ${type} ${data}\n`).join('')
      const ours = parseZone(text, { origin: 'example.' }).records
      writeFileSync(file, formatZone(ours))
      const { stdout, stderr } = spawnSync(program, options, { encoding: 'utf8' })
      assert.notEqual(stdout, '', stderr)
      const texts = (records: readonly ResourceRecord[]) => [
        ...new Set(records.toSorted(compareRecords).map((one) => formatRecord(one).toLowerCase())),
      ]
      assert.deepEqual(texts(parseZone(stdout, { origin: 'example.' }).records), texts(ours))
      for (const one of ours) recordValue(one)
    })
  }
})

describe('data that is not what its type wants', () => {
  it('is printed as bytes', () => {
    const record = { name: parseName('a.'), type: 1, class: 1, ttl: 1, data: hex('0102') }
    assert.equal(formatRecord(record), 'a.\t1\tIN\tA\t\\# 2 0102')
    assert.equal(formatData({ ...record, type: 47, data: hex('00 0000') }), '\\# 3 000000')
  })
})
