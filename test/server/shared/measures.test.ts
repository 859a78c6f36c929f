import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Histogram } from '#lanework/core/index.js'
import { blockBytes, MeasureReader, MeasureWriter } from '#lanework/server/shared/measure-block.js'
import { MeasureTable } from '#lanework/server/shared/measure-table.js'

const scope = { counters: ['a', 'b', 'c'], gauges: ['g'], histograms: ['h'] }
const declaration = {
  version: 3,
  lane: scope,
  service: { counters: ['greetings'] },
  listener: { counters: ['messages'], gauges: ['open'] },
}
const sizes = { lanes: 3, listeners: 2 }

function newTable(): { memory: ArrayBuffer; table: MeasureTable } {
  const memory = new ArrayBuffer(MeasureTable.bytesFor(declaration, sizes))
  return { memory, table: MeasureTable.create(memory, declaration, sizes) }
}

/** What `action` leaves when it is cut off at its n-th atomic store: true when it was. */
function cutOff(nth: number, action: () => void): boolean {
  const { store } = Atomics
  let count = 0
  const cut = new Error('killed')
  Atomics.store = ((...args: Parameters<typeof store>) => {
    if (++count === nth) throw cut
    return store(...args)
  }) as typeof store
  try {
    action()
    return false
  } catch (error) {
    assert.equal(error, cut)
    return true
  } finally {
    Atomics.store = store
  }
}

describe('a block of measures', () => {
  const change = fc.record({
    how: fc.constantFrom('add', 'set', 'stage', 'commit' as const),
    index: fc.integer({ min: 0, max: 3 }),
    amount: fc.integer({ min: -9, max: 9 }),
  })

  it('reads as a model does after any changes; what is staged shows with the commit, on top of what came between', () => {
    const property = fc.property(fc.array(change), (changes) => {
      const buffer = new ArrayBuffer(blockBytes(scope))
      const writer = new MeasureWriter(buffer, 0, scope)
      const reader = new MeasureReader(buffer, 0, scope)
      const cells = [0, 0, 0, 0]
      let staged = [0, 0, 0, 0]
      for (const { how, index, amount } of changes) {
        if (how === 'add') cells[index] = (cells[index] as number) + amount
        if (how === 'set') cells[index] = amount
        if (how === 'stage') staged[index] = (staged[index] as number) + amount
        if (how === 'commit') {
          cells.forEach((_, each) => (cells[each] = (cells[each] as number) + (staged[each] as number)))
          staged = [0, 0, 0, 0]
        }
        if (how === 'commit') writer.commit()
        else writer[how](index, amount)
        const { counters, gauges, isOneMoment } = reader.read()
        assert.deepEqual([...Object.values(counters), ...Object.values(gauges)], cells)
        assert.equal(isOneMoment, true)
      }
    })
    fc.assert(property)
  })

  it('of a writer killed anywhere in a change reads as before it or after, and so does its successor', () => {
    const places = 6
    for (let nth = 1; nth <= places; nth++) {
      for (let applied = 0; applied < 8; applied++) {
        const buffer = new ArrayBuffer(blockBytes(scope))
        const writer = new MeasureWriter(buffer, 0, scope)
        for (const index of [0, 1, 2]) writer.stage(index, 10)
        writer.commit()
        const killed = cutOff(nth, () => {
          for (const index of [0, 1, 2]) writer.stage(index, index + 1)
          writer.commit()
        })
        const before = [10, 10, 10]
        const after = [11, 12, 13]
        const read = (): number[] => Object.values(new MeasureReader(buffer, 0, scope).read().counters)
        // The first store makes the sequence odd, the second makes it even. In between any part of the cells may be done.
        const isBetween = killed && nth === 2
        if (isBetween) {
          for (const index of [0, 1, 2]) {
            if ((applied & (1 << index)) === 0) writer.counters.cells[index] = before[index] as number
          }
        }
        assert.deepEqual(read(), killed && nth === 1 ? before : after)
        new MeasureWriter(buffer, 0, scope).recover()
        assert.deepEqual(read(), killed && nth === 1 ? before : after)
      }
    }
  })

  it('takes a dead writer’s gauges back, and keeps its counters', () => {
    const buffer = new ArrayBuffer(blockBytes(scope))
    const first = new MeasureWriter(buffer, 0, scope)
    first.set(first.at('g'), 7)
    first.add(first.at('a'), 5)
    const second = new MeasureWriter(buffer, 0, scope)
    second.recover()
    second.add(second.at('a'), 1)
    const { counters, gauges } = new MeasureReader(buffer, 0, scope).read()
    assert.deepEqual([counters['a'], gauges['g']], [6, 0])
  })

  it('knows its names only', () => {
    const writer = new MeasureWriter(new ArrayBuffer(blockBytes(scope)), 0, scope)
    assert.throws(() => writer.at('d'), { code: 'OPTION_INVALID' })
    assert.throws(() => writer.histogram('a'), { code: 'OPTION_INVALID' })
  })

  it('gives way to memory that holds nonsense: indexes in the log are checked', () => {
    const buffer = new ArrayBuffer(blockBytes(scope))
    new Int32Array(buffer).set([1, 2_000_000_000])
    new Int32Array(buffer, 64, 4).fill(-5)
    assert.deepEqual(Object.values(new MeasureReader(buffer, 0, scope).read().counters), [0, 0, 0])
  })
})

describe('a table of measures', () => {
  it('adds up lanes, listener by listener, and merges histograms', () => {
    const { table } = newTable()
    const lanes = [0, 2].map((lane) => table.writer(lane))
    const values = [3, 40, 500]
    for (const [index, { own, service, listeners }] of lanes.entries()) {
      own.add(own.at('b'), 2 ** 40)
      service.add(service.at('greetings'), index + 1)
      for (const [which, listener] of listeners.entries()) listener.add(listener.at('messages'), 10 * which + index)
      for (const value of values) own.histogram('h').record(value * (index + 1))
    }
    const { total, lanes: read, version } = table.read()
    assert.equal(version, 3)
    assert.deepEqual(
      read.map(({ lane, generation }) => [lane, generation]),
      [
        [0, 1],
        [2, 1],
      ],
    )
    assert.equal(total.own.counters['b'], 2 ** 41)
    assert.equal(total.service.counters['greetings'], 3)
    assert.deepEqual(
      total.listeners.map(({ counters }) => counters['messages']),
      [1, 21],
    )
    const whole = new Histogram()
    for (const value of [...values, ...values.map((each) => each * 2)]) whole.record(value)
    assert.deepEqual(total.own.histograms['h']?.cells, whole.cells)
    assert.equal(read[0]?.own.histograms['h']?.count, 3)
  })

  it('is read by whoever has the memory alone: the names are in it', () => {
    const { memory, table } = newTable()
    const { own } = table.writer(1)
    own.add(own.at('c'), 4)
    const other = MeasureTable.attach(memory)
    assert.deepEqual(other.layout.declaration.lane, scope)
    assert.equal(other.read().lanes[0]?.own.counters['c'], 4)
    assert.equal(MeasureTable.attach(memory, 0, declaration).layout.lanes, 3)
  })

  it('can stand behind something else', () => {
    const memory = new ArrayBuffer(128 + MeasureTable.bytesFor(declaration, sizes))
    const { own } = MeasureTable.create(memory, declaration, sizes, 128).writer(0)
    own.add(0)
    assert.equal(MeasureTable.attach(memory, 128).read().total.own.counters['a'], 1)
    assert.deepEqual(new Uint8Array(memory, 0, 128), new Uint8Array(128))
    assert.throws(() => MeasureTable.create(memory, declaration, sizes, 192), { code: 'OPTION_INVALID' })
    assert.throws(() => MeasureTable.create(memory, declaration, sizes, 8), { code: 'OPTION_INVALID' })
  })

  it('refuses what is none, or has other names, another version or another format, as MEMORY_LAYOUT', () => {
    const refused = { code: 'MEMORY_LAYOUT' }
    assert.throws(() => MeasureTable.attach(new ArrayBuffer(4_096)), refused)
    const { memory } = newTable()
    assert.throws(() => MeasureTable.attach(memory, 0, { ...declaration, version: 4 }), refused)
    assert.throws(() => MeasureTable.attach(memory, 0, { ...declaration, service: {} }), refused)
    for (const [word, value] of [
      [1, 2],
      [2, 5],
      [4, 100_000_000],
      [5, 64],
      [8, 0],
    ] as const) {
      const copy = memory.slice(0)
      new Int32Array(copy)[word] = value
      assert.throws(() => MeasureTable.attach(copy), refused)
    }
  })

  it('refuses names that are no words or stand twice', () => {
    for (const counters of [['a', 'a'], ['A'], ['a b'], [''], ['a'.repeat(65)]]) {
      const wrong = { ...declaration, lane: { counters } }
      assert.throws(() => MeasureTable.bytesFor(wrong, sizes), { code: 'OPTION_INVALID' })
    }
    assert.throws(() => newTable().table.writer(3), { code: 'OPTION_INVALID' })
  })
})
