// One producer and one consumer over what Node has: the IPC channel of
// child_process.fork (json or advanced) or postMessage of a worker thread.
// None of them slows a producer down by itself, so the consumer gives credit.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker } from 'node:worker_threads'
import { measurePhase, readWords, report } from './meter.mjs'
import { encoderOf, shapes } from './queue-shapes.mjs'

const words = readWords()
const consumer = fileURLToPath(new URL('./queue-node-consumer.mjs', import.meta.url))

function open() {
  if (words.kind === 'thread') {
    const worker = new Worker(consumer, { argv: [words.kind, words.shape] })
    return { peer: worker, send: (value) => worker.postMessage(value), close: () => worker.terminate() }
  }
  const serialization = words.kind === 'fork-json' ? 'json' : 'advanced'
  const child = fork(consumer, [words.kind, words.shape], { serialization })
  return { peer: child, send: (value) => child.send(value), close: () => child.disconnect() }
}

const { peer, send, close } = open()
const shape = shapes[words.shape]
const encode = encoderOf(words.kind)
let credit = shape.window
let wake
let received
peer.on('message', (message) => {
  if (message.credit) credit += message.credit
  else received = message.received
  wake?.()
})
const answer = () => new Promise((resolve) => (wake = resolve))

async function phase(seconds) {
  const deadlineMs = performance.now() + seconds * 1_000
  const value = shape.make()
  while (performance.now() < deadlineMs) {
    while (credit <= 0) await answer()
    const burst = Math.min(credit, 64)
    for (let sent = 0; sent < burst; sent += 1) send(encode(value))
    credit -= burst
  }
  received = undefined
  send('end')
  while (received === undefined) await answer()
  return received * shape.count
}

await once(peer, 'message')
report(await measurePhase(phase, words))
await close()
