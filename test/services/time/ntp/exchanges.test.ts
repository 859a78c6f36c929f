/** The table of interleaved mode: what was sent when, for so many answers and no more. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Exchanges } from '#lanework/services/time/ntp/exchanges.js'

/** What it knows of an answer: its transmit timestamp. */
function found(exchanges: Exchanges, seconds: number, fraction: number): readonly number[] | undefined {
  return exchanges.find(seconds, fraction) ? [exchanges.seconds, exchanges.fraction] : undefined
}

describe('the table of exchanges', () => {
  it('knows when an answer left once that has been told, and not before', () => {
    const exchanges = new Exchanges(64)
    exchanges.save(100, 1)
    assert.equal(found(exchanges, 100, 1), undefined, 'it has not left yet')
    assert.ok(exchanges.isPending)
    exchanges.sent(100, 5)
    assert.ok(!exchanges.isPending)
    assert.deepEqual(found(exchanges, 100, 1), [100, 5])
    assert.equal(found(exchanges, 100, 2), undefined)
    exchanges.sent(200, 0)
    assert.deepEqual(found(exchanges, 100, 1), [100, 5], 'it left only once')
  })

  it('forgets two answers that cannot be told apart', () => {
    const exchanges = new Exchanges(64)
    exchanges.save(7, 7)
    exchanges.save(7, 7)
    exchanges.sent(8, 8)
    assert.equal(found(exchanges, 7, 7), undefined)
  })

  it('has a fixed size: the newest are known, the oldest make room', () => {
    const exchanges = new Exchanges(256)
    for (let index = 1; index <= 10_000; index++) {
      exchanges.save(index, index * 1_000)
      exchanges.sent(index, 0)
    }
    const known = Array.from({ length: 10_000 }, (_, at) => at + 1).filter((index) => {
      return exchanges.find(index, index * 1_000)
    })
    assert.ok(known.length <= 256 && known.length > 128, `${known.length} are known`)
    assert.ok(known.includes(10_000))
  })

  it('is empty after it was cleared', () => {
    const exchanges = new Exchanges(4)
    exchanges.save(1, 1)
    exchanges.clear()
    exchanges.sent(2, 2)
    assert.equal(found(exchanges, 1, 1), undefined)
  })

  it('never gives one answer the time of another', () => {
    const operations = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 30 })), { maxLength: 300 })
    fc.assert(
      fc.property(operations, (steps) => {
        const exchanges = new Exchanges(16)
        const left = new Map<number, number>()
        let pending: number[] = []
        for (const [step, [isSave, key]] of steps.entries()) {
          if (isSave) {
            exchanges.save(key, key)
            pending.push(key)
          } else {
            exchanges.sent(1_000 + step, 0)
            for (const each of pending) left.set(each, 1_000 + step)
            pending = []
          }
          const got = found(exchanges, key, key)
          if (got !== undefined) assert.equal(got[0], left.get(key))
        }
      }),
    )
  })

  it('refuses a size that is none: OPTION_INVALID', () => {
    for (const size of [0, 3, 2 ** 20 + 1, 4.5]) assert.throws(() => new Exchanges(size), { code: 'OPTION_INVALID' })
  })
})
