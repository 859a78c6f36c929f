// One producer and one consumer over lanework's Queue.

import { need } from './lanework.mjs'
import { measurePhase, readWords, report } from './meter.mjs'
import { consumeDoubles, consumeMany, consumeOne } from './lanework-tasks.mjs'
import { shapes } from './queue-shapes.mjs'

const { Process, Queue } = need('task', 'Process', 'Queue')
const words = readWords()
const doubles = words.shape === 'doubles'
const queue = new Queue(doubles ? { of: Float64Array, capacity: 65_536 } : { capacity: 8_192 })
const replies = new Queue({ capacity: 16 })
const consume = { one: consumeOne, batch: consumeMany, doubles: consumeDoubles }[words.shape]
const consumer = new Process(consume, [queue, replies])
await consumer.start()

const value = shapes[words.shape].make()
const put = words.shape === 'one' ? () => queue.put(value) : () => queue.putMany(value)
const endOf = { one: null, batch: null, doubles: -1 }[words.shape]

async function phase(seconds) {
  const deadlineMs = performance.now() + seconds * 1_000
  while (performance.now() < deadlineMs) for (let sent = 0; sent < 64; sent += 1) await put()
  await queue.put(endOf)
  return replies.get()
}

report(await measurePhase(phase, words))
await consumer.kill()
await consumer.join()
queue.close()
replies.close()
