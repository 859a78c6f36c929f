// Round trips of 64 bytes over lanework's Pipe, as bytes or as values.

import { need } from './lanework.mjs'
import { measurePhase, readWords, report } from './meter.mjs'
import { echoBytes, echoValues } from './lanework-tasks.mjs'
import { pinTo } from './pin.mjs'
import { shapes } from './queue-shapes.mjs'

const { Pipe, Process } = need('task', 'Process', 'Pipe')
const words = readWords()
const asBytes = words.kind === 'bytes'
const [ours, theirs] = Pipe()
const other = new Process(asBytes ? echoBytes : echoValues, [theirs])
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
report(await measurePhase(phase, words))
await (asBytes ? ours.sendBytes(new Uint8Array(1)) : ours.send(null))
await other.join()
ours.close()
