/** How children die, and what is known of it afterwards. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, it } from 'node:test'
import type { Death, ProcessOptions, StartMethod } from '#lanework/process/index.js'
import {
  dieBy,
  exitCodeOnly,
  exitWith,
  fillHeap,
  refuse,
  rejectAside,
  returnAndExit,
  spin,
  throwLater,
  waitForever,
  writeBytes,
} from '../../fixtures/process-tasks.js'
import { until } from '../../support/until.js'
import { sign, started } from './methods.js'

type Told = Error & { code?: string; cause?: Told; detail?: Record<string, unknown> }

/** Why result() rejected. */
async function refusal(process: { result(): Promise<unknown> }): Promise<Told> {
  return await process.result().then(
    (value) => assert.fail(`it gave ${String(value)}`),
    (error: unknown) => error as Told,
  )
}

for (const startMethod of ['spawn', 'thread'] as readonly StartMethod[]) {
  const options: ProcessOptions = { startMethod, stderr: 'ignore', name: 'victim' }

  describe(`a child started by ${startMethod} that dies`, { concurrency: 4 }, () => {
    it('of exit(3): reason exit', async () => {
      const process = await started(exitWith, [3], options)
      const error = await refusal(process)
      assert.deepEqual([error.code, error.detail?.['reason'], error.detail?.['exitCode']], ['PROCESS_DIED', 'exit', 3])
      assert.match(error.message, /victim.*exited with code 3/)
      assert.deepEqual([process.exitCode, process.death?.reason, process.death?.asked], [3, 'exit', false])
    })

    it('of exit(0) before it was done: its result is no value', async () => {
      const error = await refusal(await started(exitWith, [0], options))
      assert.deepEqual([error.code, error.detail?.['exitCode']], ['PROCESS_DIED', 0])
      assert.match(error.message, /before it was done/)
    })

    it('with an exit code of its own and a value: both are kept', async () => {
      const process = await started(exitCodeOnly, [7], options)
      assert.equal(await process.result(), 'done')
      assert.equal(await process.join(), 7)
    })

    it('of an error it threw: result() rejects with it, class, code, cause and stack', async () => {
      const process = await started(refuse, [], options)
      const error = await refusal(process)
      assert.deepEqual([error.name, error.code, error.message], ['OrderRefused', 'NO_STOCK', 'nothing left'])
      assert.ok(error.cause instanceof RangeError)
      assert.match(error.stack ?? '', /process-tasks/)
      assert.equal(await process.join(), 1)
      assert.deepEqual([process.death?.reason, process.death?.error], ['error', error])
      assert.match(process.death?.stderr.join('\n') ?? '', /OrderRefused: nothing left/)
    })

    it('of a rejection nobody handled: it is the cause', async () => {
      const error = await refusal(await started(rejectAside, [], options))
      assert.deepEqual([error.code, error.detail?.['reason']], ['PROCESS_DIED', 'error'])
      assert.ok(error.cause instanceof TypeError)
      assert.equal(error.cause.message, 'nobody looked')
    })

    it('of an exception in a timer: it is the cause', async () => {
      const error = await refusal(await started(throwLater, [], options))
      assert.deepEqual([error.code, error.cause?.name, error.cause?.code], ['PROCESS_DIED', 'OrderRefused', 'NO_STOCK'])
    })

    it('of a heap that is full: reason heap-limit', async () => {
      const process = await started(fillHeap, [], { ...options, heapMiB: 24 })
      const error = await refusal(process)
      assert.deepEqual([error.code, error.detail?.['reason']], ['PROCESS_DIED', 'heap-limit'])
    })

    it('in a busy loop that lasted too long: reason hang', async () => {
      const process = await started(spin, [], { ...options, hangMs: 200 })
      const error = await refusal(process)
      assert.deepEqual([error.code, error.detail?.['reason']], ['PROCESS_DIED', 'hang'])
      assert.deepEqual([process.death?.asked, process.exitCode], [false, -9])
    })

    it('in the turn in which it returned a large value: the value is whole, or the death is told', async () => {
      const process = await started(returnAndExit, [20_000], options)
      const result = await process.result().catch((error: Told) => error)
      if (result instanceof Map) assert.equal(result.get(19_999), 'item 19999')
      else assert.equal((result as Told).code, 'PROCESS_DIED')
      assert.equal(await process.join(), 0)
    })
  })
}

describe('a process that dies', { concurrency: 4 }, () => {
  for (const [signal, number] of [
    ['SIGTERM', 15],
    ['SIGKILL', 9],
    ['SIGSEGV', 11],
    ['SIGABRT', 6],
    ['SIGHUP', 1],
  ] as const) {
    it(`of ${signal}: reason signal, and minus its number`, async () => {
      const process = await started(dieBy, [signal], { stderr: 'ignore' })
      const error = await refusal(process)
      assert.match(error.message, new RegExp(`was killed by ${signal}`))
      const { reason, exitCode, asked } = process.death as Death
      assert.deepEqual([reason, process.death?.signal, exitCode, asked], ['signal', signal, -number, false])
    })
  }

  it('stopped (SIGSTOP) for longer than it may be silent: reason hang', async () => {
    const path = sign()
    const process = await started(waitForever, [path], { hangMs: 300 })
    await until('it runs', () => existsSync(path))
    globalThis.process.kill(process.pid, 'SIGSTOP')
    assert.equal(await process.join(), -9)
    assert.equal(process.death?.reason, 'hang')
  })

  it('leaves last words that were not text, and had no end', async () => {
    const bytes = Buffer.concat([Buffer.from('first\r\nsecond\n'), Buffer.from([0xff, 0xfe, 0x41])])
    const process = await started(writeBytes, [bytes], { stderr: 'ignore' })
    await process.join()
    assert.deepEqual(process.death?.stderr, ['first', 'second', '\u{fffd}\u{fffd}A'])
    assert.match((await refusal(process)).message, /victim|Process-/)
  })
})

it('a child that gives signs of life is not taken for dead because this program was busy', async () => {
  const path = sign()
  const process = await started(waitForever, [path], { hangMs: 150 })
  await until('it runs', () => existsSync(path))
  const cell = new Int32Array(new SharedArrayBuffer(4))
  Atomics.wait(cell, 0, 0, 400)
  assert.equal(await process.join(20), undefined)
  assert.equal(process.isAlive(), true)
  await process.kill()
})
