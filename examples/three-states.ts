// Ready, running, blocked: every step of two jobs, and the proof that no way leads from blocked to running.
import { rr, simulate, type JobSpec } from 'lanework/schedule'

const jobs: JobSpec[] = [
  { name: 'editor', bursts: [{ cpu: 1 }, { io: 4, device: 'keyboard' }, { cpu: 1 }] },
  { name: 'report', bursts: [{ cpu: 5 }] },
]
const { record } = simulate(jobs, { policy: rr({ quantum: 3 }), devices: { keyboard: {} } })

const transitions = record?.transitions ?? []
for (const { at, thread, from = 'nothing', to, cause } of transitions)
  console.log(`${at}: ${thread}: ${from} -> ${to} (${cause})`)
const toRunning = transitions.filter(({ to }) => to === 'running')
console.log(`into running only from ready: ${toRunning.every(({ from }) => from === 'ready')}`)
