/** From the start of a process to its end, with every start method. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { activeChildren, keepWarm, Process } from '#lanework/process/index.js'
import { add, count, exitWith, ignoreSigterm, spin, waitForever } from '../../fixtures/process-tasks.js'
import { late } from '../../fixtures/process-late.js'
import { childrenOf, identify, statOf } from '../../support/process-table.js'
import { until } from '../../support/until.js'
import { make, sign, started, startMethods } from './methods.js'

before(() => keepWarm(2))

for (const startMethod of startMethods) {
  const isThread = startMethod === 'thread'

  describe(`a process started by ${startMethod}`, { concurrency: 4 }, () => {
    it('gives its result, ends with code 0, and is then neither alive nor a child', async () => {
      const process = make(add, [1, 2], { startMethod })
      assert.equal(process.isAlive(), false)
      assert.equal(process.exitCode, undefined)
      assert.equal(await process.start(), process)
      assert.ok(activeChildren().includes(process as never))
      assert.equal(await process.result(), 3)
      assert.equal(await process.join(), 0)
      assert.equal(await process.join(0), 0)
      assert.equal(process.isAlive(), false)
      assert.equal(process.exitCode, 0)
      assert.equal(process.death?.reason, 'normal')
      assert.equal((await process.sentinel).exitCode, 0)
      assert.ok(!activeChildren().includes(process as never))
      assert.equal(await process.result(), 3, 'the result is kept')
    })

    it('has not begun its function when start() returns', async () => {
      const gate = sign()
      const env = { ...globalThis.process.env, LANEWORK_TEST_GATE: gate }
      const process = await started(late, [], { startMethod, env })
      // Its module is not even loaded before the gate is open.
      assert.equal(await process.join(0), undefined)
      writeFileSync(gate, '')
      assert.equal(await process.result(), 'begun')
    })

    it('is waited for no longer than join() was told', async () => {
      const process = await started(waitForever, [], { startMethod })
      assert.equal(await process.join(5), undefined)
      assert.equal(await process.join(0), undefined)
      assert.equal(process.isAlive(), true)
      assert.equal(process.exitCode, undefined)
      const joined = process.join(Infinity)
      const death = await process.terminate()
      assert.equal(death.asked, true)
      assert.equal(death.exitCode, -15)
      assert.equal(await joined, -15)
    })

    it('is gone when terminate() and kill() resolve', async () => {
      const signs = [sign(), sign()] as const
      const [first, second] = [
        await started(waitForever, [signs[0]], { startMethod }),
        await started(spin, [signs[1]], { startMethod }),
      ]
      await until('both run', () => signs.every((path) => existsSync(path)))
      const { pid } = first
      const [death, killed] = await Promise.all([first.terminate(), second.kill()])
      assert.equal(first.isAlive(), false)
      if (!isThread) assert.equal(statOf(pid), undefined, 'it was reaped')
      assert.deepEqual([death.reason, death.signal, death.exitCode], ['signal', 'SIGTERM', -15])
      assert.deepEqual([killed.reason, killed.signal, killed.exitCode], ['signal', 'SIGKILL', -9])
      assert.deepEqual(await first.terminate(), death, 'asking again changes nothing')
    })

    it('says in which state a call is impossible', async () => {
      const process = make(waitForever, [], { startMethod })
      await assert.rejects(process.join(), { code: 'PROCESS_STATE' })
      await assert.rejects(process.result(), { code: 'PROCESS_STATE' })
      await assert.rejects(process.terminate(), { code: 'PROCESS_STATE' })
      await assert.rejects(process.kill(), { code: 'PROCESS_STATE' })
      assert.throws(() => process.pid, { code: 'PROCESS_STATE' })
      await process.start()
      await assert.rejects(process.start(), { code: 'PROCESS_STATE' })
      assert.throws(() => process.close(), { code: 'PROCESS_STATE' })
      await process.kill()
      process.close()
      await assert.rejects(process.join(), { code: 'PROCESS_STATE' })
    })

    it('is ended by disposal', async () => {
      const process = await started(waitForever, [], { startMethod })
      await process[Symbol.asyncDispose]()
      assert.equal(process.isAlive(), false)
      assert.equal(process.exitCode, -15)
    })

    it('has memory of its own', async () => {
      const here = count()
      const [first, second] = [await started(count, [], { startMethod }), await started(count, [], { startMethod })]
      assert.deepEqual(await Promise.all([first.result(), second.result()]), [1, 1])
      assert.equal(count(), here + 1)
    })

    it('ends with its own exit code', async () => {
      const process = await started(exitWith, [3], { startMethod })
      assert.equal(await process.join(), 3)
      await assert.rejects(process.result(), { code: 'PROCESS_DIED' })
    })
  })
}

it('isAlive() sees the end before the event loop does', async () => {
  const path = sign()
  const process = await started(waitForever, [path])
  await until('it runs', () => existsSync(path))
  // Nothing of this program's runs between the kill and the question: the child is a zombie now.
  execFileSync('sh', [
    '-c',
    `kill -9 ${process.pid}; while grep -q '^State:\\s*[RSD]' /proc/${process.pid}/status; do :; done`,
  ])
  assert.equal(statOf(process.pid)?.[0], 'Z')
  assert.equal(process.isAlive(), false)
  assert.equal(await process.join(), -9)
  assert.equal(process.death?.asked, false)
})

it('one that ignores SIGTERM is killed after the time of grace', async () => {
  const path = sign()
  const process = await started(ignoreSigterm, [path])
  await until('it runs', () => existsSync(path))
  const terminated = process.terminate({ graceMs: 50 })
  assert.equal(process.isAlive(), true)
  const death = await terminated
  assert.deepEqual([death.signal, death.asked, process.isAlive()], ['SIGKILL', true, false])
})

it('all start methods but fork are there, and fork says why it is not', async () => {
  await assert.rejects(make(add, [1, 2], { startMethod: 'fork' }).start(), (error: Error) => {
    assert.equal((error as { code?: string }).code, 'UNSUPPORTED')
    assert.match(error.message, /only one of its threads/)
    return true
  })
  assert.throws(() => new Process(add, [1, 2], { startMethod: 'vfork' as never }), { code: 'OPTION_INVALID' })
})

it('options are checked', async () => {
  assert.throws(() => new Process(add, [1, 2], { nmae: 'x' } as never), { code: 'OPTION_INVALID' })
  assert.throws(() => new Process(add, [1, 2], { hangMs: 0 }), { code: 'OPTION_INVALID' })
  assert.throws(() => keepWarm(-1), { code: 'OPTION_INVALID' })
  const process = await started(waitForever, [])
  await assert.rejects(process.terminate({ graceMs: Number.NaN }), { code: 'OPTION_INVALID' })
  await process.kill()
})

it('a process that the system cannot start says so, and can be closed', async () => {
  const process = make(add, [1, 2], { cwd: '/nowhere/at/all' })
  await assert.rejects(process.start(), { code: 'SYSTEM_ERROR' })
  assert.equal(process.isAlive(), false)
  await assert.rejects(process.join(), { code: 'SYSTEM_ERROR' })
  await assert.rejects(process.result(), { code: 'SYSTEM_ERROR' })
  assert.ok(!activeChildren().includes(process as never))
  process.close()
})

it('a spare that died is not given to anybody', async () => {
  keepWarm(1)
  const spares = (): number[] => childrenOf(process.pid, 'lanework-spare')
  const found = await until('spares wait', () => spares().length > 0 && spares())
  for (const pid of found) process.kill(pid, 'SIGKILL')
  // Without a turn of the event loop, so that this program has not heard of it.
  while (found.some((pid) => identify(pid) !== undefined)) continue
  const child = await started(add, [1, 2], { startMethod: 'warm' })
  assert.equal(await child.result(), 3)
})
