/** Pipes with calls that block the thread. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nativeStatus } from '#lanework/native/index.js'
import { Pipe, Process } from '#lanework/process/index.js'
import { echoBlocking } from '../fixtures/blocking-tasks.js'
import { turns } from '../support/until.js'

const skip = nativeStatus().available ? false : 'blocking in a pipe needs the addon'

describe('a pipe that blocks', { skip }, () => {
  for (const startMethod of ['spawn', 'thread'] as const) {
    it(`carries on a conversation with a ${startMethod === 'spawn' ? 'process' : 'thread'} that never waits otherwise`, async () => {
      const [here, there] = Pipe()
      const child = await new Process(echoBlocking, [there], { startMethod }).start()
      for (const value of [1, 'two', { three: [4n] }, new Uint8Array(300_000).fill(7)]) {
        here.sendSync(value)
        assert.deepEqual(here.recvSync(), value)
      }
      // The other way of waiting goes on where this one stopped.
      await here.send('mixed')
      assert.equal(await here.recv(), 'mixed')
      here.sendSync(undefined)
      assert.equal(await child.result(), 5)
      assert.throws(() => here.recvSync(), { code: 'CLOSED' })
      here.close()
    })
  }

  it('takes what had arrived before, in order', async () => {
    const [here, there] = Pipe<number>()
    for (const value of [1, 2, 3]) there.sendSync(value)
    assert.equal(await here.recv(), 1)
    assert.deepEqual([here.recvSync(), here.recvSync()], [2, 3])
    there.close()
    here.close()
  })

  it('waits no longer than it was told, and not at all for one that only sends', () => {
    const [receiver, sender] = Pipe<number>(false)
    assert.throws(() => receiver.recvSync({ timeoutMs: 20 }), { code: 'TIMED_OUT' })
    sender.sendSync(1)
    assert.equal(receiver.recvSync({ timeoutMs: 1_000 }), 1)
    assert.throws(() => sender.recvSync(), { code: 'PROCESS_STATE' })
    assert.throws(() => receiver.sendSync(1), { code: 'PROCESS_STATE' })
    sender.close()
    receiver.close()
  })

  it('learns that the other end is gone, after what it left', async () => {
    const [here, there] = Pipe<string>()
    there.sendSync('last')
    there.close() // in the event loop, which must have a turn
    await turns(2)
    assert.equal(here.recvSync(), 'last')
    assert.throws(() => here.recvSync(), { code: 'CLOSED' })
    assert.throws(() => here.sendSync('too late'), { code: 'CLOSED' })
    here.close()
  })
})

it('without the addon blocking is refused', { skip: !skip }, () => {
  const [here] = Pipe()
  assert.throws(() => here.recvSync(), { code: 'UNSUPPORTED' })
  here.close()
})
