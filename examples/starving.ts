// Shortest job first: a long job waits as long as shorter ones keep coming; ageing ends that.
import { fcfs, hrrn, simulate, sjf, type JobSpec } from 'lanework/schedule'

const jobs: JobSpec[] = [
  { name: 'first', bursts: [{ cpu: 5 }] },
  { name: 'long', arrival: 1, bursts: [{ cpu: 30 }] },
  // One short job is done whenever the next arrives.
  ...Array.from({ length: 20 }, (_, index) => ({
    name: `short ${index}`,
    arrival: 2 + index * 4,
    bursts: [{ cpu: 4 }],
  })),
]

for (const policy of [fcfs(), sjf(), hrrn()]) {
  const { jobs: results, system } = simulate(jobs, { policy })
  const long = results.find(({ name }) => name === 'long')
  console.log(`${policy.name}: long waits ${long?.waiting}, all wait ${system.average.waiting.toFixed(1)} on average`)
}
