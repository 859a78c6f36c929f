/** Answers of every type as we write them, read by dig and kdig: what they print is what we meant. */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import {
  compareRecords,
  decodeMessage,
  ednsOptionOf,
  ednsValue,
  encodeMessage,
  formatName,
  formatRecord,
  type Message,
  parseName,
  parseZone,
  type ResourceRecord,
  typeName,
} from '#lanework/services/dns/index.js'

const run = promisify(execFile)

/** One set of each type, under a name of its own. */
const zone = `
a 60 A 192.0.2.1
a 60 A 192.0.2.2
aaaa 60 AAAA 2001:db8::1
ns 60 NS a
cname 60 CNAME a
soa 60 SOA a mail 1 2 3 4 5
ptr 60 PTR a\\.b.c\\000
hinfo 60 HINFO "a b" c
mx 60 MX 10 a.mx
txt 60 TXT "a \\"quote\\"" "\\255\\000" ""
rp 60 RP a b
afsdb 60 AFSDB 1 a
loc 60 LOC 42 21 54 N 71 06 18 W -24m 30m
srv 60 SRV 1 2 3 a
naptr 60 NAPTR 1 2 "u" "E2U+sip" "!^.*$!sip:a@b!" .
kx 60 KX 1 a
cert 60 CERT PKIX 1 8 AQIDBA==
dname 60 DNAME a
apl 60 APL 1:192.0.2.0/24 !2:2001:db8::/32
ds 60 DS 1 8 2 ${'AB'.repeat(32)}
sshfp 60 SSHFP 1 1 ${'AB'.repeat(20)}
ipseckey 60 IPSECKEY 1 3 2 a AQIDBA==
rrsig 60 RRSIG A 8 2 60 20300101000000 20200101000000 1 @ AQIDBA==
nsec 60 NSEC a A TYPE1234
dnskey 60 DNSKEY 256 3 8 AQIDBA==
0p9mhaveqvm6t7vbl5lop2u3t2rp3tom 60 NSEC3 1 1 12 AABBCCDD 2T7B4G4VSA5SMI47K61MV5BV1A22BOJR A
nsec3param 60 NSEC3PARAM 1 0 12 -
tlsa 60 TLSA 3 1 1 ABCDEF
smimea 60 SMIMEA 3 1 1 ABCDEF
cds 60 CDS 1 8 2 ${'AB'.repeat(32)}
cdnskey 60 CDNSKEY 256 3 8 AQIDBA==
openpgpkey 60 OPENPGPKEY AQIDBA==
csync 60 CSYNC 1 3 A NS
zonemd 60 ZONEMD 1 1 1 ${'AB'.repeat(48)}
svcb 60 SVCB 1 a alpn=h2,h3 port=53 ipv4hint=192.0.2.1 key667="x y"
https 60 HTTPS 0 a
nid 60 NID 1 14:4fff:ff20:ee64
l32 60 L32 1 192.0.2.1
l64 60 L64 1 2001:db8:1140:1000
lp 60 LP 1 a
eui48 60 EUI48 00-00-5e-00-53-2a
eui64 60 EUI64 00-00-5e-ef-10-00-00-2a
uri 60 URI 1 2 "https://a/"
caa 60 CAA 0 issue "a b"
type731 60 TYPE731 \\# 3 ABCDEF
`
const { records } = parseZone(zone, { origin: 'types.example.' })
const queries: Message[] = []
let socket: Socket

before(async () => {
  socket = createSocket('udp4')
  socket.on('message', (bytes, { port, address }) => {
    const query = decodeMessage(bytes)
    queries.push(query)
    const { name, type } = query.questions[0]!
    const answers = records.filter((one) => one.type === type && Buffer.compare(one.name, name) === 0)
    const options = (query.edns?.options ?? []).filter(({ code }) => code !== 10)
    options.push(ednsOptionOf({ option: 'EDE', code: 4, text: 'a test' }))
    const edns = { udpSize: 4096, version: 0, dnssecOk: false, flags: 0, options }
    socket.send(encodeMessage({ ...query, isResponse: true, aa: true, answers, additionals: [], edns }), port, address)
  })
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
})
after(() => socket.close())

const clients = [
  ['dig', ['+norecurse', '+noall', '+answer', '+tries=1', '+timeout=5']],
  ['kdig', ['+norecurse', '+noall', '+answer', '+retry=0', '+timeout=5']],
] as const

describe('what we answer is understood', () => {
  for (const [client, options] of clients) {
    it(`by ${client}, for every type`, async (context) => {
      if (spawnSync(client, ['-v']).error !== undefined) return context.skip(`${client} is not installed`)
      const port = String((socket.address() as AddressInfo).port)
      const sets = new Map(records.map(({ name, type }) => [formatName(name), typeName(type)]))
      const { stdout } = await run(client, ['@127.0.0.1', '-p', port, ...options, ...[...sets].flat()])
      const texts = (all: readonly ResourceRecord[]) => all.toSorted(compareRecords).map((one) => formatRecord(one))
      assert.deepEqual(texts(parseZone(stdout).records), texts(records))
    })
  }
  it('by dig with its options, which we read', async (context) => {
    if (spawnSync('dig', ['-v']).error !== undefined) return context.skip('dig is not installed')
    const port = String((socket.address() as AddressInfo).port)
    queries.length = 0
    const flags = [
      '+nsid',
      '+subnet=192.0.2.0/24',
      '+dnssec',
      '+cdflag',
      '+padding=64',
      '+bufsize=1400',
      '+cookie=0102030405060708',
    ]
    const { stdout } = await run('dig', ['@127.0.0.1', '-p', port, '+tries=1', ...flags, 'a.types.example.', 'A'])
    assert.match(stdout, /status: NOERROR/)
    assert.match(stdout, /EDE: 4 \(Forged Answer\): \(a test\)/)
    const [query] = queries
    assert.deepEqual([query?.cd, query?.edns?.dnssecOk, query?.edns?.udpSize], [true, true, 1400])
    const values = (query?.edns?.options ?? []).map((option) => ednsValue(option))
    assert.deepEqual(
      values.find(({ option }) => option === 'ECS'),
      { option: 'ECS', address: '192.0.2.0', source: 24, scope: 0 },
    )
    assert.deepEqual(
      values.find(({ option }) => option === 'COOKIE'),
      { option: 'COOKIE', client: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) },
    )
    assert.deepEqual(
      values.find(({ option }) => option === 'NSID'),
      { option: 'NSID', id: new Uint8Array() },
    )
    assert.ok(values.some(({ option }) => option === 'PADDING'))
    assert.deepEqual(query?.questions, [{ name: parseName('a.types.example.'), type: 1, class: 1 }])
  })
})
