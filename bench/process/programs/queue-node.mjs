// One producer and one consumer over what Node has: the IPC channel of
// child_process.fork (json or advanced) or postMessage of a worker thread.
// None of them slows a producer down by itself, so the consumer gives credit.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { measurePhase, readWords, report } from './meter.mjs'
import { encoderOf, shapes } from './queue-shapes.mjs'
import { post } from './post.mjs'

const words = readWords()
const consumer = fileURLToPath(new URL('./queue-node-consumer.mjs', import.meta.url))

function open() {
  if (words.kind === 'thread') {
    const worker = new Worker(consumer, { argv: [words.kind, words.shape] })
    return { peer: worker, send: (value) => post(worker, value), close: () => worker.terminate() }
  }
  const serialization = words.kind === 'fork-json' ? 'json' : 'advanced'
  const child = fork(consumer, [words.kind, words.shape], { serialization })
  return { peer: child, send: (value) => child.send(value), close: () => child.disconnect() }
}

const { peer, send, close } = open()
const shape = shapes[words.shape]
const encode = encoderOf(words.kind)
const consumed = { credit: shape.window, received: undefined, wake: undefined }
peer.on('message', (message) => {
  if (message.credit) consumed.credit += message.credit
  else consumed.received = message.received
  consumed.wake?.()
})
const answer = () => new Promise((resolve) => (consumed.wake = resolve))

async function phase(seconds) {
  const deadlineMs = performance.now() + seconds * 1_000
  const value = shape.make()
  while (performance.now() < deadlineMs) {
    while (consumed.credit <= 0) await answer()
    const burst = Math.min(consumed.credit, 64)
    for (let sent = 0; sent < burst; sent += 1) send(encode(value))
    consumed.credit -= burst
  }
  consumed.received = undefined
  send('end')
  while (consumed.received === undefined) await answer()
  return consumed.received * shape.count
}

await once(peer, 'message')
report(await measurePhase(phase, words))
await close()
