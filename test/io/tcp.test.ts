/** BSD's stream calls, over TCP and Unix sockets. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, listen, tcp, type AcceptSocket, type ByteStream } from '#lanework/io/index.js'
import { unlessIpv6 } from '../support/capability.ts'
import { freshPath } from '../support/folder.ts'
import { pretendedNetwork } from '../support/pretended.ts'
import { turns, until } from '../support/until.ts'

const kinds = [
  { name: 'tcp4', skip: false as string | false, address: () => 'tcp://127.0.0.1:0' },
  { name: 'tcp6', skip: unlessIpv6, address: () => 'tcp://[::1]:0' },
  { name: 'unix', skip: false as string | false, address: () => `unix:${freshPath()}` },
]

/** A connection, both ends of it. */
async function pair(
  address = 'tcp://127.0.0.1:0',
  options: object = {},
): Promise<{ listener: AcceptSocket; near: ByteStream; far: ByteStream; done(): Promise<void> }> {
  const listener = await listen(address)
  const [far, near] = await Promise.all([listener.accept(), connect(listener.address, options)])
  return {
    listener,
    near,
    far,
    async done() {
      near.reset()
      far.reset()
      await listener.close()
    },
  }
}

for (const { name, skip, address } of kinds) {
  describe(`a stream over ${name}`, { skip }, () => {
    it('carries bytes both ways, and knows its addresses', async () => {
      const { near, far, listener, done } = await pair(address())
      await near.send('hello')
      assert.equal(String(await far.read(5)), 'hello')
      await far.send('back')
      assert.equal(String(await near.read(4)), 'back')
      assert.deepEqual(far.local, listener.address)
      assert.deepEqual(near.remote, listener.address)
      assert.deepEqual(far.remote, name === 'unix' ? { scheme: 'unix', path: '' } : near.local)
      await done()
    })

    it('ends one way while the other goes on, whoever ends first', async () => {
      for (const nearEndsFirst of [true, false]) {
        const { near, far, done } = await pair(address())
        const [first, second] = nearEndsFirst ? [near, far] : [far, near]
        await first.send('last words')
        first.end()
        assert.equal(String(await second.read(100)), 'last words')
        assert.equal((await second.recv()).length, 0)
        await second.send('I go on')
        second.end()
        assert.equal(String(await first.read(100)), 'I go on')
        await until('both know', () => near.closeReason !== undefined && far.closeReason !== undefined)
        assert.deepEqual([near.closeReason?.kind, far.closeReason?.kind], ['end', 'end'])
        await assert.rejects(first.send('too late'), { code: 'CLOSED' })
        await done()
      }
    })

    it('carries 20 MB whole and in order through a reader that takes little at a time', async () => {
      const { near, far, done } = await pair(address(), { receiveBufferBytes: 8_192 })
      const size = 20_000_000
      const sending = (async () => {
        const piece = Buffer.alloc(100_003)
        for (let sent = 0; sent < size; sent += piece.length) {
          for (let at = 0; at < piece.length; at += 4)
            piece.writeUInt32BE(((sent + at) * 2_654_435_761) >>> 0, Math.min(at, piece.length - 4))
          await far.send(piece)
        }
        far.end()
      })()
      let [received, wrong] = [0, 0]
      for await (const chunk of near) {
        for (let at = 0; at + 4 <= chunk.length; at++) {
          const place = (received + at) % 100_003
          if (
            place % 4 === 0 &&
            place + 8 <= 100_003 &&
            chunk.readUInt32BE(at) !== ((received + at) * 2_654_435_761) >>> 0
          )
            wrong++
        }
        received += chunk.length
      }
      await sending
      assert.equal(wrong, 0)
      assert.equal(received, Math.ceil(size / 100_003) * 100_003)
      await done()
    })

    it('holds its writer up while the reader pauses', async () => {
      const { near, far, done } = await pair(address(), { receiveBufferBytes: 8_192 })
      const piece = Buffer.alloc(1_000_000)
      let accepted = 0
      const writing = (async () => {
        for (; accepted < 40; accepted++) await far.send(piece)
      })()
      await until('the writer stands', async () => {
        const before = accepted
        await turns(50)
        return before === accepted
      })
      assert.ok(accepted < 40 && far.queuedBytes > 0)
      for (let left = 40_000_000; left > 0;) left -= (await near.recv()).length
      await writing
      await done()
    })
  })
}

describe('an accept loop', () => {
  it('leaves the second client waiting until it is accepted, with what it sent', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const [first, second] = [await connect(listener.address), await connect(listener.address)]
    await second.send('from the second')
    await first.send('from the first')
    for (const [client, message] of [
      [first, 'from the first'],
      [second, 'from the second'],
    ] as const) {
      const served = await listener.accept()
      assert.equal(String(await served.read(message.length)), message)
      await served.close()
      await client.close()
    }
    await listener.close()
  })

  it('may wait several times at once', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const accepting = [listener.accept(), listener.accept(), listener.accept()]
    const clients = await Promise.all([1, 2, 3].map(() => connect(listener.address)))
    for (const stream of await Promise.all(accepting)) await stream.close()
    for (const client of clients) await client.close()
    await listener.close()
  })

  it('loses no byte that comes in the same turn as its connection', async () => {
    const { network, arrive } = pretendedNetwork()
    const listener = await listen('tcp://192.0.2.1:1', { network })
    const accepting = listener.accept()
    arrive('203.0.113.1').bring('first bytes')
    assert.equal(String(await (await accepting).recv()), 'first bytes')
    arrive('203.0.113.2').bring('not yet accepted')
    assert.equal(String(await (await listener.accept()).recv()), 'not yet accepted')
    await listener.close()
  })

  it('that waits when its socket closes ends: CLOSED', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const waiting = assert.rejects(listener.accept(), { code: 'CLOSED' })
    await listener.close()
    await waiting
    await assert.rejects(listener.accept(), { code: 'CLOSED' })
  })

  it('in BSD steps needs bind before listen: OPTION_INVALID', async () => {
    await assert.rejects(tcp().listen(), { code: 'OPTION_INVALID' })
    const socket = await (await tcp().bind('tcp://127.0.0.1:0')).listen(5)
    await assert.rejects(listen(socket.address), { code: 'ADDRESS_IN_USE' })
    await socket.close()
  })
})

describe('a reset', () => {
  it('is CONNECTION_RESET for the reader, not a clean end', async () => {
    const { near, far, done } = await pair()
    const reading = assert.rejects(near.recv(), { code: 'CONNECTION_RESET' })
    far.reset()
    await reading
    assert.equal(near.closeReason?.kind, 'reset')
    await assert.rejects(near.send('x'), { code: 'CONNECTION_RESET' })
    await done()
  })

  it('fails a writer that was held up', async () => {
    const { near, far, done } = await pair()
    const writing = assert.rejects(
      async () => {
        for (;;) await far.send(Buffer.alloc(1_000_000))
      },
      { code: 'CONNECTION_RESET' },
    )
    await until('the writer stands', () => far.queuedBytes > 0)
    near.reset()
    await writing
    await done()
  })
})

describe('close', () => {
  it('makes our own later calls fail: CLOSED', async () => {
    const { near, done } = await pair()
    const waiting = assert.rejects(near.recv(), { code: 'CLOSED' })
    await near.close()
    await waiting
    await assert.rejects(near.send('x'), { code: 'CLOSED' })
    await near.close()
    await done()
  })

  it('delivers what was queued, without waiting for a peer that never ends', async () => {
    const { near, far, done } = await pair('tcp://127.0.0.1:0', { receiveBufferBytes: 8_192 })
    const size = 10_000_000
    const sent = far.send(Buffer.alloc(size, 1)).then(
      () => 'sent',
      () => 'failed',
    )
    assert.ok(far.queuedBytes > 0)
    const closing = far.close()
    assert.equal((await near.read(size)).length, size)
    await closing
    assert.equal(await sent, 'sent')
    assert.equal((await near.recv()).length, 0)
    await done()
  })
})
