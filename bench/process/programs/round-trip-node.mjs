// Round trips of 64 bytes over what Node has. The same file is the other side.

import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { Worker, parentPort } from 'node:worker_threads'
import { measurePhase, readWords, report } from './meter.mjs'
import { pinThreadsSince, pinTo, threadsNow } from './pin.mjs'
import { decoderOf, encoderOf, shapes } from './queue-shapes.mjs'
import { post } from './post.mjs'

const self = fileURLToPath(import.meta.url)
const words = readWords()
const encode = encoderOf(words.kind)
const decode = decoderOf(words.kind)

function answer(port, send) {
  port.on('message', (message) => send(encode(decode(message))))
  send('ready')
}

function open() {
  const argv = ['--side', 'answer', '--kind', words.kind]
  if (words.kind === 'thread') {
    const worker = new Worker(self, { argv })
    return { peer: worker, send: (value) => post(worker, value), close: () => worker.terminate() }
  }
  const child = fork(self, argv, { serialization: words.kind === 'fork-json' ? 'json' : 'advanced' })
  return { peer: child, send: (value) => child.send(value), close: () => child.disconnect() }
}

async function ask() {
  const before = threadsNow()
  const { peer, send, close } = open()
  await once(peer, 'message')
  if (words.kind === 'thread') pinThreadsSince(before, words.pin)
  else pinTo(words.pin, peer.pid)
  const bytes = shapes.one.make()
  async function phase(seconds) {
    const deadlineMs = performance.now() + seconds * 1_000
    return new Promise((resolve) => {
      let trips = 0
      const trip = () => send(encode(bytes))
      const onReply = (message) => {
        shapes.one.check(decode(message))
        trips += 1
        if (performance.now() < deadlineMs) return trip()
        peer.off('message', onReply)
        resolve(trips)
      }
      peer.on('message', onReply)
      trip()
    })
  }
  report(await measurePhase(phase, words))
  await close()
}

if (words.side !== 'answer') await ask()
else if (parentPort) answer(parentPort, (value) => post(parentPort, value))
else answer(process, (value) => process.send(value))
