/** What a thread had is closed when it ends, also when it is terminated and so runs no more JavaScript. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Lock, Pipe, Pool, Queue, SharedMemory, type Process } from '#lanework/process/index.js'
import { exitWith, keep, leaveChildren, makeLock, open, spinForever } from '../../fixtures/thread-tasks.js'
import { isNative } from '../../support/capability.js'
import { runFixture } from '../../support/fixture.js'
import { childrenOf, identify, lives } from '../../support/process-table.js'
import { until } from '../../support/until.js'
import { sign, started } from './methods.js'

const thread = { startMethod: 'thread' } as const

function descriptors(): number {
  return readdirSync('/proc/self/fd').length
}

function mappings(): number {
  return readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => line.includes('lanework-')).length
}

describe("a pipe's end that a thread has is closed when the thread", () => {
  const ends: Readonly<Record<string, (end: unknown) => Promise<Process<never, unknown>>>> = {
    returns: (end) => started(keep, [end], thread) as never,
    'calls process.exit': (end) => started(exitWith, [end], thread) as never,
  }
  for (const [how, start] of Object.entries(ends)) {
    it(how, async () => {
      const [here, there] = Pipe()
      const process = await start(there)
      await assert.rejects(here.recv(), { code: 'CLOSED' })
      await process.join()
    })
  }

  it('is terminated', async () => {
    const [here, there] = Pipe()
    const process = await started(open, [there], thread)
    assert.equal(await here.recv(), 'open')
    await process.kill()
    await assert.rejects(here.recv(), { code: 'CLOSED' })
  })

  it('is terminated while it is busy', async () => {
    const [here, there] = Pipe()
    const process = await started(spinForever, [there], thread)
    assert.equal(await here.recv(), 'spinning')
    await process.kill()
    await assert.rejects(here.recv(), { code: 'CLOSED' })
  })

  it('is a lane of a pool that is closed', async () => {
    const [here, there] = Pipe()
    const pool = new Pool({ lanes: 1, laneKind: 'thread' })
    await pool.run(keep, [there])
    await pool.close()
    await assert.rejects(here.recv(), { code: 'CLOSED' })
  })
})

const served = !isNative && 'without the addon the thread that made a handle serves it'
it('a handle that a thread made and sent arrives whole, though the thread has ended', { skip: served }, async () => {
  const process = await started(makeLock, [], thread)
  await process.join()
  const lock = (await process.result()) as Lock
  await lock.acquire()
  lock.release()
  lock.close()
})

describe('threads leave no descriptor', { skip: !isNative && 'handles have none without the addon' }, () => {
  async function leavesNone(round: () => Promise<void>): Promise<void> {
    await round()
    const before = await until('the first are closed', descriptors)
    for (let time = 0; time < 5; time++) await round()
    await until('all are closed', () => descriptors() <= before)
  }

  async function withHandles(use: (handles: readonly unknown[]) => Promise<void>): Promise<void> {
    const name = `thread-end-${process.pid}`
    const handles = [new Lock(), new Queue(), SharedMemory.create(64), SharedMemory.create(64, { name })]
    await use(handles)
    for (const handle of handles) handle.close()
  }

  it('of handles that lanes were given', async () => {
    await leavesNone(() =>
      withHandles(async (handles) => {
        const pool = new Pool({ lanes: 2, laneKind: 'thread' })
        await Promise.all(Array.from({ length: 20 }, () => pool.run(keep, handles)))
        await pool.close()
      }),
    )
  })

  it('of what they were given and opened, when they are terminated', async () => {
    await leavesNone(() =>
      withHandles(async (handles) => {
        const [here, there] = Pipe()
        const process = await started(open, [there, ...handles], thread)
        await here.recv()
        await process.kill()
        here.close()
      }),
    )
    await until('their memory is unmapped', () => mappings() <= 2)
  })

  it('of handles that were on their way to them', async () => {
    await leavesNone(async () => {
      const [here, there] = Pipe()
      const pool = new Pool({ lanes: 1, laneKind: 'thread' })
      const spinning = pool.run(spinForever, [there])
      await here.recv()
      const lock = new Lock()
      const waiting = Array.from({ length: 10 }, () => pool.run(keep, [lock]))
      const settled = Promise.allSettled([spinning, ...waiting])
      await pool.terminate()
      await settled
      here.close()
      lock.close()
    })
  })
})

describe('no process outlives the thread that started it', () => {
  // Without the addon and setpriv(1) nothing ends a busy loop; it would spin until this test file ends.
  const skip = !isNative && !existsSync('/usr/bin/setpriv') && 'setpriv(1) is not installed'

  for (const exits of [false, true]) {
    it(`which ${exits ? 'calls process.exit' : 'is terminated'}: idle, busy, or a lane`, { skip }, async () => {
      const before = childrenOf(process.pid)
      const signs = [sign(), sign(), sign()]
      const exit = sign()
      const thread = await started(leaveChildren, [signs, exit], { startMethod: 'thread' })
      await until('all run', () => signs.every((path) => existsSync(path)))
      const left = childrenOf(process.pid).filter((pid) => !before.includes(pid))
      const children = left.map(identify).filter((found) => found !== undefined)
      assert.equal(children.length, 3)
      if (exits) writeFileSync(exit, '')
      else await thread.kill()
      await thread.join()
      await until('all are gone', () => !children.some(lives))
      if (isNative) await until('all are reaped', () => !childrenOf(process.pid).some((pid) => left.includes(pid)))
    })
  }
})

it('children of a thread that alone used lanework end with it, and the program goes on', async () => {
  const program = runFixture('worker-leaves-children')
  const children = (await program.hear('children')) as number[]
  const skipsBusy = !isNative && !existsSync('/usr/bin/setpriv')
  const ending = skipsBusy ? children.slice(1) : children
  await until('all are gone', () => ending.every((pid) => identify(pid) === undefined))
  if (isNative) await until('all are reaped', () => childrenOf(program.child.pid ?? 0).length === 0)
  program.child.stdin?.write('end\n')
  assert.equal(await program.ended, 0)
})
