import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { SlidingWindow, TokenBucket } from '#lanework/index.js'
import { SlidingWindowTable } from '#lanework/server/shared/sliding-window-table.js'
import { halfSipHash } from '#lanework/server/shared/source-hash.js'
import { TokenBucketTable } from '#lanework/server/shared/token-bucket-table.js'

function buckets(
  ratePerSecond: number,
  burst: number,
  sources = 1_024,
): { memory: ArrayBuffer; table: TokenBucketTable } {
  const options = { ratePerSecond, burst, sources }
  const memory = new ArrayBuffer(TokenBucketTable.bytesFor(options))
  return { memory, table: TokenBucketTable.create(memory, options) }
}

function windows(
  limit: number,
  windowMs: number,
  parts: number,
  sources = 1_024,
): { memory: ArrayBuffer; table: SlidingWindowTable } {
  const options = { limit, windowMs, parts, sources }
  const memory = new ArrayBuffer(SlidingWindowTable.bytesFor(options))
  return { memory, table: SlidingWindowTable.create(memory, options) }
}

/** Whole milliseconds at 1000/s are whole ticks; sometimes a year passes. */
const take = fc.record({
  stepMs: fc.oneof(
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 3_000 }),
    fc.integer({ min: 0, max: 3e10 }),
  ),
  source: fc.integer({ min: 0, max: 3 }),
  cost: fc.integer({ min: 1, max: 3 }),
  lane: fc.integer({ min: 0, max: 1 }),
})
const startMs = fc.integer({ min: 0, max: 1e11 })
const hosts = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8:1::1']

/** A source that nobody has seen. */
function forged(number: number): string {
  return `10.${(number >> 16) & 255}.${(number >> 8) & 255}.${number & 255}`
}

describe('a table of token buckets', () => {
  it('is a token bucket for each source, from whichever lane it is asked, at any time', () => {
    const property = fc.property(startMs, fc.integer({ min: 3, max: 20 }), fc.array(take), (start, burst, takes) => {
      const { memory, table } = buckets(1_000, burst)
      const lanes = [table, TokenBucketTable.attach(memory, 1)]
      const models = hosts.map(() => new TokenBucket({ ratePerSecond: 1_000, burst }))
      let nowMs = start
      for (const { stepMs, source, cost, lane } of takes) {
        nowMs += stepMs
        assert.equal(lanes[lane]?.take(hosts[source] as string, nowMs, cost), models[source]?.take(nowMs, cost))
      }
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('gives at most burst + rate x time + one burst a jump, when its clock jumps back', () => {
    const step = fc.oneof(fc.integer({ min: 0, max: 10 }), fc.integer({ min: -1e8, max: 0 }))
    const property = fc.property(fc.array(step, { maxLength: 100 }), (steps) => {
      const { table } = buckets(100, 5)
      let nowMs = 1e9
      let forwardMs = 0
      let jumps = 0
      let taken = 0
      for (const stepMs of steps) {
        nowMs += stepMs
        if (stepMs < 0) jumps++
        else forwardMs += stepMs
        if (table.take('192.0.2.1', nowMs)) taken++
        assert.ok(taken <= 5 * (1 + jumps) + forwardMs / 10 + 1)
      }
    })
    fc.assert(property)
  })

  it('serves a source again soon after its clock jumped back', () => {
    for (const backMs of [60, 10_000, 600_000, 1e8]) {
      const { table } = buckets(100, 5)
      for (let count = 0; count < 9; count++) table.take('192.0.2.1', 1e9)
      table.take('192.0.2.1', 1e9 - backMs)
      assert.equal(table.take('192.0.2.1', 1e9 - backMs + 20), true)
    }
  })

  it('never refuses a source within its rate, however many others are forged', () => {
    const { table } = buckets(10, 2, 64)
    let refused = 0
    for (let tenth = 0; tenth < 100; tenth++) {
      for (let each = 0; each < 500; each++) table.take(forged(tenth * 500 + each), tenth * 100 + each / 5)
      if (!table.take('192.0.2.1', tenth * 100 + 100)) refused++
    }
    assert.equal(refused, 0)
    assert.ok(table.size <= 64)
  })

  it('keeps limiting who sends too much while a flood of forged sources pushes others out', () => {
    const { table } = buckets(10, 20, 1_024)
    let taken = 0
    let number = 0
    for (let nowMs = 0; nowMs < 10_000; nowMs++) {
      if (table.take('192.0.2.1', nowMs)) taken++
      if (nowMs > 100) for (let each = 0; each < 10; each++) table.take(forged(number++), nowMs)
    }
    assert.ok(number > 50 * 1_024)
    assert.ok(taken >= 100 && taken <= 20 + 100 + 1, `${taken}`)
  })

  it('takes the ways to write an address for one source, and does not limit what is none', () => {
    const { table } = buckets(1, 2)
    assert.deepEqual(
      ['192.0.2.1', '::ffff:192.0.2.1', '::ffff:c000:201'].map((host) => table.take(host, 0)),
      [true, true, false],
    )
    assert.deepEqual(
      ['2001:db8::1', '2001:db8::2', '2001:db8::3%eth0', '2001:db8:0:1::'].map((host) => table.take(host, 0)),
      [true, true, false, true],
    )
    for (let count = 0; count < 5; count++) assert.equal(table.take('/run/a.sock', 0), true)
  })

  it('frees a place that a killed lane was just taking', () => {
    const { memory, table } = buckets(1, 1, 16)
    const hashes = new Int32Array(memory, 192, 32)
    for (let place = 0; place < 16; place++) hashes[place * 2] = 7 + 1 // marks of lane 7
    assert.equal(table.take('192.0.2.1', 0), true)
    assert.equal(table.take('192.0.2.1', 0), true, 'no place, so nothing is limited')
    table.bury(7)
    assert.deepEqual([table.take('192.0.2.1', 0), table.take('192.0.2.1', 0)], [true, false])
    assert.equal(table.size, 1)
  })

  it('refuses options that make no sense, and memory that holds something else', () => {
    assert.throws(() => buckets(1, 1, 8), { code: 'OPTION_INVALID' })
    assert.throws(() => buckets(0, 1), { code: 'OPTION_INVALID' })
    assert.throws(() => TokenBucketTable.attach(windows(1, 1, 1).memory, 0), { code: 'MEMORY_LAYOUT' })
    assert.throws(() => TokenBucketTable.attach(buckets(1, 1).memory, 4_095), { code: 'OPTION_INVALID' })
    assert.throws(() => TokenBucketTable.bytesFor({ ratePerSecond: 1, burst: 1, x: 1 } as never), {
      code: 'OPTION_INVALID',
    })
  })
})

describe('a table of sliding windows', () => {
  it('is a sliding window for each source, from whichever lane it is asked, at any time', () => {
    const property = fc.property(
      startMs,
      fc.integer({ min: 1, max: 9 }),
      fc.integer({ min: 1, max: 30 }),
      fc.array(take),
      (start, limit, parts, takes) => {
        const { memory, table } = windows(limit, 3_000, parts)
        const lanes = [table, SlidingWindowTable.attach(memory, 1)]
        const models = hosts.map(() => new SlidingWindow({ limit, windowMs: 3_000, parts }))
        let nowMs = start
        for (const { stepMs, source, cost, lane } of takes) {
          nowMs += stepMs
          assert.equal(lanes[lane]?.take(hosts[source] as string, nowMs, cost), models[source]?.take(nowMs, cost))
        }
      },
    )
    fc.assert(property, { numRuns: 300 })
  })

  it('does not take what came a whole turn of its numbers ago for new, in a source that is always there', () => {
    const { table } = windows(2, 100, 10)
    const model = new SlidingWindow({ limit: 2, windowMs: 100, parts: 10 })
    // After the first part its word of the ring is never written again, while the source always has others.
    for (let part = 0; part < 20_000; part++) {
      if (part > 0 && part % 11 !== 1 && part % 11 !== 6) continue
      assert.equal(table.take('192.0.2.1', part * 10), model.take(part * 10), `part ${part}`)
    }
  })

  it('never refuses a source within its limit, however many others are forged, and keeps limiting who is not', () => {
    const { table } = windows(5, 1_000, 10, 1_024)
    let number = 0
    let taken = 0
    for (let nowMs = 0; nowMs < 10_000; nowMs++) {
      if (nowMs % 250 === 0) assert.equal(table.take('192.0.2.1', nowMs), true)
      if (table.take('192.0.2.2', nowMs)) taken++
      if (nowMs > 100) for (let each = 0; each < 5; each++) table.take(forged(number++), nowMs)
    }
    assert.ok(taken >= 45 && taken <= 55, `${taken}`)
  })

  it('refuses what no window holds, and more parts than there is room for', () => {
    const { table } = windows(5, 1_000, 10)
    assert.equal(table.take('192.0.2.1', 0, 6), false)
    assert.equal(table.take('192.0.2.1', 0, 5), true)
    assert.throws(() => windows(1, 1_000, 31), { code: 'OPTION_INVALID' })
  })
})

describe('the hash of sources', () => {
  it('gives the published vectors of HalfSipHash-2-4 with 64 bits', () => {
    const key = new Int32Array(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7).buffer)
    const result = new Int32Array(2)
    const hashed = (bytes: number): string => {
      const words = new Int32Array(Uint8Array.from({ length: bytes }, (_, index) => index).buffer)
      halfSipHash(key, words, words.length, result)
      return Buffer.from(result.buffer).toString('hex')
    }
    assert.deepEqual([hashed(0), hashed(4), hashed(8)], ['218d1f59b9b83cc8', 'd5e78a175be52ea1', 'edfee820bce4858c'])
  })

  it('has another key in each table, so that nobody can choose sources that meet', () => {
    const key = ({ memory }: { memory: ArrayBuffer }): string => Buffer.from(memory, 8, 8).toString('hex')
    assert.notEqual(key(buckets(1, 1)), key(buckets(1, 1)))
  })
})
