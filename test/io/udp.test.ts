/** BSD's datagram calls. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { parseAddress, udp, type InternetAddress, type UdpSocket } from '#lanework/io/index.js'
import { can, isNative, unless, unlessIpv6 } from '../support/capability.ts'
import { freshPath } from '../support/folder.ts'
import { turns, until } from '../support/until.ts'

const loopback = 'udp://127.0.0.1:0'
const patience = { timeoutMs: 15_000 }

async function pair(): Promise<[UdpSocket, UdpSocket]> {
  return [await udp().bind(loopback), await udp().bind(loopback)]
}

describe('recvFrom', () => {
  it('gives one datagram at a time, with its sender, however they were sent', async () => {
    const [a, b] = await pair()
    for (const message of ['first', '', 'third']) await a.sendTo(message, b.address)
    for (const message of ['first', '', 'third']) {
      const received = await b.recvFrom(100, patience)
      assert.deepEqual([String(received.message), received.source, received.truncated], [message, a.address, false])
    }
    await Promise.all([a.close(), b.close()])
  })

  it('of one byte loses the rest of the datagram, and says so', async () => {
    const [a, b] = await pair()
    await a.sendTo('hello', b.address)
    await a.sendTo('x', b.address)
    const { message, truncated } = await b.recvFrom(1, patience)
    assert.deepEqual([String(message), truncated], ['h', true])
    assert.deepEqual(await b.recvFrom(1, patience), { message: Buffer.from('x'), source: a.address, truncated: false })
    assert.equal(b.counts.truncated, 1)
    await Promise.all([a.close(), b.close()])
  })

  it('gives up after its time: TIMED_OUT', async () => {
    const [a, b] = await pair()
    await assert.rejects(a.recvFrom(1, { timeoutMs: 5 }), { code: 'TIMED_OUT' })
    await b.sendTo('later', a.address)
    assert.equal(String(await a.recv(10, patience)), 'later', 'and the socket goes on')
    await Promise.all([a.close(), b.close()])
  })

  it('gives up when its signal says so, before or while it waits: ABORTED', async () => {
    const socket = await udp().bind(loopback)
    await assert.rejects(socket.recvFrom(1, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
    const controller = new AbortController()
    const waiting = assert.rejects(socket.recvFrom(1, { signal: controller.signal }), { code: 'ABORTED' })
    await turns(2)
    controller.abort()
    await waiting
    await socket.close()
  })

  it('of a socket that closes meanwhile, or has, or never was bound: CLOSED', async () => {
    const socket = await udp().bind(loopback)
    const waiting = assert.rejects(socket.recvFrom(), { code: 'CLOSED' })
    await turns(2)
    await socket.close()
    await waiting
    await assert.rejects(socket.recvFrom(), { code: 'CLOSED' })
    await assert.rejects(udp().recvFrom(), { code: 'CLOSED' })
    await assert.rejects(socket.sendTo('x', 'udp://127.0.0.1:9'), { code: 'CLOSED' })
  })

  it('is what a for-await loop gives', async () => {
    const [a, b] = await pair()
    for (const message of ['1', '2', 'end']) await a.sendTo(message, b.address)
    const seen: string[] = []
    for await (const { message } of b) {
      seen.push(String(message))
      if (seen.at(-1) === 'end') break
    }
    assert.deepEqual(seen, ['1', '2', 'end'])
    await Promise.all([a.close(), b.close()])
  })
})

describe('sendTo', () => {
  it('binds to a free loopback port for a loopback target', async () => {
    const [client, server] = [udp(), await udp().bind(loopback)]
    assert.equal(await client.sendTo('hello', server.address), 5)
    assert.equal((client.address as InternetAddress).host, '127.0.0.1')
    await server.sendTo('back', (await server.recvFrom(9, patience)).source)
    assert.equal(String(await client.recv(9, patience)), 'back')
    await Promise.all([client.close(), server.close()])
  })

  it('of what no datagram can carry is MESSAGE_TOO_LONG with both sizes', async () => {
    const [client, server] = await pair()
    await assert.rejects(client.sendTo(Buffer.alloc(65_508), server.address), (error) => {
      assert.ok(isLaneworkError(error, 'MESSAGE_TOO_LONG'))
      assert.deepEqual(error.detail, { sizeBytes: 65_508, limitBytes: 65_507 })
      return true
    })
    assert.equal(client.counts.sendFailed, 1)
    await Promise.all([client.close(), server.close()])
  })

  it('to port 0 is ADDRESS_INVALID, since nothing can be there', async () => {
    await assert.rejects(udp().sendTo('x', 'udp://127.0.0.1:0'), { code: 'ADDRESS_INVALID' })
    await assert.rejects(udp().sendTo('x', parseAddress('udp://127.0.0.1:0')), { code: 'ADDRESS_INVALID' })
    await assert.rejects(udp().connect('udp://127.0.0.1:0'), { code: 'ADDRESS_INVALID' })
  })

  it('to a broadcast address needs the broadcast option: PERMISSION_DENIED', async () => {
    const socket = await udp().bind('udp://0.0.0.0:0')
    await assert.rejects(socket.sendTo('x', 'udp://127.255.255.255:9'), { code: 'PERMISSION_DENIED' })
    await socket.close()
  })

  it('and close() at once leaves nothing open and nothing pending', async () => {
    const server = await udp().bind(loopback)
    const socket = udp()
    const sending = socket.sendTo('x', server.address).then(
      () => 'sent',
      (error: { code: string }) => error.code,
    )
    await socket.close()
    assert.match(await sending, /^(sent|CLOSED)$/)
    assert.throws(() => socket.address, { code: 'CLOSED' })
    await server.close()
  })
})

describe('a connected datagram socket', () => {
  it('is told that the port is closed: CONNECTION_REFUSED, and goes on', async () => {
    const [client, server] = await pair()
    const { address } = server
    await server.close()
    await client.connect(address)
    await until('the refusal arrives', async () => {
      try {
        await client.send('anybody?')
        await client.recv(10, { timeoutMs: 50 })
      } catch (error) {
        return isLaneworkError(error, 'CONNECTION_REFUSED')
      }
      return false
    })
    const again = await udp().bind(address)
    await client.send('now?').catch(() => client.send('now?'))
    assert.equal(String(await again.recv(10, patience)).slice(0, 3), 'now')
    await Promise.all([client.close(), again.close()])
  })

  it('hears its peer only', async () => {
    const [client, server] = await pair()
    const stranger = await udp().bind(loopback)
    await client.connect(server.address)
    await stranger.sendTo('psst', client.address)
    await server.sendTo('hello', client.address)
    assert.equal(String(await client.recv(10, patience)), 'hello')
    await Promise.all([client.close(), server.close(), stranger.close()])
  })
})

describe('bind', () => {
  it('to a taken address is ADDRESS_IN_USE, twice on one socket is OPTION_INVALID', async () => {
    const socket = await udp().bind(loopback)
    await assert.rejects(udp().bind(socket.address), { code: 'ADDRESS_IN_USE' })
    await assert.rejects(socket.bind(loopback), { code: 'OPTION_INVALID' })
    await socket.close()
  })

  it('of sockets that share a port needs reusePort, and UNSUPPORTED says where it is missing', async () => {
    if (!can('reuse-port')) {
      await assert.rejects(udp({ reusePort: true }).bind(loopback), { code: 'UNSUPPORTED' })
      return
    }
    const first = await udp({ reusePort: true }).bind(loopback)
    const second = await udp({ reusePort: true }).bind(first.address)
    assert.deepEqual(second.address, first.address)
    await Promise.all([first.close(), second.close()])
  })

  it('to :: takes IPv4 as well, unless ipv6Only', { skip: unlessIpv6 }, async () => {
    const both = await udp().bind('udp://[::]:0')
    const client = udp()
    await client.sendTo('over IPv4', { ...(both.address as InternetAddress), host: '127.0.0.1' })
    const { message, source } = await both.recvFrom(20, patience)
    assert.deepEqual([String(message), (source as InternetAddress).host], ['over IPv4', '127.0.0.1'])
    await both.sendTo('back', source)
    assert.equal(String(await client.recv(9, patience)), 'back')
    const { port } = both.address as InternetAddress
    await both.close()
    const only = await udp({ ipv6Only: true }).bind(`udp://[::]:${port}`)
    const beside = await udp().bind(`udp://0.0.0.0:${port}`)
    await Promise.all([client.close(), only.close(), beside.close()])
  })

  it('tells the buffers that were granted', { skip: unless('buffers') }, async () => {
    const socket = await udp({ receiveBufferBytes: 50_000, sendBufferBytes: 40_000 }).bind(loopback)
    assert.deepEqual(socket.buffers, { receiveBytes: 50_000, sendBytes: 40_000 })
    await socket.close()
  })

  it(
    'goes past the limit of the system where this process may, and is clamped elsewhere',
    { skip: !isNative },
    async () => {
      const limit = Number(readFileSync('/proc/sys/net/core/rmem_max', 'latin1'))
      const capabilities = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/self/status', 'latin1'))?.[1]
      const netAdmin = 12n
      const mayGrow = ((BigInt(`0x${capabilities}`) >> netAdmin) & 1n) === 1n
      const socket = await udp({ receiveBufferBytes: limit * 2 }).bind(loopback)
      assert.equal(socket.buffers?.receiveBytes, mayGrow ? limit * 2 : limit)
      await socket.close()
    },
  )
})

describe('Unix datagrams', () => {
  it(
    'without the addon are UNSUPPORTED',
    { skip: can('unix-datagram') ? 'they are possible here' : false },
    async () => {
      await assert.rejects(udp().bind(`unix-dgram:${freshPath()}`), { code: 'UNSUPPORTED' })
    },
  )

  it('go both ways, also to a client that did not bind', { skip: unless('unix-datagram') }, async () => {
    const server = await udp().bind(`unix-dgram:${freshPath()}`)
    const client = udp()
    await client.sendTo('hello', server.address)
    const { source } = await server.recvFrom(10, patience)
    await server.sendTo('back', source)
    assert.equal(String(await client.recv(9, patience)), 'back')
    const { address } = server
    await Promise.all([client.close(), server.close()])
    const late = udp()
    await assert.rejects(late.sendTo('x', address), { code: 'CONNECTION_REFUSED' })
    await late.close()
  })
})
