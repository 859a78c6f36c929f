/** No datagram and no connection is lost without a count, whatever the limits: sent = handled + all drops. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { udp } from '#lanework/io/index.js'
import { listenerMeasures, measureNames, type MeasureRole } from '#lanework/server/measures.js'
import type { Limits } from '#lanework/server/index.js'
import { addressOf, countersOf, serveOn } from '../../support/matrix.ts'
import { pretendedNetwork } from '../../support/pretended.ts'
import { rated } from '../../support/rated.ts'
import { until } from '../../support/until.ts'

/** What a server counted in all rows of a role. */
function sumOf(counters: Record<string, number>, role: MeasureRole): number {
  const names = measureNames.filter((name) => listenerMeasures[name].role === role)
  return names.reduce((sum, name) => sum + (counters[name] as number), 0)
}

const limits = fc.record({
  messagesPerSecond: fc.constantFrom(0, 1, 5, 200),
  messageBurst: fc.constantFrom(0, 1, 50),
  messagesPerWindow: fc.constantFrom(0, 3, 40),
  windowMs: fc.constantFrom(10, 1_000),
  inFlight: fc.constantFrom(1, 4, 1_000),
  frameBytes: fc.constantFrom(1, 20, 65_536),
  replyFactor: fc.constantFrom(0, 1, 10),
})
const bursts = fc.array(
  fc.record({
    from: fc.constantFrom('203.0.113.1', '203.0.113.2', '2001:db8::1', '127.0.0.1'),
    count: fc.integer({ min: 1, max: 1_500 }),
    bytes: fc.constantFrom(0, 1, 20, 21, 600),
    waitMs: fc.constantFrom(0, 3, 400),
  }),
  { minLength: 1, maxLength: 6 },
)
const services = fc.record({
  answerBytes: fc.constantFrom(0, 10, 2_000),
  isAsync: fc.boolean(),
  sessions: fc.constantFrom(undefined, { idleMs: 100, limit: 2 }),
})

describe('every datagram', () => {
  it('sent is handled, or in one count of what was dropped; every reply too (a property)', async () => {
    await fc.assert(
      fc.asyncProperty(
        limits,
        bursts,
        services,
        async (given: Partial<Limits>, sends, { answerBytes, isAsync, sessions }) => {
          let handled = 0
          const answer = Buffer.alloc(answerBytes)
          const { server, clock, client, burst, counters } = await rated(
            {
              message(): Buffer | Promise<Buffer> {
                handled++
                return isAsync ? new Promise((resolve) => clock.after(2, () => resolve(answer))) : answer
              },
              ...(sessions && { sessions }),
            },
            { limits: given },
          )
          let sent = 0
          for (const { from, count, bytes, waitMs } of sends) {
            await burst(await client(from), count, 'x'.repeat(bytes))
            sent += count
            await clock.advance(waitMs)
          }
          await clock.advance(10)
          const counted = counters()
          const kernelDrops = server.status().listeners[0]?.kernelDrops as number
          assert.equal(counted['messages'], handled)
          assert.equal(kernelDrops + handled + sumOf(counted, 'drop'), sent, JSON.stringify(counted))
          assert.equal((counted['replies'] as number) + (counted['droppedAmplified'] as number), handled)
          assert.equal(counted['socketSent'], counted['replies'])
          await server.close()
        },
      ),
      { numRuns: 40 },
    )
  })

  it('is accounted for over real sockets too, when sources are never limited and handlers are', async () => {
    const definition = { message: () => new Promise<string>((resolve) => setTimeout(resolve, 1, 'x')) }
    await using server = await serveOn('udp://127.0.0.1:0', definition, { limits: { inFlight: 3, frameBytes: 100 } })
    const client = await udp().bind('udp://127.0.0.1:0')
    const sent = 400
    for (let index = 0; index < sent; index++) await client.sendTo('y'.repeat(index % 130), addressOf(server))
    await until('all are accounted for', () => {
      const [listener] = server.status().listeners
      const { counters = {}, kernelDrops = 0 } = listener ?? {}
      return (counters['messages'] as number) + sumOf(counters, 'drop') + kernelDrops === sent
    })
    assert.ok((countersOf(server)['droppedTruncated'] as number) > 0)
    await client.close()
  })
})

describe('every connection', () => {
  it('is served or refused, and its slot comes back, however it ends (a property)', async () => {
    const hosts = fc.constantFrom('203.0.113.1', '203.0.113.2', '2001:db8::1', '127.0.0.1')
    const ends = fc.constantFrom('leave', 'reset', 'bad', 'close', 'stay')
    const arrivals = fc.array(fc.record({ host: hosts, end: ends }), { maxLength: 60 })
    await fc.assert(
      fc.asyncProperty(
        arrivals,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 1, max: 5 }),
        async (list, all, each) => {
          const { network, arrive } = pretendedNetwork()
          const definition = { message: (message: Buffer, peer: { close(): void }) => (peer.close(), message) }
          const given = { connections: all, connectionsPerAddress: each, frameBytes: 10 }
          const server = await serveOn('tcp://192.0.2.1:1', definition, { network, limits: given })
          const open: { leave(): void }[] = []
          const held = new Map<string, number>()
          for (const { host, end } of list) {
            const before = countersOf(server)['connectionsRefused'] as number
            const peer = arrive(host)
            if (countersOf(server)['connectionsRefused'] !== before) {
              assert.ok(peer.wasReset)
              assert.ok(open.length >= all || (held.get(host) ?? 0) >= each, 'nobody is refused without need')
              continue
            }
            if (end === 'bad') peer.bring('\xff\xff\xff\xff')
            if (end === 'close') peer.bring('\0\0\0\x01x')
            if (end === 'reset') peer.destroy(true)
            else if (end !== 'stay') peer.leave()
            else {
              open.push(peer)
              if (host !== '127.0.0.1') held.set(host, (held.get(host) ?? 0) + 1)
            }
            assert.ok(open.length <= all && (held.get(host) ?? 0) <= each)
          }
          const counted = countersOf(server)
          assert.equal(sumOf(counted, 'connection'), list.length)
          assert.equal((counted['connectionsOpened'] as number) - (counted['connectionsClosed'] as number), open.length)
          assert.equal(server.status().lanes[0]?.connections, open.length)
          for (const peer of open) peer.leave()
          assert.equal(server.status().lanes[0]?.connections, 0)
          assert.equal(arrive('203.0.113.1').wasReset, false)
          await server.close()
        },
      ),
      { numRuns: 60 },
    )
  })
})
