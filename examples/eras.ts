// One day of a computing centre on the machines of six eras: how busy is the CPU, and how long do people wait?
import { runEras, workloadByName } from 'lanework/schedule'

const { jobs, machine } = workloadByName('eras')
for (const { era, utilization, interactive = 0 } of runEras(jobs, machine)) {
  const busy = Math.round(utilization * 100)
  console.log(`${era.name}: CPU busy ${busy} %, results at the terminals after ${Math.round(interactive)}`)
}
