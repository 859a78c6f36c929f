/** Who is who: names, pids, parents. */
import assert from 'node:assert/strict'
import { availableParallelism } from 'node:os'
import { describe, it } from 'node:test'
import { cpuCount, currentProcess, parentProcess, Process } from '#lanework/process/index.js'
import { add, family, whoAmI } from '../../fixtures/process-tasks.js'
import { make, started, startMethods } from './methods.js'

it('the main process knows itself, and the CPUs it may use', () => {
  assert.deepEqual(currentProcess(), {
    name: 'MainProcess',
    pid: process.pid,
    parentPid: process.ppid,
    daemon: false,
  })
  assert.equal(parentProcess(), undefined)
  assert.equal(cpuCount(), availableParallelism())
})

it('names count in the order in which the objects were made; a given name is taken as it is', () => {
  const [first, second] = [new Process(add, [1, 2]), new Process(add, [1, 2])]
  const number = (name: string): number => Number(/^Process-(\d+)$/.exec(name)?.[1])
  assert.equal(number(second.name), number(first.name) + 1)
  assert.equal(new Process(add, [1, 2], { name: 'adder' }).name, 'adder')
  assert.equal(first.daemon, false)
  assert.equal(first.parentPid, process.pid)
})

for (const startMethod of startMethods) {
  describe(`a process started by ${startMethod}`, { concurrency: 2 }, () => {
    it('knows its name, its pid, its parent, and that it is a daemon', async () => {
      const process = await started(whoAmI, [], { startMethod, name: 'who', daemon: true })
      const { pid } = process
      const seen = await process.result()
      assert.deepEqual(seen, {
        name: 'who',
        pid,
        parentPid: globalThis.process.pid,
        daemon: true,
        realPid: pid,
        realParent: startMethod === 'thread' ? globalThis.process.ppid : globalThis.process.pid,
        parent: { name: 'MainProcess', pid: globalThis.process.pid, alive: true },
        children: 0,
      })
    })

    it('starts processes itself, which are named after it', async () => {
      const process = await started(family, [], { startMethod, name: 'grandparent' })
      const { pid, during, after, results } = await process.result()
      assert.deepEqual([during, after], [2, 0])
      assert.deepEqual(
        results.map(({ name }) => name),
        ['grandparent:1', 'grandparent:2'],
      )
      for (const { parent, parentPid, realParent } of results) {
        assert.deepEqual(parent, { name: 'grandparent', pid, alive: true })
        assert.deepEqual([parentPid, realParent], [pid, pid])
      }
    })
  })
}

it('a default name travels too', async () => {
  const process = make(whoAmI, [])
  await process.start()
  assert.equal((await process.result()).name, process.name)
})
