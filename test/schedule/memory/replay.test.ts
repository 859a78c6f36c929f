/** Page replacement, the working set and swapping. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  beladyAnomalies,
  faultCurve,
  replacementPolicies,
  replay,
  swapping,
  workingSet,
  type ReplacementPolicy,
} from '#lanework/schedule/index.js'
import { mersenne } from '#lanework/schedule/random/mersenne.js'

const references = fc.array(fc.integer({ min: 0, max: 8 }), { maxLength: 120 })
const frameCounts = fc.integer({ min: 1, max: 9 })

describe('page replacement', () => {
  const silberschatz = [7, 0, 1, 2, 0, 3, 0, 4, 2, 3, 0, 3, 2, 1, 2, 0, 1, 7, 0, 1]
  const known: [ReplacementPolicy, number][] = [
    ['fifo', 15],
    ['lru', 12],
    ['opt', 9],
  ]
  for (const [policy, faults] of known)
    it(`${policy} has ${faults} faults on the list of Silberschatz with 3 frames`, () =>
      assert.equal(replay(silberschatz, { frames: 3, policy }).faults, faults))

  it('keeps at most as many pages as there are frames, and says of each step what it did', () => {
    const property = fc.property(
      references,
      frameCounts,
      fc.constantFrom(...replacementPolicies),
      (pages, frames, policy) => {
        const { steps = [], hits, faults } = replay(pages, { frames, policy, random: mersenne(1).random })
        const inside = new Set<unknown>()
        for (const { page, hit, evicted, frame, frames: contents } of steps) {
          assert.equal(hit, inside.has(page), 'a hit is a page that was there')
          if (evicted !== undefined) assert.ok(inside.delete(evicted), 'who leaves was there')
          inside.add(page)
          assert.equal(contents[frame], page)
          assert.deepEqual(new Set(contents.filter((each) => each !== undefined)), inside)
          assert.ok(inside.size <= frames)
        }
        assert.equal(hits + faults, pages.length)
        assert.ok(faults >= new Set(pages).size, 'each page comes at least once')
      },
    )
    fc.assert(property)
  })

  it('OPT has no more faults than any other', () => {
    const property = fc.property(
      references,
      frameCounts,
      fc.constantFrom(...replacementPolicies),
      (pages, frames, policy) => {
        const best = replay(pages, { frames, policy: 'opt', record: 'summary' }).faults
        assert.ok(best <= replay(pages, { frames, policy, random: mersenne(2).random }).faults)
      },
    )
    fc.assert(property)
  })

  it('LRU and OPT never have more faults with more frames', () => {
    const property = fc.property(references, fc.constantFrom('lru' as const, 'opt' as const), (pages, policy) =>
      assert.deepEqual(beladyAnomalies(faultCurve(pages, 9, { policy })), []),
    )
    fc.assert(property)
  })

  it("FIFO does: Belady's anomaly, 9 faults with three frames and 10 with four", () => {
    const [anomaly] = beladyAnomalies(faultCurve([1, 2, 3, 4, 1, 2, 5, 1, 2, 3, 4, 5], 5, { policy: 'fifo' }))
    assert.deepEqual([anomaly?.from.faults, anomaly?.to.faults, anomaly?.to.frames], [9, 10, 4])
  })

  it('a clock of one bit and second chance throw out the same pages', () => {
    const property = fc.property(references, frameCounts, (pages, frames) => {
      const evictions = (policy: ReplacementPolicy) =>
        replay(pages, { frames, policy }).steps?.map(({ evicted }) => evicted)
      assert.deepEqual(evictions('clock'), evictions('second-chance'))
    })
    fc.assert(property)
  })

  it('takes names for pages, and no page twice', () => {
    const { steps } = replay(['code', 'data', 'code'], { frames: 1, policy: 'lru' })
    assert.deepEqual(
      steps?.map(({ evicted }) => evicted),
      [undefined, 'code', 'data'],
    )
  })

  it('draws from what it is given, and refuses to draw without it', () => {
    const seeded = (seed: number) =>
      replay(silberschatz, { frames: 3, policy: 'random', random: mersenne(seed).random })
    assert.deepEqual(seeded(7), seeded(7))
    assert.throws(() => replay([1], { frames: 1, policy: 'random' }), { code: 'OPTION_INVALID' })
    assert.throws(() => replay([1], { frames: 1, policy: 'clock', clockHand: 'random' }), { code: 'OPTION_INVALID' })
  })

  it('refuses options that are none', () => {
    for (const options of [{ frames: 0 }, { frames: 1.5 }, { frames: 1, policy: 'LRU' }, { frames: 1, clockBits: 0 }])
      assert.throws(
        () => replay([1], options as { frames: number }),
        { code: 'OPTION_INVALID' },
        JSON.stringify(options),
      )
  })
})

describe('the working set', () => {
  it('is how many different pages the latest references were to', () => {
    const property = fc.property(references, fc.integer({ min: 1, max: 20 }), (pages, window) => {
      const { sizes, largest } = workingSet(pages, window)
      const expected = pages.map((_, at) => new Set(pages.slice(Math.max(0, at + 1 - window), at + 1)).size)
      assert.deepEqual(sizes, expected)
      assert.equal(largest, Math.max(0, ...expected))
    })
    fc.assert(property)
  })
})

describe('swapping', () => {
  it('swaps out who did not run for the longest time, and both copies cost', () => {
    const memory = swapping({ size: 100, latency: 5, copyCost: 2 })
    memory.start('A', 40)
    memory.start('B', 40)
    memory.run('A')
    assert.deepEqual(memory.start('C', 30), { base: 40, swappedOut: ['B'], swappedIn: false, cost: 85 })
    assert.deepEqual(memory.swappedOut(), ['B'])
    assert.deepEqual(memory.run('B'), { base: 0, swappedOut: ['A'], swappedIn: true, cost: 170 })
    assert.equal(memory.cost, 255)
    assert.deepEqual(memory.run('B'), { base: 0, swappedOut: [], swappedIn: false, cost: 0 })
  })

  it('chooses by age or size when it is told to', () => {
    const outs = (victim: 'longest-resident' | 'largest') => {
      const memory = swapping({ size: 100, victim })
      memory.start('A', 20)
      memory.start('B', 50)
      memory.run('A')
      return memory.start('C', 35)?.swappedOut
    }
    assert.deepEqual(outs('longest-resident'), ['A', 'B'])
    assert.deepEqual(outs('largest'), ['B'])
  })

  it('makes a job wait when the swap space is full, and frees both when one ends', () => {
    const memory = swapping({ size: 100, swapSize: 60 })
    memory.start('A', 60)
    memory.start('B', 60)
    assert.equal(memory.start('C', 60), undefined)
    memory.end('A')
    assert.deepEqual(memory.start('C', 60)?.swappedOut, ['B'])
    memory.end('B')
    memory.end('C')
    assert.deepEqual([memory.swappedOut(), memory.usage().free], [[], 100])
  })

  it('refuses jobs that it does not know, that it knows, and that can never fit', () => {
    const memory = swapping({ size: 100 })
    memory.start('A', 60)
    assert.throws(() => memory.start('A', 1), { code: 'OPTION_INVALID' })
    assert.throws(() => memory.run('B'), { code: 'OPTION_INVALID' })
    assert.throws(() => memory.end('B'), { code: 'OPTION_INVALID' })
    assert.throws(() => memory.start('B', 101), { code: 'MEMORY_IMPOSSIBLE' })
    assert.deepEqual(
      memory.map().map(({ job }) => job),
      ['A', undefined],
      'nobody was swapped out for it',
    )
  })
})
