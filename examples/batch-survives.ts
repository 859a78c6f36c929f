// The scheduler is killed in the middle: its programs run on, and the next one goes on with them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connectBatch, startBatch, stopBatch } from 'lanework/batch'

const folder = mkdtempSync(join(tmpdir(), 'batch-'))
await startBatch(folder, { policy: { name: 'rr', options: { quantum: 20 } }, cpus: [0] })
const first = await connectBatch(folder)
const [job] = await first.add([{ name: 'worker', argv: ['sh', '-c', 'sleep 3; exit 7'] }])
const { pid } = await first.status()
while ((await first.jobs())[0]?.pid === undefined) await new Promise((resolve) => setTimeout(resolve, 20))
const before = (await first.jobs())[0]?.pid
process.kill(pid, 'SIGKILL')
console.log('the scheduler is killed')

await first.close()
await startBatch(folder)
const second = await connectBatch(folder)
const [found] = await second.jobs()
console.log(`another scheduler goes on: ${(await second.status()).pid !== pid}`)
console.log(`with the same process: ${found?.pid === before}`)
const [ended] = await second.wait({ jobs: [job?.id ?? 1] })
console.log(`attempt ${ended?.attempt} ends with exit code ${ended?.exitCode}`)
await second.close()
await stopBatch(folder)
rmSync(folder, { recursive: true, force: true })
