// Jobs that wait for I/O four fifths of their time: how busy is the CPU with one to five of them in memory?
import { fcfs, multiprogramming, simulate, workloadByName } from 'lanework/schedule'

const { jobs } = workloadByName('io-mix')
for (const degree of [1, 2, 3, 4, 5]) {
  const { utilization } = simulate(jobs.slice(0, degree), { policy: fcfs() }).system
  const { independent, exact } = multiprogramming(0.8, degree)
  const [busy, rule, law] = [utilization, independent, exact].map((share) => Math.round(share * 100))
  console.log(`${degree} in memory: CPU busy ${busy} %; 1 - p^n says ${rule} %, the exact law ${law} %`)
}
