/** Several servers measured at once: how often each is asked, who is believed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fail, isLaneworkError } from '#lanework/core/index.js'
import { measure, ticksOf, type NtpSample } from '#lanework/services/time/index.js'
import { VirtualClock } from '#lanework/testing/index.js'

interface Asked {
  readonly address: string
  readonly atMs: number
}

/** Servers by address that answer with an offset in seconds, or fail. */
function pretend(servers: Readonly<Record<string, number | Error>>): {
  clock: VirtualClock
  asked: Asked[]
  options: { timers: VirtualClock; ticks: ReturnType<typeof ticksOf>; ask: (address: string) => Promise<NtpSample> }
} {
  const clock = new VirtualClock()
  const ticks = ticksOf(clock)
  const asked: Asked[] = []
  const ask = async (address: string): Promise<NtpSample> => {
    asked.push({ address, atMs: clock.monotonicMs() })
    const answer = servers[address]
    if (answer === undefined) throw new Error(`nobody is at ${address}`)
    if (answer instanceof Error) throw answer
    return {
      source: address,
      address,
      atNs: ticks.ns(),
      timeNs: ticks.wallNs() + BigInt(Math.round(answer * 1e9)),
      delay: 0.01,
      dispersion: 1e-6,
      leap: 0,
      stratum: 2,
      refId: 1,
      serverRefId: 2,
      rootDelay: 0.001,
      rootDispersion: 0.001,
      precision: -20,
      strays: 0,
    }
  }
  return { clock, asked, options: { timers: clock, ticks, ask } }
}

const [a, b, c, d] = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '192.0.2.4']

describe('measuring', () => {
  it('names the liar of four, and says what the others say', async () => {
    const address = (host: string): string => `udp://${host}:123`
    const { clock, options } = pretend({ [address(a)]: 0.5, [address(b)]: 0.501, [address(c)]: 0.499, [address(d)]: 7 })
    const measuring = measure([a, b, c, d], options)
    await clock.advance(10_000)
    const { servers, combined } = await measuring
    assert.deepEqual(servers.map(({ verdict }) => verdict).toSorted(), [
      'combined',
      'combined',
      'falseticker',
      'system',
    ])
    const liar = servers.find(({ server }) => server === d)
    assert.equal(liar?.verdict, 'falseticker')
    assert.ok(Math.abs((liar.measured?.offset ?? 0) - 7) < 1e-6)
    assert.ok(combined !== undefined && Math.abs(combined.offset - 0.5) < 1e-3)
    assert.ok(combined.bound < 0.02 && combined.bound >= 0.006, String(combined.bound))
    assert.deepEqual([combined.stratum, combined.leap], [2, 0])
  })

  it('asks each server four times, two seconds apart, whatever spacing is wished for', async () => {
    const { clock, asked, options } = pretend({ 'udp://192.0.2.1:123': 0 })
    const measuring = measure([a, a], { ...options, spacingMs: 1 })
    await clock.advance(20_000)
    await measuring
    assert.deepEqual(
      asked.map(({ atMs }) => atMs),
      [0, 2_000, 4_000, 6_000],
    )
  })

  it('asks loopback faster, as nobody else minds', async () => {
    const { clock, asked, options } = pretend({ 'udp://127.0.0.1:9123': 0 })
    const measuring = measure(['127.0.0.1:9123'], { ...options, samples: 3 })
    await clock.advance(1_000)
    await measuring
    assert.deepEqual(
      asked.map(({ atMs }) => atMs),
      [0, 100, 200],
    )
  })

  it('goes when it is told to go, and tells why', async () => {
    const rate = fail('TIME_UNUSABLE', { address: 'x', reason: 'it asks for less requests (RATE)', kiss: 'RATE' })
    const { clock, asked, options } = pretend({ 'udp://192.0.2.1:123': rate, 'udp://192.0.2.2:123': 0 })
    const heard: string[] = []
    const measuring = measure([a, b], { ...options, onExchange: (server) => heard.push(server) })
    await clock.advance(10_000)
    const { servers, combined } = await measuring
    assert.equal(asked.filter(({ address }) => address.includes(a)).length, 1)
    assert.deepEqual(
      servers.map(({ verdict, asked: questions, answered }) => [verdict, questions, answered]),
      [
        ['silent', 1, 0],
        ['system', 4, 4],
      ],
    )
    assert.match(servers[0]?.reason ?? '', /RATE/)
    assert.equal(heard.filter((server) => server === b).length, 4)
    assert.ok(combined !== undefined)
  })

  it('gives a server one vote, whatever names it goes by', async () => {
    const { clock, asked, options } = pretend({ 'udp://192.0.2.1:123': 50, 'udp://192.0.2.2:123': 0 })
    const measuring = measure([a, `udp://${a}:123`, `${a}:123`, b], options)
    await clock.advance(10_000)
    const { servers, combined } = await measuring
    assert.equal(combined, undefined, 'one against one')
    assert.deepEqual(
      servers.map(({ verdict }) => verdict),
      ['falseticker', 'silent', 'silent', 'falseticker'],
    )
    assert.match(servers[1]?.reason ?? '', /it is the same server as 192\.0\.2\.1/)
    assert.equal(asked.length, 8)
  })

  it('has nothing to say without a server, a majority, or as many as must agree', async () => {
    const { clock, options } = pretend({ 'udp://192.0.2.1:123': 0, 'udp://192.0.2.2:123': 50 })
    const silent = measure([c], options)
    const split = measure([a, b], options)
    const few = measure([a], { ...options, atLeast: 2 })
    await clock.advance(10_000)
    for (const measuring of [silent, split, few]) assert.equal((await measuring).combined, undefined)
    assert.equal((await split).servers[0]?.verdict, 'falseticker')
    assert.equal((await few).servers[0]?.reason, 'only 1 server agrees, 2 must')
  })

  it('ends when its signal is aborted, and refuses wrong options', async () => {
    const { clock, options } = pretend({ 'udp://192.0.2.1:123': 0 })
    const leaving = new AbortController()
    const measuring = measure([a], { ...options, signal: leaving.signal })
    const ended = assert.rejects(measuring, (error) => isLaneworkError(error, 'ABORTED'))
    await clock.advance(100)
    leaving.abort()
    await ended
    for (const wrong of [{ samples: 0 }, { spacingMs: -1 }, { atLeast: 0 }]) {
      await assert.rejects(measure([a], { ...options, ...wrong }), (error) => isLaneworkError(error, 'OPTION_INVALID'))
    }
    await assert.rejects(measure([], options), (error) => isLaneworkError(error, 'OPTION_INVALID'))
    await assert.rejects(measure(['tcp://192.0.2.1:1'], options), (error) => isLaneworkError(error, 'ADDRESS_INVALID'))
  })
})
