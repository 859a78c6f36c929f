/** Secondaries and notification on a clock whose hands are turned, with primaries that do as they are told. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fail } from '#lanework/core/index.js'
import { changeBetween, formatName, parseName, type Zone } from '#lanework/services/dns/index.js'
import type { Exchange } from '#lanework/services/dns/transfer/exchange.js'
import { Notifier } from '#lanework/services/dns/transfer/notifier.js'
import { transferPolicy } from '#lanework/services/dns/transfer/options.js'
import type { Received } from '#lanework/services/dns/transfer/receive-zone.js'
import { TransferOwner } from '#lanework/services/dns/transfer/transfer-owner.js'
import { ManualClock } from '../../../support/manual-clock.js'
import { texts, zoneOf } from '../../../support/dns-transfer.js'
import { turns, until } from '../../../support/until.js'

const origin = parseName('example.')
/** Refresh 7,200 s, retry 900 s, expire 1,209,600 s. */
const [refreshMs, retryMs, expireMs] = [7_200_000, 900_000, 1_209_600_000]

class Primary implements Exchange {
  zone: Zone | undefined = zoneOf(1)
  /** What is sent instead of the whole zone. */
  changes: Received | undefined
  readonly asked: string[] = []
  readonly told: string[] = []
  answersNotify = true

  /** What IXFR is answered with, instead. */
  failsIxfr: string | undefined
  /** Connections are taken, and nothing is said. */
  hangs = false

  /** Nothing comes over UDP. */
  isSilent = false

  async serialAt(server: { host: string }, _origin: unknown, signal: AbortSignal): Promise<number | undefined> {
    this.asked.push(`soa ${server.host}`)
    if (this.hangs) await new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('over'))))
    return this.isSilent ? undefined : this.#zone(server.host).serial
  }

  async fetch(server: { host: string }, _policy: unknown, here: Zone | undefined): Promise<Received> {
    this.asked.push(`${here === undefined ? 'axfr' : `ixfr ${here.serial}`} ${server.host}`)
    const zone = this.#zone(server.host)
    if (here !== undefined && this.failsIxfr !== undefined) {
      throw fail('TRANSFER_FAILED', { zone: 'example.', reason: this.failsIxfr })
    }
    return here !== undefined && this.changes !== undefined ? this.changes : { kind: 'zone', zone }
  }

  async notify(server: { host: string }, zone: Zone): Promise<boolean> {
    this.told.push(`${server.host} ${zone.serial}`)
    return this.answersNotify
  }

  #zone(host: string): Zone {
    if (this.zone === undefined || host === '192.0.2.66') {
      throw fail('TRANSFER_FAILED', { zone: 'example.', reason: 'the primary is gone' })
    }
    return this.zone
  }
}

/** A server whose zone comes from a primary; all has settled when it is given. */
async function secondary(primaries: string[] = ['192.0.2.1'], notify: string[] = []) {
  const [clock, exchange] = [new ManualClock(), new Primary()]
  let published = 0
  const reports: string[] = []
  const policy = transferPolicy({ zones: [{ zone: 'example.', primaries, notify }] })
  const owner = new TransferOwner(policy, {
    clock,
    exchange,
    publish: () => void published++,
    report: (text) => reports.push(text),
  })
  owner.start()
  await turns(20)
  const advance = async (stepMs: number): Promise<void> => {
    clock.advance(stepMs)
    await turns(20)
  }
  const serial = (): number | undefined => {
    const [zone] = owner.served([])
    return zone === undefined || zone.image.isStandIn ? undefined : zone.serial
  }
  return { clock, exchange, owner, advance, serial, reports, published: () => published }
}

describe('a secondary', () => {
  it('fetches the zone, then asks after refresh, and fetches again only what is newer', async () => {
    const { exchange, advance, serial, owner } = await secondary()
    assert.equal(serial(), 1)
    assert.deepEqual(exchange.asked.splice(0), ['axfr 192.0.2.1'])
    await advance(refreshMs - 1)
    assert.deepEqual(exchange.asked, [])
    await advance(1)
    assert.deepEqual(exchange.asked.splice(0), ['soa 192.0.2.1'])
    exchange.zone = zoneOf(2, ['new A 192.0.2.9'])
    await advance(refreshMs)
    assert.deepEqual(exchange.asked.splice(0), ['soa 192.0.2.1', 'ixfr 1 192.0.2.1'])
    assert.equal(serial(), 2)
    await owner.close()
  })
  it('applies changes, and takes the whole zone where they do not fit', async () => {
    const { exchange, advance, serial, owner } = await secondary()
    const next = zoneOf(2, ['new A 192.0.2.9'])
    exchange.changes = { kind: 'changes', changes: [changeBetween(zoneOf(1), next)] }
    exchange.zone = next
    await advance(refreshMs)
    assert.deepEqual(texts(owner.store.get(origin)!), texts(next))
    const third = zoneOf(3)
    exchange.changes = { kind: 'changes', changes: [changeBetween(zoneOf(2, ['other A 192.0.2.1']), third)] }
    exchange.zone = third
    exchange.asked.splice(0)
    await advance(refreshMs)
    assert.deepEqual(exchange.asked, ['soa 192.0.2.1', 'ixfr 2 192.0.2.1', 'axfr 192.0.2.1'])
    assert.equal(serial(), 3)
    await owner.close()
  })
  it('takes the whole zone where the primary knows no changes', async () => {
    const { exchange, advance, serial, owner, reports } = await secondary()
    exchange.zone = zoneOf(2)
    exchange.failsIxfr = 'the primary says NOTIMP'
    exchange.asked.splice(0)
    await advance(refreshMs)
    assert.deepEqual(exchange.asked, ['soa 192.0.2.1', 'ixfr 1 192.0.2.1', 'axfr 192.0.2.1'])
    assert.equal(serial(), 2)
    assert.deepEqual(reports, [])
    await owner.close()
  })
  it('expires while the primary keeps it waiting', async () => {
    const { exchange, advance, serial, owner, published } = await secondary()
    exchange.hangs = true
    await advance(refreshMs)
    assert.equal(exchange.asked.at(-1), 'soa 192.0.2.1')
    const before = published()
    await advance(expireMs - refreshMs - 1)
    assert.deepEqual([serial(), published()], [1, before])
    await advance(60_000)
    assert.deepEqual([serial(), published()], [undefined, before + 1])
    await owner.close()
  })
  it('asks again after retry while the primary is gone, and the zone expires', async () => {
    const { clock, exchange, advance, serial, owner, reports } = await secondary()
    const seenMs = clock.monotonicMs()
    exchange.zone = undefined
    exchange.asked.splice(0)
    await advance(refreshMs)
    assert.equal(exchange.asked.length, 1)
    await advance(retryMs - 1)
    assert.equal(exchange.asked.length, 1)
    await advance(1)
    assert.equal(exchange.asked.length, 2)
    assert.match(reports[0]!, /the primary is gone/)
    while (clock.monotonicMs() - seenMs < expireMs - retryMs) await advance(retryMs)
    assert.equal(serial(), 1)
    await advance(retryMs + 60_000)
    assert.equal(serial(), undefined)
    assert.equal(owner.transfers()[0]!.expired, true)
    // It comes back as it was, without a transfer.
    exchange.zone = zoneOf(1)
    await advance(retryMs)
    assert.equal(serial(), 1)
    await owner.close()
  })
  it('that has no zone yet tries more and more rarely, and answers nothing', async () => {
    const { exchange, advance, serial, owner } = await secondary(['192.0.2.66'])
    assert.equal(serial(), undefined)
    for (const waitMs of [10_000, 20_000, 40_000, 80_000]) {
      exchange.asked.splice(0)
      await advance(waitMs - 1)
      assert.deepEqual(exchange.asked, [])
      await advance(1)
      assert.equal(exchange.asked.length, 1)
    }
    await owner.close()
  })
  it('asks the next primary where one does not answer', async () => {
    const { exchange, serial, owner } = await secondary(['192.0.2.66', '192.0.2.1'])
    assert.deepEqual(exchange.asked, ['axfr 192.0.2.66', 'axfr 192.0.2.1'])
    assert.equal(serial(), 1)
    await owner.close()
  })
  it('does not go back to an older version', async () => {
    const { exchange, advance, serial, owner } = await secondary()
    exchange.zone = zoneOf(0)
    await advance(refreshMs)
    assert.equal(serial(), 1)
    assert.equal(exchange.asked.at(-1), 'soa 192.0.2.1')
    await owner.close()
  })
  it('asks over TCP where UDP does not get through', async () => {
    const { exchange, advance, serial, owner } = await secondary()
    exchange.isSilent = true
    exchange.zone = zoneOf(2)
    await advance(refreshMs)
    assert.equal(serial(), 2)
    exchange.zone = zoneOf(0)
    await advance(refreshMs)
    assert.equal(serial(), 2)
    await owner.close()
  })
  it('passes over a zone file of the same name, and says so', async () => {
    const { owner, reports } = await secondary()
    assert.equal(owner.admit(zoneOf(9), 'example.zone', ''.padEnd(64, '0')).serial, 1)
    assert.match(reports[0]!, /example\.zone is passed over/)
    assert.deepEqual(
      owner.served([zoneOf(9)]).map((zone) => zone.serial),
      [1],
    )
    await owner.close()
  })
  it('asks at once when it is notified of a newer version, and many notifications are one', async () => {
    const { exchange, advance, serial, owner } = await secondary()
    await advance(5_000)
    exchange.asked.splice(0)
    assert.equal(owner.notified('example.', 1), false)
    assert.equal(owner.notified('other.', 9), false)
    exchange.zone = zoneOf(2)
    for (let count = 0; count < 100; count++) assert.equal(owner.notified('example.', 2), true)
    await turns(20)
    assert.equal(serial(), 2)
    await advance(2_000)
    assert.deepEqual(exchange.asked, ['soa 192.0.2.1', 'ixfr 1 192.0.2.1', 'soa 192.0.2.1'])
    await owner.close()
  })
  it('looks again a few times where it was told of a version that the primary does not have yet', async () => {
    const { exchange, advance, serial, owner } = await secondary()
    await advance(5_000)
    exchange.asked.splice(0)
    assert.equal(owner.notified('example.', 2), true)
    await turns(20)
    assert.equal(exchange.asked.length, 1)
    await advance(1_999)
    assert.equal(exchange.asked.length, 1)
    exchange.zone = zoneOf(2)
    await advance(1)
    assert.equal(serial(), 2)
    // And not for ever.
    owner.notified('example.', 9)
    for (let step = 0; step < 100; step++) await advance(1_000)
    assert.equal(exchange.asked.splice(0).length > 3, true)
    for (let step = 0; step < 100; step++) await advance(10_000)
    assert.deepEqual(exchange.asked, [])
    await owner.close()
  })
  it('publishes what is new, and tells who wants to know', async () => {
    const { exchange, advance, owner, published } = await secondary(['192.0.2.1'], ['192.0.2.5'])
    assert.deepEqual(exchange.told, ['192.0.2.5 1'])
    assert.equal(published(), 1)
    await advance(refreshMs)
    assert.equal(published(), 1)
    exchange.zone = zoneOf(2)
    await advance(refreshMs)
    assert.deepEqual(exchange.told, ['192.0.2.5 1', '192.0.2.5 2'])
    assert.equal(published(), 2)
    await owner.close()
  })
})

describe('many secondaries', () => {
  it('look at their primaries a few at a time, and all get there', async () => {
    const names = Array.from({ length: 30 }, (_, at) => `z${at}.example.`)
    let [atOnce, most] = [0, 0]
    const exchange: Exchange = {
      serialAt: () => Promise.resolve(1),
      notify: () => Promise.resolve(true),
      fetch: async (_server, policy) => {
        most = Math.max(most, ++atOnce)
        await turns(3)
        atOnce--
        return { kind: 'zone', zone: zoneOf(1, [], formatName(policy.origin)) }
      },
    }
    const zones = names.map((zone) => ({ zone, primaries: ['192.0.2.1'] }))
    const owner = new TransferOwner(transferPolicy({ zones }), {
      clock: new ManualClock(),
      exchange,
      publish: () => {},
    })
    owner.start()
    await until('all zones are there', () => owner.served([]).every(({ serial }) => serial === 1))
    assert.equal(most, 8)
    await owner.close()
  })
})

describe('a notification', () => {
  it('is sent again until it is answered, more and more rarely, and then given up', async () => {
    const [clock, exchange] = [new ManualClock(), new Primary()]
    const problems: string[] = []
    const notifier = new Notifier(exchange, clock, (text) => problems.push(text))
    exchange.answersNotify = false
    notifier.notify(zoneOf(1), [{ host: '192.0.2.5', port: 53 }])
    await turns(5)
    for (const waitMs of [3_000, 6_000, 12_000, 24_000, 48_000, 96_000, 192_000]) {
      clock.advance(waitMs)
      await turns(5)
    }
    assert.equal(exchange.told.length, 6)
    assert.equal(notifier.waiting, 0)
    assert.match(problems[0]!, /did not answer/)
  })
  it("of a newer version takes an older one's place", async () => {
    const [clock, exchange] = [new ManualClock(), new Primary()]
    const notifier = new Notifier(exchange, clock, () => {})
    exchange.answersNotify = false
    notifier.notify(zoneOf(1), [{ host: '192.0.2.5', port: 53 }])
    await turns(5)
    exchange.answersNotify = true
    notifier.notify(zoneOf(2), [{ host: '192.0.2.5', port: 53 }])
    await turns(5)
    clock.advance(100_000)
    await turns(5)
    assert.deepEqual(exchange.told, ['192.0.2.5 1', '192.0.2.5 2'])
    assert.equal(notifier.waiting, 0)
  })
})
