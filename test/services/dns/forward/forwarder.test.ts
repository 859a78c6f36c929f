/** The cache of the forwarder, and what its clients get: TTLs, keys, bits, who may use it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { type MockAnswer, parseName, parseZone, rcodeName, type ResourceRecord } from '#lanework/services/dns/index.js'
import { localAnswer } from '#lanework/services/dns/forward/kept-answer.js'
import { makeQuery } from '#lanework/services/dns/client/query-message.js'
import { forwardSettings } from '#lanework/services/dns/forward/options.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { extendedErrors, ForwardBench } from '../../../support/dns-forward.js'
import { turns, until } from '../../../support/until.js'

const table = {
  'a.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
  'www.a.test': { CNAME: 'a.test' },
  '*.wild.test': { A: '192.0.2.9' },
  'big.test': { TXT: Array.from({ length: 40 }, (_, at) => `"${'x'.repeat(60)}${at}"`) },
}
const records = (text: string): readonly ResourceRecord[] => parseZone(text, { origin: '.' }).records

describe('the cache of the forwarder', () => {
  it('answers from what is kept, with TTLs that count down, until they are over', async () => {
    const bench = await ForwardBench.start([table])
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
    await bench.clock.advance(1_500)
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 59 IN A 192.0.2.1'])
    await bench.clock.advance(58_400)
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 1 IN A 192.0.2.1'])
    assert.equal(bench.forwarder.counts.hits, 2)
    await until('it is fetched anew before its time is over', () => bench.asked.length === 2)
    await bench.clock.advance(60_000)
    await bench.short('a.test')
    assert.equal(bench.asked.length, 3)
    await bench.close()
  })
  it('gives id, case, RD and CD of each query back, with RA and without AA and AD', async () => {
    const bench = await ForwardBench.start([table])
    await bench.ask('a.test')
    const { taken, bytes } = bench.send('A.tEsT', { udpBytes: 0 })
    assert.ok(taken instanceof Uint8Array)
    assert.deepEqual(taken.subarray(0, 2), bytes.slice(0, 2))
    assert.deepEqual(taken.subarray(12, 12 + 12), bytes.slice(12, 24))
    assert.deepEqual([taken[2], taken[3]], [0x81, 0x80])
    await bench.ask('a.test', { cd: true })
    assert.equal((await bench.ask('a.test', { cd: true })).cd, true)
    await bench.close()
  })
  it('keeps answers apart by type, DO and CD', async () => {
    const bench = await ForwardBench.start([table])
    for (const query of [{}, { type: 'AAAA' }, { dnssec: true }, { cd: true }, { dnssec: true, cd: true }]) {
      await bench.ask('a.test', query)
      await bench.ask('a.test', query)
    }
    assert.equal(bench.asked.length, 5)
    const flags = bench.mock.queries.map(({ message }) => [message.edns?.dnssecOk, message.cd])
    assert.deepEqual(flags, [
      [false, false],
      [false, false],
      [true, false],
      [false, true],
      [true, true],
    ])
    await bench.close()
  })
  it('keeps that there is nothing for as long as the SOA says, and not without one', async () => {
    const soa = (ttl: number, minimum: number) => records(`test. ${ttl} SOA ns.test. admin.test. 1 2 3 4 ${minimum}\n`)
    let authorities = soa(900, 300)
    const bench = await ForwardBench.start(
      [table],
      {},
      { answer: (_query, usual) => ({ ...usual, rcode: 3, answers: [], authorities }) },
    )
    assert.deepEqual(await bench.short('x.test'), ['NXDOMAIN', 'test. 300 IN SOA ns.test. admin.test. 1 2 3 4 300'])
    await bench.clock.advance(100_000)
    assert.deepEqual((await bench.short('x.test'))[1], 'test. 200 IN SOA ns.test. admin.test. 1 2 3 4 300')
    authorities = soa(100_000, 100_000)
    assert.match((await bench.short('long.test'))[1]!, /^test\. 3600 IN SOA/)
    authorities = soa(70, 300)
    assert.match((await bench.short('short.test'))[1]!, /^test\. 70 IN SOA/)
    authorities = []
    await bench.short('without.test')
    await bench.short('without.test')
    assert.equal(bench.asked.filter((each) => each.startsWith('without.')).length, 2)
    await bench.close()
  })
  it('caps TTLs, gives a set one TTL, and keeps a chain as long as its shortest link', async () => {
    const answers = records('www.t. 20 CNAME t.\nt. 900000 A 192.0.2.1\nt. 500 A 192.0.2.2\n')
    const bench = await ForwardBench.start(
      [table],
      { maxTtl: 400, minTtl: 5 },
      { answer: (_query, usual) => ({ ...usual, rcode: 0, answers, authorities: [] }) },
    )
    assert.deepEqual(await bench.short('www.t'), [
      'NOERROR',
      'www.t. 20 IN CNAME t.',
      't. 400 IN A 192.0.2.1',
      't. 400 IN A 192.0.2.2',
    ])
    await bench.clock.advance(20_001)
    await bench.short('www.t')
    assert.equal(bench.asked.length, 2)
    await bench.close()
  })
  it('raises no TTL of a SOA that says how long there is nothing', async () => {
    const authorities = records('t. 7 SOA ns.t. a.t. 1 2 3 4 9\n')
    const bench = await ForwardBench.start(
      [table],
      { minTtl: 100 },
      { answer: (_query, usual) => ({ ...usual, rcode: 3, answers: [], authorities }) },
    )
    assert.deepEqual(await bench.short('x.t'), ['NXDOMAIN', 't. 7 IN SOA ns.t. a.t. 1 2 3 4 9'])
    await bench.close()
  })
  it('leaves out the reason before it cuts the answer', async () => {
    const bench = await ForwardBench.start([table])
    const local = localAnswer(
      { name: parseName('x.t'), type: 16, class: 1 },
      0,
      records([1, 2].map((each) => `x.t. 60 TXT ${'x'.repeat(200)} ${String(each).repeat(200)}\n`).join('')),
      60,
      15,
    )
    bench.forwarder.setLocal({ answer: () => local })
    const bytes = 12 + 9 + local.tail.length + 11
    const lengths = []
    for (const udpBytes of [bytes + 500, bytes + 6, bytes + 5, bytes, bytes - 1]) {
      const { tc, answers, edns } = await bench.ask('x.t', { type: 'TXT', udpBytes })
      lengths.push([tc, answers.length, edns?.options.length])
    }
    assert.deepEqual(lengths, [
      [false, 2, 1],
      [false, 2, 1],
      [false, 2, 0],
      [false, 2, 0],
      [true, 0, 1],
    ])
    await bench.close()
  })
  it('passes on what must not be kept, and asks anew each time', async () => {
    const bench = await ForwardBench.start([table], {}, { ttl: 0 })
    for (let round = 0; round < 3; round++) assert.equal((await bench.short('a.test'))[1], 'a.test. 0 IN A 192.0.2.1')
    assert.equal(bench.asked.length, 3)
    await bench.close()
  })
  it('fetches anew what is asked for often, before its time is over, and lets go of what is not', async () => {
    const bench = await ForwardBench.start([table])
    await bench.ask('a.test')
    await bench.ask('www.a.test')
    await bench.ask('a.test')
    await bench.clock.advance(55_000)
    await bench.ask('a.test')
    await bench.ask('www.a.test')
    await until('it was fetched', () => bench.asked.length === 3)
    await turns(10)
    assert.deepEqual([bench.asked[2], bench.forwarder.counts.prefetched], ['a.test. A', 1])
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
    bench.use({ prefetch: false })
    for (let round = 0; round < 3; round++) await bench.ask('a.test')
    await bench.clock.advance(55_000)
    await bench.ask('a.test')
    assert.equal(bench.forwarder.counts.prefetched, 0)
    await bench.close()
  })
  it('gives a name no more time because its servers say so: each answer stands for itself (ghost domains)', async () => {
    // The child's NS set comes along with each answer; it must not renew what the parent once said.
    let ttl = 100
    const bench = await ForwardBench.start(
      [table],
      { prefetch: false },
      {
        answer: ({ type }, usual) => ({
          ...usual,
          rcode: 0,
          answers:
            type === 'NS'
              ? records(`ghost.test. ${ttl} NS ns.ghost.test.\n`)
              : records('x.ghost.test. 900 A 192.0.2.6\n'),
          authorities: type === 'NS' ? [] : records('ghost.test. 90000 NS ns.ghost.test.\n'),
        }),
      },
    )
    await bench.ask('ghost.test', { type: 'NS' })
    await bench.clock.advance(60_000)
    assert.equal((await bench.ask('x.ghost.test')).authorities.length, 0)
    assert.equal((await bench.ask('ghost.test', { type: 'NS' })).answers[0]!.ttl, 40)
    ttl = 7
    await bench.clock.advance(40_001)
    assert.equal((await bench.ask('ghost.test', { type: 'NS' })).answers[0]!.ttl, 7)
    await bench.close()
  })
})

describe('answers to clients of the forwarder', () => {
  it('are cut to what the client takes over UDP, and whole over TCP', async () => {
    const bench = await ForwardBench.start([table])
    const cut = await bench.ask('big.test', { type: 'TXT' })
    assert.deepEqual([cut.tc, cut.answers.length], [true, 0])
    const whole = await bench.ask('big.test', { type: 'TXT', transport: 'tcp' })
    assert.deepEqual([whole.tc, whole.answers.length], [false, 40])
    assert.equal((await bench.ask('big.test', { type: 'TXT' })).tc, true)
    assert.deepEqual(
      bench.mock.queries.map(({ transport }) => transport),
      ['udp', 'tcp'],
    )
    await bench.close()
  })
  it('have EDNS where the query has it, with DO as it came', async () => {
    const bench = await ForwardBench.start([table])
    for (let round = 0; round < 2; round++) {
      assert.equal((await bench.ask('a.test', { udpBytes: 0 })).edns, undefined)
      assert.equal((await bench.ask('a.test', { dnssec: true })).edns?.dnssecOk, true)
      assert.equal((await bench.ask('a.test')).edns?.udpSize, 1232)
    }
    await bench.close()
  })
  it('carry the options that the lane has for them, before an extended error, and fit with them', async () => {
    const bench = await ForwardBench.start([table])
    const told = Uint8Array.of(0, 10, 0, 3, 7, 8, 9)
    const codes = async (query: object): Promise<number[]> => {
      const { edns } = await bench.ask('a.test', query)
      return (edns?.options ?? []).map(({ code }) => code)
    }
    for (let round = 0; round < 2; round++) assert.deepEqual(await codes({ told }), [10])
    assert.deepEqual(await codes({ told, host: '203.0.113.5' }), [10, 15])
    assert.deepEqual(await codes({ told, udpBytes: 0 }), [])
    const exact = 12 + 12 + 16 + 11 + told.length
    bench.use({})
    const { taken, later } = bench.send('a.test', { told, transport: 'tcp' })
    assert.equal(taken, 'later')
    assert.equal((await later).length, exact)
    await bench.close()
  })
  it('say that data is validated only where the servers are trusted, to who wants to know', async () => {
    const answer = (_query: unknown, usual: { ad: boolean }): MockAnswer =>
      ({ ...(usual as never as object), ad: true }) as never
    const bench = await ForwardBench.start([table], {}, { answer })
    assert.deepEqual([(await bench.ask('a.test', { ad: true })).ad, bench.mock.queries[0]!.message.ad], [false, false])
    bench.use({ trustAd: true })
    assert.equal((await bench.ask('a.test', { ad: true })).ad, true)
    assert.equal((await bench.ask('a.test')).ad, false)
    assert.equal((await bench.ask('a.test', { dnssec: true })).ad, true)
    await bench.close()
  })
  it('are REFUSED for clients from elsewhere, unless they are let in', async () => {
    const bench = await ForwardBench.start([table])
    for (const host of ['203.0.113.5', '2001:db8::5', '172.32.0.1', '::ffff:8.8.8.8']) {
      const message = await bench.ask('a.test', { host })
      assert.deepEqual([rcodeName(message.rcode), extendedErrors(message)], ['REFUSED', [18]], host)
    }
    for (const host of ['127.0.0.1', '::1', '10.1.2.3', '192.168.9.9', 'fe80::1', 'fd00::1', '::ffff:10.0.0.1']) {
      assert.equal(rcodeName((await bench.ask('a.test', { host })).rcode), 'NOERROR', host)
    }
    bench.use({ allow: ['203.0.113.0/24'] })
    assert.equal(rcodeName((await bench.ask('a.test', { host: '203.0.113.5' })).rcode), 'NOERROR')
    assert.equal(rcodeName((await bench.ask('a.test', { host: '127.0.0.1' })).rcode), 'REFUSED')
    assert.equal(bench.asked.length, 2)
    await bench.close()
  })
  it('are made here for localhost, invalid and onion', async () => {
    const bench = await ForwardBench.start([table])
    assert.deepEqual(await bench.short('localhost'), ['NOERROR', 'localhost. 60 IN A 127.0.0.1'])
    assert.deepEqual(await bench.short('X.LocalHost', { type: 'AAAA' }), ['NOERROR', 'X.LocalHost. 60 IN AAAA ::1'])
    assert.deepEqual(await bench.short('localhost', { type: 'MX' }), ['NOERROR'])
    assert.deepEqual(await bench.short('a.invalid'), ['NXDOMAIN'])
    assert.deepEqual(await bench.short('abc.onion'), ['NXDOMAIN'])
    assert.deepEqual(bench.asked, [])
    await bench.short('localhost.a.test')
    await bench.short('.')
    assert.equal(bench.asked.length, 2)
    await bench.close()
  })
  it('are made for any query, however it is mutilated, and never more than one', async () => {
    const random = new SeededRandom(5)
    const bench = await ForwardBench.start([table])
    bench.mock.fail({ drop: true }, Infinity)
    let taken = 0
    for (let round = 0; round < 3_000; round++) {
      const query = makeQuery({ name: parseName('www.a.test'), type: 1, class: 1 }, { dnssec: round % 2 === 0 })
      for (let change = random.integer(0, 6); change > 0; change--) {
        query[random.integer(2, query.length - 1)] = random.integer(0, 255)
      }
      const bytes = query.subarray(0, round % 3 === 0 ? random.integer(12, query.length) : query.length)
      const answer = bench.send('', { bytes, host: `10.0.${round % 200}.1` }).taken
      if (answer instanceof Uint8Array) assert.ok(answer.length <= bytes.length + 17, 'a small one')
      if (answer !== undefined) taken++
    }
    assert.ok(taken > 500, `${taken} were taken`)
    await bench.close()
  })
  it('are left to others where no question can be passed on', async () => {
    const bench = await ForwardBench.start([table])
    for (const query of [{ class: 3 }, { type: 'AXFR' }, { type: 'TYPE250' }, { type: 'OPT' }]) {
      assert.equal(bench.send('a.test', query).taken, undefined, JSON.stringify(query))
    }
    bench.use({ servers: [] })
    assert.equal(bench.send('a.test').taken, undefined)
    await bench.close()
  })
})

describe('the options of the forwarder', () => {
  it('are refused where they make no sense', () => {
    for (const options of [
      { server: ['192.0.2.1'] },
      { servers: '192.0.2.1' },
      { servers: ['ns.example'] },
      { servers: ['udp://localhost:53'] },
      { servers: ['192.0.2.1'], cacheBytes: 1 },
      { cacheBytes: 4_000_000_001 },
      { allow: ['nonsense'] },
      { minTtl: -1 },
      { inFlight: 0 },
      { blockAnswer: 'maybe' },
      { hosts: '/etc/hosts' },
      { prefetch: 'yes' },
    ]) {
      assert.throws(
        () => forwardSettings(options as never),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
        JSON.stringify(options),
      )
    }
    assert.throws(
      () => forwardSettings({ servers: ['gopher://192.0.2.1'] }),
      (error) => isLaneworkError(error, 'SCHEME_UNKNOWN'),
    )
  })
})
