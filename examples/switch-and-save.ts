// A context switch: the state of the one that leaves is saved, that of the one that comes restored, and both take time.
import { rr, simulate, type JobSpec } from 'lanework/schedule'

const jobs: JobSpec[] = [
  { name: 'A', bursts: [{ cpu: 4 }] },
  { name: 'B', bursts: [{ cpu: 2 }] },
]
const { record, system } = simulate(jobs, { policy: rr({ quantum: 2 }), contextSwitch: { in: 0.5, out: 0.5 } })

for (const { from, to, kind, thread } of record?.cpu ?? []) console.log(`${from} to ${to}: ${kind} ${thread}`)
for (const { at, thread, state, programCounter, remaining } of record?.controlBlocks ?? [])
  console.log(`saved at ${at}: ${thread}, ${state}, burst ${programCounter}, ${remaining} left`)
console.log(`useful ${system.useful}, switching ${system.switching}, idle ${system.idle}`)
