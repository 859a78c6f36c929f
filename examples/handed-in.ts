// Synchronous and asynchronous submission: the same work, once waiting for each answer, once for all at the end.
import { drawStates, fcfs, simulate, workloadByName } from 'lanework/schedule'

const { jobs, machine } = workloadByName('async')
const simulation = simulate(jobs, { policy: fcfs(), cpus: 2, devices: machine.devices })
for (const { name, finish, blocked } of simulation.jobs)
  console.log(`${name}: done at ${finish}, blocked for ${blocked}`)
const [first, second] = drawStates(simulation, { width: 72 }).split('\n')
console.log(`${first}\n${second}`)
