/** Dynamic update (RFC 2136): each prerequisite, each form of update, all or nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeMessage,
  dnsType,
  encodeMessage,
  parseZone,
  rcode,
  rcodeName,
  type ResourceRecord,
  updateZone,
  type UpdateResult,
  type ValueOf,
  Zone,
} from '#lanework/services/dns/index.js'
import { isNewer, nextSerial } from '#lanework/services/dns/transfer/serial.js'
import { emptyMessage } from '../../../support/dns-messages.js'
import { texts, updateRecord as rr, zoneOf } from '../../../support/dns-transfer.js'

const [any, none] = [255, 254]
const a = (address: string): { value: { type: 'A'; address: string } } => ({ value: { type: 'A', address } })
const lines = ['www A 192.0.2.80', 'www A 192.0.2.81', 'ftp CNAME www', 'a.b.c TXT "x"']

/** Updates as they come: as bytes. */
function update(zone: Zone, updates: ResourceRecord[], prerequisites: ResourceRecord[] = []): UpdateResult {
  const questions = [{ name: zone.origin, type: dnsType.SOA, class: 1 }]
  const message = { ...emptyMessage, opcode: 5, questions, answers: prerequisites, authorities: updates }
  return updateZone(zone, decodeMessage(encodeMessage(message)))
}

/** What came and went, SOA aside, and the serial. */
function difference(before: Zone, { zone }: UpdateResult): string[] {
  const [old, young] = [texts(before), zone === undefined ? texts(before) : texts(zone)]
  return [
    ...old.filter((one) => !young.includes(one) && !/ SOA /.test(one)).map((one) => `- ${one}`),
    ...young.filter((one) => !old.includes(one) && !/ SOA /.test(one)).map((one) => `+ ${one}`),
  ]
}

describe('a prerequisite', () => {
  const zone = zoneOf(1, lines)
  const cases: [string, ResourceRecord[], string][] = [
    ['a name in use', [rr('www.example.', 255, { class: any })], 'NOERROR'],
    ['a name in use that is not there', [rr('nope.example.', 255, { class: any })], 'NXDOMAIN'],
    ['a name in use that is an empty non-terminal', [rr('b.c.example.', 255, { class: any })], 'NXDOMAIN'],
    ['a name not in use', [rr('nope.example.', 255, { class: none })], 'NOERROR'],
    ['a name not in use that is', [rr('WWW.example.', 255, { class: none })], 'YXDOMAIN'],
    ['a set that is there', [rr('www.example.', 1, { class: any })], 'NOERROR'],
    ['a set that is not', [rr('www.example.', 16, { class: any })], 'NXRRSET'],
    ['no set where there is none', [rr('www.example.', 16, { class: none })], 'NOERROR'],
    ['no set where there is one', [rr('www.example.', 1, { class: none })], 'YXRRSET'],
    [
      'a set of these values, in any order',
      [rr('www.example.', 1, a('192.0.2.81')), rr('www.example.', 1, a('192.0.2.80'))],
      'NOERROR',
    ],
    ['a set of fewer values', [rr('www.example.', 1, a('192.0.2.81'))], 'NXRRSET'],
    ['a set of another value', [rr('ns.example.', 1, a('192.0.2.2'))], 'NXRRSET'],
    [
      'names in data without case',
      [rr('ftp.example.', 5, { value: { type: 'CNAME', target: 'WWW.example.' } })],
      'NOERROR',
    ],
    ['outside the zone', [rr('www.other.', 255, { class: any })], 'NOTZONE'],
    ['with a TTL', [rr('www.example.', 255, { class: any, ttl: 1 })], 'FORMERR'],
    ['with data where there must be none', [rr('www.example.', 1, { class: any, ...a('192.0.2.80') })], 'FORMERR'],
    ['of an unknown class', [rr('www.example.', 1, { class: 3 })], 'FORMERR'],
  ]
  for (const [what, prerequisites, code] of cases) {
    it(`${what}: ${code}`, () => {
      const result = update(zone, [rr('new.example.', 1, { ttl: 60, ...a('192.0.2.9') })], prerequisites)
      assert.equal(rcodeName(result.rcode), code)
      // All, or nothing.
      assert.equal(result.zone !== undefined, code === 'NOERROR')
    })
  }
})

describe('an update', () => {
  const zone = zoneOf(7, lines)
  const cname = (target: string): { ttl: number; value: { type: 'CNAME'; target: string } } => ({
    ttl: 60,
    value: { type: 'CNAME', target },
  })
  const soa = (serial: number): { ttl: number; value: ValueOf<'SOA'> } => ({
    ttl: 60,
    value: {
      type: 'SOA',
      primary: 'ns.example.',
      mailbox: 'mail.example.',
      serial,
      refresh: 1,
      retry: 1,
      expire: 1,
      minimum: 1,
    },
  })
  const cases: [string, ResourceRecord[], string[]][] = [
    ['adds a record', [rr('new.example.', 1, { ttl: 60, ...a('192.0.2.9') })], ['+ new.example. 60 IN A 192.0.2.9']],
    ['adds to a set', [rr('ns.example.', 1, { ttl: 60, ...a('192.0.2.9') })], ['+ ns.example. 60 IN A 192.0.2.9']],
    [
      'gives the whole set its TTL',
      [rr('www.example.', 1, { ttl: 90, ...a('192.0.2.80') })],
      [
        '- www.example. 60 IN A 192.0.2.80',
        '- www.example. 60 IN A 192.0.2.81',
        '+ www.example. 90 IN A 192.0.2.80',
        '+ www.example. 90 IN A 192.0.2.81',
      ],
    ],
    [
      'deletes a set',
      [rr('www.example.', 1, { class: any })],
      ['- www.example. 60 IN A 192.0.2.80', '- www.example. 60 IN A 192.0.2.81'],
    ],
    [
      'deletes one record',
      [rr('www.example.', 1, { class: none, ...a('192.0.2.81') })],
      ['- www.example. 60 IN A 192.0.2.81'],
    ],
    ['deletes all of a name', [rr('ftp.example.', 255, { class: any })], ['- ftp.example. 60 IN CNAME www.example.']],
    ['leaves SOA and NS of the apex', [rr('example.', 255, { class: any })], []],
    [
      'leaves the last NS of the apex',
      [rr('example.', 2, { class: none, value: { type: 'NS', host: 'ns.example.' } })],
      [],
    ],
    ['passes over what is not there', [rr('nope.example.', 1, { class: none, ...a('192.0.2.81') })], []],
    ['puts no CNAME beside other data', [rr('www.example.', 5, cname('ns.example.'))], []],
    ['puts no other data beside a CNAME', [rr('ftp.example.', 1, { ttl: 60, ...a('192.0.2.9') })], []],
    [
      'puts a CNAME in place of another',
      [rr('ftp.example.', 5, cname('ns.example.'))],
      ['- ftp.example. 60 IN CNAME www.example.', '+ ftp.example. 60 IN CNAME ns.example.'],
    ],
    [
      'does what it says in order',
      [rr('ftp.example.', 255, { class: any }), rr('ftp.example.', 1, { ttl: 60, ...a('192.0.2.9') })],
      ['- ftp.example. 60 IN CNAME www.example.', '+ ftp.example. 60 IN A 192.0.2.9'],
    ],
    [
      'takes a TTL that is none as 0',
      [rr('new.example.', 1, { ttl: 0x8000_0000, ...a('192.0.2.9') })],
      ['+ new.example. 0 IN A 192.0.2.9'],
    ],
    ['leaves an older SOA', [rr('example.', 6, soa(6))], []],
    ['leaves a SOA that is not the apex', [rr('www.example.', 6, soa(9))], []],
  ]
  for (const [what, updates, expected] of cases) {
    it(what, () => {
      const result = update(zone, updates)
      assert.equal(rcodeName(result.rcode), 'NOERROR')
      assert.deepEqual(difference(zone, result), expected)
      assert.equal(result.zone?.serial ?? 7, expected.length > 0 ? 8 : 7)
      assert.equal(result.change?.from ?? 7, 7)
    })
  }
  it('takes the serial of its own SOA where that is newer, over the end of the numbers too', () => {
    assert.equal(update(zone, [rr('example.', 6, soa(100))]).zone?.serial, 100)
    const last = zoneOf(0xffff_ffff)
    assert.equal(update(last, [rr('n.example.', 1, a('192.0.2.9'))]).zone?.serial, 1)
    assert.equal(update(last, [rr('example.', 6, soa(3))]).zone?.serial, 3)
  })
  const refused: [string, ResourceRecord[], string][] = [
    ['outside the zone', [rr('www.other.', 1, a('192.0.2.9'))], 'NOTZONE'],
    ['of a type that no record has', [rr('www.example.', 252, { ttl: 60 })], 'FORMERR'],
    ['of type ANY to add', [rr('www.example.', 255, { ttl: 60 })], 'FORMERR'],
    ['with data that its type does not have', [{ ...rr('www.example.', 1), data: Uint8Array.of(1, 2) }], 'FORMERR'],
    ['that deletes a set and has data', [rr('www.example.', 1, { class: any, ...a('192.0.2.9') })], 'FORMERR'],
    ['that deletes with a TTL', [rr('www.example.', 1, { class: any, ttl: 5 })], 'FORMERR'],
    ['that deletes a record of type ANY', [rr('www.example.', 255, { class: none })], 'FORMERR'],
    ['of class CHAOS', [rr('www.example.', 1, { class: 3, ...a('192.0.2.9') })], 'FORMERR'],
  ]
  for (const [what, updates, code] of refused) {
    it(`${what}: ${code}, and what comes before it is not done either`, () => {
      const result = update(zone, [rr('first.example.', 1, a('192.0.2.9')), ...updates])
      assert.equal(rcodeName(result.rcode), code)
      assert.equal(result.zone, undefined)
    })
  }
  for (const [type, line] of [
    [dnsType.DNSKEY, '@ DNSKEY 257 3 13 AAAA'],
    [dnsType.NSEC, '@ NSEC ns NS SOA'],
    [dnsType.NSEC3PARAM, '@ NSEC3PARAM 1 0 1 AB'],
    [dnsType.RRSIG, '@ RRSIG A 13 1 60 20300101000000 20200101000000 1 @ AAAA'],
    [dnsType.NSEC3, '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 0 1 AB 2t7b4g4vsa5smi47k61mv5bv1a22bojr A'],
  ] as const) {
    it(`adds no record of type ${type}, which says that the zone is signed`, () => {
      const text = `$TTL 60\n${line}\n`
      const added = parseZone(text, { origin: 'example.', file: 'test' }).records.filter((one) => one.type === type)
      assert.equal(added.length, 1)
      assert.equal(update(zone, [...added]).rcode, rcode.REFUSED)
    })
  }
  it('of a signed zone is refused, with a reason: what it adds would have no signature', () => {
    const signed = zoneOf(1, ['@ DNSKEY 257 3 13 AAAA', '@ NSEC ns NS SOA'])
    const result = update(signed, [rr('n.example.', 1, a('192.0.2.9'))])
    assert.equal(result.rcode, rcode.REFUSED)
    assert.match(result.reason!, /signed/)
  })
})

describe('an update of large sets', () => {
  const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at)
  const pointer = (target: string, more: { ttl?: number; class?: number } = {}): ResourceRecord =>
    rr('many.example.', dnsType.PTR, { ...more, value: { type: 'PTR', target: `${target}.example.` } })
  const pointers = (count: number, prefix: string): ResourceRecord[] =>
    numbers(count).map((at) => pointer(`${prefix}${at}`))
  // More than a message holds, so that what takes too long with a few of them takes for ever with these.
  const run = (zone: Zone, authorities: ResourceRecord[], answers: ResourceRecord[] = []): UpdateResult =>
    updateZone(zone, { ...emptyMessage, opcode: 5, answers, authorities })
  const zone = run(zoneOf(1), pointers(4_096, 'host')).zone!

  it('looks at each record of a prerequisite once, in whatever case and however often it comes', () => {
    const add = [rr('new.example.', 1, { ttl: 60, ...a('192.0.2.9') })]
    const told = pointers(4_096, 'HOST')
    assert.equal(run(zone, add, [...told, ...told.toReversed()]).rcode, rcode.NOERROR)
    assert.equal(run(zone, add, told.slice(1)).rcode, rcode.NXRRSET)
    assert.equal(run(zone, add, [...told.slice(1), ...pointers(1, 'other')]).rcode, rcode.NXRRSET)
  })

  it('adds what a set may hold, and is refused with a record more', () => {
    assert.equal([...zone.records()].filter(({ type }) => type === dnsType.PTR).length, 4_096)
    const refused = run(zone, pointers(1, 'more'))
    assert.equal(refused.rcode, rcode.REFUSED)
    assert.match(refused.reason!, /4096/)
    const again = run(zone, pointers(4_096, 'HOST'))
    assert.deepEqual([again.rcode, again.change], [rcode.NOERROR, undefined])
  })

  it('gives the set the TTL of the last one, and takes single records away', () => {
    const changing = numbers(4_096).map((at) => pointer(`host${at}`, { ttl: at + 1 }))
    const change = run(zone, changing).change!
    assert.deepEqual([...new Set(change.added.slice(1).map(({ ttl }) => ttl))], [4_096])
    const gone = numbers(4_095).map((at) => pointer(`Host${at}`, { class: none }))
    assert.equal([...run(zone, gone).zone!.records()].filter(({ type }) => type === dnsType.PTR).length, 1)
  })
})

describe('serial numbers', () => {
  it('go round (RFC 1982)', () => {
    assert.deepEqual(
      [
        isNewer(1, 0),
        isNewer(0, 1),
        isNewer(5, 5),
        isNewer(0, 0xffff_ffff),
        isNewer(0x7fff_ffff, 0),
        isNewer(0x8000_0000, 0),
      ],
      [true, false, false, true, true, false],
    )
    assert.deepEqual([nextSerial(1), nextSerial(0xffff_ffff)], [2, 1])
  })
})
