// What more lanes are good for: jobs that wait gain from each lane, jobs that compute only as far as there are CPUs.
import { Pool, cpuCount } from 'lanework/process'
import { clock, compute, waitFor } from './tasks/work.ts'

const jobs = [80, 80, 80, 80]

/** How many were in progress at most, how long all took, and how many CPUs were busy on average. */
async function measure(task: typeof waitFor | typeof compute, lanes: number) {
  const pool = new Pool({ lanes })
  await Promise.all(Array.from({ length: lanes }, () => pool.run(waitFor, [20]))) // until all lanes are there
  const begin = clock()
  const spans = await Promise.all(jobs.map((ms) => pool.run(task as typeof waitFor, [ms])))
  const tookMs = clock() - begin
  await pool.close()
  const most = Math.max(...spans.map(({ begin: at }) => spans.filter((s) => s.begin <= at && at < s.end).length))
  const cpuMs = spans.reduce((sum, span) => sum + span.cpuMs, 0)
  return { most, tookMs, busy: Math.round(cpuMs / tookMs) }
}

for (const [kind, task] of Object.entries({ waiting: waitFor, computing: compute })) {
  const runs = [await measure(task, 1), await measure(task, 2), await measure(task, 4)]
  const [one, , four] = runs
  console.log(`${kind} on 1, 2, 4 lanes: in progress at most ${runs.map(({ most }) => most).join(', ')}`)
  if (task === waitFor) console.log(`waiting: 4 lanes need less than half the time: ${(four?.tookMs ?? 0) < (one?.tookMs ?? 0) / 2}`)
  else console.log(`computing: CPUs busy ${runs.map(({ busy }) => busy).join(', ')} of ${cpuCount()}`)
}
