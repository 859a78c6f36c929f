// A name given and a name by default; alive before terminate, and not after it.
import { Process, activeChildren } from 'lanework/process'
import { nap } from './tasks/greetings.ts'

const one = await new Process(nap, [60_000]).start()
const two = await new Process(nap, [60_000], { name: 'sleeper' }).start()
console.log(`names: ${activeChildren().map((child) => child.name)}`)
for (const child of [one, two]) {
  console.log(`${child.name}: alive ${child.isAlive()}, exit code ${child.exitCode}`)
  await child.terminate()
  console.log(`${child.name}: alive ${child.isAlive()}, exit code ${child.exitCode}`)
}
console.log(`children left: ${activeChildren().length}`)
