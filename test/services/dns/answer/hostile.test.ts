/** Queries that mean harm, or nothing: never an exception, one small answer at most; and both ways to read one agree. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import {
  Answerer,
  decodeMessage,
  ednsCode,
  encodeMessage,
  parseName,
  typeNumber,
  Zone,
} from '#lanework/services/dns/index.js'
import { Asked } from '#lanework/services/dns/answer/asked.js'
import { answerCookie } from '#lanework/services/dns/answer/cookie.js'
import { type Asking, queryOf } from '../../../support/dns-compare.js'
import { emptyMessage, messages } from '../../../support/dns-messages.js'
import { drawnZone, namesFor, rulesZones, seeded } from '../../../support/dns-rule-zones.js'

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as () => void

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

const settings = { cookieSecrets: [new Uint8Array(16), new Uint8Array(16).fill(1)], nsid: Buffer.from('here') }
type Pair = readonly [keeping: Answerer, plain: Answerer]
const pairOf = (served: readonly Zone[]): Pair => [
  new Answerer(served, settings),
  new Answerer(served, { ...settings, keep: false }),
]
const ours = pairOf(zones)
const now = 1_700_000_000_000

/** Both answers, which must be the same bytes. */
function answered(
  query: Uint8Array,
  transport: 'udp' | 'tcp' = 'udp',
  [keeping, plain]: Pair = ours,
): Uint8Array | undefined {
  const options = { transport, now, peer: '192.0.2.1' }
  const kept = keeping.answer(query, options)?.slice()
  const made = plain.answer(query, options)?.slice()
  // Comparing buffers is far faster than comparing what they hold one by one.
  if (kept === undefined || made === undefined || Buffer.compare(kept, made) !== 0) {
    assert.deepEqual(kept, made, Buffer.from(query).toString('hex'))
  }
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
    // Noted, kept, and given as it was kept.
    for (let turn = 0; turn < 3; turn++) {
      for (const name of names) for (const type of types) checked(queryOf({ name, type, udpBytes: (turn % 2) * 1232 }))
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

/** Option data that is right, that is nearly right, and anything. */
const optionData = fc.oneof(
  fc.uint8Array({ minLength: 8, maxLength: 8 }),
  fc.uint8Array({ maxLength: 45 }),
  fc.boolean().map((isOld) => {
    const secret = settings.cookieSecrets[isOld ? 1 : 0]!
    const { data } = answerCookie(new Uint8Array(8), Uint8Array.of(192, 0, 2, 1), now / 1000 - (isOld ? 2_000 : 5), [
      secret,
    ])
    return data!
  }),
)
const editions = [ednsCode.COOKIE, ednsCode.NSID, ednsCode.PADDING, ednsCode.ECS, ednsCode.EDE, 65_001]
const options = fc.array(fc.record({ code: fc.constantFrom(...editions), data: optionData }), { maxLength: 20 })

describe('options', () => {
  it('are read where they lie as they are when decoded, and change nothing else', () =>
    fc.assert(
      fc.property(askings, options, fc.boolean(), fc.constantFrom(0, 1), (asking, list, isTcp, version) => {
        const question = { name: parseName(asking.name), type: typeNumber(asking.type)!, class: 1 }
        const edns = { udpSize: asking.udpBytes!, version, dnssecOk: asking.dnssec!, flags: 0, options: list }
        const query = encodeMessage({ ...emptyMessage, questions: [question], edns })
        checked(query)
        if (isTcp) answered(query, 'tcp')
        // And with a size that lies, by one either way.
        for (const by of [-1, 1]) {
          const wrong = query.slice()
          const at = query.length - 1 - list.reduce((sum, { data }) => sum + 4 + data.length, 0)
          wrong[at] = wrong[at]! + by
          checked(wrong)
        }
      }),
      { numRuns: 2_000 },
    ))
  it('are told to who asks', () => {
    const asked = new Asked()
    const list = [
      { code: 65_001, data: Uint8Array.of(1, 2) },
      { code: ednsCode.NSID, data: new Uint8Array(0) },
    ]
    const edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: list }
    const question = { name: parseName('a.'), type: 1, class: 1 }
    assert.ok(asked.takePlain(encodeMessage({ ...emptyMessage, questions: [question], edns })))
    assert.deepEqual(
      asked.options.map(({ code, data }) => [code, [...data]]),
      [
        [65_001, [1, 2]],
        [ednsCode.NSID, []],
      ],
    )
    assert.ok(asked.takePlain(encodeMessage({ ...emptyMessage, questions: [question] })))
    assert.deepEqual(asked.options, [])
  })
})

describe('the signed root zone', () => {
  const read = (name: string): Buffer => gunzipSync(readFileSync(`test/fixtures/dns/${name}`))
  it('is answered with the same bytes both ways, for 49,739 real queries with and without DO', () => {
    const pair = pairOf([Zone.parse(read('root.zone.gz'))])
    let asked = 0
    for (const line of read('root-queries.txt.gz').toString().trim().split('\n')) {
      const [name = '', type = ''] = line.split(' ')
      for (const dnssec of [false, true]) {
        answered(queryOf({ name: name.endsWith('.') ? name : `${name}.`, type, dnssec }), 'udp', pair)
        asked++
      }
    }
    assert.equal(asked, 2 * 49_739)
  })
})

describe('memory', () => {
  it('stays as it is, whatever comes: random bytes, real queries with bytes changed, and cut at each byte', () => {
    const [keeping] = pairOf(zones)
    const below = seeded(11)
    const queries = names
      .slice(0, 400)
      .map((name) => queryOf({ name, type: types[below(types.length)]!, dnssec: true }))
    const random = new Uint8Array(600)
    let answers = 0
    const ask = (query: Uint8Array): void => {
      const answer = keeping.answer(query, { transport: 'udp', now, peer: '192.0.2.1' })
      if (answer !== undefined) {
        answers++
        assert.ok(answer.length <= 1232)
      }
    }
    const turn = (): void => {
      for (const query of queries) {
        for (let size = 0; size < query.length; size++) ask(query.subarray(0, size))
        const changed = query.slice()
        for (let times = 0; times < 100; times++) {
          changed[below(changed.length)] = below(256)
          ask(changed)
        }
        for (let at = 0; at < random.length; at++) random[at] = below(256)
        for (let size = 0; size < 60; size++) ask(random.subarray(0, below(random.length)))
      }
    }
    turn()
    const used = (): number => {
      gc()
      const { heapUsed, external, arrayBuffers } = process.memoryUsage()
      return heapUsed + external + arrayBuffers
    }
    const before = used()
    for (let times = 0; times < 3; times++) turn()
    const grown = used() - before
    assert.ok(answers > 50_000)
    // What is kept has a limit and may still fill; a leak of one small object a query would be above it.
    assert.ok(grown < 4_000_000, `${grown} bytes more`)
  })
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
