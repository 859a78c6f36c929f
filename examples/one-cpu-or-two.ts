// Concurrency and parallelism: two jobs in progress together on one CPU, and at the same instant on two.
import { drawGantt, rr, simulate, type JobSpec } from 'lanework/schedule'

const jobs: JobSpec[] = [
  { name: 'run', bursts: [{ cpu: 12 }] },
  { name: 'sing', bursts: [{ cpu: 12 }] },
]
for (const cpus of [1, 2]) {
  const simulation = simulate(jobs, { policy: rr({ quantum: 3 }), cpus })
  console.log(`${cpus === 1 ? 'one CPU' : 'two CPUs'}: all done at ${simulation.system.makespan}`)
  for (const line of drawGantt(simulation, { width: 40 }).split('\n').slice(0, cpus)) console.log(line)
}
