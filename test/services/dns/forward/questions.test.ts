/** Questions to servers: who waits for whom, how many there are at once, where they go when servers fail. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rcodeName } from '#lanework/services/dns/index.js'
import { extendedErrors, ForwardBench, shortOf } from '../../../support/dns-forward.js'
import { until } from '../../../support/until.js'

const table = {
  'a.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
  'www.a.test': { CNAME: 'a.test' },
  '*.wild.test': { A: '192.0.2.9' },
  'big.test': { TXT: Array.from({ length: 40 }, (_, at) => `"${'x'.repeat(60)}${at}"`) },
}

describe('questions to servers', () => {
  it('are asked once, however many clients wait for the answer', async () => {
    const bench = await ForwardBench.start([table])
    bench.mock.fail({ delayMs: 100 })
    const sent = Array.from({ length: 50 }, (_, at) => bench.send(at % 2 === 0 ? 'a.test' : 'A.TEST'))
    await until('the server was asked', () => bench.asked.length === 1)
    await bench.clock.advance(100)
    for (const { later, bytes } of sent) {
      const answer = await later
      assert.deepEqual([answer.subarray(0, 2), answer.subarray(12, 20)], [bytes.slice(0, 2), bytes.slice(12, 20)])
    }
    assert.deepEqual([bench.asked.length, bench.forwarder.counts.joined, bench.forwarder.inFlight], [1, 49, 0])
    await bench.close()
  })
  it('leave a client that repeats its query with one answer', async () => {
    const bench = await ForwardBench.start([table])
    bench.mock.fail({ delayMs: 100 })
    const peer = {}
    const first = bench.send('a.test', { peer })
    assert.equal(bench.send('a.test', { peer, bytes: first.bytes }).taken, null)
    await until('the server was asked', () => bench.asked.length === 1)
    await bench.clock.advance(100)
    assert.ok((await first.later).length > 12)
    await bench.close()
  })
  it('copy what they need of the query, whose bytes are used again', async () => {
    const bench = await ForwardBench.start([table])
    const first = bench.send('a.test', { peer: {} })
    const bytes = Buffer.from(first.bytes)
    const { taken, later } = bench.send('a.test', { bytes })
    assert.equal(taken, 'later')
    const id = bytes.readUInt16BE(0)
    bytes.fill(0xff)
    assert.equal(Buffer.from(await later).readUInt16BE(0), id)
    await bench.close()
  })
  it('are bounded: for each client, and in all', async () => {
    const bench = await ForwardBench.start([table], { inFlight: 20, clientInFlight: 8, domainInFlight: 20 })
    bench.mock.fail({ drop: true }, Infinity)
    const codes = (host: string, many: number) =>
      Array.from(
        { length: many },
        (_, at) => bench.send(`n${at}.${host.replaceAll('.', '-')}.wild.test`, { host }).taken,
      )
    const one = codes('10.0.0.1', 10)
    assert.deepEqual(one.filter((taken) => taken === 'later').length, 8)
    assert.deepEqual([(one[9] as Uint8Array)[3]! & 15, bench.forwarder.inFlight], [2, 8])
    assert.equal(codes('10.0.0.2', 10).filter((taken) => taken === 'later').length, 8)
    assert.equal(codes('10.0.0.3', 10).filter((taken) => taken === 'later').length, 4)
    assert.deepEqual([bench.forwarder.inFlight, bench.forwarder.counts.overBudget], [20, 10])
    await until('all were sent', () => bench.asked.length === 20)
    await bench.clock.advance(6_000)
    await until('all have ended', () => bench.forwarder.inFlight === 0)
    assert.equal(bench.send('x.wild.test', { host: '10.0.0.1' }).taken, 'later')
    await bench.close()
  })
  it('for made-up names of one domain leave room for others (water torture)', async () => {
    const stalled = await ForwardBench.start([table], { inFlight: 40 })
    stalled.mock.fail({ drop: true }, Infinity)
    const taken = Array.from({ length: 400 }, (_, at) => {
      return stalled.send(`r${at}.x${at}.wild.test`, { host: `10.0.0.${at % 100}` }).taken
    })
    assert.equal(taken.filter((each) => each === 'later').length, 10)
    assert.equal(stalled.send('a.other.org').taken, 'later')
    assert.equal(stalled.forwarder.inFlight, 11)
    await until('all were sent', () => stalled.asked.length === 11)
    await stalled.clock.advance(6_000)
    await until('all have ended', () => stalled.forwarder.inFlight === 0)
    assert.equal(stalled.send('again.wild.test').taken, 'later', 'and there is room again')
    await stalled.close()
  })
  it('are sent three times to each server at most', async () => {
    const bench = await ForwardBench.start([table, table], { deadlineMs: 60_000 })
    for (const mock of bench.mocks) mock.fail({ drop: true }, Infinity)
    const asking = bench.ask('a.test')
    await until('it was asked', () => bench.asked.length === 1)
    await bench.clock.advance(30_000)
    await asking
    assert.deepEqual(
      bench.mocks.map(({ queries }) => queries.length),
      [3, 3],
    )
    await bench.close()
  })
  it('go to the next server when one is silent, and to it first from then on', async () => {
    const bench = await ForwardBench.start([table, table])
    bench.mock.fail({ drop: true }, Infinity)
    const asking = bench.ask('a.test')
    await until('the first was asked', () => bench.mock.queries.length === 1)
    await bench.clock.advance(1_500)
    assert.equal(rcodeName((await asking).rcode), 'NOERROR')
    await bench.ask('x.wild.test')
    assert.deepEqual(
      bench.mocks.map(({ queries }) => queries.length),
      [1, 2],
    )
    await bench.close()
  })
  it('reach the one server of four that answers before their time is over', async () => {
    const bench = await ForwardBench.start([table, table, table, table])
    for (const mock of bench.mocks.slice(0, 3)) mock.fail({ drop: true }, Infinity)
    const asking = bench.ask('a.test')
    for (const mock of bench.mocks.slice(0, 3)) {
      await until('it was asked', () => mock.queries.length === 1)
      await bench.clock.advance(1_125)
    }
    assert.equal(rcodeName((await asking).rcode), 'NOERROR')
    await bench.close()
  })
  it('are asked again, and patiently then, where a fast server takes long', async () => {
    const bench = await ForwardBench.start([table])
    await bench.ask('a.test')
    bench.mock.fail({ delayMs: 1_400, name: 'x.wild.test' }, Infinity)
    const asking = bench.ask('x.wild.test')
    await until('it was asked', () => bench.asked.length === 2)
    await bench.clock.advance(400)
    await until('it was asked again', () => bench.asked.length === 3)
    await bench.clock.advance(1_400)
    assert.equal(rcodeName((await asking).rcode), 'NOERROR')
    await bench.close()
  })
  it('end with SERVFAIL and why, which is kept for five seconds', async () => {
    const bench = await ForwardBench.start([table])
    bench.mock.fail({ drop: true }, Infinity)
    const asking = bench.ask('a.test')
    await until('it was asked', () => bench.asked.length === 1)
    await bench.clock.advance(6_000)
    const message = await asking
    assert.deepEqual([rcodeName(message.rcode), extendedErrors(message)], ['SERVFAIL', [22]])
    const before = bench.asked.length
    assert.equal(rcodeName((await bench.ask('a.test')).rcode), 'SERVFAIL')
    assert.equal(bench.asked.length, before)
    bench.mock.recover()
    await bench.clock.advance(5_001)
    assert.equal(rcodeName((await bench.ask('a.test')).rcode), 'NOERROR')
    await bench.close()
  })
  it('that a server fails to answer end with SERVFAIL, with its own extended error where it gives one', async () => {
    const ede = [{ code: 15, data: Uint8Array.of(0, 6) }]
    const bench = await ForwardBench.start(
      [table],
      {},
      {
        answer: ({ name }, usual) => ({
          ...usual,
          rcode: name === 'r.test.' ? 5 : 2,
          answers: [],
          authorities: [],
          edns: { ...usual.edns!, options: name === 'r.test.' ? [] : ede },
        }),
      },
    )
    const bogus = await bench.ask('bogus.test')
    assert.deepEqual([rcodeName(bogus.rcode), extendedErrors(bogus)], ['SERVFAIL', [6]])
    assert.deepEqual(shortOf(await bench.ask('r.test')), ['SERVFAIL'])
    await bench.close()
  })
  it('that come back to us are told to be a loop, and nobody asks for ever', async () => {
    const bench = await ForwardBench.start(
      [table],
      {},
      {
        answer: ({ bytes }) => {
          const { taken } = bench.send('', { bytes, host: '127.0.0.1' })
          return taken instanceof Uint8Array ? taken : null
        },
      },
    )
    const message = await bench.ask('a.test')
    assert.deepEqual([rcodeName(message.rcode), bench.forwarder.counts.loops, bench.asked.length], ['SERVFAIL', 1, 1])
    await bench.close()
  })
  it('go over TCP to servers that are given so, and after a cut answer', async () => {
    const bench = await ForwardBench.start([table])
    bench.use({ servers: [bench.mock.tcpAddress] })
    assert.equal(rcodeName((await bench.ask('a.test')).rcode), 'NOERROR')
    bench.use({})
    bench.mock.fail({ truncate: true, transport: 'udp' })
    assert.deepEqual(shortOf(await bench.ask('a.test')), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
    assert.deepEqual(
      bench.mock.queries.map(({ transport }) => transport),
      ['tcp', 'udp', 'tcp'],
    )
    await bench.close()
  })
  it('tell nobody who asks: options of the query stay here, and answers do not depend on them', async () => {
    const bench = await ForwardBench.start([table])
    const subnet = (last: number) => [{ code: 8, data: Uint8Array.of(0, 1, 24, 0, 203, 0, last) }]
    assert.equal(rcodeName((await bench.ask('a.test', { options: subnet(113) })).rcode), 'NOERROR')
    assert.equal(rcodeName((await bench.ask('a.test', { options: subnet(114) })).rcode), 'NOERROR')
    assert.deepEqual(
      bench.mock.queries.map(({ message }) => message.edns?.options),
      [[]],
    )
    await bench.close()
  })
  it('are sent with a random id, port and case', async () => {
    const bench = await ForwardBench.start([table], {}, { ttl: 0 })
    for (let at = 0; at < 24; at++) await bench.ask('a-long-name-with-many-letters.wild.test')
    const { queries } = bench.mock
    assert.ok(new Set(queries.map(({ message }) => message.id)).size > 20)
    assert.ok(new Set(queries.map(({ bytes }) => Buffer.from(bytes.subarray(12)).toString('latin1'))).size > 20)
    assert.equal(new Set(queries.map(({ from }) => JSON.stringify(from))).size, 24)
    await bench.close()
  })
})
