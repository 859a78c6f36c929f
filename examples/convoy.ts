// First come, first served: short jobs behind a long one, and what slices do for them.
import { drawGantt, fcfs, rr, simulate, type JobSpec } from 'lanework/schedule'

const jobs: JobSpec[] = [
  { name: 'long', bursts: [{ cpu: 24 }] },
  { name: 'A', bursts: [{ cpu: 3 }] },
  { name: 'B', bursts: [{ cpu: 3 }] },
]

for (const policy of [fcfs(), rr({ quantum: 4 })]) {
  const simulation = simulate(jobs, { policy })
  const { turnaround, waiting } = simulation.system.average
  console.log(`${policy.name}: mean turnaround ${turnaround.toFixed(1)}, mean waiting ${waiting.toFixed(1)}`)
  console.log(drawGantt(simulation, { width: 40 }).split('\n')[0])
}
