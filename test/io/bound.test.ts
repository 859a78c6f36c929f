/** Addresses that a supervisor binds, and that lanes serve: here lanes are duplicates in the same process. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  bindSockets,
  connect,
  duplicateDescriptor,
  inheritSockets,
  listen,
  serveBoundDatagram,
  serveBoundStream,
  spreadFor,
  systemNetwork,
  udp,
  type Address,
  type BoundListener,
  type BoundSocket,
  type ByteStream,
  type InternetAddress,
  type SocketSpread,
  type StreamConnection,
  type StreamListener,
} from '#lanework/io/index.js'
import { can, unless, unlessIpv6 } from '../support/capability.ts'
import { datagramLane, total } from '../support/datagram-lane.ts'
import { freshPath } from '../support/folder.ts'
import { turns, until } from '../support/until.ts'

const openDescriptors = (): number => readdirSync('/proc/self/fd').length
const udpLoopback: Address = { scheme: 'udp', host: '127.0.0.1', port: 0 }
const tcpLoopback: Address = { scheme: 'tcp', host: '127.0.0.1', port: 0 }
const portOf = ({ address }: BoundListener): number => (address as InternetAddress).port

async function streamLane(bound: BoundSocket): Promise<{ listener: StreamListener; connections: StreamConnection[] }> {
  const connections: StreamConnection[] = []
  const events = {
    onConnection(connection: StreamConnection) {
      connections.push(connection)
      const onData = (chunk: Buffer): void => void connection.write(chunk)
      connection.start({ onData, onEnd: () => connection.end(), onDrain() {}, onClose() {} })
    },
    onAcceptError() {},
  }
  return { listener: await serveBoundStream(bound.duplicate(), events, {}), connections }
}

describe('without the addon, sockets for lanes', { skip: can('lanes') ? 'they are possible here' : false }, () => {
  it('are UNSUPPORTED', async () => {
    await assert.rejects(bindSockets(udpLoopback, { spread: 'shared', sockets: 1 }), { code: 'UNSUPPORTED' })
  })
})

describe('the spread of an address', () => {
  it('is chosen by its scheme, and shared where each socket would get a copy', () => {
    assert.equal(spreadFor(udpLoopback), 'source')
    assert.equal(spreadFor(tcpLoopback), 'source')
    assert.equal(spreadFor({ scheme: 'unix', path: 'x' }), 'shared')
    assert.equal(spreadFor({ scheme: 'unix-dgram', path: 'x' }), 'shared')
    assert.equal(spreadFor(udpLoopback, 'auto', { multicast: [{ group: '239.1.2.3' }] }), 'shared')
    assert.equal(spreadFor(udpLoopback, 'auto', { broadcast: true }), 'shared')
  })

  it('that the address does not allow is OPTION_INVALID', () => {
    const refused: [Address, SocketSpread][] = [
      [udpLoopback, 'least-connections'],
      [tcpLoopback, 'round-robin'],
      [{ scheme: 'unix', path: 'x' }, 'source'],
      [{ scheme: 'unix-dgram', path: 'x' }, 'least-connections'],
    ]
    for (const [address, spread] of refused)
      assert.throws(() => spreadFor(address, spread), { code: 'OPTION_INVALID' }, `${address.scheme} ${spread}`)
    assert.throws(() => spreadFor(udpLoopback, 'source', { broadcast: true }), { code: 'OPTION_INVALID' })
    assert.throws(() => spreadFor(udpLoopback, 'random' as never), { code: 'OPTION_INVALID' })
  })
})

describe('a bound UDP address', { skip: unless('lanes') }, () => {
  it('has a socket for each lane, all on the port that the system chose, and nothing reads them', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 3 })
    assert.equal(bound.sockets.length, 3)
    assert.equal(new Set(bound.sockets.map(({ descriptor }) => descriptor)).size, 3)
    assert.ok(bound.sockets.every(({ address, kind }) => address === bound.address && kind === 'datagram'))
    assert.ok(portOf(bound) > 0)
    const client = await udp().bind('udp://127.0.0.1:0')
    for (let count = 0; count < 10; count++) await client.sendTo(`m${count}`, bound.address)
    await turns(5)
    assert.deepEqual(bound.discard(), { datagrams: 10, connections: 0 })
    assert.deepEqual(bound.discard(), { datagrams: 0, connections: 0 })
    await Promise.all([client.close(), bound.close()])
  })

  it('is ADDRESS_IN_USE for a second one, although the first would let others in', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 2 })
    await assert.rejects(bindSockets(bound.address, { spread: 'source', sockets: 2 }), { code: 'ADDRESS_IN_USE' })
    await assert.rejects(bindSockets(bound.address, { spread: 'shared', sockets: 2 }), { code: 'ADDRESS_IN_USE' })
    const joiner = await udp({ reusePort: true }).bind(udpLoopback)
    await assert.rejects(bindSockets(joiner.address, { spread: 'source', sockets: 2 }), { code: 'ADDRESS_IN_USE' })
    await Promise.all([bound.close(), joiner.close()])
  })

  it('that is shared is the same socket for each lane', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'shared', sockets: 3 })
    assert.equal(bound.sockets.length, 3)
    assert.equal(new Set(bound.sockets).size, 1)
    const lanes = await Promise.all(bound.sockets.map(datagramLane))
    const client = await udp().bind('udp://127.0.0.1:0')
    for (let count = 0; count < 100; count++) await client.sendTo('x', bound.address)
    await until('all have come, once each', () => total(lanes) === 100)
    await Promise.all([...lanes.map(({ socket }) => socket.close()), client.close(), bound.close()])
  })

  it('applies the options of the socket, on each', async () => {
    const datagram = { receiveBufferBytes: 100_000 }
    const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 2, datagram })
    for (const socket of bound.sockets) {
      const served = await serveBoundDatagram(socket, {})
      assert.equal(served.buffers?.receiveBytes, 100_000)
      await served.close()
      assert.ok(socket.descriptor >= 0, "the listener's own stays open")
    }
    await bound.close()
  })

  it('on every interface answers from the address that was asked', async () => {
    const bound = await bindSockets({ ...udpLoopback, host: '0.0.0.0' }, { spread: 'source', sockets: 2 })
    const lanes = await Promise.all(bound.sockets.map((socket) => serveBoundDatagram(socket.duplicate())))
    for (const socket of lanes) socket.receive((batch) => batch.reply(0, 'yes'))
    const client = await udp().bind('udp://127.0.0.1:0')
    await client.sendTo('?', `udp://127.0.0.2:${portOf(bound)}`)
    const { source } = await client.recvFrom(10, { timeoutMs: 15_000 })
    assert.equal((source as InternetAddress).host, '127.0.0.2')
    await Promise.all([...lanes.map((socket) => socket.close()), client.close(), bound.close()])
  })

  it('of IPv6 takes IPv4 too, or not, as asked', { skip: unlessIpv6 }, async () => {
    const wildcard: Address = { scheme: 'udp', host: '::', port: 0 }
    for (const ipv6Only of [false, true]) {
      const bound = await bindSockets(wildcard, { spread: 'source', sockets: 2, datagram: { ipv6Only } })
      const client = await udp().bind('udp://127.0.0.1:0')
      await client.sendTo('4', `udp://127.0.0.1:${portOf(bound)}`)
      await turns(2)
      assert.equal(bound.discard().datagrams, ipv6Only ? 0 : 1)
      await Promise.all([client.close(), bound.close()])
    }
  })

  it('counts what the kernel dropped, over all its sockets', async () => {
    const datagram = { receiveBufferBytes: 4_096 }
    const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 2, datagram })
    assert.equal(bound.kernelDrops(), 0)
    const client = await udp().bind('udp://127.0.0.1:0')
    for (let count = 0; count < 100; count++) await client.sendTo(Buffer.alloc(1_000), bound.address)
    const drops = bound.kernelDrops() as number
    assert.ok(drops > 0)
    assert.equal(bound.discard().datagrams, 100 - drops, 'sent = waiting + dropped')
    await Promise.all([client.close(), bound.close()])
    assert.equal(bound.kernelDrops(), undefined)
  })
})

describe('a bound TCP address', { skip: unless('lanes') }, () => {
  it('listens at once: clients wait in the backlog until a lane is there', async () => {
    for (const spread of ['source', 'shared'] as const) {
      const bound = await bindSockets(tcpLoopback, { spread, sockets: 2 })
      const client = await connect(bound.address)
      await client.send('early')
      const lanes = await Promise.all(bound.sockets.map(streamLane))
      assert.equal(String(await client.read(5)), 'early')
      await client.close()
      await Promise.all([...lanes.map(({ listener }) => listener.close()), bound.close()])
    }
  })

  it('is ADDRESS_IN_USE while anybody listens there', async () => {
    const bound = await bindSockets(tcpLoopback, { spread: 'source', sockets: 2 })
    await assert.rejects(bindSockets(bound.address, { spread: 'source', sockets: 2 }), { code: 'ADDRESS_IN_USE' })
    await assert.rejects(listen(bound.address), { code: 'ADDRESS_IN_USE' })
    await bound.close()
    const joiner = await listen(tcpLoopback, { reusePort: true })
    await assert.rejects(bindSockets(joiner.address, { spread: 'source', sockets: 2 }), { code: 'ADDRESS_IN_USE' })
    await joiner.close()
  })

  it('can be bound anew right after, although old connections linger', async () => {
    const first = await bindSockets(tcpLoopback, { spread: 'source', sockets: 2 })
    const lanes = await Promise.all(first.sockets.map(streamLane))
    const client = await connect(first.address)
    const served = await until('accepted', () => lanes.flatMap(({ connections }) => connections)[0])
    served.end() // our side ends first, so the port lingers here
    assert.equal((await client.recv()).length, 0)
    await client.close()
    await Promise.all([...lanes.map(({ listener }) => listener.close()), first.close()])
    const second = await bindSockets(first.address, { spread: 'source', sockets: 2 })
    await second.close()
  })

  it('keeps what waited for a dead lane for its successor', async () => {
    const bound = await bindSockets(tcpLoopback, { spread: 'source', sockets: 2 })
    const dead = await Promise.all(bound.sockets.map(streamLane))
    await Promise.all(dead.map(({ listener }) => listener.close()))
    const clients = await Promise.all(Array.from({ length: 10 }, () => connect(bound.address)))
    const lanes = await Promise.all(bound.sockets.map(streamLane))
    for (const client of clients) await client.send('x')
    for (const client of clients) assert.equal(String(await client.read(1)), 'x')
    await Promise.all(clients.map((client) => client.close()))
    await Promise.all([...lanes.map(({ listener }) => listener.close()), bound.close()])
  })

  it('resets and counts those who wait when it is given up', async () => {
    const bound = await bindSockets(tcpLoopback, { spread: 'source', sockets: 2 })
    const clients: ByteStream[] = []
    for (let count = 0; count < 7; count++) clients.push(await connect(bound.address))
    assert.deepEqual(bound.discard(), { datagrams: 0, connections: 7 })
    for (const client of clients) await assert.rejects(client.recv(), { code: 'CONNECTION_RESET' })
    await bound.close()
  })
})

describe('a bound Unix address', { skip: unless('lanes') }, () => {
  it('has a file with the mode that was asked for, which goes with the listener and not with a lane', async () => {
    const path = freshPath()
    const bound = await bindSockets({ scheme: 'unix', path }, { spread: 'shared', sockets: 2, stream: { mode: 0o640 } })
    assert.equal(statSync(path).mode & 0o777, 0o640)
    const lane = await streamLane(bound.sockets[0] as BoundSocket)
    await lane.listener.close()
    assert.ok(existsSync(path))
    await bound.close()
    assert.ok(!existsSync(path))
  })

  it('of datagrams works the same, and takes the place of a leftover file only', async () => {
    const path = freshPath()
    const address: Address = { scheme: 'unix-dgram', path }
    const bound = await bindSockets(address, { spread: 'shared', sockets: 2 })
    assert.equal(statSync(path).mode & 0o777, 0o600)
    await assert.rejects(bindSockets(address, { spread: 'shared', sockets: 2 }), { code: 'ADDRESS_IN_USE' })
    const lane = await datagramLane(bound.sockets[1] as BoundSocket)
    const client = udp()
    await client.sendTo('hello', address)
    await until('it has come', () => lane.messages[0] === 'hello')
    await Promise.all([lane.socket.close(), client.close(), bound.close()])
    assert.ok(!existsSync(path))
    writeFileSync(path, 'not a socket')
    await assert.rejects(bindSockets(address, { spread: 'shared', sockets: 1 }), { code: 'ADDRESS_IN_USE' })
    assert.ok(existsSync(path))
  })
})

describe('a bound socket', { skip: unless('lanes') }, () => {
  it('is used up by the lane that serves it, and closed once', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'shared', sockets: 1 })
    const mine = (bound.sockets[0] as BoundSocket).duplicate()
    const descriptor = mine.descriptor
    const served = await serveBoundDatagram(mine)
    assert.equal(served.descriptor, descriptor)
    assert.equal(mine.descriptor, -1)
    mine.close() // nothing is left to close
    assert.throws(() => mine.duplicate(), { code: 'CLOSED' })
    assert.throws(() => mine.toShared(), { code: 'CLOSED' })
    await assert.rejects(serveBoundDatagram(mine), { code: 'CLOSED' })
    assert.ok((served.buffers?.receiveBytes ?? 0) > 0)
    await served.close()
    await bound.close()
    await bound.close()
  })

  it('is served as what it is, with options that are checked before it is touched', async () => {
    const datagrams = await bindSockets(udpLoopback, { spread: 'shared', sockets: 1 })
    const streams = await bindSockets(tcpLoopback, { spread: 'shared', sockets: 1 })
    const events = { onConnection() {}, onAcceptError() {} }
    const [one] = datagrams.sockets as [BoundSocket]
    const [other] = streams.sockets as [BoundSocket]
    await assert.rejects(serveBoundStream(one, events, {}), { code: 'OPTION_INVALID' })
    await assert.rejects(serveBoundDatagram(other, {}), { code: 'OPTION_INVALID' })
    await assert.rejects(serveBoundDatagram(one, { messageBytes: 0 }), { code: 'OPTION_INVALID' })
    await Promise.all([datagrams.close(), streams.close()])
  })

  it('may be one that was bound elsewhere, shared', async () => {
    const elsewhere = await systemNetwork().bindDatagram(udpLoopback)
    const descriptor = duplicateDescriptor(elsewhere.descriptor as number)
    const datagram = { descriptor }
    const several = bindSockets(udpLoopback, { spread: 'source', sockets: 2, datagram })
    await assert.rejects(several, { code: 'OPTION_INVALID' })
    const bound = await bindSockets(elsewhere.address, { spread: 'shared', sockets: 2, datagram })
    await elsewhere.close()
    const lanes = await Promise.all(bound.sockets.map(datagramLane))
    const client = await udp().bind('udp://127.0.0.1:0')
    await client.sendTo('x', bound.address)
    await until('it has come', () => total(lanes) === 1)
    await Promise.all([...lanes.map(({ socket }) => socket.close()), client.close(), bound.close()])
  })
})

describe('a successor', { skip: unless('lanes') }, () => {
  it('inherits the sockets of a group, with what waits in them, and adds those that more lanes need', async () => {
    for (const spread of ['source', 'round-robin'] as const) {
      const old = await bindSockets(udpLoopback, { spread, sockets: 2 })
      const client = await udp().bind('udp://127.0.0.1:0')
      await client.sendTo('waits', old.address)
      const descriptors = old.descriptors.map(duplicateDescriptor)
      const heir = await inheritSockets({ address: old.address, spread, descriptors }, { sockets: 3 })
      assert.deepEqual([heir.address, heir.spread, heir.sockets.length], [old.address, spread, 3])
      await old.close()
      const lanes = await Promise.all(heir.sockets.map(datagramLane))
      await until('it has come', () => total(lanes) === 1)
      for (let count = 0; count < 20; count++) await client.sendTo('x', heir.address)
      await until('all have come', () => total(lanes) === 21)
      await Promise.all([...lanes.map(({ socket }) => socket.close()), client.close(), heir.close()])
    }
  })

  it('keeps all sockets of a group although it has fewer lanes', async () => {
    const old = await bindSockets(tcpLoopback, { spread: 'source', sockets: 3 })
    const descriptors = old.descriptors.map(duplicateDescriptor)
    const heir = await inheritSockets({ address: old.address, spread: old.spread, descriptors }, { sockets: 1 })
    assert.equal(heir.sockets.length, 3)
    await Promise.all([old.close(), heir.close()])
    const wrong = { address: tcpLoopback, spread: 'shared' as const, descriptors: [] }
    await assert.rejects(inheritSockets(wrong, { sockets: 1 }), { code: 'OPTION_INVALID' })
  })

  it('has the file of a Unix socket once it says so, and there is no moment without one', async () => {
    const path = freshPath()
    const old = await bindSockets({ scheme: 'unix', path }, { spread: 'least-connections', sockets: 2 })
    const descriptors = old.descriptors.map(duplicateDescriptor)
    const heir = await inheritSockets({ address: old.address, spread: old.spread, descriptors }, { sockets: 2 })
    old.ownFile(false)
    heir.ownFile(true)
    await old.close()
    const client = await connect(heir.address)
    assert.deepEqual(heir.discard(), { datagrams: 0, connections: 1 })
    await Promise.all([client.close(), heir.close()])
    assert.ok(!existsSync(path))
  })
})

describe('descriptors of bound sockets', { skip: unless('lanes') }, () => {
  it('are all closed, after 1,000 binds and as many that failed', async () => {
    const holder = await bindSockets(udpLoopback, { spread: 'source', sockets: 2 })
    const busy = await bindSockets(tcpLoopback, { spread: 'source', sockets: 2 })
    const before = openDescriptors()
    for (let count = 0; count < 250; count++) {
      const made = await Promise.all([
        bindSockets(udpLoopback, { spread: 'source', sockets: 3 }),
        bindSockets(udpLoopback, { spread: 'round-robin', sockets: 3 }),
        bindSockets(tcpLoopback, { spread: 'source', sockets: 3 }),
        bindSockets(tcpLoopback, { spread: 'least-connections', sockets: 3 }),
      ])
      await Promise.all(made.map((each) => each.close()))
      const failing = [holder.address, holder.address, busy.address, busy.address].map((address) =>
        assert.rejects(bindSockets(address, { spread: 'shared', sockets: 2 }), { code: 'ADDRESS_IN_USE' }),
      )
      await Promise.all(failing)
    }
    assert.ok(openDescriptors() <= before, `${openDescriptors()} of ${before}`)
    await Promise.all([holder.close(), busy.close()])
  })
})
