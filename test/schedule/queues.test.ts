/** The queues under the policies, against plain arrays that do the same slowly. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { JobHeap } from '#lanework/schedule/heap.js'
import { JobRing } from '#lanework/schedule/ring.js'

interface Item {
  place: number
  readonly id: number
  readonly rank: number
}

/** What happens to a queue: an item comes, the first leaves, or the one at that position (modulo the size) leaves. */
type Step = { readonly put: number } | 'take' | { readonly remove: number }

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 5, arbitrary: fc.record({ put: fc.integer({ min: 0, max: 6 }) }) },
    { weight: 2, arbitrary: fc.constant<Step>('take') },
    { weight: 3, arbitrary: fc.record({ remove: fc.nat(1_000) }) },
  ),
  { maxLength: 600, size: 'max' },
)

interface Queue {
  readonly size: number
  put(item: Item): void
  take(): Item | undefined
  remove(item: Item): boolean
  find(accepts: (item: Item) => boolean): Item | undefined
}

/** Runs the steps on the queue and on an array kept in order; each answer must be the same. */
function compare(queue: Queue, sequence: readonly Step[], before: (a: Item, b: Item) => number): void {
  const model: Item[] = []
  for (const [id, step] of sequence.entries()) {
    if (step === 'take') assert.equal(queue.take(), model.shift())
    else if ('put' in step) {
      const item = { place: -1, id, rank: step.put }
      queue.put(item)
      model.push(item)
      model.sort(before)
    } else {
      const [item] = model.splice(step.remove % Math.max(1, model.length), 1)
      if (item === undefined) continue
      assert.equal(queue.remove(item), true)
      assert.equal(queue.remove(item), false)
      assert.equal(item.place, -1)
    }
    assert.equal(queue.size, model.length)
    const isEven = (item: Item): boolean => item.id % 2 === 0
    assert.equal(queue.find(isEven), model.find(isEven))
  }
  while (model.length > 0) assert.equal(queue.take(), model.shift())
  assert.equal(queue.take(), undefined)
}

describe('JobRing', () => {
  it('is a queue whose middle may leave', () => {
    const property = fc.property(steps, (sequence) => {
      const ring = new JobRing<Item>()
      const queue: Queue = {
        get size() {
          return ring.size
        },
        put: (item) => ring.push(item),
        take: () => ring.shift(),
        remove: (item) => ring.remove(item),
        find: (accepts) => ring.find(accepts),
      }
      compare(queue, sequence, (a, b) => a.id - b.id)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('stays small when jobs come and go behind one that stays', () => {
    const ring = new JobRing<Item>()
    const first = { place: -1, id: 0, rank: 0 }
    ring.push(first)
    let furthest = 0
    for (let id = 1; id < 10_000; id++) {
      const item = { place: -1, id, rank: 0 }
      ring.push(item)
      furthest = Math.max(furthest, item.place)
      ring.remove(item)
    }
    assert.ok(furthest < 64, `an item stood at ${furthest}`)
    assert.equal(ring.shift(), first)
  })

  it('keeps no job of another ring', () => {
    const [one, other] = [new JobRing<Item>(), new JobRing<Item>()]
    const item = { place: -1, id: 0, rank: 0 }
    one.push(item)
    other.push({ place: -1, id: 1, rank: 0 })
    assert.equal(other.remove(item), false)
    assert.equal(one.size, 1)
  })
})

describe('JobHeap', () => {
  it('gives the lowest rank first, equals in order, and its middle may leave', () => {
    const property = fc.property(steps, (sequence) => {
      const heap = new JobHeap<Item>()
      const queue: Queue = {
        get size() {
          return heap.size
        },
        put: (item) => heap.push(item, item.rank),
        take: () => heap.pop(),
        remove: (item) => heap.remove(item),
        find: (accepts) => heap.find(accepts),
      }
      compare(queue, sequence, (a, b) => a.rank - b.rank || a.id - b.id)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('lets a rule decide between equal ranks, and order only where the rule does not', () => {
    const property = fc.property(steps, (sequence) => {
      const parity = (a: Item, b: Item): number => (a.id % 2) - (b.id % 2)
      const heap = new JobHeap<Item>(parity)
      const queue: Queue = {
        get size() {
          return heap.size
        },
        put: (item) => heap.push(item, item.rank),
        take: () => heap.pop(),
        remove: (item) => heap.remove(item),
        find: (accepts) => heap.find(accepts),
      }
      compare(queue, sequence, (a, b) => a.rank - b.rank || parity(a, b) || a.id - b.id)
    })
    fc.assert(property, { numRuns: 100 })
  })

  it('puts an item before all of its rank, and behind lower ones', () => {
    const heap = new JobHeap<Item>()
    const items = [1, 0, 1, 1].map((rank, id) => ({ place: -1, id, rank }))
    for (const item of items.slice(0, 3)) heap.push(item, item.rank)
    heap.pushFront(items[3] as Item, 1)
    assert.deepEqual(
      items.map(() => heap.pop()?.id),
      [1, 3, 0, 2],
    )
  })
})
