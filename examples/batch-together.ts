// Several programs in memory at once: those that wait do so together, those that compute still take turns.
import { runBatch, type JobRequest, type JobState, type Step } from 'lanework/batch'

const waits: JobRequest = { argv: ['sleep', '0.7'] }
const computes: JobRequest = { argv: ['sh', '-c', 'i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done'] }

/** How many were in this state at the same time, at most. */
function together(steps: readonly Step[], state: JobState): number {
  const now = new Map<number, JobState>()
  const counts = steps.map(({ job, to }) => [...now.set(job, to).values()].filter((each) => each === state).length)
  return Math.max(...counts)
}

for (const [job, state] of [
  [waits, 'blocked'],
  [computes, 'running'],
] as const) {
  for (const degree of [1, 4]) {
    const { steps, until } = await runBatch([job, job, job, job], { degree, cpus: [0] })
    console.log(
      `four that ${job === waits ? 'wait' : 'compute'}, ${degree} in memory: ` +
        `${together(steps, state)} ${state} at a time, done in ${Math.round(until)} ms`,
    )
  }
}
