/** Two ends for values, in one process, between processes, and with one of them killed. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { nativeStatus } from '#lanework/io/index.js'
import { Pipe, Pool, Process, wait } from '#lanework/process/index.js'
import { echo, flood, ignore, passOn } from '../fixtures/pipe-tasks.js'
import { until } from '../support/until.js'

const skip = nativeStatus().available ? false : 'pipes over descriptors need the addon'

function hasCode(code: string): (error: unknown) => boolean {
  return (error) => isLaneworkError(error) && error.code === code
}

describe('a pipe', { skip }, () => {
  it('brings values of every kind to the other end, in order', async () => {
    const [left, right] = Pipe()
    const values = [1, 'two', null, undefined, { three: [3] }, new Uint8Array([4]), new Map([[5, 6]])]
    for (const value of values) await left.send(value)
    for (const value of values) assert.deepEqual(await right.recv(), value)
    left.close()
    right.close()
  })

  it('with duplex false has an end that only receives and one that only sends', async () => {
    const [receiver, sender] = Pipe(false)
    await sender.send(1)
    assert.equal(await receiver.recv(), 1)
    await assert.rejects(receiver.send(1), hasCode('PROCESS_STATE'))
    assert.throws(() => sender.recv(), hasCode('PROCESS_STATE'))
    receiver.close()
    sender.close()
  })

  it('tells by poll whether something can be received', async () => {
    const [left, right] = Pipe()
    assert.equal(await right.poll(), false)
    assert.equal(await right.poll(20), false)
    const polled = right.poll(5_000)
    await left.send('x')
    assert.equal(await polled, true)
    assert.equal(await right.recv(), 'x')
    left.close()
    assert.equal(await right.poll(5_000), true, 'the end of the pipe can be received')
    right.close()
  })

  it('limits a wait by time and by signal, and the next receiver gets the value', async () => {
    const [left, right] = Pipe()
    await assert.rejects(right.recv({ timeoutMs: 20 }), hasCode('TIMED_OUT'))
    const stop = new AbortController()
    const aborted = right.recv({ signal: stop.signal })
    const next = right.recv()
    stop.abort()
    await assert.rejects(aborted, hasCode('ABORTED'))
    await left.send('for the next')
    assert.equal(await next, 'for the next')
    left.close()
    right.close()
  })

  it('gives what was sent before the end was closed, then CLOSED', async () => {
    const [left, right] = Pipe()
    await left.send('last')
    left.close()
    assert.equal(await right.recv(), 'last')
    await assert.rejects(right.recv(), hasCode('CLOSED'))
    await assert.rejects(right.send(1), hasCode('CLOSED'))
    right.close()
  })

  it('carries bytes, and says when something else was sent', async () => {
    const [left, right] = Pipe()
    await left.sendBytes(new Uint8Array([1, 2, 3]))
    assert.deepEqual(await right.recvBytes(), new Uint8Array([1, 2, 3]))
    await left.send('text')
    await assert.rejects(right.recvBytes(), hasCode('FRAME_INVALID'))
    left.close()
    right.close()
  })

  it('talks with a process, which ends its loop when the pipe is closed', async () => {
    const [here, there] = Pipe()
    const child = await new Process(echo, [there]).start()
    for (let index = 0; index < 100; index++) {
      await here.send({ index })
      assert.deepEqual(await here.recv(), { index })
    }
    here.close()
    assert.equal(await child.result(), 100)
  })

  it('talks with a task on a lane that already runs', async () => {
    await using pool = new Pool({ lanes: 1 })
    const [here, there] = Pipe()
    const counting = pool.run(echo, [there])
    await here.send('hello')
    assert.equal(await here.recv(), 'hello')
    here.close()
    assert.equal(await counting, 1)
  })

  it('moves on to a process of a process', async () => {
    const [here, there] = Pipe()
    const child = await new Process(passOn, [there]).start()
    await here.send('deep')
    assert.equal(await here.recv(), 'deep')
    here.close()
    assert.equal(await child.result(), 1)
  })

  it('belongs to the process it was given to', async () => {
    const [here, there] = Pipe()
    const child = await new Process(echo, [there]).start()
    await assert.rejects(there.send(1), hasCode('CLOSED'))
    here.close()
    await child.join()
  })

  it('cannot be given away once it was used', async () => {
    const [here, there] = Pipe()
    await there.send(1)
    await assert.rejects(new Process(echo, [there]).start(), hasCode('NOT_SERIALIZABLE'))
    here.close()
    there.close()
  })

  it('holds back a sender whose receiver is slow, and loses nothing', async () => {
    const [here, there] = Pipe<Uint8Array>()
    const child = await new Process(flood, [there, 300, 65_536]).start()
    let count = 0
    for await (const bytes of here) {
      assert.equal(bytes.length, 65_536)
      assert.equal(bytes[7], count & 0xff)
      count += 1
      if (count % 50 === 0) await new Promise((resolve) => setTimeout(resolve, 5))
    }
    assert.equal(count, 300)
    assert.equal(await child.join(), 0)
    here.close()
  })

  it('holds back a sender whose receiver does not read at all, until it is killed', async () => {
    const [here, there] = Pipe()
    const child = await new Process(ignore, [there]).start()
    const bytes = new Uint8Array(100_000)
    let sent = 0
    const sending = (async () => {
      for (;;) {
        await here.send(bytes)
        sent += 1
      }
    })()
    const result = await Promise.race([
      sending.catch(() => 'failed'),
      new Promise((resolve) => setTimeout(resolve, 300, 'waits')),
    ])
    assert.equal(result, 'waits')
    assert.ok(sent < 100, `${sent} were sent to nobody`)
    await child.kill()
    await assert.rejects(sending, hasCode('CLOSED'))
    here.close()
  })

  it('sends an array of 100 MB through shared memory, and leaves no descriptor behind', async () => {
    const [here, there] = Pipe<Float64Array>()
    const child = await new Process(echo, [there as never]).start()
    const before = readdirSync('/proc/self/fd').length
    const array = new Float64Array(12_500_000).fill(0.5)
    for (let round = 0; round < 3; round++) {
      await here.send(array)
      const back = await here.recv()
      assert.equal(back.length, array.length)
      assert.equal(back.at(-1), 0.5)
    }
    await until('all are closed', () => readdirSync('/proc/self/fd').length <= before)
    here.close()
    await child.join()
  })

  it('tells whoever waits that the process at the other end was killed', async () => {
    const [here, there] = Pipe()
    const child = await new Process(ignore, [there]).start()
    const refused = assert.rejects(here.recv(), hasCode('CLOSED'))
    await child.kill()
    await refused
    here.close()
  })
})

describe('wait', { skip }, () => {
  it('gives the connection that can be received from, of many', async () => {
    const pipes = Array.from({ length: 5 }, () => Pipe())
    const readers = pipes.map(([reader]) => reader)
    await pipes[3]?.[1].send('here')
    assert.deepEqual(await wait(readers, 5_000), [readers[3]])
    for (const end of pipes.flat()) end.close()
  })

  it('gives nothing when the time is over, and takes nothing', async () => {
    const [left, right] = Pipe()
    assert.deepEqual(await wait([right], 20), [])
    await left.send(1)
    assert.equal(await right.recv(), 1)
    left.close()
    right.close()
  })

  it('takes connections, processes and promises together', async () => {
    const [here, there] = Pipe()
    const child = await new Process(echo, [there]).start()
    const later = new Promise(() => {})
    assert.deepEqual(await wait([here, child, later], 20), [])
    await child.kill()
    const ready = await wait([child, later], 60_000)
    assert.deepEqual(ready, [child])
    here.close()
  })
})
