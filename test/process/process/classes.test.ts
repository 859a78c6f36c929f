/** Processes as classes with a run() of their own. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { Process } from '#lanework/process/index.js'
import { Adder, Doubler, Parent, Unaddressed } from '../../fixtures/process-classes.js'
import { startMethods } from './methods.js'

const made: Process[] = []
after(async () => {
  await Promise.allSettled(made.map((process) => process[Symbol.asyncDispose]()))
})

function keep<Kind>(process: Kind): Kind {
  made.push(process as never)
  return process
}

for (const startMethod of startMethods) {
  describe(`a process class started by ${startMethod}`, () => {
    it('runs its run() on an object made with the same arguments, and the properties set before the start', async () => {
      const process = keep(new Adder([1, 2, 3], { name: 'sum', startMethod }))
      process.note = 'changed before the start'
      await process.start()
      const seen = await process.result()
      assert.deepEqual(seen, {
        total: 6,
        secret: 300,
        note: 'changed before the start',
        name: 'sum',
        pid: process.pid,
        parentPid: globalThis.process.pid,
        isAlive: true,
        realPid: process.pid,
        startFails: 'PROCESS_STATE',
      })
      assert.equal(await process.join(), 0)
    })
  })
}

it('the object in the child has the default name as well, and takes none from its children', async () => {
  const process = keep(new Parent())
  await process.start()
  assert.deepEqual(await process.result(), [`${process.name}:1`, `${process.name}:2`])
})

it('a class without a run() of its own runs its target', async () => {
  const process = keep(new Doubler(21))
  await process.start()
  assert.equal(await process.result(), 42)
})

it('a class that no handler gave an address is no task, be its parent class one or not', async () => {
  class Local extends Process<[], number> {
    override run(): number {
      return 1
    }
  }
  for (const [process, name] of [
    [new Local(), 'Local'],
    [new Unaddressed([1]), 'Unaddressed'],
    [new Process(), 'Process'],
  ] as const) {
    await assert.rejects(process.start(), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'TASK_INVALID')
      assert.match(error.message, new RegExp(`class ${name}\\b.*handler\\(\\)`))
      return true
    })
  }
})

it('a process that was not subclassed has nothing to run here', () => {
  assert.throws(() => new Process().run(), { code: 'PROCESS_STATE' })
})
