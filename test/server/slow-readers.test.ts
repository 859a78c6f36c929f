import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '#lanework/io/index.js'
import type { Peer, PeerEnd } from '#lanework/server/index.js'
import { addressOf, clientOf, countersOf, framed, serveOn } from '../support/matrix.ts'
import { turns, until } from '../support/until.ts'

const chunk = Buffer.alloc(64 * 1024, 1)

describe('a peer that stops reading', () => {
  it('is disconnected when pushes to it exceed queueBytes, and counted; others are served', async () => {
    let pushed: Peer | undefined
    const ends: PeerEnd['kind'][] = []
    await using server = await serveOn(
      'tcp://127.0.0.1:0',
      {
        message(message, peer) {
          if (String(message) !== 'subscribe') return message
          pushed = peer
          return undefined
        },
        close: (_peer, reason) => void ends.push(reason.kind),
      },
      { limits: { queueBytes: 256 * 1024 } },
    )
    const [deaf, other] = [
      await connect(addressOf(server), { receiveBufferBytes: 4096 }),
      await clientOf(addressOf(server)),
    ]
    await deaf.send(framed.encode('subscribe'))
    const peer = await until('it has subscribed', () => pushed)
    let sends = 0
    while (ends.length === 0 && sends < 1_000) {
      peer.send(chunk)
      if (++sends % 4 === 0) await turns(1)
    }
    assert.deepEqual(ends, ['queue-full'])
    assert.equal(countersOf(server)['closedQueueFull'], 1)
    assert.equal(peer.send(chunk), false)
    await other.send('alive?')
    assert.equal(String(await other.receive()), 'alive?')
    await other.close()
    deaf.reset()
  })

  it('has its own requests left unread, while others are served', async () => {
    await using server = await serveOn('tcp://127.0.0.1:0', { message: (message) => message })
    const [deaf, other] = [
      await connect(addressOf(server), { receiveBufferBytes: 4096 }),
      await clientOf(addressOf(server)),
    ]
    const request = Buffer.from(framed.encode(chunk.subarray(0, 60_000)) as Uint8Array)
    let [sent, stuck] = [0, false]
    // More than all buffers between the two hold, yet bounded.
    for (; sent < 1_000 && !stuck; sent++) {
      const sending = deaf.send(request).then(() => true)
      stuck = !(await Promise.race([sending, turns(200).then(() => false)]))
      if (stuck) sending.catch(() => {})
    }
    assert.ok(stuck, 'the sender is held up')
    const handled = countersOf(server)['messages'] as number
    assert.ok(handled < sent)
    assert.equal(countersOf(server)['closedQueueFull'], 0)
    await other.send('alive?')
    assert.equal(String(await other.receive()), 'alive?')
    await other.close()
    deaf.reset()
  })

  it('is disconnected by queueBytes also when it is served as bytes', async () => {
    const ends: PeerEnd['kind'][] = []
    await using server = await serveOn(
      'tcp://127.0.0.1:0',
      {
        async connection(_stream, peer) {
          for (let count = 0; count < 500 && ends.length === 0; count++) {
            peer.send(chunk)
            await turns(1)
          }
        },
        close: (_peer, reason) => void ends.push(reason.kind),
      },
      { limits: { queueBytes: 256 * 1024 } },
    )
    const deaf = await connect(addressOf(server), { receiveBufferBytes: 4096 })
    await until('it is disconnected', () => ends.length > 0)
    assert.deepEqual(ends, ['queue-full'])
    assert.equal(countersOf(server)['closedQueueFull'], 1)
    deaf.reset()
  })
})

describe('a service of bytes', () => {
  it('whose open() throws costs its connection, not the server', async () => {
    let fails = true
    await using server = await serveOn('tcp://127.0.0.1:0', {
      open() {
        if (fails) throw new Error('not today')
      },
      async connection(stream) {
        await stream.send(await stream.recv())
      },
    })
    // Depending on the timing it sees the reset already while it connects.
    const refused = connect(addressOf(server)).then(
      (stream) => stream.reset(),
      () => {},
    )
    await until('the error is counted', () => countersOf(server)['handlerErrors'] === 1)
    fails = false
    const served = await connect(addressOf(server))
    await served.send('hello')
    assert.equal(String(await served.recv()), 'hello')
    await until('nothing is left in flight', () => server.status().lanes[0]?.inFlight === 0)
    await refused
    await served.close()
  })

  it('delivers a large answer to a slow reader before it closes, whether or not the reader ever finishes', async () => {
    const bytes = 8 * 1024 * 1024
    await using server = await serveOn('tcp://127.0.0.1:0', {
      connection: async (stream) => void stream.send(Buffer.alloc(bytes, 3)).catch(() => {}),
    })
    const stream = await connect(addressOf(server), { receiveBufferBytes: 16_384 })
    await until('it is served', () => countersOf(server)['connectionsOpened'] === 1)
    await turns(20)
    assert.ok((await stream.read(bytes)).equals(Buffer.alloc(bytes, 3)))
    await until('the server is done with it', () => countersOf(server)['connectionsClosed'] === 1)
    assert.equal((await stream.recv()).length, 0)
    await stream.close()
  })
})
