// One job waits and one computes: what the system's table of processes says of them, as the three states.
import { runBatch } from 'lanework/batch'

const script = 'i=0; while [ $i -lt 1500000 ]; do i=$((i+1)); done'
const { jobs, steps } = await runBatch(
  [
    { name: 'waits', argv: ['sleep', '0.6'] },
    { name: 'computes', argv: ['sh', '-c', script] },
  ],
  { policy: { name: 'rr', options: { quantum: 20 } }, cpus: [0] },
)

for (const { id, name, times, use } of jobs) {
  const { running, blocked } = times
  const cpuMs = (use?.userMs ?? 0) + (use?.systemMs ?? 0)
  console.log(`${name}: mostly ${blocked > running ? 'blocked' : 'running'}, much CPU time: ${cpuMs > 50}`)
  const own = steps.filter((step) => step.job === id)
  const before = own.filter((_, index) => own[index + 1]?.to === 'running').map((step) => step.to)
  console.log(`${name}: into running only from ready: ${before.every((state) => state === 'ready')}`)
}
