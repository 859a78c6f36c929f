// The lane of a pool is killed in the middle of a task. That costs this task, or one more attempt, and nothing else.
import { Pool } from 'lanework/process'
import { double, getKilled } from './tasks/faults.ts'

const pool = new Pool({ lanes: 2 })
const others = pool.map(double, [1, 2, 3, 4, 5])

await pool.run(getKilled, [true]).catch((error) => console.log(`once: ${error.code}, ${error.detail.reason}`))
console.log(`retried: ${await pool.run(getKilled, [false], { onWorkerLost: 'retry' })}`)
const stubborn = pool.run(getKilled, [true], { onWorkerLost: 'retry', attempts: 2 })
await stubborn.catch((error) => console.log(`killed every time: ${error.code}`))

console.log(`the others: ${await others}`)
console.log(`and new ones: ${await pool.map(double, [6, 7])}`)
console.log(`lanes: ${pool.lanes.length}, deaths by a signal: ${pool.metrics().deaths.signal}`)
await pool.close()
