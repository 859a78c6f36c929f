// Every process has a number, and the number of the one that started it.
import { Process, currentProcess, parentProcess } from 'lanework/process'
import { whoAmI } from './tasks/greetings.ts'

const child = await new Process(whoAmI).start()
const told = await child.result()
console.log(`${currentProcess().name}: pid ${process.pid}, started by lanework: ${parentProcess() !== undefined}`)
console.log(`${told.name}: pid ${told.pid}, parent ${told.ppid}`)
console.log(`the parent knows its child: ${child.pid === told.pid}`)
console.log(`the child knows its parent: ${told.ppid === process.pid && told.parentPid === process.pid}`)
