/** Who keeps a clock: how often it asks whom, and what it makes of silence, refusals and sleep. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { fail, isLaneworkError } from '#lanework/core/index.js'
import {
  ClockKeeper,
  DisciplinedClock,
  type Exchanged,
  type NtpSample,
  type Ticks,
} from '#lanework/services/time/index.js'
import { VirtualClock } from '#lanework/testing/index.js'

/** A machine in virtual time that can sleep, and what servers answer: seconds that they are ahead, or an error. */
class World {
  readonly timers = new VirtualClock()
  readonly answers = new Map<string, number | Error>()
  readonly asked: { address: string; atMs: number }[] = []
  readonly heard: Exchanged[] = []
  asleepMs = 0
  readonly ticks: Ticks = {
    ns: () => BigInt(Math.round(this.timers.monotonicMs() * 1e6)) + 1_000_000_000_000n,
    wallNs: () => BigInt(Math.round((this.timers.wallMs() + this.asleepMs) * 1e6)),
    upNs: () => this.ticks.ns() + BigInt(this.asleepMs) * 1_000_000n,
  }
  readonly clock = new DisciplinedClock({ ticks: this.ticks })

  keep(servers: readonly string[], options = {}): ClockKeeper {
    const ask = (address: string): Promise<NtpSample> => this.#ask(address)
    const keeper = new ClockKeeper(this.clock, servers, { timers: this.timers, random: () => 0.5, ask, ...options })
    keeper.events.on('exchange', (exchanged) => this.heard.push(exchanged))
    return keeper
  }

  async #ask(address: string): Promise<NtpSample> {
    this.asked.push({ address, atMs: this.timers.monotonicMs() })
    const answer = this.answers.get(address)
    if (answer === undefined) throw fail('NO_ANSWER', { address, timeoutMs: 2_000 })
    if (answer instanceof Error) throw answer
    return {
      source: address,
      address,
      atNs: this.ticks.ns(),
      timeNs: this.ticks.wallNs() + BigInt(Math.round(answer * 1e9)),
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
}

const one = 'udp://192.0.2.1:123'
const two = 'udp://192.0.2.2:123'

describe('a clock keeper', () => {
  it('asks in a burst at first, then until the frequency is known, then seldom, and gives the clock what comes', async () => {
    const world = new World()
    world.answers.set(one, 0.25)
    const keeper = world.keep(['192.0.2.1'], { burst: 3 })
    await world.timers.advance(140_000)
    assert.deepEqual(
      world.asked.map(({ atMs }) => atMs),
      [0, 2_000, 4_000, 20_000, 36_000, 52_000, 116_000],
    )
    assert.ok(world.clock.synchronised)
    assert.ok(Math.abs(Number(world.clock.nowNs() - world.ticks.wallNs()) / 1e9 - 0.25) < 1e-3)
    const [server] = keeper.servers
    assert.deepEqual(
      [
        server?.server,
        server?.address,
        server?.asked,
        server?.answered,
        server?.reach,
        server?.interval,
        server?.problem,
      ],
      ['192.0.2.1', one, 7, 7, 0b1111111, 64, ''],
    )
    assert.equal(world.heard[0]?.sample?.source, '192.0.2.1')
    assert.equal(world.heard[0]?.fate, 'taken')
    await keeper.close()
    await world.timers.advance(1_000_000)
    assert.equal(world.asked.length, 7)
    assert.equal(world.timers.pending, 0)
  })

  it('waits with the first correction for more than half of the servers, but not for those that are silent', async () => {
    const world = new World()
    world.answers.set(one, 40)
    const keeper = world.keep(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    await world.timers.advance(3_000)
    assert.equal(world.clock.synchronised, false, 'one of three')
    world.answers.set(two, 0)
    await world.timers.advance(500)
    await world.timers.advance(1_000)
    assert.equal(world.clock.synchronised, false, 'two that differ')
    world.answers.set('udp://192.0.2.3:123', 0)
    await world.timers.advance(2_500)
    assert.equal(world.clock.synchronised, true)
    assert.ok(Math.abs(Number(world.clock.nowNs() - world.ticks.wallNs())) < 1e6)
    assert.equal(world.clock.steps, 0)
    await keeper.close()

    const lonely = new World()
    lonely.answers.set(one, 40)
    const other = lonely.keep(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    await lonely.timers.advance(3_900)
    assert.equal(lonely.clock.synchronised, false)
    await lonely.timers.advance(200)
    assert.equal(lonely.clock.synchronised, true, 'the others have been asked three times')
    await other.close()
  })

  it('leaves out a server that has been silent for eight questions, and takes it back', async () => {
    const world = new World()
    world.answers.set(one, 0.1)
    world.answers.set(two, 0.1)
    const keeper = world.keep(['192.0.2.1', '192.0.2.2'], { burst: 1, maxPoll: 6 })
    await world.timers.advance(200_000)
    const names = (): string[] => world.clock.sources.map(({ name }) => name).toSorted()
    assert.deepEqual(names(), ['192.0.2.1', '192.0.2.2'])
    world.answers.delete(two)
    await world.timers.advance(10 * 64_000)
    assert.deepEqual(names(), ['192.0.2.1'])
    assert.match(keeper.servers[1]?.problem ?? '', /answered within/)
    assert.equal(keeper.servers[1]?.reach, 0)
    assert.ok(world.clock.synchronised)
    world.answers.set(two, 0.1)
    await world.timers.advance(2 * 64_000)
    assert.deepEqual(names(), ['192.0.2.1', '192.0.2.2'])
    await keeper.close()
  })

  it('never asks again who denies it, and less who asks for less', async () => {
    const world = new World()
    const kiss = (code: string): Error => fail('TIME_UNUSABLE', { address: one, reason: code, kiss: code })
    world.answers.set(one, kiss('DENY'))
    world.answers.set(two, kiss('RATE'))
    const keeper = world.keep(['192.0.2.1', '192.0.2.2'], { minPoll: 3 })
    await world.timers.advance(60_000)
    const times = (wanted: string): number[] =>
      world.asked.filter(({ address }) => address === wanted).map(({ atMs }) => atMs)
    assert.deepEqual(times(one), [0])
    assert.deepEqual(times(two), [0, 16_000, 48_000])
    assert.equal(keeper.servers[0]?.interval, undefined)
    await keeper.close()
  })

  it('asks at once when the machine has slept', async () => {
    const world = new World()
    world.answers.set(one, 0)
    const keeper = world.keep(['192.0.2.1'], { burst: 2 })
    await world.timers.advance(70_000)
    const before = world.asked.length
    world.asleepMs = 3_600_000
    await world.timers.advance(1_000)
    assert.equal(world.asked.length, before + 1)
    assert.ok(world.clock.synchronised)
    assert.ok(Math.abs(Number(world.clock.nowNs() - world.ticks.wallNs())) < 1e6)
    await world.timers.advance(2_000)
    assert.equal(world.asked.length, before + 2, 'in a burst')
    await keeper.close()
  })

  it('gives a server one vote, whatever names it goes by', async () => {
    const world = new World()
    world.answers.set(one, 40)
    world.answers.set(two, 0)
    const keeper = world.keep(['192.0.2.1', '192.0.2.2', '192.0.2.1:123'])
    await world.timers.advance(60_000)
    assert.equal(world.clock.synchronised, false, 'one against one')
    assert.match(keeper.servers[2]?.problem ?? '', /it is the same server as 192\.0\.2\.1/)
    assert.equal(keeper.servers[2]?.answered, 0)
    await keeper.close()
  })

  it('counts a server once that is named twice, and refuses wrong names at once', async () => {
    const world = new World()
    const keeper = world.keep(['192.0.2.1', '192.0.2.1'])
    assert.equal(keeper.servers.length, 1)
    await keeper.close()
    assert.throws(
      () => world.keep(['tcp://192.0.2.1:9']),
      (error) => isLaneworkError(error, 'ADDRESS_INVALID'),
    )
    assert.throws(
      () => world.keep([]),
      (error) => isLaneworkError(error, 'OPTION_INVALID'),
    )
    assert.equal(world.timers.pending, 0)
  })
})
