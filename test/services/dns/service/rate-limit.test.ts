/** Response rate limiting: the bucket as a rule, and a server that applies it. */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Server } from '#lanework/server/index.js'
import {
  decodeMessage,
  type DnsServiceOptions,
  encodeMessage,
  parseName,
  rcode,
  recordOf,
} from '#lanework/services/dns/index.js'
import { AnswerSubject } from '#lanework/services/dns/service/answer-kind.js'
import { ZoneSet } from '#lanework/services/dns/answer/zone-set.js'
import { Clients } from '#lanework/services/dns/service/client.js'
import { answerKind, RateLimiter, verdict } from '#lanework/services/dns/service/rate-limit.js'
import { checkRateLimit, type RateLimitOptions } from '#lanework/services/dns/service/rate-limit-options.js'
import { emptyMessage } from '../../../support/dns-messages.js'

import { HashedName } from '#lanework/services/dns/zone/name-hash.js'
import { portOf, queryOf, serveDns, TcpClient, UdpClient, written, zoneText } from '../../../support/dns-server.js'
import { ManualClock } from '../../../support/manual-clock.js'
import { until } from '../../../support/until.js'

function limiterOf(options: RateLimitOptions): RateLimiter {
  return new RateLimiter(checkRateLimit(options))
}

const { positive, negative, error } = answerKind
const times = (count: number): number[] => Array.from({ length: count }, (_, at) => at)

describe('a rate limit', () => {
  it('passes a second of answers at once, then so many a second', () => {
    const limiter = limiterOf({ answersPerSecond: 5, slip: 0 })
    const passed = (atMs: number): boolean => limiter.take(1, positive, 7, atMs) === verdict.pass
    assert.deepEqual(
      times(7).map(() => passed(0)),
      [true, true, true, true, true, false, false],
    )
    // Two below zero: it takes until then, and a token more.
    assert.deepEqual([300, 800].map(passed), [false, true])
  })

  it('holds who goes on asking until the rate over the window is kept', () => {
    const limiter = limiterOf({ answersPerSecond: 10, windowSeconds: 3, slip: 0 })
    for (let at = 0; at < 1_000; at++) limiter.take(1, positive, 7, at)
    const passes = (atMs: number): boolean => limiter.take(1, positive, 7, atMs) === verdict.pass
    assert.equal(passes(3_500), false)
    assert.equal(passes(8_000), true)
  })

  it('never passes more than burst and rate allow, whatever comes when', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.array(fc.integer({ min: 0, max: 400 }), { maxLength: 300 }),
        (rate, gaps) => {
          const limiter = limiterOf({ answersPerSecond: rate, slip: 0 })
          let [nowMs, passed] = [0, 0]
          for (const gap of gaps) {
            nowMs += gap
            if (limiter.take(9, positive, 3, nowMs) === verdict.pass) passed++
          }
          assert.ok(passed <= rate + (nowMs / 1_000) * rate + 0.001)
        },
      ),
    )
  })

  it('keeps networks, kinds and subjects apart', () => {
    const limiter = limiterOf({ answersPerSecond: 1, negativesPerSecond: 1, errorsPerSecond: 1, slip: 0 })
    const cases = [
      [1, positive, 1],
      [1, positive, 2],
      [1, negative, 1],
      [1, error, 1],
      [2, positive, 1],
    ] as const
    for (const [network, kind, subject] of cases) assert.equal(limiter.take(network, kind, subject, 0), verdict.pass)
    for (const [network, kind, subject] of cases) assert.equal(limiter.take(network, kind, subject, 0), verdict.drop)
  })

  it('slips and leaks as often as it is told', () => {
    const limiter = limiterOf({ answersPerSecond: 1, slip: 3, leak: 4 })
    limiter.take(1, positive, 1, 0)
    const found = times(12).map(() => limiter.take(1, positive, 1, 0))
    const { drop, slip, leak } = verdict
    assert.deepEqual(found, [drop, drop, slip, leak, drop, slip, drop, leak, slip, drop, drop, slip])
  })

  it('has a table of a fixed size, which a flood of networks does not make forget who floods', () => {
    const limiter = limiterOf({ answersPerSecond: 2, tableBytes: 65_536, slip: 0 })
    assert.ok(limiter.tableBytes <= 65_536 && limiter.tableBytes > 32_768)
    for (let round = 0; round < 50; round++) limiter.take(1, positive, 1, 0)
    for (let network = 2; network < 50_000; network++) limiter.take(network, positive, 1, 0)
    assert.equal(limiter.take(1, positive, 1, 0), verdict.drop)
  })
})

describe('the network of a client', () => {
  it('is a part of its address, as long as the limit says', () => {
    const clients = new Clients([], checkRateLimit({ exempt: ['198.51.100.0/25'] }))
    const networkOf = (host: string): number => clients.of(host).network
    for (const [host, other] of [
      ['192.0.2.1', '192.0.2.254'],
      ['192.0.2.1', '::ffff:192.0.2.9'],
      ['2001:db8:0:1200::1', '2001:db8:0:12ff::9'],
    ] as const) {
      assert.equal(networkOf(host), networkOf(other), `${host} ${other}`)
    }
    for (const [host, other] of [
      ['192.0.2.1', '192.0.3.1'],
      ['2001:db8:0:1200::1', '2001:db8:0:1300::1'],
    ] as const) {
      assert.notEqual(networkOf(host), networkOf(other), `${host} ${other}`)
    }
    const hosts = ['198.51.100.127', '198.51.100.128', '127.0.0.1', '::1', '']
    assert.deepEqual(
      hosts.map((host) => clients.of(host).isExempt),
      [true, false, false, false, true],
    )
    const usual = new Clients([], checkRateLimit())
    assert.deepEqual(
      ['127.0.0.1', '::1', '10.1.2.3', 'fd00::1', '192.0.2.1', '2001:db8::1'].map((host) => usual.of(host).isExempt),
      [true, true, true, true, false, false],
    )
    // Two servers, or two lanes, do not put the same networks together.
    const differs = Array.from({ length: 8 }, () => new Clients([], checkRateLimit()).of('192.0.2.1').network)
    assert.ok(new Set(differs).size > 1)
  })
})

const zone = `${zoneText('one.', 1)}*.wild A 192.0.2.9\n*.alias CNAME www\nalias CNAME www\nsub NS ns.sub\nns.sub A 192.0.2.53\n`

async function limited(
  options: RateLimitOptions | false | undefined,
  run: (client: UdpClient, server: Server, clock: ManualClock, file: string) => Promise<void>,
  more: DnsServiceOptions = {},
): Promise<void> {
  const home = written({ one: zone })
  const clock = new ManualClock()
  const limit = options === undefined ? {} : { rateLimit: options }
  const server = await serveDns({ zones: [join(home, 'one')], ...limit, ...more }, { clock })
  const client = new UdpClient(portOf(server))
  try {
    await run(client, server, clock, join(home, 'one'))
  } finally {
    client.close()
    await server.close()
  }
}

/** Sends them all, and then waits until the server has counted them. */
async function flood(client: UdpClient, server: Server, queries: readonly Uint8Array[]): Promise<readonly Buffer[]> {
  const sumOf = (): number => {
    const { queries: answered = 0, rateDropped = 0 } = server.status().counters
    return answered + rateDropped
  }
  const [before, answersBefore] = [sumOf(), client.answers.length]
  const answeredBefore = server.status().counters['queries']!
  for (const query of queries) client.send(query)
  await until('all have been handled', () => sumOf() - before === queries.length)
  const answered = server.status().counters['queries']! - answeredBefore
  await until('all answers are here', () => client.answers.length - answersBefore === answered)
  return client.answers.slice(answersBefore)
}

const none: RateLimitOptions = { exempt: [], answersPerSecond: 3, negativesPerSecond: 3, errorsPerSecond: 3 }
const same = (name: string, count: number, type = 'A'): Uint8Array[] => times(count).map(() => queryOf({ name, type }))
const random = (suffix: string, count: number): Uint8Array[] =>
  times(count).map((at) => queryOf({ name: `r${at}.${suffix}`, type: 'A' }))

describe('a server with a rate limit', () => {
  it('answers what is within the rate, then slips every second one as an empty answer with TC', async () => {
    await limited(none, async (client, server, clock) => {
      const answers = (await flood(client, server, same('www.one.', 11))).map((bytes) => decodeMessage(bytes))
      assert.deepEqual(
        answers.map(({ tc, answers: { length } }) => `${tc} ${length}`),
        [...times(3).map(() => 'false 1'), ...times(4).map(() => 'true 0')],
      )
      assert.deepEqual(answers[3]!.questions, answers[0]!.questions)
      const { counters } = server.status()
      assert.deepEqual([counters['rateDropped'], counters['rateSlipped'], counters['rateLeaked']], [4, 4, 0])
      // Other names are not limited, and this one is no more after a while.
      assert.equal((await flood(client, server, same('ns.one.', 2))).length, 2)
      clock.advance(60_000)
      assert.equal((await flood(client, server, same('www.one.', 3))).length, 3)
    })
  })

  it('counts names of a wildcard, of a cut, and names that are not there as one', async () => {
    await limited({ ...none, slip: 0 }, async (client, server) => {
      assert.equal((await flood(client, server, random('wild.one.', 20))).length, 3)
      assert.equal((await flood(client, server, random('sub.one.', 20))).length, 3)
      assert.equal((await flood(client, server, random('one.', 20))).length, 3)
      assert.equal((await flood(client, server, random('other.', 20))).length, 3)
    })
  })

  it('counts all types of a CNAME as one, of a wildcard too', async () => {
    await limited({ ...none, slip: 0 }, async (client, server) => {
      for (const name of ['alias.one.', 'x.alias.one.']) {
        const queries = times(20).map((at) => queryOf({ name, type: `TYPE${1_000 + at}` }))
        assert.equal((await flood(client, server, queries)).length, 3, name)
      }
    })
  })

  it('counts all names and types that a script answers for as one', async () => {
    const soon = { name: 'soon.', subtree: true, answer: () => ['TXT "x"'] }
    const later = { name: 'later.', subtree: true, answer: () => Promise.resolve(['TXT "x"']) }
    const inZone = { name: 'one.', subtree: true, answer: () => ['TXT "x"'] }
    await limited(
      { ...none, slip: 0 },
      async (client, server) => {
        assert.equal((await flood(client, server, random('soon.', 20))).length, 3)
        assert.equal((await flood(client, server, random('later.', 20))).length, 3)
        const types = times(20).map((at) => queryOf({ name: 'www.one.', type: `TYPE${1_000 + at}` }))
        assert.equal((await flood(client, server, types)).length, 3)
      },
      { scripts: [soon, later, inZone] },
    )
  })

  it('counts what others say is not there by the zone that they tell of', () => {
    const about = new AnswerSubject()
    const subjectOf = (name: string, zoneName: string | undefined, code: number): string => {
      const soa = {
        type: 'SOA',
        primary: 'a.',
        mailbox: 'b.',
        serial: 1,
        refresh: 1,
        retry: 1,
        expire: 1,
        minimum: 1,
      } as const
      const answer = encodeMessage({
        ...emptyMessage,
        isResponse: true,
        rcode: code,
        questions: [{ name: parseName(name), type: 1, class: 1 }],
        authorities: zoneName === undefined ? [] : [recordOf(parseName(zoneName), 60, soa)],
      })
      about.take(answer, new HashedName().takeName(parseName(name)), 1, new ZoneSet([]), 0)
      assert.equal(about.kind, negative)
      return String(about.subject)
    }
    for (const code of [rcode.NOERROR, rcode.NXDOMAIN]) {
      const one = subjectOf('r1.r2.example.com.', 'example.com.', code)
      assert.equal(subjectOf('r3.r4.r5.example.com.', 'example.com.', code), one)
      assert.notEqual(subjectOf('r1.r2.example.org.', 'example.org.', code), one)
      assert.equal(subjectOf('r1.r2.', '.', code), subjectOf('r3.r4.', '.', code))
      assert.equal(subjectOf('r1.r2.com.', undefined, code), subjectOf('r3.r4.com.', undefined, code))
    }
  })

  it('leaks, and only counts where it is a dry run', async () => {
    await limited({ ...none, slip: 0, leak: 2 }, async (client, server) => {
      assert.equal((await flood(client, server, same('www.one.', 9))).length, 6)
      assert.equal(server.status().counters['rateLeaked'], 3)
    })
    await limited({ ...none, dryRun: true }, async (client, server) => {
      for (const query of same('www.one.', 9)) client.send(query)
      await until('all answers are here', () => client.answers.length === 9)
      assert.deepEqual(
        client.answers.map((bytes) => decodeMessage(bytes).answers.length),
        times(9).map(() => 1),
      )
      assert.deepEqual([server.status().counters['rateDropped'], server.status().counters['rateSlipped']], [3, 3])
    })
  })

  it('lets valid cookies through, after a change of zones too, and TCP', async () => {
    await limited({ ...none, slip: 1 }, async (client, server, _clock, file) => {
      const first = queryOf({ name: 'www.one.', type: 'A', options: [{ code: 10, data: Buffer.from('clientck') }] })
      const cookie = decodeMessage((await client.ask(first))!).edns!.options[0]!
      assert.equal(cookie.data.length, 24)
      appendFileSync(file, 'more A 192.0.2.9\n')
      await server.call('reload')
      await until('the change is served', async () => {
        return decodeMessage((await client.ask(queryOf({ name: 'more.one.', type: 'A' })))!).answers.length === 1
      })
      const known = queryOf({ name: 'www.one.', type: 'A', options: [cookie] })
      const answers = await flood(client, server, [...same('www.one.', 9), ...times(9).map(() => known)])
      // The names of the new zone begin anew.
      assert.equal(answers.filter((bytes) => decodeMessage(bytes).answers.length === 1).length, 3 + 9)
      const tcp = new TcpClient(portOf(server, 1))
      tcp.send(...same('www.one.', 30))
      await until('all are answered', () => tcp.answers.length === 30)
      tcp.close()
    })
  })

  it('says so in an answer that has EDNS where the query has', async () => {
    await limited({ ...none, slip: 1 }, async (client, server) => {
      const answers = await flood(
        client,
        server,
        times(5).map(() => queryOf({ name: 'www.one.', edns: true })),
      )
      const last = decodeMessage(answers.at(-1)!)
      assert.deepEqual([last.tc, last.edns?.udpSize, last.rcode], [true, 1232, rcode.NOERROR])
      assert.ok(answers.at(-1)!.length <= queryOf({ name: 'www.one.', edns: true }).length)
    })
  })

  it('is on, and exempts loopback and private networks, unless it is told otherwise', async () => {
    const usual = checkRateLimit()
    assert.deepEqual([usual.answersPerSecond, usual.slip, usual.exempt.includes('127.0.0.0/8')], [200, 2, true])
    for (const options of [undefined, false] as const) {
      await limited(options, async (client, server) => {
        // Beyond the usual rate, and in pieces that sockets hold.
        for (let round = 0; round < 4; round++) {
          assert.equal((await flood(client, server, same('www.one.', 100))).length, 100)
        }
      })
    }
  })
})
