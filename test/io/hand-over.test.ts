/** Connections that a supervisor accepts and gives to lanes: here lanes are duplicates in the same process. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  bindSockets,
  closeDescriptor,
  connect,
  duplicateDescriptor,
  handOver,
  serveBoundStream,
  type Address,
  type BoundListener,
  type BoundSocket,
  type ByteStream,
  type StreamConnection,
  type StreamListener,
} from '#lanework/io/index.js'
import { unless } from '../support/capability.ts'
import { runFixture } from '../support/fixture.ts'
import { freshPath } from '../support/folder.ts'
import { turns, until } from '../support/until.ts'

const loopback: Address = { scheme: 'tcp', host: '127.0.0.1', port: 0 }
const openDescriptors = (): number => readdirSync('/proc/self/fd').length
const bind = (sockets: number, address: Address = loopback): Promise<BoundListener> =>
  bindSockets(address, { spread: 'least-connections', sockets })

interface Lane {
  readonly listener: StreamListener
  readonly connections: StreamConnection[]
}

/** Echoes. */
async function lane(bound: BoundListener, slot: number): Promise<Lane> {
  const connections: StreamConnection[] = []
  const events = {
    onConnection(connection: StreamConnection) {
      connections.push(connection)
      const onData = (chunk: Buffer): void => void connection.write(chunk)
      connection.start({ onData, onEnd: () => connection.end(), onDrain() {}, onClose() {} })
    },
    onAcceptError() {},
  }
  const listener = await serveBoundStream((bound.sockets[slot] as BoundSocket).duplicate(), events, {})
  return { listener, connections }
}

const counts = (lanes: readonly Lane[]): number[] => lanes.map(({ connections }) => connections.length)
const connectMany = (count: number, { address }: BoundListener): Promise<ByteStream[]> =>
  Promise.all(Array.from({ length: count }, () => connect(address)))

async function echoes(clients: readonly ByteStream[]): Promise<void> {
  await Promise.all(clients.map((client, index) => client.send(String(index).padStart(4))))
  for (const [index, client] of clients.entries()) assert.equal(String(await client.read(4)), String(index).padStart(4))
}

describe('handing over connections', { skip: unless('lanes') }, () => {
  it('gives each to the lane that is picked, with its peer', async () => {
    const bound = await bind(3)
    const lanes = await Promise.all([0, 1, 2].map((slot) => lane(bound, slot)))
    let next = 0
    const dispatcher = handOver(bound, () => next++ % 3)
    const clients = await connectMany(150, bound)
    await echoes(clients)
    assert.deepEqual(counts(lanes), [50, 50, 50])
    assert.deepEqual([dispatcher.handedOver, dispatcher.held], [150, 0])
    const known = new Set(lanes.flatMap(({ connections }) => connections.map(({ remote }) => JSON.stringify(remote))))
    for (const client of clients) assert.ok(known.has(JSON.stringify(client.local)))
    await Promise.all([...clients.map((client) => client.close()), ...lanes.map(({ listener }) => listener.close())])
    await bound.close()
  })

  it('works over Unix sockets, with the credentials of the peer', async () => {
    const bound = await bind(1, { scheme: 'unix', path: freshPath() })
    const only = await lane(bound, 0)
    handOver(bound, () => 0)
    const client = await connect(bound.address)
    await echoes([client])
    assert.equal(only.connections[0]?.credentials?.()?.pid, process.pid)
    await Promise.all([client.close(), only.listener.close(), bound.close()])
  })

  it('keeps what a dead lane had not read for its successor', async () => {
    const bound = await bind(2)
    const dispatcher = handOver(bound, () => 1)
    const dead = await lane(bound, 1)
    await dead.listener.close()
    const clients = await connectMany(20, bound)
    await until('all are in the pair', () => dispatcher.handedOver === 20)
    const successor = await lane(bound, 1)
    await echoes(clients)
    assert.deepEqual(counts([dead, successor]), [0, 20])
    await Promise.all([...clients.map((client) => client.close()), successor.listener.close(), bound.close()])
  })

  it('stops accepting when the pair is full, and goes on when the lane reads; nobody is lost', async () => {
    const bound = await bind(1)
    const dispatcher = handOver(bound, () => 0)
    const clients: ByteStream[] = []
    while (dispatcher.held === 0 && clients.length < 1_500) {
      clients.push(...(await connectMany(10, bound)))
      await turns(2)
    }
    assert.ok(dispatcher.held > 0 && dispatcher.held <= 64)
    const given = dispatcher.handedOver
    clients.push(...(await connectMany(10, bound)))
    await turns(20)
    assert.equal(dispatcher.handedOver, given, 'the others wait in the backlog')
    const only = await lane(bound, 0)
    await echoes(clients)
    assert.deepEqual(counts([only]), [clients.length])
    await Promise.all([...clients.map((client) => client.close()), only.listener.close(), bound.close()])
  })

  it('waits while nobody can be picked, and asks again', async () => {
    const bound = await bind(1)
    const only = await lane(bound, 0)
    let isReady = false
    let asked = 0
    const dispatcher = handOver(bound, () => (asked++, isReady ? 0 : undefined))
    const clients = await connectMany(5, bound)
    await until('it asked again', () => asked > 3)
    assert.equal(dispatcher.handedOver, 0)
    isReady = true
    await echoes(clients)
    assert.equal(dispatcher.held, 0)
    await Promise.all([...clients.map((client) => client.close()), only.listener.close(), bound.close()])
  })

  it('leaves clients in the backlog while it is paused, as a paused lane leaves them in its pair', async () => {
    const bound = await bind(1)
    const only = await lane(bound, 0)
    const dispatcher = handOver(bound, () => 0)
    dispatcher.pause()
    const client = await connect(bound.address)
    await turns(10)
    assert.deepEqual([dispatcher.handedOver, dispatcher.held], [0, 0])
    only.listener.pause()
    dispatcher.resume()
    await until('it is given', () => dispatcher.handedOver === 1)
    await turns(10)
    assert.deepEqual(counts([only]), [0])
    only.listener.resume()
    await echoes([client])
    await Promise.all([client.close(), only.listener.close(), bound.close()])
  })

  it('that ends resets whom nobody got; the listener counts those who were never accepted or read', async () => {
    const bound = await bind(1)
    const first = handOver(bound, () => undefined)
    const held = await connectMany(3, bound)
    await until('all are held', () => first.held > 0 && first.held)
    const reset = first.close()
    assert.ok(reset > 0)
    assert.equal(first.close(), 0)
    const { connections: backlog } = bound.discard()
    assert.equal(reset + backlog, 3)
    const second = handOver(bound, () => 0)
    const unread = await connectMany(4, bound)
    await until('they are in the pair', () => second.handedOver === 4)
    second.pause()
    const waiting = await connectMany(2, bound)
    assert.deepEqual(bound.discard(), { datagrams: 0, connections: 6 })
    for (const client of [...held, ...unread, ...waiting])
      await assert.rejects(client.recv(), { code: 'CONNECTION_RESET' })
    await bound.close()
    assert.throws(() => handOver(bound, () => 0), { code: 'CLOSED' })
  })

  it('is for listeners bound for it, and once: OPTION_INVALID', async () => {
    const other = await bindSockets(loopback, { spread: 'shared', sockets: 2 })
    assert.throws(() => handOver(other, () => 0), { code: 'OPTION_INVALID' })
    const bound = await bind(1)
    handOver(bound, () => 0)
    assert.throws(() => handOver(bound, () => 0), { code: 'OPTION_INVALID' })
    await Promise.all([other.close(), bound.close()])
  })

  it('closes each descriptor once: 1,000 connections leave none open, and take none of others', async () => {
    const bound = await bind(2)
    const lanes = await Promise.all([0, 1].map((slot) => lane(bound, slot)))
    let next = 0
    const dispatcher = handOver(bound, () => next++ % 2)
    const before = openDescriptors()
    for (let round = 0; round < 20; round++) {
      const clients = await connectMany(50, bound)
      // Numbers that were just closed are given out again here; a second close would take these.
      const bystanders = Array.from({ length: 20 }, () => duplicateDescriptor(0))
      await echoes(clients)
      await Promise.all(clients.map((client) => client.close()))
      for (const descriptor of bystanders) closeDescriptor(duplicateDescriptor(descriptor))
      for (const descriptor of bystanders) closeDescriptor(descriptor)
    }
    assert.equal(dispatcher.handedOver, 1_000)
    await until('all are closed', () => openDescriptors() <= before)
    await Promise.all(lanes.map(({ listener }) => listener.close()))
    await bound.close()
  })

  it('pauses when the supervisor has no descriptor left, says so, and loses nobody', async () => {
    const fixture = runFixture('hand-over-limit', [], {}, ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'])
    const address = (await fixture.hear('address')) as Address
    const clients = await Promise.all(Array.from({ length: 12 }, () => connect(address)))
    assert.equal(await fixture.hear('accepting'), 'DESCRIPTOR_LIMIT')
    await echoes(clients)
    await Promise.all(clients.map((client) => client.close()))
    await fixture.stop()
  })

  it('pauses when the lane has no descriptor left, says so, and goes on', async () => {
    const fixture = runFixture('hand-over-limit', ['lane'], {}, ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'])
    const address = (await fixture.hear('address')) as Address
    const lost = await Promise.all([connect(address), connect(address), connect(address)])
    assert.equal(await fixture.hear('lane'), 'DESCRIPTOR_LIMIT')
    const later = await connect(address)
    await echoes([later])
    await Promise.all([...lost, later].map((client) => client.close()))
    await fixture.stop()
  })
})
