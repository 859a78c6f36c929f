// Nobody knows how long these jobs are. All get the same slice first; who uses it up sinks a level.
import { mlfq, simulate, type JobSpec } from 'lanework/schedule'

const jobs: JobSpec[] = [
  { name: 'render', bursts: [{ cpu: 20 }] },
  { name: 'copy', bursts: [{ cpu: 6 }] },
  { name: 'date', bursts: [{ cpu: 2 }] },
]
const { jobs: results, record } = simulate(jobs, { policy: mlfq({ quanta: [2, 4, 8] }) })

for (const { cpu, from, to, job, level } of record?.cpu ?? [])
  console.log(`CPU ${cpu}, ${from} to ${to}: ${job}, from level ${level}`)
for (const { name, finish } of results) console.log(`${name} is done at ${finish}`)
