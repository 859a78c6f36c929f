/** The ring against an array: any sequence of puts and gets of any sizes gives the same. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Queue } from '#lanework/process/queue/index.js'
import { unlessNative } from './worker.ts'

const size = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 40 }), fc.integer({ min: 41, max: 256 }))
const action = fc.oneof(
  fc.record({ kind: fc.constant('put' as const), sizes: fc.array(size, { minLength: 1, maxLength: 6 }) }),
  fc.record({ kind: fc.constant('putOne' as const), sizes: fc.tuple(size) }),
  fc.record({ kind: fc.constant('get' as const), most: fc.integer({ min: 1, max: 6 }) }),
  fc.record({ kind: fc.constant('getOne' as const), most: fc.constant(1) }),
)

test('a ring does what an array does, whatever is put and taken in whatever order', { skip: unlessNative }, () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 200 }), fc.integer({ min: 1, max: 12 }), (actions, capacity) => {
      using queue = new Queue<Uint8Array | string>({ capacity, capacityBytes: 256 })
      const model: (Uint8Array | string)[] = []
      let number = 0
      const item = (bytes: number): Uint8Array | string => {
        number++
        return number % 3 === 0 ? 'x'.repeat(Math.min(bytes, 250)) : new Uint8Array(bytes).fill(number)
      }
      for (const step of actions) {
        if (step.kind === 'put') {
          const items = step.sizes.map(item)
          const put = queue.tryPutMany(items)
          model.push(...items.slice(0, put))
          // An empty ring has room for any item.
          if (model.length === 0) assert.fail('nothing went into an empty ring')
        } else if (step.kind === 'putOne') {
          const only = item(step.sizes[0])
          const wasEmpty = model.length === 0
          if (queue.tryPut(only)) model.push(only)
          else assert.ok(!wasEmpty)
        } else if (step.kind === 'get') {
          assert.deepEqual(queue.tryGetMany(step.most) ?? [], model.splice(0, step.most))
        } else {
          const expected = model.shift()
          assert.deepEqual(queue.tryGet(), expected === undefined ? undefined : { value: expected })
        }
        assert.equal(queue.qsize(), model.length)
        assert.ok(model.length <= capacity)
      }
    }),
    { numRuns: 300 },
  )
})
