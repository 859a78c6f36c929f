// A real run, and the same run in the simulator: what it would have said.
import { replay, runBatch, type JobRequest } from 'lanework/batch'

const counts = (name: string, thousands: number): JobRequest => ({
  name,
  argv: ['sh', '-c', `i=0; while [ $i -lt ${thousands}000 ]; do i=$((i+1)); done`],
})
const record = await runBatch([counts('long', 240), counts('middle', 80), counts('short', 8)], {
  policy: { name: 'rr', options: { quantum: 20 } },
  cpus: [0],
})
const { replayed } = replay(record)
const order = (kind: 'measured' | 'predicted'): string =>
  replayed.jobs
    .toSorted((one, other) => one.finish[kind] - other.finish[kind])
    .map((job) => job.name)
    .join(', ')
console.log(`measured: ${order('measured')}`)
console.log(`predicted: ${order('predicted')}`)
console.log(
  `all done: ${Math.round(replayed.makespan.measured)} ms, predicted ${Math.round(replayed.makespan.predicted)} ms`,
)
