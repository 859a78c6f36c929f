/** Messages: to bytes and back, compression, truncation; and packets that others wrote. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodeMessage,
  dnsType,
  encodeMessage,
  formatName,
  formatRecord,
  type Message,
  parseName,
  recordValue,
  type ResourceRecord,
} from '#lanework/services/dns/index.js'
import { emptyMessage, hex, messages, record } from '../../../support/dns-messages.js'

const texts = (records: readonly ResourceRecord[]) => records.map((one) => formatRecord(one).replaceAll('\t', ' '))

describe('a message', () => {
  it('comes back from its bytes, compressed or not', () => {
    fc.assert(
      fc.property(messages, fc.boolean(), (message, compress) => {
        assert.deepEqual(decodeMessage(encodeMessage(message, { compress })), message)
      }),
      { numRuns: 300 },
    )
  })
  it('is a copy: what is written over its bytes later does not change it', () => {
    fc.assert(
      fc.property(messages, fc.boolean(), (message, isBuffer) => {
        const encoded = encodeMessage(message)
        const bytes = isBuffer ? Buffer.from(encoded) : encoded.slice()
        const decoded = decodeMessage(bytes)
        bytes.fill(0xff)
        assert.deepEqual(decoded, message)
      }),
      { numRuns: 50 },
    )
  })
  it('has each header bit in its place', () => {
    const bits = { isResponse: 0x8000, aa: 0x400, tc: 0x200, rd: 0x100, ra: 0x80, z: 0x40, ad: 0x20, cd: 0x10 }
    for (const [bit, number] of Object.entries(bits)) {
      const bytes = encodeMessage({ ...emptyMessage, [bit]: true })
      assert.equal(bytes[2]! * 256 + bytes[3]!, number, bit)
    }
    assert.equal(encodeMessage({ ...emptyMessage, opcode: 5, rcode: 3 })[2], 0x28)
  })
  it('has response codes above 15 in OPT', () => {
    const edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] }
    const bytes = encodeMessage({ ...emptyMessage, rcode: 23, edns })
    assert.deepEqual(bytes.slice(12), hex('00 0029 04d0 01 00 0000 0000'))
    assert.equal(decodeMessage(bytes).rcode, 23)
  })
})

describe('a packet that others wrote is read', () => {
  it('the example of compression in RFC 1035 4.1.4: names at 40, 60, 84 and 112', () => {
    // A record of a type without fields has the names in its data, as far from each other as in the RFC.
    const message = new Uint8Array(150)
    message.set(hex('0001 8000 0000 0005 0000 0000  00 ff00 0001 00000000 007f'))
    message.set(hex('0146 03495349 0441525041 00'), 40)
    message.set(hex('03464f4f c028'), 60)
    message.set(hex('c02e'), 84)
    const pointers = [40, 60, 84, 112].map((offset) =>
      Uint8Array.of(0xc0, offset, ...hex('0001 0001 0000003c 0004 c0000201')),
    )
    const { answers } = decodeMessage(Buffer.concat([message, ...pointers]))
    assert.deepEqual(
      answers.slice(1).map(({ name }) => formatName(name)),
      ['F.ISI.ARPA.', 'FOO.F.ISI.ARPA.', 'ARPA.', '.'],
    )
  })
  it('a query as dig sends it, with a cookie, and writes the same bytes again', () => {
    const query = hex(
      'a1b2 0120 0001 0000 0000 0001 076578616d706c6503636f6d00 000f 0001 000029 04d0 0000 8000 000c 000a 0008 0102030405060708',
    )
    const message = decodeMessage(query)
    assert.equal(message.id, 0xa1b2)
    assert.deepEqual([message.rd, message.ad, message.edns?.dnssecOk, message.edns?.udpSize], [true, true, true, 1232])
    assert.deepEqual(message.questions, [{ name: parseName('example.com.'), type: dnsType.MX, class: 1 }])
    assert.deepEqual(encodeMessage(message), query)
  })
  it('names in SRV and NAPTR come compressed from old servers and go out in full', () => {
    const head = '0001 8400 0001 0001 0000 0000  076578616d706c6500 0021 0001'
    const compressed = hex(`${head} c00c 0021 0001 0000003c 000a 0001 0002 0035 01 78 c00c`)
    const [srv] = decodeMessage(compressed).answers
    assert.deepEqual(recordValue(srv!), { type: 'SRV', priority: 1, weight: 2, port: 53, target: 'x.example.' })
    assert.deepEqual(
      encodeMessage(decodeMessage(compressed)),
      hex(`${head} c00c 0021 0001 0000003c 0011 0001 0002 0035 01 78 076578616d706c6500`),
    )
  })
  it('names in types that are newer are never read as compressed', () => {
    const bytes = hex('0001 8400 0000 0001 0000 0000  076578616d706c6500 0027 0001 0000003c 0002 c00c')
    const [dname] = decodeMessage(bytes).answers
    assert.throws(() => recordValue(dname!), { code: 'DNS_DATA_INVALID' })
    assert.deepEqual(encodeMessage(decodeMessage(bytes)), bytes)
  })
})

describe('compression', () => {
  const zone = (count: number): ResourceRecord[] =>
    Array.from({ length: count }, (_, at) => record(`host${at}.example.`, { type: 'A', address: '192.0.2.1' }))

  it('points at the longest end that was written, in owners and in data of RFC 1035 types', () => {
    const bytes = encodeMessage({
      ...emptyMessage,
      questions: [{ name: parseName('www.example.'), type: 1, class: 1 }],
      answers: [
        record('www.example.', { type: 'CNAME', target: 'web.example.' }),
        record('web.example.', { type: 'A', address: '192.0.2.1' }),
      ],
    })
    assert.deepEqual(
      bytes.slice(12),
      hex(`03777777 076578616d706c65 00 0001 0001
      c00c 0005 0001 0000003c 0006 03776562 c010   c029 0001 0001 0000003c 0004 c0000201`),
    )
  })
  it('keeps case: only the same bytes are pointed at', () => {
    const answers = [record('a.Example.', { type: 'NS', host: 'A.eXAMPLE.' })]
    assert.deepEqual(texts(decodeMessage(encodeMessage({ ...emptyMessage, answers })).answers), [
      'a.Example. 60 IN NS A.eXAMPLE.',
    ])
  })
  it('never points beyond 14 bits, and stays right in the largest messages', () => {
    const answers = zone(2_500)
    const bytes = encodeMessage({ ...emptyMessage, answers })
    assert.ok(bytes.length > 0x8000)
    assert.deepEqual(decodeMessage(bytes).answers, answers)
  })
  it('of names whose ends all share a few hashes still ends', () => {
    const long = Array.from({ length: 600 }, (_, at) =>
      record(`${'a.'.repeat(100)}x${at}.`, { type: 'NS', host: `${'b.'.repeat(100)}x${at}.` }),
    )
    const bytes = encodeMessage({ ...emptyMessage, answers: long.slice(0, 150) })
    assert.deepEqual(decodeMessage(bytes).answers, long.slice(0, 150))
  })
})

describe('truncation', () => {
  const address = (name: string, last: number) => record(name, { type: 'A', address: `192.0.2.${last}` })
  const edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] }
  const message: Message = {
    ...emptyMessage,
    isResponse: true,
    questions: [{ name: parseName('example.'), type: 1, class: 1 }],
    answers: [address('example.', 1), address('example.', 2), address('b.example.', 1), address('b.example.', 2)],
    authorities: [record('example.', { type: 'NS', host: 'ns.example.' })],
    additionals: [address('ns.example.', 1), record('ns.example.', { type: 'AAAA', address: '::1' })],
    edns,
  }
  const whole = encodeMessage(message).length

  it('at every limit: fits, keeps OPT, cuts whole sets, and says TC where answer or authority is cut', () => {
    for (let limit = 12 + 13 + 11; limit <= whole; limit++) {
      const bytes = encodeMessage(message, { limit })
      assert.ok(bytes.length <= limit)
      const cut = decodeMessage(bytes)
      assert.deepEqual(cut.edns, edns)
      assert.ok([0, 2, 4].includes(cut.answers.length), `${limit}: ${cut.answers.length}`)
      const isCut = cut.answers.length < 4 || cut.authorities.length < 1
      assert.equal(cut.tc, isCut)
      if (cut.answers.length < 4) assert.equal(cut.authorities.length, 0)
      if (isCut) assert.equal(cut.additionals.length, 0)
    }
    assert.equal(decodeMessage(encodeMessage(message, { limit: whole - 1 })).additionals.length, 1)
  })
  it('keeps a set and its RRSIG together', () => {
    const signature = record('example.', {
      type: 'RRSIG',
      covered: 'A',
      algorithm: 8,
      labels: 1,
      originalTtl: 60,
      expiration: 2,
      inception: 1,
      keyTag: 3,
      signer: 'example.',
      signature: new Uint8Array(64),
    })
    const signed = { ...message, answers: [...message.answers.slice(0, 2), signature] }
    const cut = decodeMessage(encodeMessage(signed, { limit: 120 }))
    assert.deepEqual([cut.answers.length, cut.tc], [0, true])
    assert.equal(decodeMessage(encodeMessage(signed, { limit: 200 })).answers.length, 3)
  })
  it('keeps the signature of the transaction, last', () => {
    const tsig = record('key.', {
      type: 'TSIG',
      algorithm: 'hmac-sha256.',
      time: 1,
      fudge: 300,
      mac: new Uint8Array(32),
      originalId: 1,
      error: 0,
      other: new Uint8Array(),
    })
    const signed = { ...message, additionals: [...message.additionals, tsig] }
    const cut = decodeMessage(encodeMessage(signed, { limit: 140 }))
    assert.deepEqual([cut.tc, cut.additionals.map(({ type }) => type)], [true, [dnsType.TSIG]])
  })
  it('is refused where not even the question fits', () => {
    assert.throws(() => encodeMessage(message, { limit: 30 }), { code: 'MESSAGE_TOO_LONG' })
  })
  it('holds for the 65,535 bytes that any message has', () => {
    const texts = Array.from({ length: 300 }, (_, at) => record(`t${at}.`, { type: 'TXT', texts: ['x'.repeat(255)] }))
    const cut = decodeMessage(encodeMessage({ ...emptyMessage, answers: texts }))
    assert.equal(cut.tc, true)
    assert.ok(cut.answers.length > 200)
  })
})
