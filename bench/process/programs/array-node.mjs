// An array of 1 MiB to a lane and back: copied, moved, or shared.

import { need } from './lanework.mjs'
import { measurePhase, readWords, report } from './meter.mjs'
import { openPool } from './pools.mjs'

const words = readWords()
const doubles = 131_072
const pool = await openPool(words.kind, 1)

async function moved(array) {
  return pool.move('touch', array)
}

function sharedMemory() {
  if (!words.kind.startsWith('lanework')) return new Float64Array(new SharedArrayBuffer(doubles * 8))
  const { SharedArray } = need('SharedArray')
  return new SharedArray(Float64Array, doubles)
}

const shared = words.mode === 'shared' ? sharedMemory() : undefined
const trips = {
  copied: (array) => pool.call('touch', array),
  moved,
  async shared(array) {
    await (words.kind.startsWith('lanework') ? pool.call('touchShared', shared) : pool.call('touchOnly', shared))
    return array
  },
}

async function phase(seconds) {
  const deadlineMs = performance.now() + seconds * 1_000
  let array = new Float64Array(doubles)
  let done = 0
  while (performance.now() < deadlineMs) {
    array = await trips[words.mode](array)
    done += 1
  }
  const result = shared ? (shared.array ?? shared.view ?? shared) : array
  if (result[doubles - 1] < done) throw new Error('the array did not come back')
  return done
}

report(await measurePhase(phase, words))
await pool.close()
