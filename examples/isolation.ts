// A child has memory of its own: what it assigns, nobody else sees. Threads may share one buffer.
import { Process } from 'lanework/process'
import { money, spend, spendShared } from './tasks/memory.ts'

const process = await new Process(spend, [0]).start()
console.log(`process: has ${await process.result()}, here it is ${money}`)

const thread = await new Process(spend, [0], { startMethod: 'thread' }).start()
console.log(`thread: has ${await thread.result()}, here it is ${money}`)

const shared = new SharedArrayBuffer(4)
const balance = new Int32Array(shared)
balance[0] = 100
const sharing = await new Process(spendShared, [shared, 0], { startMethod: 'thread' }).start()
await sharing.join()
console.log(`thread and one buffer: here it is ${balance[0]}`)

const alone = new Process(spendShared, [shared, 0])
await alone.start().catch((error) => console.log(`process and that buffer: ${error.code}`))
