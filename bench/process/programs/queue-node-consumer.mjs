// Counts what it gets, gives credit, and reports the count at the end of a phase.

import { parentPort } from 'node:worker_threads'
import { decoderOf, shapes } from './queue-shapes.mjs'
import { post } from './post.mjs'

const [kind, shapeName] = process.argv.slice(2)
const shape = shapes[shapeName]
const decode = decoderOf(kind)
const port = parentPort ?? process
const send = parentPort ? (value) => post(parentPort, value) : (value) => process.send(value)
const creditStep = shape.window / 4
let received = 0
let owed = 0

port.on('message', (message) => {
  if (message === 'end') {
    send({ received })
    received = 0
    return
  }
  shape.check(decode(message))
  received += 1
  owed += 1
  if (owed < creditStep) return
  send({ credit: owed })
  owed = 0
})
send({ credit: 0, received: 0 })
