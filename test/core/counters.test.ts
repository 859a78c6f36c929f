import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Counters } from '#lanework/core/index.js'

const names = ['received', 'sent', 'dropped'] as const

describe('counters', () => {
  it('count by name, and by index on hot paths', () => {
    const counters = new Counters(names)
    counters.add('sent')
    counters.add('sent', 2)
    counters.set('dropped', 7)
    const received = counters.at('received')
    counters.cells[received] = (counters.cells[received] as number) + 1
    assert.equal(counters.get('sent'), 3)
    assert.deepEqual(counters.snapshot(), { received: 1, sent: 3, dropped: 7 })
  })

  it('are exact up to 2^53', () => {
    const counters = new Counters(names)
    counters.set('sent', 2 ** 53 - 2)
    counters.add('sent')
    assert.equal(counters.get('sent'), Number.MAX_SAFE_INTEGER)
  })

  it('share a buffer side by side', () => {
    const buffer = new SharedArrayBuffer(2 * Counters.bytesFor(names))
    const first = new Counters(names, buffer)
    const second = new Counters(names, buffer, Counters.bytesFor(names))
    first.add('dropped')
    second.add('received', 5)
    assert.deepEqual(first.snapshot(), { received: 0, sent: 0, dropped: 1 })
    assert.deepEqual(second.snapshot(), { received: 5, sent: 0, dropped: 0 })
    assert.equal(new Counters(names, buffer).get('dropped'), 1)
  })

  it('refuse a buffer that is too small', () => {
    assert.throws(() => new Counters(names, new SharedArrayBuffer(8)), RangeError)
  })

  it('that a thread counts are readable from outside, also once it is dead', async () => {
    const buffer = new SharedArrayBuffer(Counters.bytesFor(names))
    const code = `
      const { workerData: { url, names, buffer } } = require('node:worker_threads')
      import(url).then(({ Counters }) => new Counters(names, buffer).add('received', 42))`
    const url = import.meta.resolve('#lanework/core/index.js')
    await once(new Worker(code, { eval: true, workerData: { url, names, buffer } }), 'exit')
    assert.equal(new Counters(names, buffer).get('received'), 42)
  })
})
