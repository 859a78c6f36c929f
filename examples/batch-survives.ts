// The scheduler is killed in the middle: its programs run on, and the next one goes on with them.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connectBatch, startBatch, stopBatch } from 'lanework/batch'

const folder = mkdtempSync(join(tmpdir(), 'batch-'))
await startBatch(folder, { policy: { name: 'rr', options: { quantum: 20 } }, cpus: [0] })
const first = await connectBatch(folder)
// It works until a file is there, and for a minute at most.
const done = join(folder, 'done')
const work = `for i in $(seq 600); do [ -e ${done} ] && exit 7; sleep 0.1; done`
const [job] = await first.add([{ name: 'worker', argv: ['sh', '-c', work] }])
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
writeFileSync(done, '')
const [ended] = await second.wait({ jobs: [job?.id ?? 1] })
console.log(`attempt ${ended?.attempt} ends with exit code ${ended?.exitCode}`)
await second.close()
await stopBatch(folder)
rmSync(folder, { recursive: true, force: true })
