/** What becomes of messages for a peer that never reads, under each policy. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { lines } from '#lanework/framing/index.js'
import { connect, type ByteStream } from '#lanework/io/index.js'
import type { Peer, PeerEnd, QueuePolicy, Server } from '#lanework/server/index.js'
import { Outbox } from '#lanework/server/outbox.js'
import { addressOf, clientOf, countersOf, framed, serveOn } from '../../support/matrix.ts'
import { turns, until } from '../../support/until.ts'

const chunkBytes = 32 * 1_024
const queueBytes = 256 * 1_024

/** Message `number`: its number, and filler. */
function numbered(number: number): Buffer {
  const message = Buffer.alloc(chunkBytes, 7)
  message.writeUInt32BE(number)
  return message
}

interface Deaf {
  readonly server: Server
  readonly stream: ByteStream
  readonly peer: Peer
  readonly ends: PeerEnd['kind'][]
}

/** A server that pushes, and a client that has subscribed and does not read. */
async function deaf(queuePolicy: QueuePolicy): Promise<Deaf> {
  let subscribed: Peer | undefined
  const ends: PeerEnd['kind'][] = []
  const server = await serveOn(
    'tcp://127.0.0.1:0',
    {
      message(message, peer) {
        if (String(message) !== 'subscribe') return message
        subscribed = peer
        return undefined
      },
      close: (_peer, reason) => void ends.push(reason.kind),
    },
    { limits: { queueBytes }, queuePolicy },
  )
  const stream = await connect(addressOf(server), { receiveBufferBytes: 4_096 })
  await stream.send(framed.encode('subscribe'))
  return { server, stream, peer: await until('it has subscribed', () => subscribed), ends }
}

/** Pushes numbered messages until `enough` says so; gives what `send` said of each. */
async function push(peer: Peer, enough: () => boolean): Promise<boolean[]> {
  const said: boolean[] = []
  while (!enough() && said.length < 4_000) {
    said.push(peer.send(numbered(said.length)))
    if (said.length % 4 === 0) await turns(1)
  }
  return said
}

/** Reads messages until `last` has come; gives the numbers. */
async function readTo(stream: ByteStream, last: number): Promise<number[]> {
  const decoder = framed.decoder(chunkBytes)
  const numbers: number[] = []
  while (numbers.at(-1) !== last) {
    const chunk = await stream.recv()
    if (chunk.length === 0) throw new Error(`It ended after ${numbers.join()}`)
    decoder.push(chunk)
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) {
      assert.equal(frame.length, chunkBytes)
      numbers.push(frame.readUInt32BE())
    }
  }
  return numbers
}

describe('queuePolicy disconnect', () => {
  it('cuts the peer off, counted, and serves others', async () => {
    const { server, stream, peer, ends } = await deaf('disconnect')
    await push(peer, () => ends.length > 0)
    assert.deepEqual([ends, countersOf(server)['closedQueueFull']], [['queue-full'], 1])
    await assertServes(server)
    stream.reset()
    await server.close()
  })
})

describe('queuePolicy drop-oldest', () => {
  it('drops whole messages, the oldest, and counts each: what was pushed arrives or is counted, in order', async () => {
    const { server, stream, peer, ends } = await deaf('drop-oldest')
    const said = await push(peer, () => (countersOf(server)['droppedQueue'] as number) >= 20)
    const last = said.length - 1
    assert.equal(said[last], false)
    await assertServes(server)
    const numbers = await readTo(stream, last)
    assert.equal(numbers.length + (countersOf(server)['droppedQueue'] as number), said.length)
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
    const gap = numbers.find((number, index) => number !== index)
    assert.ok(last - (gap as number) < queueBytes / chunkBytes, 'the newest are those that stayed')
    assert.ok(!ends.includes('queue-full'))
    await stream.send(framed.encode(numbered(77)))
    assert.deepEqual(await readTo(stream, 77), [77], 'it is served again')
    stream.reset()
    await server.close()
  })

  it('sends what is left before it ends when the service closes the connection', async () => {
    const { server, stream, peer } = await deaf('drop-oldest')
    const said = await push(peer, () => (countersOf(server)['droppedQueue'] as number) >= 3)
    peer.close()
    assert.equal(peer.send(numbered(0)), false)
    const numbers = await readTo(stream, said.length - 1)
    assert.equal(numbers.length + (countersOf(server)['droppedQueue'] as number), said.length)
    assert.equal((await stream.recv()).length, 0)
    await stream.close()
    await server.close()
  })
})

describe('queuePolicy wait', () => {
  it('refuses what is sent to the peer, counted, loses nothing it took, and handles no more of it', async () => {
    const { server, stream, peer, ends } = await deaf('wait')
    const said = await push(peer, () => (countersOf(server)['droppedQueue'] as number) >= 20)
    const handled = countersOf(server)['messages'] as number
    await stream.send(framed.encode(numbered(5_000)))
    await turns(20)
    assert.equal(countersOf(server)['messages'], handled)
    await assertServes(server)
    const numbers = await readTo(stream, 5_000)
    assert.equal(numbers.length - 1 + (countersOf(server)['droppedQueue'] as number), said.length)
    assert.deepEqual(
      numbers,
      numbers.toSorted((a, b) => a - b),
    )
    assert.deepEqual([ends.includes('queue-full'), countersOf(server)['closedQueueFull']], [false, 0])
    stream.reset()
    await server.close()
  })

  for (const queuePolicy of ['wait', 'drop-oldest'] as const) {
    it(`has a service of bytes refuse, with ${queuePolicy} too, where no message is the oldest`, async () => {
      const said: boolean[] = []
      await using server = await serveOn(
        'tcp://127.0.0.1:0',
        {
          async connection(_stream, peer) {
            while ((countersOf(server)['droppedQueue'] as number) < 3 && said.length < 4_000) {
              said.push(peer.send(numbered(said.length)))
              await turns(1)
            }
          },
        },
        { limits: { queueBytes }, queuePolicy },
      )
      const stream = await connect(addressOf(server), { receiveBufferBytes: 4_096 })
      await until('three are refused', () => countersOf(server)['droppedQueue'] === 3)
      assert.equal((await stream.read((said.length - 3) * chunkBytes)).length, (said.length - 3) * chunkBytes)
      assert.equal((await stream.recv()).length, 0)
      await stream.close()
    })
  }
})

describe('another queuePolicy', () => {
  it('is OPTION_INVALID', async () => {
    const given = { queuePolicy: 'drop-newest' as never }
    await assert.rejects(serveOn('tcp://127.0.0.1:0', { framing: lines(), message: () => undefined }, given), {
      code: 'OPTION_INVALID',
    })
  })
})

describe('the outbox', () => {
  it('keeps the newest messages whose bytes fit, whole and in order, whatever comes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { maxLength: 300 }),
        fc.integer({ min: 0, max: 200 }),
        (sizes, most) => {
          const outbox = new Outbox()
          let dropped = 0
          for (const [index, size] of sizes.entries()) {
            outbox.push(Buffer.alloc(size, index))
            dropped += outbox.trim(most)
            assert.ok(outbox.bytes <= most)
          }
          const sent: Uint8Array[] = []
          const connection = { queuedBytes: 0, write: (bytes: Uint8Array) => sent.push(bytes) > 0 }
          assert.ok(outbox.flush(connection as never))
          assert.equal(sent.length + dropped, sizes.length)
          assert.deepEqual(
            sent,
            sizes.slice(dropped).map((size, index) => Buffer.alloc(size, dropped + index)),
          )
          assert.deepEqual([outbox.bytes, outbox.isEmpty], [0, true])
        },
      ),
    )
  })
})

async function assertServes(server: Server): Promise<void> {
  const client = await clientOf(addressOf(server))
  await client.send('alive?')
  assert.equal(String(await client.receive()), 'alive?')
  await client.close()
}
