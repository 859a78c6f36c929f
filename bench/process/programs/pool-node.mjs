// A trivial task on two lanes: one by one, with 1,000 in flight, or a million
// numbers in chunks.

import { measurePhase, readWords, report } from './meter.mjs'
import { openPool } from './pools.mjs'

const words = readWords()
const lanes = 2
const inFlight = 1_000
const numbers = Array.from({ length: 1_000_000 }, (_, index) => index)
const pool = await openPool(words.kind, lanes)

async function oneByOne(deadlineMs) {
  let done = 0
  while (performance.now() < deadlineMs) {
    if ((await pool.call('add', [done, 1])) !== done + 1) throw new Error('wrong sum')
    done += 1
  }
  return done
}

async function many(deadlineMs) {
  const counts = await Promise.all(Array.from({ length: inFlight }, () => oneByOne(deadlineMs)))
  return counts.reduce((sum, count) => sum + count)
}

/** As many chunks as Python's Pool.map makes: four for each lane. */
async function mapByHand(make) {
  const size = numbers.length / (lanes * 4)
  const chunks = Array.from({ length: lanes * 4 }, (_, index) => make(numbers.slice(index * size, (index + 1) * size)))
  const results = await Promise.all(chunks.map((chunk) => pool.call('incrementAll', chunk)))
  const all = Array.isArray(results[0]) ? results.flat() : results.flatMap((chunk) => Array.from(chunk))
  if (all.length !== numbers.length || all[999_999] !== 1_000_000) throw new Error('wrong map')
}

async function mapOwn() {
  const results = await pool.map(numbers)
  if (results.length !== numbers.length || results[999_999] !== 1_000_000) throw new Error('wrong map')
}

async function repeat(once, deadlineMs) {
  let done = 0
  do {
    await once()
    done += numbers.length
  } while (performance.now() < deadlineMs)
  return done
}

const modes = {
  one: oneByOne,
  many,
  map: (deadlineMs) => repeat(() => mapByHand((chunk) => chunk), deadlineMs),
  'map-typed': (deadlineMs) => repeat(() => mapByHand((chunk) => Float64Array.from(chunk)), deadlineMs),
  'map-own': (deadlineMs) => repeat(mapOwn, deadlineMs),
}

report(await measurePhase((seconds) => modes[words.mode](performance.now() + seconds * 1_000), words))
await pool.close()
