// Tasks that go wrong, for the examples on death.
import { setTimeout as sleep } from 'node:timers/promises'
import { currentTask, task } from 'lanework/process'

export const double = task(import.meta, 'double', (number: number) => number * 2)

/** Is killed from outside, as by an administrator or a kernel without memory; the first time, or always. */
export const getKilled = task(import.meta, 'getKilled', async (always: boolean) => {
  if (always || currentTask()?.attempt === 1) process.kill(process.pid, 'SIGKILL')
  await sleep(10)
  return `done at attempt ${currentTask()?.attempt}`
})

export const leave = task(import.meta, 'leave', () => process.exit(3))

export const stumble = task(import.meta, 'stumble', () => {
  throw new RangeError('no such page')
})

/** Never lets anybody else run. */
export const spin = task(import.meta, 'spin', () => {
  for (;;);
})
