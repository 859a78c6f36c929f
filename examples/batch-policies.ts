// The same three real programs on one CPU, under four policies: who is done first?
import { runBatch, type JobRequest } from 'lanework/batch'

/** A shell that counts: it computes, and does nothing else. */
const counts = (name: string, thousands: number): JobRequest => ({
  name,
  argv: ['sh', '-c', `i=0; while [ $i -lt ${thousands}000 ]; do i=$((i+1)); done`],
  burst: thousands,
})
const jobs = [counts('long', 240), counts('middle', 80), counts('short', 8)]

for (const [name, quantum] of [['fcfs'], ['sjf'], ['rr', 20], ['mlfq', 20]] as const) {
  const policy = { name, options: quantum === undefined ? {} : { quantum } }
  const { jobs: ended } = await runBatch(jobs, { policy, cpus: [0] })
  const order = ended.toSorted((one, other) => (one.endedAt ?? 0) - (other.endedAt ?? 0))
  const slices = ended.find((job) => job.name === 'long')?.preemptions ?? 0
  console.log(`${name}: ${order.map((job) => job.name).join(', ')}; long was stopped: ${slices > 0}`)
}
