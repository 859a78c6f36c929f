/** Several processes at once on the same memory, and one after the other is killed at any moment; seeded. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SharedMemory } from '#lanework/process/index.js'
import { ConnectionSlots } from '#lanework/server/shared/connection-slots.js'
import { MeasureTable, type MeasuresReading } from '#lanework/server/shared/measure-table.js'
import { SlidingWindowTable } from '#lanework/server/shared/sliding-window-table.js'
import { TokenBucketTable } from '#lanework/server/shared/token-bucket-table.js'
import { shareWith, unlessNative, type Sharer } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const seed = Number(process.env['LANEWORK_SEED'] ?? Math.floor(Math.random() * 1e6) + 1)
let random = seed
/** 0 to `below`, by the seed. */
function next(below: number): number {
  random = (Math.imul(random, 1_103_515_245) + 12_345) & 0x7fffffff
  return (random >>> 8) % below
}

async function lane(act: string, memory: SharedMemory, number: number): Promise<Sharer> {
  const sharer = shareWith(act, [memory], number, 'lane-shares')
  await sharer.hear('ready')
  return sharer
}

/** Three lanes that begin at the same moment; what they say at their end. */
async function together<Said>(act: string, memory: SharedMemory, field: string): Promise<Said[]> {
  const lanes = await Promise.all([0, 1, 2].map((number) => lane(act, memory, number)))
  for (const each of lanes) each.go()
  const said = await Promise.all(lanes.map((each) => each.hear(field)))
  await Promise.all(lanes.map((each) => each.kill()))
  return said as Said[]
}

/** Some work in this process, of a length by the seed, so that kills fall anywhere. */
function pass(): void {
  for (let left = next(20_000); left > 0; left--) performance.now()
}

const declaration = {
  version: 1,
  lane: { counters: ['one', 'other', 'both'], histograms: ['took'] },
  service: {},
  listener: { counters: ['opened', 'closed', 'alone'], gauges: ['open'] },
}

function check(reading: MeasuresReading): void {
  for (const { own, listeners } of reading.lanes) {
    const { one = 0, other = 0, both = 0 } = own.counters
    assert.ok(own.isOneMoment)
    assert.equal(one + other, both)
    const [listener] = listeners
    const { opened = 0, closed = 0 } = listener?.counters ?? {}
    assert.ok(closed <= opened)
  }
}

describe(`lanes that are killed (seed ${seed})`, { skip: unlessNative }, () => {
  it('leave measures that read as of one moment, and whose sums never go back', async () => {
    const sizes = { lanes: 2, listeners: 1 }
    using memory = SharedMemory.create(MeasureTable.bytesFor(declaration, sizes))
    const table = MeasureTable.create(memory, declaration, sizes)
    let victim = await lane('measure', memory, 0)
    const other = await lane('measure', memory, 1)
    let before = 0
    const kills = 4
    for (let kill = 0; kill < kills; kill++) {
      for (let look = 0; look < 300; look++) {
        const reading = table.read()
        check(reading)
        const both = reading.total.own.counters['both'] as number
        assert.ok(both >= before)
        before = both
      }
      pass()
      await victim.kill()
      check(table.read())
      const [left] = table.read().lanes
      assert.deepEqual(table.read().lanes[0], left, 'what a dead lane left stays as it is')
      table.bury(0)
      const [buried] = table.read().lanes
      assert.deepEqual(buried?.own.counters, left?.own.counters)
      assert.deepEqual(buried?.listeners[0]?.counters, left?.listeners[0]?.counters)
      assert.equal(buried?.listeners[0]?.gauges['open'], 0)
      victim = await lane('measure', memory, 0)
    }
    await until('the successor counts', () => (table.read().total.own.counters['both'] as number) > before)
    assert.equal(table.read().lanes[0]?.generation, kills + 1)
    assert.ok((table.read().total.own.histograms['took']?.quantile(0.5) as number) > 0)
    await Promise.all([victim.kill(), other.kill()])
    check(table.read())
  })

  it('that are stopped do not hold up who reads', async () => {
    const sizes = { lanes: 1, listeners: 1 }
    using memory = SharedMemory.create(MeasureTable.bytesFor(declaration, sizes))
    const table = MeasureTable.create(memory, declaration, sizes)
    const only = await lane('measure', memory, 0)
    for (let stop = 0; stop < 20; stop++) {
      only.child.kill('SIGSTOP')
      pass()
      check(table.read())
      only.child.kill('SIGCONT')
    }
    await only.kill()
  })

  it('give back every slot they held', async () => {
    const options = { lanes: 3, connections: 12, connectionsPerAddress: 4 }
    using memory = SharedMemory.create(ConnectionSlots.bytesFor(options))
    const slots = ConnectionSlots.create(memory, options)
    const own = slots.lane(2)
    let victim = await lane('connect', memory, 0)
    const other = await lane('connect', memory, 1)
    for (let kill = 0; kill < 4; kill++) {
      for (let round = 0; round < 2_000; round++) {
        const slot = own.admit('192.0.2.1')
        if (typeof slot === 'number') own.release(slot)
      }
      pass()
      await victim.kill()
      const [held = 0] = slots.held()
      assert.ok(held >= 0 && held <= 12 + 1, `${held}`)
      assert.equal(slots.reclaim(0), held)
      assert.equal(slots.held()[0], 0)
      victim = await lane('connect', memory, 0)
    }
    await Promise.all([victim.kill(), other.kill()])
    slots.reclaim(0)
    slots.reclaim(1)
    assert.deepEqual(slots.held(), [0, 0, 0])
    for (const source of [0, 1, 2, 3]) assert.equal(slots.heldBy(`192.0.2.${source}`), 0)
    const all = [0, 1, 2].flatMap((source) => Array.from({ length: 5 }, () => own.admit(`192.0.2.${source}`)))
    assert.equal(all.filter((slot) => typeof slot === 'number').length, 12)
  })

  it('never hold more slots together than the limits allow', async () => {
    const options = { lanes: 3, connections: 1_000, connectionsPerAddress: 300 }
    using memory = SharedMemory.create(ConnectionSlots.bytesFor(options))
    const slots = ConnectionSlots.create(memory, options)
    const got = await together<number[]>('connectAll', memory, 'got')
    const ofSource = [0, 1, 2, 3].map((source) => got.reduce((sum, each) => sum + (each[source] as number), 0))
    for (const [source, count] of ofSource.entries()) {
      assert.ok(count <= 300)
      assert.equal(slots.heldBy(`192.0.2.${source}`), count)
    }
    const all = ofSource.reduce((sum, count) => sum + count, 0)
    assert.ok(all <= 1_000 && all > 990, `${all}`)
    assert.equal(
      slots.held().reduce((sum, each) => sum + each, 0),
      all,
    )
  })

  it('leave a table of sources that goes on limiting', async () => {
    const options = { ratePerSecond: 1, burst: 2, sources: 64 }
    using memory = SharedMemory.create(TokenBucketTable.bytesFor(options))
    const table = TokenBucketTable.create(memory, options, 0)
    let victim = await lane('flood', memory, 1)
    const other = await lane('flood', memory, 2)
    for (let kill = 0; kill < 4; kill++) {
      pass()
      await victim.kill()
      table.bury(1)
      victim = await lane('flood', memory, 1)
    }
    await Promise.all([victim.kill(), other.kill()])
    table.bury(1)
    table.bury(2)
    const hashes = new Int32Array(memory.buffer, 192, 128)
    assert.ok(hashes.every((word, index) => index % 2 === 1 || word <= 0 || word >= 4_096))
    const nowMs = 1e12
    const got = Array.from({ length: 5 }, () => table.take('192.0.2.1', nowMs))
    assert.deepEqual(got, [true, true, false, false, false])
  })

  it('take exactly what one source may have, to the token', async () => {
    const options = { ratePerSecond: 0.001, burst: 200_000 }
    using memory = SharedMemory.create(TokenBucketTable.bytesFor(options))
    assert.equal(TokenBucketTable.create(memory, options).take('192.0.2.1', 0), true)
    const took = await together<number>('takeBuckets', memory, 'took')
    assert.equal(
      took.reduce((sum, each) => sum + each, 1),
      200_000,
    )
  })

  it('take never more than one source’s window holds', async () => {
    const options = { limit: 200_000, windowMs: 60_000 }
    using memory = SharedMemory.create(SlidingWindowTable.bytesFor(options))
    assert.equal(SlidingWindowTable.create(memory, options).take('192.0.2.1', 0), true)
    const took = await together<number>('takeWindows', memory, 'took')
    const sum = took.reduce((total, each) => total + each, 1)
    assert.ok(sum <= 200_000 && sum >= 199_990, `${sum}`)
  })
})
