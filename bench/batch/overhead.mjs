// What scheduling costs: processor time of the executive and of the keeper
// while eight programs that compute take turns, and the switch itself.

import { setTimeout as delay } from 'node:timers/promises'
import { measureSwitch, openBatch } from '../../dist/batch/index.js'
import { median } from '../lib/statistics.mjs'
import { withFolder } from './folder.mjs'
import { spinner } from './spinner.mjs'
import { percent } from './table.mjs'

export const title = 'What scheduling costs'
export const aim = 'executive and keeper with 8 jobs at 100 ms < 1 % of a core'
export const head = ['what', 'median', 'of each round']

export async function measure({ rounds, seconds, cpu, cpus }) {
  const rows = []
  for (const [quantum, used] of [
    [100, cpus],
    [10, [cpu]],
  ]) {
    const shares = []
    for (let round = 0; round < rounds; round += 1) shares.push(await shareOf(quantum, used, seconds))
    const what = `executive and keeper, 8 jobs at ${quantum} ms on ${used.length} CPU${used.length > 1 ? 's' : ''}, of a core`
    rows.push({
      cells: [what, percent(median(shares), 2), shares.map((share) => percent(share, 2)).join(', ')],
      data: { what, shares },
    })
  }
  const switches = []
  for (let round = 0; round < rounds; round += 1) switches.push(await measureSwitch({ cpu }))
  for (const [what, pick] of [
    ['switch between two processes', ({ directUs }) => directUs],
    ['the same, each with 256 KiB in its cache', ({ cacheUs }) => cacheUs],
    ['lost between two slices, p50', ({ sliceUs }) => sliceUs.p50],
    ['lost between two slices, p99', ({ sliceUs }) => sliceUs.p99],
  ]) {
    const all = switches.map(pick)
    rows.push({ cells: [what, us(median(all)), all.map(us).join(', ')], data: { what, all } })
  }
  return rows
}

async function shareOf(quantum, cpus, seconds) {
  const { argv } = spinner()
  return withFolder(async (folder) => {
    const batch = await openBatch({ folder, cpus, policy: { name: 'rr', options: { quantum } } })
    try {
      await batch.add(Array.from({ length: 8 }, (_, at) => ({ argv: argv('wall', 60_000), name: `spin${at}` })))
      // All have started, and nothing is compiled any more.
      await delay(1_000)
      const [before, from] = [await batch.status(), performance.now()]
      await delay(seconds * 2_000)
      const [after, to] = [await batch.status(), performance.now()]
      return (after.overheadMs - before.overheadMs) / (to - from)
    } finally {
      await batch.close({ endJobs: true })
    }
  })
}

function us(value) {
  return `${value.toFixed(value < 10 ? 2 : 0)} µs`
}
