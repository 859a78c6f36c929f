/** The forwarder: what is kept and for how long, who waits for whom, what is believed, what stands in when nobody answers. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { type MockAnswer, parseZone, rcodeName, type ResourceRecord } from '#lanework/services/dns/index.js'
import { forwardSettings } from '#lanework/services/dns/forward/options.js'
import { extendedErrors, ForwardBench, shortOf } from '../../../support/dns-forward.js'
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
    const bench = await ForwardBench.start([table], { inFlight: 20, clientInFlight: 8 })
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

describe('what is believed', () => {
  const asking = async (text: string, name = 'a.test', query = {}, authority = '') => {
    const bench = await ForwardBench.start(
      [table],
      {},
      {
        answer: (_query, usual) => ({
          ...usual,
          rcode: 0,
          answers: records(text),
          authorities: records(authority),
          additionals: records('evil.test. 9 A 192.0.2.66\n'),
        }),
      },
    )
    const message = await bench.ask(name, query)
    const again = await bench.ask(name, query)
    await bench.close()
    assert.deepEqual(shortOf(again), shortOf(message), 'from the cache too')
    assert.equal(message.additionals.length, 0)
    return shortOf(message)
  }
  it('is the name asked for, and the aliases that lead on from it', async () => {
    const evil = 'bank.test. 60 A 192.0.2.66\nother.test. 60 CNAME bank.test.\n'
    assert.deepEqual(await asking(`${evil}a.test. 60 A 192.0.2.1\n`), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
    const chain = 'b.test. 60 A 192.0.2.2\na.test. 60 CNAME b.test.\n'
    assert.deepEqual(await asking(evil + chain), [
      'NOERROR',
      'a.test. 60 IN CNAME b.test.',
      'b.test. 60 IN A 192.0.2.2',
    ])
    const dname =
      'd.test. 60 DNAME e.test.\nx.d.test. 60 CNAME x.e.test.\nx.e.test. 60 A 192.0.2.3\ny.e.test. 60 A 192.0.2.66\n'
    assert.deepEqual(await asking(dname, 'x.d.test'), [
      'NOERROR',
      'd.test. 60 IN DNAME e.test.',
      'x.d.test. 60 IN CNAME x.e.test.',
      'x.e.test. 60 IN A 192.0.2.3',
    ])
  })
  it('is no loop of aliases, and no endless chain', async () => {
    assert.deepEqual(await asking('a.test. 60 CNAME a.test.\n'), ['NOERROR', 'a.test. 60 IN CNAME a.test.'])
    const chain = Array.from({ length: 40 }, (_, at) => `n${at}.test. 60 CNAME n${at + 1}.test.\n`).join('')
    assert.equal((await asking(chain, 'n0.test')).length, 18)
  })
  it('is no NS set beside an answer, and no SOA of another zone', async () => {
    const ns = 'test. 9 NS ns.evil.\n'
    assert.deepEqual(await asking('a.test. 60 A 192.0.2.1\n', 'a.test', {}, ns), [
      'NOERROR',
      'a.test. 60 IN A 192.0.2.1',
    ])
    const foreign = 'other. 60 SOA ns.other. a.other. 1 2 3 4 5\n'
    assert.deepEqual(await asking('', 'a.test', {}, foreign), ['NOERROR'])
  })
  it('is no referral: a server that does not ask others is of no use', async () => {
    assert.deepEqual(await asking('', 'a.test', {}, 'test. 60 NS ns.test.\n'), ['SERVFAIL'])
  })
  it('are signatures and proofs, for who asks for them', async () => {
    const signature = (type: string, name: string) =>
      `${name} 60 RRSIG ${type} 8 2 60 20300101000000 20200101000000 1 test. AAAA\n`
    const answer = `a.test. 60 A 192.0.2.1\n${signature('A', 'a.test.')}${signature('TXT', 'a.test.')}`
    const proof = `b.test. 60 NSEC c.test. A\n${signature('NSEC', 'b.test.')}test. 60 NS ns.test.\n`
    const short = await asking(answer, 'a.test', { dnssec: true }, proof)
    assert.deepEqual(
      short.map((line) => line.split(' ').slice(0, 5).join(' ')),
      [
        'NOERROR',
        'a.test. 60 IN A 192.0.2.1',
        'a.test. 60 IN RRSIG A',
        'b.test. 60 IN NSEC c.test.',
        'b.test. 60 IN RRSIG NSEC',
      ],
    )
  })
  it('is not an answer with another id or question, nor one that comes too late', async () => {
    for (const fault of [{ wrongId: true }, { wrongQuestion: true }, { delayMs: 8_000 }]) {
      const bench = await ForwardBench.start([table])
      bench.mock.fail(fault, Infinity)
      const asked = bench.ask('a.test')
      await until('it was asked', () => bench.asked.length === 1)
      await bench.clock.advance(6_000)
      assert.equal(rcodeName((await asked).rcode), 'SERVFAIL', JSON.stringify(fault))
      await bench.clock.advance(3_000)
      const { taken } = bench.send('a.test')
      assert.ok(taken === 'later' || (taken instanceof Uint8Array && (taken[3]! & 15) === 2), 'nothing of it is kept')
      await bench.close()
    }
  })
  it('is not what cannot be read: any bytes behind the header leave one answer or none, and no exception', async () => {
    let seed = 1
    const bench = await ForwardBench.start(
      [table],
      { timeoutMs: 10, deadlineMs: 50 },
      {
        answer: ({ bytes }) => {
          const noise = Uint8Array.from({ length: seed % 90 }, (_, at) => (seed * 31 + at * 17 * seed) & 255)
          const out = Uint8Array.of(...bytes.subarray(0, bytes.length - 11), ...noise)
          out.set([0x81, 0x80, 0, 1, 0, seed & 3, 0, (seed >> 2) & 3, 0, (seed >> 4) & 1], 2)
          return out
        },
      },
    )
    for (; seed < 300; seed++) {
      const asked = bench.ask(`n${seed}.wild.test`)
      await until('it was asked', () => bench.asked.some((each) => each.startsWith(`n${seed}.`)))
      await turns(1)
      if (bench.forwarder.inFlight > 0) await bench.clock.advance(100)
      assert.ok([0, 2, 3].includes((await asked).rcode))
    }
    await bench.close()
  })
})

describe('what is out of date', () => {
  it('stands in at once where nobody answers, for 30 seconds without asking again, and says so', async () => {
    const bench = await ForwardBench.start([table])
    await bench.ask('a.test')
    await bench.clock.advance(100_000)
    bench.mock.fail({ rcode: 'SERVFAIL' }, Infinity)
    const message = await bench.ask('a.test')
    assert.deepEqual([shortOf(message), extendedErrors(message)], [['NOERROR', 'a.test. 30 IN A 192.0.2.1'], [3]])
    const before = bench.asked.length
    await bench.clock.advance(29_000)
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 30 IN A 192.0.2.1'])
    assert.equal(bench.asked.length, before)
    bench.mock.recover()
    await bench.clock.advance(1_001)
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
    await bench.close()
  })
  it('is given after 1.8 seconds where the servers are slow, while the question goes on', async () => {
    const bench = await ForwardBench.start([table], { timeoutMs: 4_000 })
    bench.mock.fail({ delayMs: 1_500 })
    const early = bench.ask('a.test')
    await until('it was asked', () => bench.asked.length === 1)
    await bench.clock.advance(1_500)
    await early
    await bench.clock.advance(100_000)
    bench.mock.fail({ delayMs: 3_000 })
    const first = bench.ask('a.test')
    await until('it was asked', () => bench.asked.length === 2)
    await bench.clock.advance(1_800)
    assert.deepEqual(shortOf(await first), ['NOERROR', 'a.test. 30 IN A 192.0.2.1'])
    assert.equal((await bench.short('a.test'))[1], 'a.test. 30 IN A 192.0.2.1', 'at once')
    await bench.clock.advance(1_200)
    await until('it has come', () => bench.forwarder.inFlight === 0)
    assert.deepEqual(await bench.short('a.test'), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
    await bench.close()
  })
  it('is told apart where it says that there is no such name', async () => {
    const bench = await ForwardBench.start([table])
    await bench.ask('nowhere.test')
    await bench.clock.advance(100_000)
    bench.mock.fail({ rcode: 'REFUSED' }, Infinity)
    assert.deepEqual(extendedErrors(await bench.ask('nowhere.test')), [19])
    await bench.close()
  })
  it('is given up after a day, and at once where that is wanted', async () => {
    for (const [options, waitMs] of [
      [{}, 86_400_000],
      [{ staleSeconds: 0 }, 0],
    ] as const) {
      const bench = await ForwardBench.start([table], options)
      await bench.ask('a.test')
      await bench.clock.advance(60_001 + waitMs)
      bench.mock.fail({ rcode: 'SERVFAIL' }, Infinity)
      assert.deepEqual(await bench.short('a.test'), ['SERVFAIL'])
      await bench.close()
    }
  })
})

describe('the options of the forwarder', () => {
  it('are refused where they make no sense', () => {
    for (const options of [
      { server: ['192.0.2.1'] },
      { servers: '192.0.2.1' },
      { servers: ['192.0.2.1'], cacheBytes: 1 },
      { allow: ['nonsense'] },
      { minTtl: -1 },
      { inFlight: 0 },
      { blockAnswer: 'maybe' },
      { hosts: '/etc/hosts' },
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
