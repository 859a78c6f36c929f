/** Data of records: typed values to bytes and back, for every type of the table; and what is refused. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  checkData,
  className,
  classNumber,
  dataOf,
  dnsType,
  ednsName,
  edeName,
  opcodeName,
  parseName,
  rcodeName,
  type RecordValue,
  recordOf,
  recordValue,
  type ResourceRecord,
  typeName,
  typeNumber,
} from '#lanework/services/dns/index.js'
import { typedNames, valuesOf } from '../../../support/dns-values.js'

const owner = parseName('example.')

function recordWith(type: number, data: Uint8Array | readonly number[]): ResourceRecord {
  return { name: owner, type, class: 1, ttl: 0, data: Uint8Array.from(data) }
}

const refused = (type: number, data: Uint8Array | readonly number[], reason: RegExp) =>
  assert.throws(
    () => recordValue(recordWith(type, data)),
    (error) =>
      isLaneworkError(error, 'DNS_DATA_INVALID') && reason.test(`${error.detail.field}: ${error.detail.reason}`),
  )

describe('data of every type comes back from its bytes', () => {
  for (const type of typedNames) {
    it(type, () => {
      fc.assert(
        fc.property(valuesOf(type), (value) => {
          const record = recordOf(owner, 60, value as unknown as RecordValue)
          assert.equal(record.type, typeNumber(type))
          assert.deepEqual({ ...recordValue(record) }, value)
          assert.deepEqual(dataOf(recordValue(record)), record.data)
        }),
        { numRuns: 60 },
      )
    })
  }
})

describe('bytes that are no data', () => {
  it('of any type and kind are refused with a typed error, or read', () => {
    fc.assert(
      fc.property(fc.constantFrom(...typedNames), fc.uint8Array({ maxLength: 80 }), (type, data) => {
        try {
          // What is read is written as the same bytes: no type has two forms of one value.
          const value = recordValue(recordWith(dnsType[type], data))
          assert.deepEqual(dataOf(value), data)
        } catch (error) {
          assert.ok(isLaneworkError(error, 'DNS_DATA_INVALID'), String(error))
        }
      }),
      { numRuns: 5000 },
    )
  })
  it('are refused where they end early or late, naming the field', () => {
    refused(dnsType.A, [1, 2, 3], /address: 4 bytes wanted where 3 are left/)
    refused(dnsType.A, [1, 2, 3, 4, 5], /1 bytes follow its last field/)
    refused(dnsType.MX, [0, 10, 3, 0x61], /exchange: 3 bytes wanted where 1 are left/)
  })
  it('are refused where a name in them is compressed or too long', () => {
    refused(dnsType.NS, [0xc0, 12], /host: its name is compressed/)
    refused(dnsType.NS, [0x41, 0], /label of an unknown kind/)
    refused(
      dnsType.NS,
      Uint8Array.of(...Array.from({ length: 5 }, () => [60, ...Buffer.alloc(60)]).flat(), 0),
      /more than 255/,
    )
  })
  it('are refused where a bitmap of types is not in its one form', () => {
    const next = [0]
    refused(dnsType.NSEC, [...next, 0, 0], /a window of 0 bytes/)
    refused(dnsType.NSEC, [...next, 0, 33, ...Buffer.alloc(33, 1)], /a window of 33 bytes/)
    refused(dnsType.NSEC, [...next, 0, 2, 0x40, 0], /ends with a zero byte/)
    refused(dnsType.NSEC, [...next, 1, 1, 0x40, 0, 1, 0x40], /do not ascend/)
  })
  it('are refused where parameters of a service do not fit each other', () => {
    const head = [0, 1, 0]
    refused(dnsType.SVCB, [...head, 0, 3, 0, 2, 1, 187, 0, 3, 0, 2, 1, 187], /do not ascend/)
    refused(dnsType.SVCB, [...head, 0, 3, 0, 1, 1], /port/)
    refused(dnsType.SVCB, [...head, 0, 1, 0, 2, 5, 1], /alpn/)
    refused(dnsType.SVCB, [...head, 0, 2, 0, 0], /alpn is missing/)
    refused(dnsType.SVCB, [...head, 0, 0, 0, 2, 0, 3], /mandatory: port is missing/)
    refused(dnsType.SVCB, [...head, 0, 4, 0, 3, 1, 1, 1], /ipv4hint/)
    refused(dnsType.SVCB, [...head, 0, 3, 255, 255, 1], /65535 bytes wanted/)
  })
  it('are refused where a prefix, a place or a gateway is none', () => {
    refused(dnsType.APL, [0, 3, 0, 0], /family 3/)
    refused(dnsType.APL, [0, 1, 33, 0], /33 bits/)
    refused(dnsType.APL, [0, 1, 32, 5, 1, 1, 1, 1, 1], /5 bytes/)
    refused(dnsType.APL, [0, 1, 32, 2, 1, 0], /zero byte/)
    refused(dnsType.LOC, [1, ...Buffer.alloc(15)], /version/)
    refused(dnsType.LOC, [0, 0xa0, 0, 0, ...Buffer.alloc(12)], /digits/)
    refused(dnsType.IPSECKEY, [1, 4, 1, 0], /gateway type 4/)
  })
})

describe('values that are no data', () => {
  const wrong: readonly (readonly [object, RegExp])[] = [
    [{ type: 'A', address: '1.2.3' }, /an IPv4 address is wanted/],
    [{ type: 'AAAA', address: '1::2::3' }, /an IPv6 address is wanted/],
    [{ type: 'MX', preference: 65_536, exchange: '.' }, /0 to 65535/],
    [{ type: 'TXT', texts: [] }, /at least one text/],
    [{ type: 'TXT', texts: ['x'.repeat(256)] }, /at most 255/],
    [{ type: 'TXT', texts: ['€'] }, /single bytes/],
    [{ type: 'CAA', flags: 0, tag: 'a-b', value: '' }, /letters and digits/],
    [{ type: 'NSEC', next: '.', types: ['NOSUCH'] }, /a record type/],
    [{ type: 'NOSUCH', data: new Uint8Array() }, /not known/],
    [{ type: 'TYPE1', data: Uint8Array.of(1) }, /4 bytes wanted/],
    [{ type: 'TYPE999', data: new Uint8Array(65_536) }, /65536 bytes/],
    [
      { type: 'SVCB', priority: 1, target: '.', params: { others: [{ key: 3, value: new Uint8Array(2) }], port: 1 } },
      /twice/,
    ],
  ]
  for (const [value, reason] of wrong) {
    it(`${JSON.stringify(value).slice(0, 60)} is refused`, () => {
      assert.throws(
        () => recordOf(owner, 0, value as RecordValue),
        (error) => isLaneworkError(error, 'DNS_DATA_INVALID') && reason.test(error.message),
      )
    })
  }
  it('a name that is none is refused as a name', () => {
    assert.throws(() => dataOf({ type: 'NS', host: 'a..b' }), { code: 'DNS_NAME_INVALID' })
  })
})

describe('types without fields', () => {
  it('keep their bytes', () => {
    const value = recordValue(recordWith(65_280, [1, 2, 3]))
    assert.deepEqual(value, { type: 'TYPE65280', data: Uint8Array.of(1, 2, 3) })
    assert.deepEqual(dataOf(value), Uint8Array.of(1, 2, 3))
    checkData(dnsType.NULL, new Uint8Array())
  })
  it('and all others have numbers both ways', () => {
    for (let number = 0; number < 65_536; number++) assert.equal(typeNumber(typeName(number)), number)
    assert.equal(typeNumber('mx'), 15)
    assert.equal(typeNumber('type0257'), 257)
    for (const none of ['TYPE65536', 'TYPE', 'TYPE-1', 'constructor', '']) assert.equal(typeNumber(none), undefined)
  })
  it('classes and codes have names, or numbers', () => {
    assert.deepEqual([className(1), className(32), classNumber('ch'), classNumber('CLASS32')], ['IN', 'CLASS32', 3, 32])
    assert.deepEqual(
      [opcodeName(5), opcodeName(9), rcodeName(3), rcodeName(99)],
      ['UPDATE', 'OPCODE9', 'NXDOMAIN', 'RCODE99'],
    )
    assert.deepEqual(
      [ednsName(10), ednsName(99), edeName(15), edeName(999)],
      ['COOKIE', 'OPTION99', 'Blocked', 'EDE999'],
    )
  })
})
