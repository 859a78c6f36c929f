// Three processes joined one after the other take the sum of their times; started together, about the longest.
import { Barrier, Process } from 'lanework/process'
import { nap } from './tasks/greetings.ts'

const napsMs = [400, 800, 1_200]

const beginMs = performance.now()
for (const ms of napsMs) {
  const child = await new Process(nap, [ms]).start()
  await child.join() // the next one is not even started yet
}
const inTurnMs = performance.now() - beginMs

const againMs = performance.now()
const others = new Barrier(3) // nobody passes before all three are there
const children = napsMs.map((ms) => new Process(nap, [ms, others]))
for (const child of children) await child.start()
const ends = []
for (const child of children) ends.push(await child.join())
const togetherMs = performance.now() - againMs

console.log(`one after the other: at least the sum, 2,400 ms: ${inTurnMs >= 2_390}`)
console.log(`all at once: at least the longest, 1,200 ms: ${togetherMs >= 1_190}`)
console.log(`all at once: three that wait for one another have ended: ${ends.every((code) => code === 0)}`)
others.close()
