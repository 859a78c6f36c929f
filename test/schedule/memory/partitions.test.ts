/** Fixed partitions, buddies and frames: what each of them rounds up, and whom it makes wait. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { buddy, equalPartitions, fixedPartitions, pagedMemory } from '#lanework/schedule/index.js'

describe('fixed partitions', () => {
  it('lose what a job does not use of its partition', () => {
    const memory = fixedPartitions({ partitions: equalPartitions(3, 100) })
    memory.admit('A', 60)
    memory.admit('B', 1)
    const { internal, given, free } = memory.usage()
    assert.deepEqual({ internal, given, free }, { internal: 139, given: 200, free: 100 })
  })

  it('with one queue take the smallest that is free, or the first', () => {
    const partitions = [80, 20, 40]
    assert.equal(fixedPartitions({ partitions }).admit('A', 15)?.base, 80)
    assert.equal(fixedPartitions({ partitions, fit: 'first' }).admit('A', 15)?.base, 0)
  })

  it('with a queue at each make a job wait although a larger one is free', () => {
    const memory = fixedPartitions({ partitions: [20, 40], queues: 'each' })
    assert.equal(memory.admit('A', 15)?.base, 0)
    assert.equal(memory.admit('B', 15), undefined)
    assert.match(memory.ledger.at(-1)?.why ?? '', /waits in its queue/)
    memory.release('A')
    assert.equal(memory.admit('B', 15)?.base, 0)
  })

  it('refuse sizes that are none', () => {
    for (const partitions of [[], [0], [10, Number.NaN]])
      assert.throws(() => fixedPartitions({ partitions }), { code: 'OPTION_INVALID' })
  })
})

describe('the buddy system', () => {
  it('gives blocks of powers of two at multiples of their size, whatever comes and goes', () => {
    const property = fc.property(
      fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 1, max: 300 })), { maxLength: 80 }),
      (turns) => {
        const memory = buddy({ size: 1_024 })
        const inside = new Set<string>()
        for (const [turn, size] of turns) {
          const job = `${turn}`
          if (inside.delete(job)) memory.release(job)
          else if (memory.admit(job, size) !== undefined) inside.add(job)
          for (const region of memory.map()) {
            assert.ok(Number.isInteger(Math.log2(region.size)) && region.base % region.size === 0)
            if (region.job !== undefined)
              assert.ok(region.used * 2 > region.size, 'no block is twice as large as it must be')
          }
          // Two free halves of one block would have been joined.
          const free = new Set(
            memory
              .map()
              .filter((region) => region.job === undefined)
              .map(({ base, size: each }) => `${base}/${each}`),
          )
          for (const { base, size: each } of memory.map().filter((region) => region.job === undefined)) {
            const twin = (base / each) % 2 === 0 ? base + each : base - each
            assert.ok(!free.has(`${twin}/${each}`), `the buddies at ${base} and ${twin} are both free`)
          }
        }
        for (const job of inside) memory.release(job)
        assert.deepEqual(memory.map(), [{ base: 0, size: 1_024, job: undefined, used: 0 }])
      },
    )
    fc.assert(property)
  })

  it('works beyond 32 bits', () => {
    const memory = buddy({ size: 2 ** 40, smallest: 2 ** 30 })
    assert.deepEqual([memory.admit('A', 2 ** 38)?.base, memory.admit('B', 2 ** 39)?.base], [0, 2 ** 39])
    memory.release('A')
    memory.release('B')
    assert.equal(memory.usage().largestHole, 2 ** 40)
  })

  it('refuses sizes that are no powers of two', () => {
    for (const options of [
      { size: 1_000 },
      { size: 0 },
      { size: 1.5 },
      { size: 16, smallest: 3 },
      { size: 16, smallest: 32 },
    ])
      assert.throws(() => buddy(options), { code: 'OPTION_INVALID' }, JSON.stringify(options))
  })
})

describe('paging', () => {
  it('uses any free frames, so that what is free is never too scattered', () => {
    const memory = pagedMemory({ frames: 6, pageSize: 10 })
    for (const job of ['A', 'B', 'C']) memory.admit(job, 20)
    memory.release('A')
    memory.release('C')
    assert.equal(memory.admit('D', 35)?.size, 40)
    assert.deepEqual(
      memory.pageTable('D').pages.map((entry) => entry?.frame),
      [0, 1, 4, 5],
    )
    assert.equal(memory.usage().internal, 5)
    assert.equal(memory.usage().external, 0)
  })

  it('translates every byte of a job to a byte of its own frames, and each to another one', () => {
    const memory = pagedMemory({ frames: 8, pageSize: 4 })
    memory.admit('A', 6)
    memory.admit('B', 5)
    memory.release('A')
    memory.admit('C', 14)
    const seen = new Set<number>()
    for (let address = 0; address < 16; address++) {
      const { physical } = memory.translate('C', address)
      const region = memory
        .map()
        .find(({ base, size }) => physical !== undefined && physical >= base && physical < base + size)
      assert.equal(region?.job, 'C')
      seen.add(physical as number)
    }
    assert.equal(seen.size, 16)
    assert.equal(memory.translate('C', 16).fault, 'limit')
    assert.throws(() => memory.translate('A', 0), { code: 'OPTION_INVALID' })
  })
})
