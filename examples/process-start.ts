// A process started two ways: with a task, and as an object of a class.
import { Process } from 'lanework/process'
import { Greeter, greet } from './tasks/greetings.ts'

const first = new Process(greet, ['world'])
await first.start()
console.log(`exit code ${await first.join()}`)

const second = new Greeter('again')
await second.start()
console.log(`exit code ${await second.join()}`)
