import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { bufferOf, machineMs, newLaneMemory } from '#lanework/server/shared/memory.js'
import { ConnectionSlots } from '#lanework/server/shared/connection-slots.js'
import { MeasureTable } from '#lanework/server/shared/measure-table.js'
import { SharedMemory } from '#lanework/process/index.js'
import { unlessNative } from '../../support/sharing.ts'

const declaration = { version: 1, lane: { counters: ['done'] }, service: {}, listener: {} }
const sizes = { lanes: 2, listeners: 0 }

describe('memory of lanes', () => {
  it('is an ArrayBuffer for the inline lane and shared between threads for thread lanes', () => {
    assert.ok(newLaneMemory('inline', 64) instanceof ArrayBuffer)
    assert.ok(newLaneMemory('thread', 64) instanceof SharedArrayBuffer)
  })

  it('is shared memory for process lanes', { skip: unlessNative }, () => {
    const memory = newLaneMemory('process', 128) as SharedMemory
    assert.equal(memory instanceof SharedMemory && memory.bytes, 128)
    memory.close()
    assert.throws(() => bufferOf(memory, 0, 1), { code: 'CLOSED' })
  })

  it(
    'cannot be had for process lanes without the addon',
    { skip: unlessNative === false && 'the addon is here' },
    () => {
      assert.throws(() => newLaneMemory('process', 64), { code: 'UNSUPPORTED' })
    },
  )

  it('has tables that threads share, and that outlive a thread that is terminated', async () => {
    const options = { ...sizes, connections: 10, connectionsPerAddress: 2, lanes: 2 }
    const { listeners: _, ...slotOptions } = options
    const tableBytes = MeasureTable.bytesFor(declaration, sizes)
    const memory = newLaneMemory('thread', tableBytes + ConnectionSlots.bytesFor(slotOptions)) as SharedArrayBuffer
    const table = MeasureTable.create(memory, declaration, sizes)
    const slots = ConnectionSlots.create(memory, slotOptions, tableBytes)
    const code = `
      const { workerData: { memory, tables, slots, offset }, parentPort } = require('node:worker_threads')
      Promise.all([import(tables), import(slots)]).then(([{ MeasureTable }, { ConnectionSlots }]) => {
        const { own } = MeasureTable.attach(memory).writer(1)
        own.add(0, 42)
        const lane = ConnectionSlots.attach(memory, offset).lane(1)
        for (let count = 0; count < 5; count++) lane.admit('192.0.2.1')
        parentPort.postMessage('done')
        for (;;) own.add(0)
      })`
    const worker = new Worker(code, {
      eval: true,
      workerData: {
        memory,
        offset: tableBytes,
        tables: import.meta.resolve('#lanework/server/shared/measure-table.js'),
        slots: import.meta.resolve('#lanework/server/shared/connection-slots.js'),
      },
    })
    await once(worker, 'message')
    const own = slots.lane(0)
    assert.equal(own.admit('192.0.2.1'), 'connectionsPerAddress')
    assert.ok((table.read().total.own.counters['done'] as number) >= 42, 'read while the thread is in an endless loop')
    await worker.terminate()
    assert.equal(slots.reclaim(1), 2)
    assert.equal(typeof own.admit('192.0.2.1'), 'number')
  })

  it('comes with a clock that is the same in every process of the machine', () => {
    const before = machineMs()
    const [seconds, nanoseconds] = process.hrtime()
    assert.ok(seconds * 1_000 + nanoseconds / 1e6 >= before)
    assert.ok(machineMs() >= before)
  })
})
