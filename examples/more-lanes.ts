// What more lanes are good for: jobs that wait gain by every lane, jobs that compute only as far as there are CPUs.
import { setTimeout as sleep } from 'node:timers/promises'
import { Pool, cpuCount } from 'lanework/process'
import { clock, compute, waitFor } from './tasks/work.ts'

/** Four jobs: how many were in progress at most, how long all took, and how many CPUs were busy on average. */
async function measure(pool: Pool, work: typeof waitFor, ms: number) {
  const begin = clock()
  const done = await pool.map(work, [ms, ms, ms, ms], { chunkSize: 1 })
  const tookMs = clock() - begin
  const most = Math.max(
    ...done.map((one) => done.filter((each) => each.begin <= one.begin && one.begin < each.end).length),
  )
  const cpuMs = done.reduce((sum, each) => sum + each.cpuMs, 0)
  return { most, tookMs, busy: Math.round(cpuMs / tookMs) }
}

const waiting = []
const computing = []
for (const lanes of [1, 2, 4]) {
  // The initialiser runs in each lane, which is not ready before.
  const pool = new Pool({ lanes, initializer: waitFor, initialArgs: [1] }).start()
  while (pool.lanes.some(({ state }) => state === 'starting')) await sleep(5)
  waiting.push(await measure(pool, waitFor, 250))
  computing.push(await measure(pool, compute, 80))
  await pool.close()
}

const [one, , four] = waiting.map(({ tookMs }) => tookMs)
console.log(`waiting on 1, 2, 4 lanes: in progress at most ${waiting.map(({ most }) => most).join(', ')}`)
console.log(`waiting: 4 lanes save 100 ms and more: ${(four ?? 0) < (one ?? 0) - 100}`)
console.log(`computing on 1, 2, 4 lanes: in progress at most ${computing.map(({ most }) => most).join(', ')}`)
console.log(`computing: CPUs busy ${computing.map(({ busy }) => busy).join(', ')} of ${cpuCount()}`)
