/** What of an answer is believed, and what stands in when nobody answers. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { encodeMessage, parseZone, rcodeName, type ResourceRecord } from '#lanework/services/dns/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { extendedErrors, ForwardBench, shortOf } from '../../../support/dns-forward.js'
import { turns, until } from '../../../support/until.js'

const table = {
  'a.test': { A: ['192.0.2.1'], AAAA: ['2001:db8::1'] },
  'www.a.test': { CNAME: 'a.test' },
  '*.wild.test': { A: '192.0.2.9' },
  'big.test': { TXT: Array.from({ length: 40 }, (_, at) => `"${'x'.repeat(60)}${at}"`) },
}
const records = (text: string): readonly ResourceRecord[] => parseZone(text, { origin: '.' }).records

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
  it('is as much as a message holds: thousands of records, with one TTL for the set', async () => {
    const bench = await ForwardBench.start([table], { cacheBytes: 8_388_608 })
    bench.mock.set(
      'many.test',
      'A',
      Array.from({ length: 3_900 }, (_, at) => `10.0.${at >> 8}.${at & 255}`),
    )
    const message = await bench.ask('many.test', { transport: 'tcp' })
    assert.deepEqual([message.answers.length, new Set(message.answers.map(({ ttl }) => ttl)).size], [3_900, 1])
    await bench.clock.advance(1_000)
    assert.deepEqual(
      new Set((await bench.ask('many.test', { transport: 'tcp' })).answers.map(({ ttl }) => ttl)),
      new Set([59]),
    )
    await bench.close()
  })
  it('is all of it or nothing: an answer that is cut over TCP too, or too long for us, is none', async () => {
    const cut = await ForwardBench.start([table])
    cut.mock.fail({ truncate: true }, Infinity)
    assert.deepEqual(await cut.short('a.test'), ['SERVFAIL'])
    await cut.close()
    // Targets that point at a long name: 20 KB as they come, 200 KB as they are kept.
    const label = [49, ...Buffer.alloc(49, 0x78)]
    const target = Buffer.from([...label, ...label, ...label, ...label, 0])
    const bench = await ForwardBench.start(
      [table],
      {},
      {
        answer: ({ name }, usual) => {
          const head = encodeMessage({ ...usual, rcode: 0, answers: [], authorities: [] }).subarray(
            0,
            12 + name.length + 5,
          )
          head.set([1_000 >> 8, 1_000 & 255, 0, 0, 0, 0], 6)
          const rest = Array.from({ length: 1_000 }, (_, at) => {
            const data = at === 0 ? target : Buffer.from([0xc0, head.length + 18])
            const fixed = [0xc0, 12, 0, 33, 0, 1, 0, 0, 0, 60, 0, 6 + data.length, at >> 8, at & 255, 0, 0, 0, 1]
            return Buffer.concat([Buffer.from(fixed), data])
          })
          return Buffer.concat([head, ...rest])
        },
      },
    )
    bench.use({ servers: [bench.mock.tcpAddress] })
    assert.deepEqual(await bench.short('many.test', { type: 'SRV', transport: 'tcp' }), ['SERVFAIL'])
    await bench.close()
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
    assert.deepEqual(await asking(answer), ['NOERROR', 'a.test. 60 IN A 192.0.2.1'])
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
  it('is bounded and harmless, whichever bytes of a true answer are changed', async () => {
    const random = new SeededRandom(11)
    const chain = 'a.test. 60 CNAME d.x.test.\nx.test. 60 DNAME y.test.\nd.y.test. 60 A 192.0.2.1\n'
    const proof = 'test. 60 SOA ns.test. a.test. 1 2 3 4 5\nb.test. 60 NSEC c.test. A\n'
    const bench = await ForwardBench.start(
      [table],
      {},
      {
        answer: ({ transport }, usual) => {
          const bytes = encodeMessage({ ...usual, rcode: 0, answers: records(chain), authorities: records(proof) })
          const start = 12 + usual.questions[0]!.name.length + 4
          for (let change = random.integer(1, 4); change > 0; change--) {
            bytes[random.integer(start, bytes.length - 1)] = random.integer(0, 255)
          }
          if (random.chance(0.2)) bytes[7] = random.integer(0, 9)
          return transport === 'tcp' ? null : bytes
        },
      },
    )
    for (let round = 0; round < 400; round++) {
      const asking = bench.ask('a.test', { dnssec: round % 2 === 0, cd: round % 4 > 1 })
      await turns(2)
      // Those that cannot be read are waited for in vain.
      if (bench.forwarder.inFlight > 0) await bench.clock.advance(6_000)
      const message = await asking
      assert.ok([0, 2, 3].includes(message.rcode))
      assert.ok(message.answers.every(({ ttl }) => ttl <= 86_400))
      bench.forwarder.cache.clear()
    }
    await bench.close()
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
