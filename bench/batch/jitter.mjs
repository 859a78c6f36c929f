// How long slices are: two programs that compute take turns on one CPU, and
// say themselves when they had it.

import { percentile } from '../../dist/schedule/index.js'
import { runBatch } from '../../dist/batch/index.js'
import { ms } from './table.mjs'
import { spinner, stretches } from './spinner.mjs'
import { withFolder } from './folder.mjs'

export const title = 'Jitter of slices'
export const aim = 'p99 of the distance between a slice and its length < 5 ms on an idle machine'
export const head = ['slice', 'slices', 'p50 off by', 'p99 off by', 'most', 'p50 between two', 'p99 between two']

export async function measure({ rounds, seconds, cpu }) {
  const { argv } = spinner()
  const rows = []
  for (const quantum of [10, 50, 100]) {
    const off = []
    const between = []
    for (let round = 0; round < rounds; round += 1) {
      // At least some 20 slices of each.
      const forMs = Math.max(seconds * 1_000, quantum * 40)
      const ran = await slicesOf(argv('wall', forMs), quantum, cpu)
      off.push(...ran.off)
      between.push(...ran.between)
    }
    rows.push({
      cells: [
        ms(quantum),
        String(off.length),
        ...[0.5, 0.99, 1].map((part) => ms(percentile(off, part))),
        ...[0.5, 0.99].map((part) => ms(percentile(between, part))),
      ],
      data: { quantum, off, between },
    })
  }
  return rows
}

async function slicesOf(argv, quantum, cpu) {
  return withFolder(async (folder) => {
    const jobs = ['a', 'b'].map((name) => ({ argv, name }))
    const policy = { name: 'rr', options: { quantum } }
    const record = await runBatch(jobs, { folder, policy, cpus: [cpu] })
    const [one, other] = record.jobs.map((status) => stretches(status, quantum / 2))
    // The first and the last of each were not whole slices: one came alone, the other ended.
    const whole = [one, other].flatMap((list) => list.slice(1, -1))
    const all = [...one, ...other].toSorted((x, y) => x.from - y.from)
    return {
      off: whole.map(({ from, to }) => Math.abs(to - from - quantum)),
      between: all.slice(1).map(({ from }, index) => Math.max(0, from - all[index].to)),
    }
  })
}
