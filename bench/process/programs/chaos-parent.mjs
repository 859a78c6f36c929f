// A program with a pool whose two lanes are at work, one in a loop and one
// waiting. It is going to be killed.

import { readFileSync } from 'node:fs'
import { readWords } from './meter.mjs'
import { openPool } from './pools.mjs'

const path = `${process.env.LANEWORK_CHAOS}.ledger`.replace('-parent.ledger', '/parent')
const begun = () => {
  try {
    return readFileSync(path, 'utf8').split('\n').length - 1
  } catch {
    return 0
  }
}
const taskMs = 10_000
const pool = await openPool(readWords().kind, 2)
for (const busy of [true, false]) pool.call('work', [0, taskMs, busy, path]).catch(() => undefined)
const look = setInterval(() => {
  if (begun() < 2) return
  clearInterval(look)
  console.log('ready')
}, 20)
