/** Addresses: registers, segments and page tables, and memory with and without protection. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  guardedMemory,
  pageEntry,
  placeSegments,
  splitAddress,
  translateBaseLimit,
  translatePage,
  translateSegment,
  variablePartitions,
  type SegmentTable,
} from '#lanework/schedule/index.js'

describe('base and limit', () => {
  it('let through exactly the addresses from 0 to the limit', () => {
    const registers = { base: 1_000, limit: 10 }
    assert.deepEqual(
      [-1, 0, 9, 10].map((address) => translateBaseLimit(address, registers).physical),
      [undefined, 1_000, 1_009, undefined],
    )
    assert.equal(translateBaseLimit(10, registers).fault, 'limit')
    for (const address of [1.5, Number.NaN])
      assert.throws(() => translateBaseLimit(address, registers), { code: 'OPTION_INVALID' })
  })
})

describe('segments', () => {
  const table: SegmentTable = {
    addressSpace: 64,
    segments: [
      { name: 'code', base: 100, limit: 10, access: 'rx' },
      { name: 'heap', base: 200, limit: 16, access: 'rw' },
      { name: 'stack', base: 300, limit: 5, access: 'rw', grows: 'down' },
    ],
  }

  it('take their number from the upper bits', () => {
    assert.deepEqual(splitAddress(17, table), { segment: 1, offset: 1 })
    assert.deepEqual(splitAddress(47, table), { segment: 2, offset: 15 })
  })

  it('translate up to their limit, a stack downwards from its base', () => {
    const physical = (address: number) => translateSegment(address, table).physical
    assert.deepEqual([0, 9, 10, 16, 31].map(physical), [100, 109, undefined, 200, 215])
    assert.deepEqual([47, 43, 42].map(physical), [299, 295, undefined])
    assert.deepEqual([48, 63, 64, -1].map(physical), [undefined, undefined, undefined, undefined])
  })

  it('allow only what their bits say', () => {
    assert.equal(translateSegment(3, table, 'execute').physical, 103)
    assert.equal(translateSegment(3, table, 'write').fault, 'protection')
    assert.equal(translateSegment(20, table, 'execute').fault, 'protection')
    assert.equal(translateSegment(12, table, 'write').fault, 'limit', 'what is outside is no question of rights')
  })

  it('get places all or none', () => {
    const memory = variablePartitions({ areas: [50, 50] })
    const parts = [
      { name: 'code', size: 40 },
      { name: 'stack', size: 45, grows: 'down' as const },
    ]
    assert.deepEqual(
      placeSegments(memory, 'A', parts)?.map(({ base }) => base),
      [0, 95],
    )
    assert.equal(
      placeSegments(memory, 'B', [
        { name: 'code', size: 5 },
        { name: 'heap', size: 30 },
      ]),
      undefined,
    )
    assert.equal(
      memory.map().some(({ job }) => job?.startsWith('B')),
      false,
    )
  })

  it('need an address space that is a power of two', () => {
    assert.throws(() => translateSegment(0, { ...table, addressSpace: 60 }), { code: 'OPTION_INVALID' })
  })
})

describe('a page table', () => {
  const table = { pageSize: 16, pages: [{ frame: 3 }, undefined, { frame: 0, access: 'r' }] }

  it('leads to frames, and faults for pages without one', () => {
    assert.deepEqual(
      [0, 15, 16, 33, 48, -1]
        .map((address) => translatePage(address, table))
        .map(({ physical, fault }) => physical ?? fault),
      [48, 63, 'not-present', 1, 'limit', 'limit'],
    )
    assert.equal(translatePage(33, table, 'write').fault, 'protection')
  })

  it('reads entries of 32 bits', () => {
    assert.deepEqual(pageEntry(0x8000_0018), { frame: 0x18 })
    assert.equal(pageEntry(0x18), undefined)
    assert.throws(() => pageEntry(2 ** 32), { code: 'OPTION_INVALID' })
  })
})

describe('memory with protection', () => {
  it('ends a job that leaves its space, and nobody else', () => {
    const guarded = guardedMemory(variablePartitions({ size: 100 }), 20)
    guarded.load('A', 30)
    guarded.load('B', 30)
    assert.equal(guarded.access('A', 29, 'write').effect, 'ok')
    const { effect, physical, ended } = guarded.access('A', 30, 'write')
    assert.deepEqual({ effect, physical, ended }, { effect: 'fault', physical: undefined, ended: ['A'] })
    assert.deepEqual([guarded.jobs(), guarded.systemUp], [['B'], true])
    assert.throws(() => guarded.access('A', 0), { code: 'OPTION_INVALID' })
    assert.equal(
      guarded.memory.map().some(({ job }) => job === 'A'),
      false,
      'its memory is free',
    )
  })
})

describe('memory without protection', () => {
  const load = () => {
    const guarded = guardedMemory(variablePartitions({ size: 100, protection: false }), 20)
    guarded.load('A', 30)
    guarded.load('B', 30)
    return guarded
  }

  it('lets a job read the memory of the system and of others', () => {
    const guarded = load()
    assert.deepEqual(
      [-20, 30, 60].map((address) => guarded.access('A', address)).map(({ effect, owner }) => [effect, owner]),
      [
        ['read-other', 'system'],
        ['read-other', 'B'],
        ['nothing', undefined],
      ],
    )
  })

  it('lets a job spoil another one, which goes wrong later', () => {
    const guarded = load()
    assert.equal(guarded.access('A', 35, 'write').effect, 'spoiled-other')
    assert.deepEqual(guarded.jobs(), ['A', 'B'], 'nobody has noticed yet')
    const { effect, ended } = guarded.access('B', 0)
    assert.deepEqual({ effect, ended }, { effect: 'went-wrong', ended: ['B'] })
    assert.deepEqual(guarded.jobs(), ['A'])
  })

  it('lets one job take down the system and every other job', () => {
    const guarded = load()
    const { effect, ended } = guarded.access('B', -50, 'write')
    assert.deepEqual({ effect, ended }, { effect: 'crash', ended: ['A', 'B'] })
    assert.deepEqual([guarded.jobs(), guarded.systemUp], [[], false])
    assert.throws(() => guarded.load('C', 1), { code: 'OPTION_INVALID' })
  })
})
