// Several programs in memory at once: a gain for those that wait, none for those that compute.
import { runBatch, type JobRequest } from 'lanework/batch'

const waits: JobRequest = { argv: ['sleep', '0.5'] }
const computes: JobRequest = { argv: ['sh', '-c', 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'] }

for (const [kind, job] of Object.entries({ waits, computes })) {
  const timeMs: number[] = []
  for (const degree of [1, 4]) {
    const { until } = await runBatch([job, job, job, job], { degree, cpus: [0] })
    timeMs.push(until)
  }
  const [oneMs = 0, fourMs = 0] = timeMs
  console.log(`four programs that ${kind.replace(/s$/, '')}: four at once take less than half: ${fourMs < oneMs / 2}`)
}
