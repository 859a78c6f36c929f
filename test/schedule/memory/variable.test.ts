/** Variable partitions: where each rule looks, how holes are joined, and what compaction moves. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { variablePartitions, type Fit, type VariablePartitionsOptions } from '#lanework/schedule/index.js'

/** Holes of 50 at 0, 30 at 60, 80 at 100 and 40 at 190; jobs of 10 between them. */
function withHoles(options: Partial<VariablePartitionsOptions> = {}) {
  const memory = variablePartitions({ size: 230, ...options })
  for (const [job, size] of [
    ['h1', 50],
    ['a', 10],
    ['h2', 30],
    ['b', 10],
    ['h3', 80],
    ['c', 10],
  ] as const)
    memory.admit(job, size)
  for (const job of ['h1', 'h2', 'h3']) memory.release(job)
  return memory
}

describe('variable partitions', () => {
  const where: Record<Fit, number> = { first: 0, best: 60, worst: 100, next: 190 }
  for (const [fit, base] of Object.entries(where) as [Fit, number][])
    it(`${fit} fit puts a job of 25 at ${base}`, () => assert.equal(withHoles({ fit }).admit('x', 25)?.base, base))

  it('next fit goes on where it placed last, and begins anew at the end', () => {
    const memory = withHoles({ fit: 'next' })
    assert.deepEqual(
      ['x', 'y', 'z'].map((job) => memory.admit(job, 30)?.base),
      [190, 0, 60],
    )
  })

  it('first and next fit stop at a hole that is large enough, best and worst look at all', () => {
    assert.equal(withHoles({ fit: 'first' }).admit('x', 60)?.searched, 3)
    assert.equal(withHoles({ fit: 'best' }).admit('x', 60)?.searched, 4)
    assert.equal(withHoles({ fit: 'worst' }).admit('x', 60)?.searched, 4)
  })

  it('best fit leaves the smallest rest, worst fit the largest, first fit the lowest address, whatever the holes', () => {
    const property = fc.property(
      fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 12 }),
      fc.integer({ min: 1, max: 40 }),
      (sizes, wanted) => {
        const place = (fit: Fit) => variablePartitions({ areas: [...sizes, 40], fit }).admit('x', wanted)
        const fitting = [...sizes, 40].filter((size) => size >= wanted)
        assert.equal(place('best')?.hole, Math.min(...fitting))
        assert.equal(place('worst')?.hole, Math.max(...fitting))
        assert.equal(place('first')?.hole, fitting[0])
        assert.equal(place('next')?.hole, fitting[0])
      },
    )
    fc.assert(property)
  })

  it('joins a hole with both neighbours, so that no two holes touch', () => {
    const property = fc.property(fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 80 }), (turns) => {
      const memory = variablePartitions({ size: 100 })
      const inside = new Set<string>()
      for (const turn of turns) {
        const job = `${turn}`
        if (inside.delete(job)) memory.release(job)
        else if (memory.admit(job, 5 + turn * 3) !== undefined) inside.add(job)
        const map = memory.map()
        for (const [at, region] of map.entries())
          assert.ok(region.job !== undefined || map[at + 1]?.job !== undefined || at === map.length - 1)
      }
    })
    fc.assert(property)
  })

  it('does not join across the border of two areas', () => {
    const memory = variablePartitions({ areas: [10, 10] })
    memory.admit('A', 10)
    memory.admit('B', 10)
    memory.release('A')
    memory.release('B')
    assert.deepEqual(memory.freeList(), [
      { base: 0, size: 10 },
      { base: 10, size: 10 },
    ])
    assert.throws(() => memory.admit('C', 11), { code: 'MEMORY_IMPOSSIBLE' })
  })

  it('says that enough is free but not together: external fragmentation', () => {
    const memory = withHoles()
    assert.equal(memory.admit('x', 90), undefined)
    assert.match(
      memory.ledger.at(-1)?.why ?? '',
      /^200 are free, but in 4 holes, the largest of 80: external fragmentation$/,
    )
    assert.equal(memory.usage().external, 1 - 80 / 200)
  })

  it('compaction keeps the order of the jobs, copies what moves, and leaves one hole', () => {
    const memory = withHoles({ moveCost: 2 })
    const { moves, moved, cost } = memory.compact(7)
    assert.deepEqual(
      moves.map(({ job, from, base }) => [job, from, base]),
      [
        ['a', 50, 0],
        ['b', 90, 10],
        ['c', 180, 20],
      ],
    )
    assert.deepEqual({ moved, cost, copied: memory.copied }, { moved: 30, cost: 60, copied: 30 })
    assert.deepEqual(memory.freeList(), [{ base: 30, size: 200 }])
    assert.deepEqual(
      memory.ledger.slice(-3).map(({ at, kind, from, cost: each }) => ({ at, kind, from, cost: each })),
      [50, 90, 180].map((from) => ({ at: 7, kind: 'moved', from, cost: 20 })),
    )
    assert.equal(memory.compact().moved, 0, 'there is nothing more to move')
  })

  it('compacts by itself when that makes room, and not when it would not help', () => {
    const memory = withHoles({ compaction: 'when-needed' })
    assert.equal(memory.admit('x', 201), undefined)
    assert.equal(memory.copied, 0)
    assert.equal(memory.admit('y', 90)?.base, 30)
    assert.equal(memory.copied, 30)
  })

  it('rounds sizes up and adds its header', () => {
    const memory = variablePartitions({ size: 100, header: 4, align: 8 })
    assert.equal(memory.admit('A', 9)?.size, 20)
    assert.equal(memory.usage().internal, 11)
  })

  it('refuses options that are none', () => {
    const wrong: unknown[] = [
      {},
      { size: 10, areas: [10] },
      { size: 0 },
      { size: Number.NaN },
      { areas: [] },
      { areas: [1, -1] },
      { size: 10, fit: 'good' },
      { size: 10, order: 'random' },
      { size: 10, header: -1 },
      { size: 10, align: 0 },
      { size: 10, compaction: true },
      { size: 10, ledger: -1 },
    ]
    for (const options of wrong)
      assert.throws(
        () => variablePartitions(options as VariablePartitionsOptions),
        { code: 'OPTION_INVALID' },
        JSON.stringify(options),
      )
  })
})
