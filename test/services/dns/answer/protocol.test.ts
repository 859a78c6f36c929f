/** Headers, EDNS, options and sizes: what an answer says besides its records. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  Answerer,
  answerQuery,
  decodeMessage,
  dnsType,
  edeCode,
  ednsCode,
  ednsValue,
  encodeMessage,
  type Message,
  opcode,
  parseName,
  Zone,
} from '#lanework/services/dns/index.js'
import { sipHash } from '#lanework/services/dns/answer/siphash.js'
import { answerCookie } from '#lanework/services/dns/answer/cookie.js'
import { ask, head } from '../../../support/dns-ask.js'
import { emptyMessage, hex } from '../../../support/dns-messages.js'
import { rulesZone } from '../../../support/dns-rule-zones.js'

const zones = [Zone.parse(rulesZone, { origin: 'example.' })]
const question = { name: parseName('www.example.'), type: dnsType.A, class: 1 }
const edns = { udpSize: 4096, version: 0, dnssecOk: false, flags: 0, options: [] }

const answerTo = (message: Partial<Message>, transport: 'udp' | 'tcp' = 'udp', now = 1_700_000_000_000): Message =>
  decodeMessage(
    answerQuery(zones, encodeMessage({ ...emptyMessage, questions: [question], ...message }), {
      transport,
      peer: '192.0.2.77',
      now,
    })!,
  )

describe('a header', () => {
  it('has id, opcode, RD and CD of the query, and neither RA nor AD', () => {
    const answer = answerTo({ id: 0xabcd, rd: true, cd: true, ad: true, z: true })
    assert.equal(answer.id, 0xabcd)
    assert.equal(head(answer), 'NOERROR aa rd cd')
    assert.equal(answer.z, false)
    assert.ok(answer.isResponse)
  })
})

describe('an answer over UDP', () => {
  it('is no longer than the client takes, however long the name of the server is', () => {
    const answerer = new Answerer(zones, { nsid: new Uint8Array(3_000) })
    const options = [{ code: ednsCode.NSID, data: new Uint8Array() }]
    for (const name of ['www.example.', 'nope.other.', 'nope.example.']) {
      const questions = [{ ...question, name: parseName(name) }]
      const query = encodeMessage({ ...emptyMessage, questions, edns: { ...edns, udpSize: 512, options } })
      const answer = answerer.answer(query, { transport: 'udp' })!
      assert.ok(answer.length <= 512, name)
      assert.notEqual(decodeMessage(answer).edns, undefined)
      assert.ok(answerer.answer(query, { transport: 'tcp' })!.length > 3_000, name)
    }
  })
})

describe('an answerer that is given other zones', () => {
  const zoneOf = (name: string, lines: string): Zone =>
    Zone.parse(`$TTL 60\n@ SOA ns mail 1 1 1 1 1\n@ NS ns\n${lines}\n`, { origin: `${name}.` })

  it('says what these say, of names in between too, and keeps its word where they are the same', () => {
    const one = zoneOf('one', 'www CNAME www.two.')
    const answerer = new Answerer([one, zoneOf('two', 'www A 192.0.2.1')])
    const query = encodeMessage({ ...emptyMessage, questions: [{ ...question, name: parseName('www.one.') }] })
    const addresses = (): string[] =>
      // What is asked for again is kept.
      [1, 2, 3].map(() =>
        decodeMessage(answerer.answer(query, { transport: 'udp' })!)
          .answers.at(-1)!
          .data.join('.'),
      )
    assert.deepEqual(addresses(), ['192.0.2.1', '192.0.2.1', '192.0.2.1'])
    const other = [one, zoneOf('two', 'www A 192.0.2.2')]
    answerer.replaceZones(other)
    assert.deepEqual(addresses(), ['192.0.2.2', '192.0.2.2', '192.0.2.2'])
    const { zones: before } = answerer
    answerer.replaceZones(other)
    assert.equal(answerer.zones, before)
    answerer.replaceZones([])
    assert.equal(head(decodeMessage(answerer.answer(query, { transport: 'udp' })!)), 'REFUSED')
  })
})

describe('nothing is answered', () => {
  it('to answers, nor to what is shorter than a header', () => {
    const query = encodeMessage({ ...emptyMessage, isResponse: true, questions: [question] })
    assert.equal(answerQuery(zones, query, { transport: 'udp' }), undefined)
    for (let size = 0; size < 12; size++)
      assert.equal(answerQuery(zones, new Uint8Array(size), { transport: 'udp' }), undefined)
  })
})

describe('an error', () => {
  it('FORMERR is for what is malformed, for no question and for two', () => {
    assert.equal(head(answerTo({ questions: [] })), 'FORMERR')
    assert.equal(head(answerTo({ questions: [question, question] })), 'FORMERR')
    const cut = encodeMessage({ ...emptyMessage, questions: [question] }).slice(0, 20)
    assert.equal(head(decodeMessage(answerQuery(zones, cut, { transport: 'udp' })!)), 'FORMERR')
  })
  it('NOTIMP is for other opcodes', () => {
    for (const code of [opcode.IQUERY, opcode.STATUS, 3, 15]) {
      const answer = answerTo({ opcode: code })
      assert.equal(head(answer), 'NOTIMP')
      assert.equal(answer.opcode, code)
    }
  })
  it('REFUSED is for names outside, for other classes and for transfers, and says why (RFC 8914)', () => {
    assert.equal(head(ask(zones, 'www.test.')), 'REFUSED')
    assert.equal(head(ask(zones, '.')), 'REFUSED')
    assert.equal(head(answerTo({ questions: [{ ...question, class: 3 }] })), 'REFUSED')
    assert.equal(head(answerTo({ questions: [{ ...question, type: dnsType.AXFR }] }, 'tcp')), 'REFUSED')
    const [option] = answerTo({ questions: [{ ...question, name: parseName('a.') }], edns }).edns!.options
    assert.deepEqual(ednsValue(option!), { option: 'EDE', code: edeCode.NotAuthoritative, text: '' })
    assert.equal(answerTo({ questions: [{ ...question, name: parseName('a.') }] }).edns, undefined)
  })
  it('REFUSED is for the version too, which nobody needs to know', () => {
    const version = { name: parseName('version.bind.'), type: dnsType.TXT, class: 3 }
    assert.equal(head(answerTo({ questions: [version] })), 'REFUSED')
  })
  it('BADVERS is for versions of EDNS to come (RFC 6891 6.1.3)', () => {
    const answer = answerTo({ edns: { ...edns, version: 1 } })
    assert.equal(head(answer), 'BADVERS')
    assert.equal(answer.edns?.version, 0)
  })
})

describe('EDNS (RFC 6891)', () => {
  it('is answered with EDNS, and DO with DO, flags and options unknown being passed over', () => {
    assert.equal(answerTo({}).edns, undefined)
    const answer = answerTo({
      edns: { ...edns, dnssecOk: true, flags: 0x7fff, options: [{ code: 65001, data: hex('01') }] },
    })
    assert.deepEqual(answer.edns, { udpSize: 1232, version: 0, dnssecOk: true, flags: 0, options: [] })
    assert.equal(head(answer), 'NOERROR aa')
  })
  it('bounds an answer at 512 bytes without it, then at what the client takes, then at 1,232', () => {
    const big = { questions: [{ ...question, name: parseName('big.example.'), type: dnsType.TXT }] }
    const sizes = [undefined, 100, 512, 1000, 4096].map((udpSize) => {
      const query = encodeMessage({
        ...emptyMessage,
        ...big,
        ...(udpSize === undefined ? {} : { edns: { ...edns, udpSize } }),
      })
      const bytes = answerQuery(zones, query, { transport: 'udp' })!
      const answer = decodeMessage(bytes)
      assert.equal(head(answer), 'NOERROR aa tc')
      // Sets go out whole or not at all.
      assert.equal(answer.answers.length, 0)
      assert.equal(answer.edns === undefined, udpSize === undefined)
      return bytes.length
    })
    assert.ok(Math.max(...sizes) <= 512)
    const whole = answerTo({ ...big, edns }, 'tcp')
    assert.equal(head(whole), 'NOERROR aa')
    assert.equal(whole.answers.length, 12)
  })
  it('keeps what fits of a referral, and sets TC where addresses below the cut do not (RFC 9471)', () => {
    const hosts = Array.from({ length: 20 }, (_, at) => `sub NS ns${at}.sub\nns${at}.sub A 192.0.2.${at}`).join('\n')
    const many = [Zone.parse(`$TTL 9\n@ SOA ns m 1 2 3 4 5\n${hosts}\n`, { origin: 'z.' })]
    assert.equal(head(ask(many, 'a.sub.z.')), 'NOERROR tc')
    assert.equal(ask(many, 'a.sub.z.').authorities.length, 20)
    assert.equal(head(ask(many, 'a.sub.z.', 'A', { udpBytes: 1232 })), 'NOERROR')
    const far = [Zone.parse(`$TTL 9\n@ SOA ns m 1 2 3 4 5\n${hosts.replaceAll('.sub', '.other')}\n`, { origin: 'z.' })]
    assert.equal(head(ask(far, 'a.sub.z.')), 'NOERROR')
  })
  it('pads over TCP where it is asked to (RFC 7830)', () => {
    const options = [{ code: ednsCode.PADDING, data: new Uint8Array(3) }]
    const query = encodeMessage({ ...emptyMessage, questions: [question], edns: { ...edns, options } })
    assert.equal(answerQuery(zones, query, { transport: 'tcp' })!.length % 468, 0)
    assert.ok(answerQuery(zones, query, { transport: 'udp' })!.length < 200)
  })
})

describe('a cookie (RFC 7873, RFC 9018)', () => {
  const client = hex('2464c4abcf10c957')
  const cookieIn = (answer: Message): Uint8Array | undefined =>
    answer.edns?.options.find(({ code }) => code === ednsCode.COOKIE)?.data
  const withCookie = (data: Uint8Array) => ({ edns: { ...edns, options: [{ code: ednsCode.COOKIE, data }] } })

  it("is made of the client's own, and comes back as it is while it is young", () => {
    const first = cookieIn(answerTo(withCookie(client)))!
    assert.equal(first.length, 24)
    assert.deepEqual([...first.subarray(0, 8)], [...client])
    assert.deepEqual(cookieIn(answerTo(withCookie(first))), first)
    assert.notDeepEqual(cookieIn(answerTo(withCookie(first), 'udp', 1_700_002_000_000)), first)
  })
  it('of a wrong length is FORMERR', () => {
    for (const size of [0, 7, 9, 15, 41]) assert.equal(head(answerTo(withCookie(new Uint8Array(size)))), 'FORMERR')
  })
  it('may be asked for without a question', () => {
    const answer = answerTo({ questions: [], ...withCookie(client) })
    assert.equal(head(answer), 'NOERROR')
    assert.equal(cookieIn(answer)?.length, 24)
  })
  it('is that of RFC 9018 A.1', () => {
    const secrets = [hex('e5e973e5a6b2a43f48e7dc849e37bfcf')]
    const { data } = answerCookie(client, hex('c6336464'), 1_559_731_985, secrets)
    assert.equal(Buffer.from(data!).toString('hex'), '2464c4abcf10c957010000005cf79f111f8130c3eee29480')
    assert.equal(answerCookie(data!, hex('c6336464'), 1_559_731_985 + 60, secrets).state, 'good')
    assert.equal(answerCookie(data!, hex('c6336465'), 1_559_731_985 + 60, secrets).state, 'bad')
    assert.equal(answerCookie(data!, hex('c6336464'), 1_559_731_985 + 3_601, secrets).state, 'bad')
    assert.equal(answerCookie(data!, hex('c6336464'), 1_559_731_985 - 301, secrets).state, 'bad')
  })
  it('hashes as the authors of SipHash do', () => {
    const key = Uint8Array.from({ length: 16 }, (_, at) => at)
    const hash = (size: number) =>
      Buffer.from(
        sipHash(
          key,
          Uint8Array.from({ length: size }, (_, at) => at),
        ),
      ).toString('hex')
    assert.equal(hash(0), '310e0edd47db6f72')
    assert.equal(hash(1), 'fd67dc93c539f874')
    assert.equal(hash(15), 'e545be4961ca29a1')
  })
})
