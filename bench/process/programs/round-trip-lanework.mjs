// Round trips of 64 bytes over lanework's Pipe: as bytes or as values, or as bytes with calls that block the thread.

import { need } from './lanework.mjs'
import { measurePhase, readWords, report } from './meter.mjs'
import { echoBlocking, echoBytes, echoValues } from './lanework-tasks.mjs'
import { pinTo } from './pin.mjs'
import { shapes } from './queue-shapes.mjs'

const { Pipe, Process } = need('task', 'Process', 'Pipe')
const words = readWords()
const asBytes = words.kind === 'bytes'
const blocking = words.kind === 'blocking'
const echo = { bytes: echoBytes, values: echoValues, blocking: echoBlocking }[words.kind]
const [ours, theirs] = Pipe()
const other = new Process(echo, [theirs])
await other.start()
theirs.close()
const bytes = shapes.one.make()

async function trip() {
  if (asBytes) {
    await ours.sendBytes(bytes)
    return ours.recvBytes()
  }
  await ours.send(bytes)
  return ours.recv()
}

function phaseBlocking(seconds) {
  const deadlineMs = performance.now() + seconds * 1_000
  let trips = 0
  while (performance.now() < deadlineMs) {
    ours.sendSync(bytes)
    shapes.one.check(ours.recvSync())
    trips += 1
  }
  return trips
}

async function phase(seconds) {
  const deadlineMs = performance.now() + seconds * 1_000
  let trips = 0
  while (performance.now() < deadlineMs) {
    shapes.one.check(await trip())
    trips += 1
  }
  return trips
}

await trip()
pinTo(words.pin, other.pid)
report(await measurePhase(blocking ? phaseBlocking : phase, words))
await (asBytes || blocking ? ours.sendBytes(new Uint8Array(1)) : ours.send(null))
await other.join()
ours.close()
