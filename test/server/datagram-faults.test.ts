/** What a datagram server must survive: vanished clients, forged sources, garbage. */
import assert from 'node:assert/strict'
import { networkInterfaces } from 'node:os'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { jsonLines } from '#lanework/framing/index.js'
import { parseAddress, udp, type Address, type InternetAddress } from '#lanework/io/index.js'
import { mustNotAnswer, registerListener } from '#lanework/server/loop-guard.js'
import { wellKnownPorts, type PeerEnd, type Server } from '#lanework/server/index.js'
import { unless, unlessRoot } from '../support/capability.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { addressOf, clientOf, countersOf, serveOn } from '../support/matrix.ts'
import { until } from '../support/until.ts'

const listen = 'udp://127.0.0.1:0'
const echo = { message: (message: Buffer): Buffer => message }

async function isAlive(server: Server): Promise<boolean> {
  const client = await clientOf(addressOf(server))
  await client.send('alive?')
  const reply = String(await client.receive())
  await client.close()
  return reply === 'alive?'
}

describe('a datagram server', () => {
  it('is not hurt by clients that left before its reply (ICMP port unreachable)', async () => {
    const replies: (() => void)[] = []
    let holds = true
    await using server = await serveOn(listen, {
      message: (message) => (holds ? new Promise<Buffer>((resolve) => replies.push(() => resolve(message))) : message),
    })
    for (let count = 0; count < 50; count++) {
      const client = await clientOf(addressOf(server))
      await client.send(String(count))
      await until('it is asked', () => replies.length === count + 1)
      await client.close()
    }
    holds = false
    for (const reply of replies) reply()
    for (let count = 0; count < 5; count++) assert.ok(await isAlive(server))
    assert.equal(countersOf(server)['handlerErrors'], 0)
  })

  it('counts and drops what is longer than limits.frameBytes, and serves on', async () => {
    await using server = await serveOn(listen, echo, { limits: { frameBytes: 100 } })
    const client = await clientOf(addressOf(server))
    await client.send(Buffer.alloc(101))
    await client.send(Buffer.alloc(100))
    assert.equal((await client.receive()).length, 100)
    assert.equal(countersOf(server)['droppedTruncated'], 1)
    await client.close()
  })

  it('counts a reply that no datagram can carry, and serves on', async () => {
    const definition = { message: (message: Buffer) => (message.length === 1 ? Buffer.alloc(70_000) : message) }
    await using server = await serveOn(listen, definition, { limits: { replyFactor: 0 } })
    const client = await clientOf(addressOf(server))
    await client.send('x')
    await until('it is counted', () => countersOf(server)['socketSendFailed'] === 1)
    assert.ok(await isAlive(server))
    await client.close()
  })

  it('counts a reply that is no bytes as an error of the handler', async () => {
    await using server = await serveOn(listen, {
      message: (message) => (String(message) === 'bad' ? (5 as never) : message),
    })
    const client = await clientOf(addressOf(server))
    await client.send('bad')
    await until('it is counted', () => countersOf(server)['handlerErrors'] === 1)
    assert.ok(await isAlive(server))
    await client.close()
  })

  it('never answers another server of this process, so that a forged datagram starts no loop', async () => {
    await using first = await serveOn(listen, echo)
    await using second = await serveOn(listen, echo)
    const b = parseAddress(addressOf(second)) as InternetAddress
    assert.notEqual(addressOf(first), addressOf(second))
    const silenced = (source: Address): boolean => mustNotAnswer(source, wellKnownPorts)
    assert.equal(silenced(b), true)
    assert.equal(silenced({ ...b, host: '203.0.113.9' }), false, 'the same port elsewhere is somebody else')
    assert.equal(silenced({ ...b, host: '203.0.113.9', port: 0 }), true)
    await second.close()
    assert.equal(silenced(b), false, 'a closed server is forgotten')
  })

  it('knows its listeners on every address, and on addresses other than the one that was asked', () => {
    const port = 54_321
    const silenced = (host: string): boolean => mustNotAnswer({ scheme: 'udp', host, port }, wellKnownPorts)
    const everywhere = registerListener({ scheme: 'udp', host: '0.0.0.0', port })
    const ours = Object.values(networkInterfaces()).flatMap((list) => list ?? [])
    for (const { address } of ours) assert.equal(silenced(address), true, address)
    assert.equal(silenced('203.0.113.9'), false)
    everywhere()
    const elsewhere = registerListener({ scheme: 'udp', host: '203.0.113.9', port })
    assert.equal(silenced('203.0.113.9'), true)
    assert.equal(silenced('203.0.113.10'), false)
    elsewhere()
    assert.equal(silenced('203.0.113.9'), false)
  })

  it('drops and counts a datagram from a well-known port', { skip: unlessRoot }, async () => {
    let opened = 0
    await using server = await serveOn(listen, {
      ...echo,
      sessions: { idleMs: 1_000, limit: 5 },
      open: () => void opened++,
    })
    const forged = udp()
    await forged.bind('udp://127.0.0.1:19')
    await forged.sendTo('loop?', addressOf(server))
    await until('it is counted', () => countersOf(server)['droppedLoop'] === 1)
    assert.deepEqual([countersOf(server)['messages'], opened], [0, 0], 'neither answered nor given a session')
    await forged.close()
    assert.ok(await isAlive(server))
  })

  it('drops and counts a datagram from its own port', { skip: unless('reuse-port') }, async () => {
    await using server = await serveOn('udp://127.0.0.1:0', echo, {
      listen: [{ address: listen, datagram: { reusePort: true } }],
    })
    // Shares the port but is connected elsewhere, so that what it sends comes from the server's own address.
    const forged = udp({ reusePort: true })
    await forged.bind(addressOf(server))
    await forged.connect('udp://127.0.0.1:9')
    const target = await serveOn(listen, echo)
    await forged.connect(addressOf(target))
    await forged.send('from the first server, says its address')
    await until('it is counted', () => countersOf(target)['droppedLoop'] === 1)
    assert.equal(countersOf(target)['messages'], 0)
    await target.close()
    await forged.close()
  })

  it('lives through random datagrams, framed or not, and each is counted once', async () => {
    await using server = await serveOn(listen, { framing: jsonLines() as never, message: () => undefined })
    const client = await clientOf(addressOf(server))
    let sent = 0
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await client.send(bytes)
        sent++
        await until('it is counted', () => countersOf(server)['messages'] === sent)
      }),
      { numRuns: 100 },
    )
    assert.ok((countersOf(server)['badMessages'] as number) > 50)
    assert.equal(countersOf(server)['handlerErrors'], 0)
    await client.close()
  })
})

describe('sessions of datagram peers', () => {
  it('begin with the first datagram, keep their state, end after silence', async () => {
    const clock = new ManualClock()
    const ends: PeerEnd['kind'][] = []
    const definition = {
      sessions: { idleMs: 1_000, limit: 10 },
      open: (peer: { state: unknown }) => void (peer.state = 0),
      message: (_message: Buffer, peer: { state: unknown }) => String((peer.state = (peer.state as number) + 1)),
      close: (_peer: unknown, reason: PeerEnd) => void ends.push(reason.kind),
    }
    await using server = await serveOn(listen, definition as never, { clock })
    const client = await clientOf(addressOf(server))
    const ask = async (): Promise<string> => (await client.send('?'), String(await client.receive()))
    assert.deepEqual([await ask(), await ask()], ['1', '2'])
    assert.equal(server.status().listeners[0]?.connections, 1)
    clock.advance(900)
    assert.equal(await ask(), '3')
    clock.advance(900)
    assert.deepEqual(ends, [])
    clock.advance(600)
    assert.deepEqual(ends, ['idle'])
    assert.equal(await ask(), '1', 'a new session begins')
    await client.close()
  })

  it('beyond the limit turn new peers away, counted, and serve the known ones', async () => {
    await using server = await serveOn(listen, { ...echo, sessions: { idleMs: 60_000, limit: 2 } })
    const clients = await Promise.all([1, 2, 3].map(() => clientOf(addressOf(server))))
    for (const client of clients) await client.send('hi')
    await until('the third is counted', () => countersOf(server)['droppedSessions'] === 1)
    await clients[0]?.send('again')
    assert.deepEqual([String(await clients[0]?.receive()), String(await clients[0]?.receive())], ['hi', 'again'])
    for (const client of clients) await client.close()
  })
})

describe('a datagram server on every interface', () => {
  for (const [listenOn, target] of [
    ['udp://0.0.0.0:0', '127.0.0.2'],
    ['udp://*:0', '127.0.0.3'],
  ] as const) {
    it(
      `${listenOn} answers from the address that was asked, ${target}`,
      { skip: unless('udp-reply-from') },
      async () => {
        const locals: (Address | undefined)[] = []
        await using server = await serveOn(listenOn, {
          async message(message, peer) {
            locals.push(peer.local)
            return message
          },
        })
        const bound = parseAddress(addressOf(server)) as { port: number }
        const client = await udp().bind('udp://127.0.0.1:0')
        // Connected: a reply from any other address would not arrive.
        await client.connect(`udp://${target}:${bound.port}`)
        await client.send('who are you?')
        assert.equal(String(await client.recv(100, { timeoutMs: 15_000 })), 'who are you?')
        assert.deepEqual(locals, [{ scheme: 'udp', host: target, port: 0 }])
        await client.close()
      },
    )
  }
})
