// Two processes take tickets that are counted in a file. Without a lock one overwrites what the other has written.
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Barrier, Lock, Process } from 'lanework/process'
import { takeTickets } from './tasks/together.ts'

const folder = await mkdtemp(join(tmpdir(), 'lanework-'))
const path = join(folder, 'tickets')

/** Tickets left of 40 after two processes have taken 20 each. */
async function sell(lock?: Lock): Promise<number> {
  await writeFile(path, '40')
  const start = new Barrier(2)
  const sellers = [1, 2].map(() => new Process(takeTickets, [path, 20, start, lock]))
  for (const seller of sellers) await seller.start()
  for (const seller of sellers) await seller.join()
  start.close()
  return Number(await readFile(path, 'utf8'))
}

console.log(`without a lock: tickets sold twice: ${(await sell()) > 0}`)
const lock = new Lock()
console.log(`with a lock: tickets left: ${await sell(lock)}`)
lock.close()
await rm(folder, { recursive: true })
