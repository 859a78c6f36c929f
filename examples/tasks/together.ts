// What the examples on processes that work together run.
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { task } from 'lanework/process'
import type { Barrier, Connection, Lock, Queue } from 'lanework/process'

/** Takes tickets: reads how many are left in a file, and writes one less. Begins when all others do. */
export const takeTickets = task(
  import.meta,
  'takeTickets',
  async (path: string, count: number, start: Barrier, lock?: Lock) => {
    const file = await open(path, 'r+')
    const takeOne = async () => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
      await sleep(5)
      const left = Number(buffer.toString('utf8', 0, bytesRead)) - 1
      await file.write(String(left).padStart(2), 0)
    }
    await start.wait()
    for (let taken = 0; taken < count; taken++) await (lock === undefined ? takeOne() : lock.with(takeOne))
    await file.close()
  },
)

/** Puts in what it makes, and says at the end that there will be no more. */
export const bake = task(import.meta, 'bake', async (queue: Queue<string>, count: number) => {
  for (let number = 1; number <= count; number++) await queue.put(`bun ${number}`)
  await queue.end()
})

/** Takes out what comes, slowly, until there is no more. */
export const eat = task(import.meta, 'eat', async (queue: Queue<string>) => {
  const eaten: string[] = []
  for await (const bun of queue) {
    await sleep(2)
    eaten.push(bun)
  }
  return eaten
})

/** Answers until the other end is closed. */
export const answer = task(import.meta, 'answer', async (line: Connection<string>) => {
  let answers = 0
  for await (const question of line) {
    await line.send(question.toUpperCase())
    answers++
  }
  return answers
})

/** Takes the lock, says so, and keeps it. */
export const holdForever = task(import.meta, 'holdForever', async (lock: Lock, line: Connection<string>) => {
  await lock.acquire()
  await line.send('held')
  await sleep(60_000)
})
