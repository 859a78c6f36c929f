/** Queries that mean harm, or nothing: never an exception, one small answer at most; and both ways to read one agree. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Answerer, decodeMessage, encodeMessage, Zone } from '#lanework/services/dns/index.js'
import { type Asking, queryOf } from '../../../support/dns-compare.js'
import { messages } from '../../../support/dns-messages.js'
import { drawnZone, namesFor, rulesZones } from '../../../support/dns-rule-zones.js'

const texts = { ...rulesZones, 'drawn.': drawnZone(7) }
const zones = Object.entries(texts).map(([origin, text]) => Zone.parse(text, { origin }))
const names = namesFor(texts).filter((name) => name.length < 250)
const types = [
  'A',
  'AAAA',
  'NS',
  'SOA',
  'MX',
  'TXT',
  'CNAME',
  'DNAME',
  'DS',
  'ANY',
  'RRSIG',
  'SRV',
  'TYPE65400',
  'AXFR',
]

const cookieSecrets = [new Uint8Array(16)]
const keeping = new Answerer(zones, { cookieSecrets })
const plain = new Answerer(zones, { cookieSecrets, keep: false })

/** Both answers, which must be the same bytes. */
function answered(query: Uint8Array, transport: 'udp' | 'tcp' = 'udp'): Uint8Array | undefined {
  const options = { transport, now: 0 }
  const kept = keeping.answer(query, options)?.slice()
  assert.deepEqual(kept, plain.answer(query, options)?.slice(), Buffer.from(query).toString('hex'))
  return kept
}

function checked(query: Uint8Array): void {
  const answer = answered(query)
  if (answer === undefined) return
  assert.ok(answer.length <= 1232)
  const message = decodeMessage(answer)
  assert.ok(message.isResponse)
  assert.equal(message.id, query[0]! * 256 + query[1]!)
}

const askings: fc.Arbitrary<Asking> = fc.record({
  name: fc.constantFrom(...names),
  type: fc.constantFrom(...types),
  dnssec: fc.boolean(),
  udpBytes: fc.constantFrom(512, 700, 1232, 4096),
})

/** Letters in any case, as clients with 0x20 send them. */
function inCase(query: Uint8Array, bits: bigint): Uint8Array {
  return query.map((byte, at) =>
    at >= 12 && at < query.length - 16 && byte >= 0x61 && byte <= 0x7a && (bits >> BigInt(at)) & 1n ? byte - 32 : byte,
  )
}

describe('what is kept and what is made anew', () => {
  it('are the same bytes, for every name and type, again and again', () => {
    for (let turn = 0; turn < 2; turn++) {
      for (const name of names) for (const type of types) checked(queryOf({ name, type, udpBytes: turn * 1232 }))
    }
  })
  it('are the same in any case, at any size, over UDP and TCP', () =>
    fc.assert(
      fc.property(askings, fc.bigInt({ min: 0n, max: 2n ** 300n }), (asking, bits) => {
        const query = inCase(queryOf(asking), bits)
        checked(query)
        answered(query, 'tcp')
      }),
      { numRuns: 2_000 },
    ))
})

describe('a query', () => {
  it('of random bytes is answered once, shortly, or not at all', () =>
    fc.assert(fc.property(fc.uint8Array({ maxLength: 600 }), checked), { numRuns: 3_000 }))
  it('of a drawn message too', () =>
    fc.assert(
      fc.property(messages, (message) => checked(encodeMessage({ ...message, isResponse: false }))),
      { numRuns: 500 },
    ))
  it('with bytes changed too', () =>
    fc.assert(
      fc.property(askings, fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }), (asking, changes) => {
        const query = queryOf(asking)
        for (const [at, byte] of changes) if (at < query.length) query[at] = byte
        checked(query)
      }),
      { numRuns: 5_000 },
    ))
  it('cut at each byte, or with bytes behind its end, too', () => {
    for (const name of names.slice(0, 60)) {
      const query = queryOf({ name, type: 'A', dnssec: true })
      for (let size = 0; size < query.length; size++) checked(query.slice(0, size))
      checked(Uint8Array.of(...query, 0))
    }
  })
})
