// start() asks for a process and goes on; that one still has to be loaded, and prints later.
import { Process } from 'lanework/process'
import { greet } from './tasks/greetings.ts'

const child = new Process(greet, ['world'])
await child.start()
console.log(`parent: started, and alive: ${child.isAlive()}`)
console.log('parent: goes on with other things')
await child.join()
console.log(`parent: joined, and alive: ${child.isAlive()}`)
