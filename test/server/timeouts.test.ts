import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lengthPrefix, lines } from '#lanework/framing/index.js'
import { connect, type ByteStream } from '#lanework/io/index.js'
import type { PeerEnd, Server, ServeOptions, ServiceDefinition } from '#lanework/server/index.js'
import { ManualClock } from '../support/manual-clock.ts'
import { addressOf, clientOf, countersOf, framed, serveOn } from '../support/matrix.ts'
import { turns, until } from '../support/until.ts'

/** A server whose clock the test turns, and why its connections ended. */
async function timed(
  definition: Partial<ServiceDefinition>,
  options: Partial<ServeOptions> = {},
): Promise<{ server: Server; clock: ManualClock; ends: PeerEnd['kind'][] }> {
  const clock = new ManualClock()
  const ends: PeerEnd['kind'][] = []
  const watched = { close: (_peer: unknown, reason: PeerEnd) => void ends.push(reason.kind), ...definition }
  return { server: await serveOn('tcp://127.0.0.1:0', watched, { clock, ...options }), clock, ends }
}

const echo = { message: (message: Buffer): Buffer => message }

async function connected(server: Server): Promise<ByteStream> {
  const stream = await connect(addressOf(server))
  await until('it is accepted', () => (countersOf(server)['connectionsOpened'] as number) > 0)
  return stream
}

describe('a connection without traffic', () => {
  it('is closed after idleMs, and counted', async () => {
    const { server, clock, ends } = await timed(echo, { limits: { idleMs: 1_000 } })
    const stream = await connected(server)
    clock.advance(900)
    await stream.send(framed.encode('still here'))
    await stream.read(14)
    clock.advance(900)
    await turns(3)
    assert.deepEqual(ends, [], 'traffic starts the time anew')
    clock.advance(600)
    assert.equal((await stream.recv()).length, 0)
    assert.deepEqual(ends, ['idle'])
    assert.equal(countersOf(server)['closedIdle'], 1)
    await server.close()
  })

  it('stays as long as the service lets it, and goes when that says no or fails', async () => {
    const answers: (() => boolean)[] = [() => true, () => true, () => false]
    let failures = 0
    const silent = (): boolean => answers.shift()?.() ?? false
    const { server, clock, ends } = await timed({ ...echo, silent }, { limits: { idleMs: 1_000 } })
    server.on('handlerError', () => failures++)
    const stream = await connected(server)
    for (const left of [2, 1]) {
      clock.advance(1_400)
      assert.deepEqual([ends, answers.length], [[], left])
    }
    clock.advance(1_400)
    assert.equal((await stream.recv()).length, 0)
    assert.deepEqual([ends, answers.length], [['idle'], 0])
    answers.push(() => {
      throw new Error('whether it may')
    })
    const next = await connect(addressOf(server))
    await until('it is accepted', () => countersOf(server)['connectionsOpened'] === 2)
    clock.advance(1_400)
    assert.equal((await next.recv()).length, 0)
    assert.deepEqual([ends, failures], [['idle', 'idle'], 1])
    await server.close()
  })

  it('stays when idleMs is 0', async () => {
    const { server, clock, ends } = await timed(echo, { limits: { idleMs: 0, frameMs: 0 } })
    const stream = await connected(server)
    clock.advance(100_000_000)
    await stream.send(framed.encode('hi'))
    assert.equal((await stream.read(6)).length, 6)
    assert.deepEqual(ends, [])
    await server.close()
    await stream.close()
  })

  it('is not idle while its handler runs', async () => {
    let answer: (reply: string) => void = () => {}
    const { server, clock, ends } = await timed(
      { message: () => new Promise<string>((resolve) => (answer = resolve)) },
      { limits: { idleMs: 1_000 } },
    )
    const client = await clientOf(addressOf(server))
    await client.send('slow question')
    await until('the handler runs', () => server.status().lanes[0]?.inFlight === 1)
    clock.advance(50_000)
    answer('at last')
    assert.equal(String(await client.receive()), 'at last')
    assert.deepEqual(ends, [])
    await server.close()
    await client.close()
  })

  it('that is served as bytes is closed and counted too', async () => {
    const { server, clock, ends } = await timed(
      { connection: async (stream) => void (await stream.recv()) },
      { limits: { idleMs: 1_000 } },
    )
    const stream = await connected(server)
    clock.advance(3_000)
    await until('it has ended', () => ends.length > 0)
    assert.deepEqual(ends, ['idle'])
    assert.equal(countersOf(server)['closedIdle'], 1)
    await stream.close()
    await server.close()
  })
})

describe('a frame', () => {
  it('that trickles in byte by byte is cut off after frameMs, and counted', async () => {
    const { server, clock, ends } = await timed(
      { ...echo, framing: lines() },
      { limits: { frameMs: 1_000, idleMs: 60_000 } },
    )
    const stream = await connected(server)
    for (const byte of 'slowloris') {
      if (ends.length > 0) break
      await stream.send(byte).catch(() => {})
      await turns(10)
      clock.advance(260)
    }
    await until('it is cut off', () => ends.length > 0)
    assert.deepEqual(ends, ['frame-timeout'])
    assert.equal(countersOf(server)['closedFrameTimeout'], 1)
    assert.equal(countersOf(server)['messages'], 0)
    await stream.close()
    await server.close()
  })

  it('that is whole in time starts the time anew for the next', async () => {
    const { server, clock, ends } = await timed(
      { ...echo, framing: lines() },
      { limits: { frameMs: 1_000, idleMs: 60_000 } },
    )
    const stream = await connected(server)
    for (let round = 0; round < 4; round++) {
      await stream.send('half')
      await turns(10)
      clock.advance(700)
      await stream.send('\n')
      assert.equal(String(await stream.read(5)), 'half\n')
    }
    assert.deepEqual(ends, [])
    await stream.close()
    await server.close()
  })

  it('of 2 GiB announced is refused at once, before it comes, and counted', async () => {
    const { server, ends } = await timed({ ...echo, framing: lengthPrefix({ bytes: 4 }) })
    let told: { code?: string; detail?: unknown } | undefined
    server.on('badMessage', ({ error }) => (told = error as unknown as typeof told))
    const stream = await connected(server)
    await stream.send(Buffer.from([0x80, 0, 0, 0]))
    assert.equal((await stream.recv()).length, 0)
    await stream.close()
    await until('it is closed', () => ends.length > 0)
    assert.deepEqual([told?.code, ends, countersOf(server)['badMessages']], ['FRAME_TOO_LONG', ['bad-frame'], 1])
    await server.close()
  })
})

describe('a peer that does not finish', () => {
  it('after the service closed it is cut off after two seconds', async () => {
    const { server, clock, ends } = await timed({ message: (_message, peer) => void peer.close() })
    const client = await clientOf(addressOf(server))
    await client.send('bye')
    await assert.rejects(client.receive(), /ended before/)
    await turns(5)
    assert.deepEqual(ends, [])
    clock.advance(4_000)
    await until('it is gone', () => ends.length > 0)
    assert.deepEqual(ends, ['closed'])
    await client.close()
    await server.close()
  })

  it('still gets all that was queued when it reads slowly', async () => {
    const bytes = 6 * 1024 * 1024
    const { server, clock } = await timed(
      { message: (_message, peer) => void (peer.send(Buffer.alloc(bytes, 7)), peer.close()) },
      { limits: { queueBytes: bytes * 2, idleMs: 60_000 } },
    )
    const client = await clientOf(addressOf(server))
    await client.send('all of it')
    await until('the reply is queued', () => server.status().listeners[0]?.counters['messages'] === 1)
    await turns(5)
    clock.advance(5_000)
    assert.ok((await client.receive()).equals(Buffer.alloc(bytes, 7)))
    await client.close()
    await server.close()
  })
})
