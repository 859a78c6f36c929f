/** Dynamic update (RFC 2136): each prerequisite, each form of update, all or nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  decodeMessage,
  dnsType,
  encodeMessage,
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
  it('of a signed zone is refused, with a reason: what it adds would have no signature', () => {
    const signed = zoneOf(1, ['@ DNSKEY 257 3 13 AAAA', '@ NSEC ns NS SOA'])
    const result = update(signed, [rr('n.example.', 1, a('192.0.2.9'))])
    assert.equal(result.rcode, rcode.REFUSED)
    assert.match(result.reason!, /signed/)
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
