import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { Emitter } from '#lanework/core/index.js'

interface Events {
  opened: { id: number }
  closed: { id: number; reason: string }
}

describe('an emitter', () => {
  it('calls the listeners of an event in the order in which they came', () => {
    const emitter = new Emitter<Events>()
    const seen: string[] = []
    emitter.on('opened', ({ id }) => seen.push(`first ${id}`))
    emitter.on('opened', ({ id }) => seen.push(`second ${id}`))
    emitter.on('closed', ({ reason }) => seen.push(reason))
    emitter.emit('opened', { id: 1 })
    assert.deepEqual(seen, ['first 1', 'second 1'])
  })

  it('forgets a listener that unsubscribed, also in the middle of an event', () => {
    const emitter = new Emitter<Events>()
    const seen: number[] = []
    const stop = emitter.on('opened', ({ id }) => {
      seen.push(id)
      stop()
    })
    emitter.emit('opened', { id: 1 })
    emitter.emit('opened', { id: 2 })
    assert.deepEqual(seen, [1])
  })

  it('does not call a listener for the event during which it subscribed', () => {
    const emitter = new Emitter<Events>()
    let calls = 0
    emitter.on('opened', () => void emitter.on('opened', () => calls++))
    emitter.emit('opened', { id: 1 })
    assert.equal(calls, 0)
  })

  it('knows whether somebody listens', () => {
    const emitter = new Emitter<Events>()
    assert.equal(emitter.has('opened'), false)
    const stop = emitter.on('opened', () => {})
    assert.equal(emitter.has('opened'), true)
    assert.equal(emitter.has('closed'), false)
    stop()
    assert.equal(emitter.has('opened'), false)
  })

  it('goes on after a listener that throws, whose error becomes an uncaught exception', async () => {
    // In a worker, as an uncaught exception here would be a failure of this test.
    const code = `
      const { parentPort, workerData: url } = require('node:worker_threads')
      import(url).then(({ Emitter }) => {
        const emitter = new Emitter()
        emitter.on('opened', () => { throw new RangeError('thrown by a listener') })
        emitter.on('opened', () => parentPort.postMessage('second listener'))
        emitter.emit('opened', {})
        parentPort.postMessage('emitter')
      })`
    const worker = new Worker(code, {
      eval: true,
      workerData: import.meta.resolve('#lanework/core/index.js'),
    })
    const seen: unknown[] = []
    worker.on('message', (message) => seen.push(message))
    const errors: Error[] = []
    worker.on('error', (error: Error) => errors.push(error))
    // Not once(): it would reject at 'error', and 'exit' may follow before anyone listens again.
    await new Promise((resolve) => worker.on('exit', resolve))
    assert.deepEqual(seen, ['second listener', 'emitter'])
    assert.deepEqual(
      errors.map((error) => error.message),
      ['thrown by a listener'],
    )
  })
})
