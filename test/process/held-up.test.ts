/** A program that gets no CPU for a while: when it goes on, what came meanwhile is read before anything is given up. */
import assert from 'node:assert/strict'
import { existsSync, stat, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'

import type { Sink, Transport } from '#lanework/process/channel/transport.js'
import { Child, type Body } from '#lanework/process/child/child.js'
import { Pipe, Pool, Process, Program, type PoolOptions } from '#lanework/process/index.js'
import { ownKeeper } from '#lanework/process/keeper/keeper.js'
import { sendArrays } from '../fixtures/pipe-tasks.ts'
import * as tasks from '../fixtures/pool-tasks.ts'
import { freshPath } from '../support/folder.ts'
import { turns } from '../support/until.ts'
import { childKinds, failure, notes, withPool } from './pool/laboratory.ts'

const cell = new Int32Array(new SharedArrayBuffer(4))

/** Nothing runs in this thread for so long. */
function holdUp(ms: number): void {
  Atomics.wait(cell, 0, 0, ms)
}

for (const laneKind of childKinds) {
  const one: PoolOptions = { laneKind, lanes: 1, stderr: 'ignore', stdout: 'ignore' }

  describe(`a pool with a ${laneKind} lane that is held up`, () => {
    it('takes results that came in time', async () => {
      await withPool(one, async (pool) => {
        const { path, lines } = notes()
        await pool.run(tasks.note, [path, 'first'])
        const noted = pool.run(tasks.note, [path, 'second'], { timeoutMs: 1_000 })
        await turns(2)
        while (!lines().some((line) => line.startsWith('second'))) holdUp(10)
        holdUp(1_200)
        await noted
      })
    })

    it('leaves a lane alone whose task ended when it was asked to', async () => {
      await withPool({ ...one, graceMs: 1_000 }, async (pool) => {
        const before = await pool.run(tasks.where, [])
        const { path, has, lines } = notes()
        const stop = new AbortController()
        const stopped = pool.run(tasks.untilAborted, [path], { signal: stop.signal })
        await has('waits')
        stop.abort()
        await failure(stopped, 'ABORTED')
        await turns(2)
        while (!lines().includes('stopped')) holdUp(10)
        holdUp(1_200)
        assert.equal(await pool.run(tasks.where, []), before)
        assert.deepEqual(pool.metrics().deaths, {})
      })
    })
  })
}

/** The system's part of a child that ends, as the system says a little later, once it has been asked to or has lost its channel. */
function pretendedBody(): { body: Body; signals: string[]; loseChannel: () => void } {
  const signals: string[] = []
  let sink: Sink | undefined
  let end: (end: Awaited<Body['ended']>) => void = () => {}
  const endSoon = (): void => {
    stat('/', () => {
      sink?.ended()
      end({ code: 0, signal: undefined, error: undefined })
    })
    holdUp(2_200)
  }
  const loseChannel = (): void => {
    sink?.ended()
    endSoon()
  }
  const transport: Transport = {
    passesDescriptors: false,
    passesLocals: false,
    start: (given) => (sink = given),
    write: (_, from, to) => to - from,
    pause: () => {},
    ref: () => {},
    close: () => {},
  }
  const body: Body = {
    pid: process.pid,
    transport,
    stdout: null,
    stderr: null,
    ended: new Promise((resolve) => (end = resolve)),
    signal: (name) => {
      signals.push(name)
      // Whoever asks sets his limit first.
      if (name === 'SIGTERM') setImmediate(endSoon)
    },
    isAlive: () => true,
    ref: () => {},
  }
  return { body, signals, loseChannel }
}

describe('a child that ends while its parent is held up', () => {
  it('in time when it was asked to is not killed', async () => {
    const { body, signals } = pretendedBody()
    const child = new Child('thread', body, { name: 'child' })
    const terminated = child.terminate(1_000)
    assert.equal((await terminated).exitCode, 0)
    assert.deepEqual(signals, ['SIGTERM'])
  })

  it('with its channel is not killed', async () => {
    const { body, signals, loseChannel } = pretendedBody()
    const child = new Child('thread', body, { name: 'child' })
    setImmediate(loseChannel)
    assert.equal((await child.ended).exitCode, 0)
    assert.deepEqual(signals, [])
  })
})

describe('the last words of a program', () => {
  it('are read, also by an owner that is held up', async () => {
    const [end, go, done] = [freshPath(), freshPath(), freshPath()]
    const waitFor = (path: string): string => `while [ ! -e ${path} ]; do sleep 0.01; done`
    // Somebody has its stderr beyond its end.
    const late = `${waitFor(go)}; echo late words >&2; : > ${done}; sleep 1`
    const script = `(${late}) & ${waitFor(end)}; exit 3`
    const program = await new Program(['sh', '-c', script], { stdout: 'ignore', stderr: 'pipe' }).start()
    const ended = program.wait()
    const heard = (await ownKeeper()).endOf({ id: program.id ?? 0, name: program.name, pid: program.pid ?? 0 })
    writeFileSync(end, '')
    await heard
    // The program object has heard of the end too, and begins to wait for what is on its way.
    for (let hops = 0; hops < 20; hops++) await undefined
    writeFileSync(go, '')
    while (!existsSync(done)) holdUp(10)
    holdUp(300)
    assert.match((await ended).stderrTail, /late words/)
  })
})

const countTo18 = Array.from({ length: 18 }, (_, index) => index)

describe('what a process sends before it ends', () => {
  for (const heldUpMs of [0, 2_500]) {
    it(`arrives, though the receiver is held up for ${heldUpMs} ms`, async () => {
      const [here, there] = Pipe<Uint8Array>()
      const child = await new Process(sendArrays, [there, 18, 50_000]).start()
      const numbers = [(await here.recv())[0]]
      holdUp(heldUpMs)
      for await (const array of here) numbers.push(array[49_999])
      assert.deepEqual(numbers, countTo18)
      assert.equal(await child.join(), 0)
    })
  }
})

for (const laneKind of childKinds) {
  describe(`what the tasks of a ${laneKind} lane send`, () => {
    it('arrives, though the pool is closed right after', async () => {
      const [here, there] = Pipe<Uint8Array>()
      const pool = new Pool({ laneKind, lanes: 1 })
      await pool.run(sendArrays, [there, 18, 50_000])
      const closing = pool.close()
      const numbers = []
      for await (const array of here) numbers.push(array[0])
      assert.deepEqual(numbers, countTo18)
      await closing
    })
  })
}
