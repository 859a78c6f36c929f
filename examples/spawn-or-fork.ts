// A new process starts empty: it runs the module of its task again, from the top, and nothing of ours is in it.
import { Process, currentProcess } from 'lanework/process'
import { colour, settings } from './tasks/settings.ts'

console.log(`${currentProcess().name}: the main program runs`)
settings.colour = 'red'

const child = await new Process(colour).start()
console.log(`spawn: the child has ${await child.result()}, the parent ${settings.colour}`)

const fork = new Process(colour, [], { startMethod: 'fork' })
await fork.start().catch((error) => console.log(`fork: ${error.code}: ${error.detail.reason}`))
