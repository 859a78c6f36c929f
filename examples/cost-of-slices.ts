// Ten jobs that only compute, and a switch that costs 1: the shorter the slices, the more time goes into switching.
import { fcfs, rr, simulate, workloadByName } from 'lanework/schedule'

const { jobs, machine } = workloadByName('pure-compute')
const { contextSwitch, rules } = machine
for (const quantum of [Infinity, 1_000, 100, 10, 1]) {
  const { system } = simulate(jobs, { policy: quantum === Infinity ? fcfs() : rr({ quantum }), contextSwitch, rules })
  const { makespan, switching, average } = system
  const slices = quantum === Infinity ? 'no slices' : `slices of ${quantum}`
  console.log(
    `${slices}: done at ${makespan}, ${switching} of it for switching; first answers after ${average.response}`,
  )
}
