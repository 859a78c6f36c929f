// What the examples on starting processes run: each function and class has an address, this module and its name.
import { setTimeout as sleep } from 'node:timers/promises'
import { Process, currentProcess, handler, parentProcess, task } from 'lanework/process'
import type { Barrier } from 'lanework/process'

/** Prints where it runs. */
export const greet = task(import.meta, 'greet', (whom: string) => {
  console.log(`child: hello ${whom}, from a task`)
})

/** A process as a class: what `run` does happens in the child, on an object made there. */
export const Greeter = handler(
  import.meta,
  'Greeter',
  class extends Process<[whom: string], void> {
    readonly whom: string

    constructor(whom: string) {
      super(undefined, [whom])
      this.whom = whom
    }

    override run(): void {
      console.log(`child: hello ${this.whom}, from a class`)
    }
  },
)

/** Who it is, as it knows itself. */
export const whoAmI = task(import.meta, 'whoAmI', () => ({
  name: currentProcess().name,
  pid: process.pid,
  ppid: process.ppid,
  parentPid: parentProcess()?.pid,
}))

/** Does nothing for so long, once all others are there where there are others. */
export const nap = task(import.meta, 'nap', async (ms: number, others?: Barrier) => {
  await others?.wait()
  await sleep(ms)
})
