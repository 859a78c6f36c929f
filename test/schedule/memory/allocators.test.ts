/** What every allocator keeps, whatever it is asked: nothing overlaps, nothing is lost, and what is given back is free. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  buddy,
  fcfs,
  fits,
  fixedPartitions,
  freeListOrders,
  isSame,
  pagedMemory,
  variablePartitions,
  type Allocator,
  type MachineSpec,
} from '#lanework/schedule/index.js'

const allocators: Record<string, () => Allocator> = {
  'equal partitions': () => fixedPartitions({ partitions: [64, 64, 64, 64] }),
  'unequal partitions, one queue': () => fixedPartitions({ partitions: [16, 32, 80, 128], fit: 'first' }),
  'unequal partitions, a queue at each': () => fixedPartitions({ partitions: [16, 32, 80, 128], queues: 'each' }),
  ...Object.fromEntries(fits.map((fit) => [`${fit} fit`, () => variablePartitions({ size: 256, fit })])),
  ...Object.fromEntries(
    freeListOrders.map((order) => [
      `free list, ${order}`,
      () => variablePartitions({ size: 256, order, header: 2, align: 4 }),
    ]),
  ),
  'without coalescing': () => variablePartitions({ size: 256, coalesce: false }),
  'with compaction': () => variablePartitions({ size: 256, compaction: 'when-needed' }),
  'several areas': () => variablePartitions({ areas: [100, 56, 100], fit: 'best', compaction: 'when-needed' }),
  'buddy system': () => buddy({ size: 256 }),
  'buddies of at least 8': () => buddy({ size: 256, smallest: 8 }),
  paging: () => pagedMemory({ frames: 32, pageSize: 8 }),
}

/** Positive: a job asks for so much. Negative: the job of that turn leaves, if it is there. */
const script = fc.array(fc.oneof(fc.integer({ min: 1, max: 50 }), fc.integer({ min: -30, max: -1 })), { maxLength: 60 })

function checkMap(memory: Allocator, asked: ReadonlyMap<string, number>): void {
  const map = memory.map()
  let next = map[0]?.base ?? 0
  for (const { base, size, used, job } of map) {
    assert.equal(base, next, 'regions follow each other without gap or overlap')
    assert.ok(size > 0 && used <= size && (job === undefined) === (used === 0))
    next = base + size
  }
  const { size, given, used, free, internal } = memory.usage()
  assert.deepEqual([size, given + free, internal], [memory.size, memory.size, given - used])
  const usedBy = new Map<string, number>()
  for (const { job, used: part } of map) if (job !== undefined) usedBy.set(job, (usedBy.get(job) ?? 0) + part)
  assert.deepEqual(
    [...usedBy].sort(),
    [...asked].sort(),
    'every job has what it asked for, and nobody else has anything',
  )
}

describe('every allocator', () => {
  for (const [name, make] of Object.entries(allocators)) {
    it(`${name}: jobs never overlap, and given and free are all of memory`, () => {
      const property = fc.property(script, (turns) => {
        const memory = make()
        const asked = new Map<string, number>()
        for (const [at, turn] of turns.entries()) {
          const job = `${at}`
          if (turn < 0) {
            const leaving = `${at + turn}`
            if (!asked.delete(leaving)) continue
            memory.release(leaving, at)
          } else if (turn <= 16 || !name.includes('partitions')) {
            const placement = memory.admit(job, turn, at)
            if (placement === undefined) assert.equal(memory.ledger.at(-1)?.kind, 'waits')
            else asked.set(job, turn)
          }
          checkMap(memory, asked)
        }
        for (const job of asked.keys()) memory.release(job)
        checkMap(memory, new Map())
      })
      fc.assert(property)
    })

    it(`${name}: refuses for ever what can never fit: MEMORY_IMPOSSIBLE`, () => {
      const memory = make()
      const before = memory.map()
      assert.throws(() => memory.admit('A', 257), { code: 'MEMORY_IMPOSSIBLE' })
      assert.ok(isSame(before, memory.map()))
    })

    it(`${name}: refuses sizes that are none, jobs that have memory, and jobs that have none`, () => {
      const memory = make()
      for (const size of [0, -1, Number.NaN, Infinity])
        assert.throws(() => memory.admit('A', size), { code: 'OPTION_INVALID' }, `${size}`)
      memory.admit('A', 10)
      assert.throws(() => memory.admit('A', 10), { code: 'OPTION_INVALID' })
      assert.throws(() => memory.release('B'), { code: 'OPTION_INVALID' })
      memory.release('A')
      assert.throws(() => memory.release('A'), { code: 'OPTION_INVALID' })
    })

    it(`${name}: is the memory of a simulated machine, and protects unless it is told otherwise`, () => {
      const machine: MachineSpec = { policy: fcfs(), memory: make() }
      assert.equal(machine.memory?.size, 256)
      assert.equal(machine.memory?.protection, true)
    })
  }

  it('keeps the latest events up to its limit, and with a limit of 0 none', () => {
    const memory = variablePartitions({ size: 10, ledger: 3 })
    for (let at = 0; at < 20; at++) {
      memory.admit(`${at}`, 1, at)
      memory.release(`${at}`, at)
    }
    assert.deepEqual(
      memory.ledger.map(({ at, kind, job }) => [at, kind, job]),
      [
        [18, 'released', '18'],
        [19, 'placed', '19'],
        [19, 'released', '19'],
      ],
    )
    const silent = variablePartitions({ size: 10, ledger: 0 })
    silent.admit('A', 1)
    assert.deepEqual(silent.ledger, [])
  })
})
