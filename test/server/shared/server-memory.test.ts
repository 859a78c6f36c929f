/** What the lanes of a server share, in one piece; and what a server tells of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { defaultLimits } from '#lanework/server/index.js'
import { ServerMemory } from '#lanework/server/shared/server-memory.js'
import { measureAt } from '#lanework/server/measures.js'
import { laneFigures, lastBeatMs, latencyStatus, listenerStatus } from '#lanework/server/status.js'
import type { LaneReading } from '#lanework/server/shared/measure-table.js'
import { addressOf, clientOf, serveOn } from '../../support/matrix.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const limits = {
  ...defaultLimits,
  connections: 3,
  connectionsPerAddress: 2,
  messagesPerSecond: 5,
  messagesPerWindow: 7,
}
const options = { rows: 3, listeners: 2, limits }

for (const kind of ['inline', 'thread', 'process'] as const) {
  describe(`memory of ${kind} lanes`, { skip: kind === 'process' ? unlessNative : false }, () => {
    it('holds limits over all rows, also through what travels to a lane', () => {
      const memory = ServerMemory.create(kind, options)
      const [first, second] = [memory.row(0), ServerMemory.attach(memory.toLane()).row(1)]
      const host = '203.0.113.1'
      assert.deepEqual(
        [first, second, first].map(({ slots }) => typeof slots.admit(host)),
        ['number', 'number', 'string'],
      )
      assert.equal(typeof second.slots.admit('203.0.113.2'), 'number')
      assert.equal(first.slots.admit('203.0.113.3'), 'connections')
      memory.close()
    })

    it('lets all rows take from one bucket and one window', () => {
      const memory = ServerMemory.create(kind, options)
      const rows = [memory.row(0), ServerMemory.attach(memory.toLane()).row(1)]
      const taken = (take: (row: (typeof rows)[number]) => boolean | undefined): number => {
        return Array.from({ length: 20 }, (_, index) => take(rows[index % 2] as never)).filter(Boolean).length
      }
      assert.equal(
        taken(({ bucket }) => bucket?.take('203.0.113.1', 1_000)),
        5,
      )
      assert.equal(
        taken(({ window }) => window?.take('203.0.113.1', 1_000)),
        7,
      )
      memory.close()
    })

    it('gives back what a dead row held, and keeps what it counted', () => {
      const memory = ServerMemory.create(kind, options)
      const dead = memory.row(2)
      for (const host of ['203.0.113.1', '203.0.113.2', '203.0.113.3']) dead.slots.admit(host)
      dead.measures.own.set(dead.measures.own.at('inFlight'), 4)
      dead.measures.own.set(dead.measures.own.at('beatMs'), 99)
      dead.measures.listeners[1]?.add(measureAt.messages, 12)
      dead.measures.listeners[1]?.add(dead.measures.listeners[1].at('connections'), 3)
      dead.measures.listeners[1]?.histogram('handlerUs').record(7)
      assert.equal(memory.row(0).slots.admit('203.0.113.4'), 'connections')
      assert.equal(lastBeatMs(memory.measures.read().lanes[1] as LaneReading), 99)
      memory.bury(2)
      assert.equal(typeof memory.row(0).slots.admit('203.0.113.4'), 'number')
      const reading = memory.measures.read()
      const buried = reading.lanes.find(({ lane }) => lane === 2) as LaneReading
      const latency = { count: 1, p50Us: 7, p99Us: 7, p999Us: 7, maxUs: 7 }
      assert.deepEqual(laneFigures(buried), {
        inFlight: 0,
        connections: 0,
        messages: 12,
        latency,
        memoryBytes: undefined,
        lagMs: 0,
        overloaded: false,
      })
      assert.equal(lastBeatMs(buried), undefined)
      const known = { address: 'udp://[::1]:1', spread: 'source', kernelDrops: 5 } as const
      const status = listenerStatus(reading, 1, known)
      assert.deepEqual(
        { ...status, counters: status.counters['messages'] },
        { ...known, connections: 0, counters: 12, latency },
      )
      assert.deepEqual(latencyStatus(reading), latency)
      // A successor in the same part begins anew.
      dead.measures.listeners[0]?.histogram('handlerUs').record(900)
      const next = laneFigures(memory.measures.readLane(2) as LaneReading, buried)
      assert.deepEqual([next.messages, next.latency.count], [0, 1])
      assert.ok(next.latency.p50Us >= 900)
      memory.close()
    })
  })
}

describe('memory of lanes without limits on messages', () => {
  it('has no tables of sources', () => {
    const memory = ServerMemory.create('inline', { rows: 1, listeners: 0, limits: defaultLimits })
    const { bucket, window } = memory.row(0)
    assert.deepEqual([bucket, window], [undefined, undefined])
  })

  it('has at most 1,024 rows', () => {
    assert.throws(() => ServerMemory.create('inline', { ...options, rows: 1_025 }), { code: 'OPTION_INVALID' })
  })
})

describe('a server', () => {
  it('times every handler that answers with a promise, and one in 16 of the others', async () => {
    let isAsync = false
    await using server = await serveOn('tcp://127.0.0.1:0', {
      message: (message) => (isAsync ? Promise.resolve(message) : message),
    })
    const client = await clientOf(addressOf(server))
    const ask = async (count: number): Promise<number> => {
      for (let index = 0; index < count; index++) {
        await client.send('x')
        await client.receive()
      }
      return server.status().latency.count
    }
    assert.equal(await ask(32), 2)
    isAsync = true
    assert.equal(await ask(10), 12)
    const { p50Us, maxUs } = server.status().latency
    assert.ok(p50Us <= maxUs)
    await client.close()
  })

  it('tells what its lane wrote at its last beat', async () => {
    let answer: () => void = () => {}
    const message = (): Promise<undefined> => new Promise((resolve) => (answer = () => resolve(undefined)))
    await using server = await serveOn('udp://127.0.0.1:0', { message })
    const client = await clientOf(addressOf(server))
    await client.send('x')
    const [lane] = await until('it runs', () => {
      const { lanes } = server.status()
      return lanes[0]?.inFlight === 1 ? lanes : undefined
    })
    assert.ok((lane?.memoryBytes ?? 0) > 1_000_000)
    assert.deepEqual([lane?.messages, lane?.overloaded, lane?.state], [1, false, 'running'])
    answer()
    await client.close()
  })
})
