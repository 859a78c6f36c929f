import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ChunkQueue } from '#lanework/framing/index.js'

const needles = [10, Buffer.from('ab'), Buffer.from('aab'), Buffer.from('abacabad')]

/** Few different bytes, so that needles and their beginnings are frequent; some chunks exceed the small ones. */
const chunk = fc
  .tuple(fc.array(fc.constantFrom(...Buffer.from('abcd\n')), { maxLength: 12 }), fc.constantFrom(1, 1, 1, 60, 300))
  .map(([bytes, times]) => Buffer.concat(Array.from({ length: times }, () => Buffer.from(bytes))))

const operation = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('push' as const), chunk }) },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('take' as const, 'skip' as const, 'at' as const),
      part: fc.double({ min: 0, max: 1, noNaN: true }),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant('search' as const), needle: fc.nat(needles.length - 1) }),
  },
)

describe('the byte queue', () => {
  it('does what one long buffer would do', () => {
    const property = fc.property(fc.array(operation, { maxLength: 60 }), (operations) => {
      const queue = new ChunkQueue()
      const taken: [Buffer, Buffer][] = []
      let model = Buffer.alloc(0)
      for (const step of operations) {
        if (step.kind === 'push') {
          model = Buffer.concat([model, step.chunk])
          queue.push(step.chunk)
        } else if (step.kind === 'search') {
          const needle = needles[step.needle] as number | Buffer
          assert.equal(queue.indexOf(needle), model.indexOf(needle))
        } else {
          const size = Math.floor(step.part * model.length)
          if (step.kind === 'at') {
            assert.equal(queue.at(size), model[size])
            continue
          }
          if (step.kind === 'take') taken.push([queue.take(size), Buffer.from(model.subarray(0, size))])
          else queue.skip(size)
          model = model.subarray(size)
        }
        assert.equal(queue.length, model.length)
      }
      assert.deepEqual(queue.take(queue.length), Buffer.from(model))
      // Checked last: what was taken stays as it was, whatever is pushed later.
      for (const [piece, expected] of taken) assert.deepEqual(piece, expected)
    })
    fc.assert(property, { numRuns: 300 })
  })

  it('hands out a view of a chunk, and copies only across borders', () => {
    const queue = new ChunkQueue()
    const first = Buffer.alloc(1_000, 'a')
    queue.push(first)
    queue.push(Buffer.alloc(1_000, 'b'))
    const view = queue.take(600)
    const copy = queue.take(500)
    assert.equal(view.buffer, first.buffer)
    assert.equal(view.byteOffset, first.byteOffset)
    assert.notEqual(copy.buffer, first.buffer)
    assert.equal(copy.toString(), 'a'.repeat(400) + 'b'.repeat(100))
  })

  it('tells how far a search got: up to a beginning of the needle that may go on', () => {
    const queue = new ChunkQueue()
    const needle = Buffer.from('aab')
    queue.push(Buffer.from('xyaa'))
    assert.equal(queue.indexOf(needle), -1)
    assert.equal(queue.searchedBytes, 2)
    queue.push(Buffer.from('a'))
    assert.equal(queue.indexOf(needle), -1)
    assert.equal(queue.searchedBytes, 3)
    queue.push(Buffer.from('b'))
    assert.equal(queue.indexOf(needle), 3)
  })

  it('keeps its search position when used-up chunks are dropped from its list', () => {
    const queue = new ChunkQueue()
    for (let count = 0; count < 100; count++) queue.push(Buffer.alloc(1_000, 'x'))
    assert.equal(queue.indexOf(10), -1)
    queue.skip(90_500)
    assert.equal(queue.searchedBytes, 9_500)
    queue.push(Buffer.from('\n'))
    assert.equal(queue.indexOf(10), 9_500)
  })

  it('copies small chunks together only while others wait', () => {
    const queue = new ChunkQueue()
    const first = Buffer.alloc(3, 'a')
    const second = Buffer.alloc(3, 'b')
    queue.push(first)
    assert.equal(queue.take(2).buffer, first.buffer)
    queue.push(second)
    queue.skip(1)
    const copy = queue.take(3)
    assert.notEqual(copy.buffer, second.buffer)
    assert.equal(copy.toString(), 'bbb')
  })

  it('searches anew for another needle', () => {
    const queue = new ChunkQueue()
    queue.push(Buffer.from('one,two'))
    assert.equal(queue.indexOf(10), -1)
    assert.equal(queue.indexOf(0x2c), 3)
  })

  it('refuses to give more than waits', () => {
    const queue = new ChunkQueue()
    queue.push(Buffer.from('abc'))
    assert.throws(() => queue.take(4), RangeError)
    assert.throws(() => queue.skip(4), RangeError)
    assert.equal(queue.length, 3)
    assert.equal(queue.at(3), undefined)
  })
})
