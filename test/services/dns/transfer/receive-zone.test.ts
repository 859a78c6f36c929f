/** Transfers as they come in: whole ones, changes, and everything that is neither. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  changeBetween,
  decodeMessage,
  dnsType,
  encodeMessage,
  type Message,
  parseName,
  type ResourceRecord,
  type Zone,
} from '#lanework/services/dns/index.js'
import { type Received, ZoneReceiver } from '#lanework/services/dns/transfer/receive-zone.js'
import { axfrRecords, ixfrRecords, ixfrSerial, transferMessages } from '#lanework/services/dns/transfer/send-zone.js'
import { soaOf } from '#lanework/services/dns/transfer/serial.js'
import { emptyMessage, record } from '../../../support/dns-messages.js'
import { texts, zoneOf } from '../../../support/dns-transfer.js'

const origin = parseName('example.')
const question = { name: origin, type: dnsType.AXFR, class: 1 }
const request = { id: 7, opcode: 0, rd: false, question, edns: false }
const [old, young] = [zoneOf(1, ['a A 192.0.2.1', 'b A 192.0.2.2']), zoneOf(2, ['b A 192.0.2.2', 'c A 192.0.2.3'])]
const change = changeBetween(old, young)

/** Messages of these records, so many each. */
function messagesOf(records: readonly ResourceRecord[], size: number, more: Partial<Message> = {}): Uint8Array[] {
  const messages: Uint8Array[] = []
  for (let at = 0; at < records.length; at += size) {
    const answers = records.slice(at, at + size)
    messages.push(encodeMessage({ ...emptyMessage, id: 7, isResponse: true, questions: [question], answers, ...more }))
  }
  return messages
}

function receive(messages: Iterable<Uint8Array>, serial?: number, limitBytes = 1_000_000): Received | undefined {
  const receiver = new ZoneReceiver({ origin, id: 7, limitBytes, ...(serial === undefined ? {} : { serial }) })
  for (const message of messages) {
    const received = receiver.take(message)
    if (received !== undefined) return received
  }
  return undefined
}

function whole(received: Received | undefined): Zone {
  assert.ok(received?.kind === 'zone')
  return received.zone
}

describe('a transfer', () => {
  it('of a whole zone comes in messages of any size, as we send it too', () => {
    const records = [...axfrRecords(young)]
    for (const size of [1, 2, 3, 100]) assert.deepEqual(texts(whole(receive(messagesOf(records, size)))), texts(young))
    assert.deepEqual(texts(whole(receive(transferMessages(request, records, 0)))), texts(young))
  })
  it('of a large zone is sent in many messages, each whole, with the question in the first alone', () => {
    const large = zoneOf(
      1,
      Array.from({ length: 4_000 }, (_, at) => `n${at} TXT "${'x'.repeat(100)}"`),
    )
    const messages = [...transferMessages(request, axfrRecords(large), 300)]
    assert.ok(messages.length > 20)
    for (const [at, bytes] of messages.entries()) {
      assert.ok(bytes.length <= 0xffff - 300)
      assert.equal(decodeMessage(bytes).questions.length, at === 0 ? 1 : 0)
    }
    assert.deepEqual(texts(whole(receive(messages))), texts(large))
  })
  it('of one record as long as a message can hold goes through', () => {
    const long = zoneOf(1, [`long TXT ${`"${'x'.repeat(255)}" `.repeat(250)}`])
    assert.deepEqual(texts(whole(receive(transferMessages(request, axfrRecords(long), 300)))), texts(long))
  })
  it('of a record that no message can hold says SERVFAIL, and gives no zone', () => {
    const long = zoneOf(1, [`long TXT ${`"${'x'.repeat(255)}" `.repeat(255)}"${'x'.repeat(119)}"`, 'other A 192.0.2.1'])
    const messages = [...transferMessages(request, axfrRecords(long), 300)]
    assert.equal(decodeMessage(messages.at(-1)!).rcode, 2)
    assert.throws(
      () => receive(messages),
      (error) => isLaneworkError(error, 'TRANSFER_FAILED') && /SERVFAIL/.test(error.detail.reason),
    )
  })
  it('of changes comes in messages of any size', () => {
    const records = [...ixfrRecords(young, [change])]
    for (const size of [1, 2, 3, 100]) {
      const received = receive(messagesOf(records, size), 1)
      assert.ok(received?.kind === 'changes')
      assert.deepEqual(
        received.changes.map(({ from, to, removed, added }) => [from, to, removed.length, added.length]),
        [[1, 2, 2, 2]],
      )
    }
  })
  it('of changes is answered with the whole zone where the primary does not know them', () => {
    assert.deepEqual(texts(whole(receive(messagesOf([...axfrRecords(young)], 3), 1))), texts(young))
  })
  it('is over at once where there is nothing newer', () => {
    assert.deepEqual(receive(messagesOf([soaOf(young)], 1), 2), { kind: 'current' })
    assert.deepEqual(receive(messagesOf([soaOf(old)], 1), 2), { kind: 'current' })
    assert.equal(receive(messagesOf([soaOf(young)], 1), 1), undefined)
  })
  it('by IXFR is asked for with the serial in the authorities', () => {
    const asked = { ...emptyMessage, questions: [{ ...question, type: dnsType.IXFR }], authorities: [soaOf(old)] }
    assert.equal(ixfrSerial(decodeMessage(encodeMessage(asked))), 1)
    assert.equal(ixfrSerial({ ...asked, authorities: [] }), undefined)
  })
})

describe('a transfer that is none', () => {
  const soa = soaOf(young)
  const all = [...axfrRecords(young)]
  const inner = all.slice(1, -1)
  const [oldSoa, newSoa] = [soaOf(old), soaOf(young)]
  const a = record('x.example.', { type: 'A', address: '192.0.2.9' })
  const cases: [string, () => Uint8Array[], RegExp, number?][] = [
    ['refused by the primary', () => messagesOf([soa], 1, { rcode: 5 }), /REFUSED/],
    ['empty', () => [encodeMessage({ ...emptyMessage, id: 7, isResponse: true })], /empty/],
    ['of another id', () => messagesOf(all, 9, { id: 8 }), /not to our request/],
    ['that is no answer', () => messagesOf(all, 9, { isResponse: false }), /not to our request/],
    ['truncated', () => messagesOf(all, 9, { tc: true }), /truncated/],
    [
      'to another question',
      () => messagesOf(all, 9, { questions: [{ ...question, name: parseName('other.') }] }),
      /another question/,
    ],
    ['that begins without a SOA', () => messagesOf([...inner, soa], 9), /does not begin with a SOA/],
    ['that ends with another SOA', () => messagesOf([soa, ...inner, oldSoa], 9), /another SOA/],
    [
      'with names outside the zone',
      () => messagesOf([soa, record('a.other.', { type: 'A', address: '192.0.2.1' })], 9),
      /outside/,
    ],
    [
      'with a SOA below the zone',
      () => messagesOf([soa, { ...soa, name: parseName('sub.example.') }], 9),
      /another name/,
    ],
    ['of class CHAOS', () => messagesOf([soa, { ...a, class: 3 }], 9), /class IN/],
    ['with data that is none', () => messagesOf([soa, { ...a, data: Uint8Array.of(1) }], 9), /4 bytes/],
    [
      'with CNAME beside other data',
      () => messagesOf([soa, a, record('x.example.', { type: 'CNAME', target: 'a.' })], 9),
      /CNAME/,
    ],
    ['that goes on behind its end', () => messagesOf([...all, a], 99), /follow the last/],
    [
      'that lies about its counts',
      () => messagesOf(all, 99).map((bytes) => ((bytes[7] = 200), bytes)),
      /announced|wanted/,
    ],
    [
      'longer than allowed',
      () => messagesOf([soa, ...Array.from({ length: 9_000 }, () => a)], 500),
      /more than 100000 bytes/,
    ],
    [
      'whose changes begin elsewhere',
      () => messagesOf([newSoa, ...change.removed, ...change.added, newSoa], 99),
      /begins at 1 and not at 0/,
      0,
    ],
    [
      'whose changes lead nowhere',
      () => messagesOf([soaOf(zoneOf(3)), ...change.removed, ...change.added, soaOf(zoneOf(3))], 99),
      /do not lead/,
      1,
    ],
    [
      'whose changes lead back',
      () => messagesOf([newSoa, newSoa, oldSoa, newSoa].toSpliced(1, 1, soaOf(zoneOf(4))), 99),
      /begins at 4|leads back/,
      1,
    ],
  ]
  for (const [what, messages, reason, serial] of cases) {
    it(`${what} is refused`, () => {
      assert.throws(
        () => receive(messages(), serial, 100_000),
        (error) => isLaneworkError(error, 'TRANSFER_FAILED') && reason.test(error.detail.reason),
      )
    })
  }
  it('cut in the middle never gives anything', () => {
    const messages = messagesOf(all, 1)
    for (let count = 0; count < messages.length; count++) assert.equal(receive(messages.slice(0, count)), undefined)
  })
  it('of any bytes is refused, and nothing else is thrown', () => {
    const messages = messagesOf(all, 99)
    fc.assert(
      fc.property(fc.nat(messages[0]!.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bytes = Uint8Array.from(messages[0]!)
        bytes[at] = bytes[at]! ^ flip
        try {
          receive([bytes])
        } catch (error) {
          assert.ok(isLaneworkError(error, 'TRANSFER_FAILED'), String(error))
        }
      }),
      { numRuns: 1_000 },
    )
  })
})
