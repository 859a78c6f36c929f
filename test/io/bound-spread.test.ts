/** How the kernel spreads datagrams over the lanes of a bound address. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bindSockets, udp, type Address, type BoundSocket, type UdpSocket } from '#lanework/io/index.js'
import { unless } from '../support/capability.ts'
import { datagramLane, total } from '../support/datagram-lane.ts'
import { turns, until } from '../support/until.ts'

const udpLoopback: Address = { scheme: 'udp', host: '127.0.0.1', port: 0 }

/** Sends one datagram each, a few at a time, since the machine's receive queues are finite. */
async function sendFromAll(clients: readonly UdpSocket[], to: Address, message: string): Promise<void> {
  for (const [index, client] of clients.entries()) {
    await client.sendTo(message, to)
    if (index % 32 === 31) await turns(1)
  }
}

describe('spreading UDP', { skip: unless('lanes') }, () => {
  it('by source is even over 4,000 clients, and none of them meets two lanes', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 4 })
    const lanes = await Promise.all(bound.sockets.map(datagramLane))
    const laneOf = new Map<string, number>()
    for (let group = 1; group <= 40; group++) {
      const source = { ...udpLoopback, host: `127.0.0.${group}` }
      const clients = await Promise.all(Array.from({ length: 100 }, () => udp().bind(source)))
      // Twice each, so that a source that changed its lane would show.
      await sendFromAll(clients, bound.address, 'first')
      await sendFromAll(clients, bound.address, 'second')
      await until('these have come', () => total(lanes) === group * 200)
      await Promise.all(clients.map((client) => client.close()))
    }
    lanes.forEach(({ sources }, index) => {
      for (const source of sources) {
        assert.equal(laneOf.get(source) ?? index, index)
        laneOf.set(source, index)
      }
    })
    assert.equal(laneOf.size, 4_000)
    // 1,000 sources expected with a standard deviation of 27: these bounds are seven of them away.
    for (const { messages } of lanes) assert.ok(messages.length > 1_600 && messages.length < 2_400)
    await Promise.all([...lanes.map(({ socket }) => socket.close()), bound.close()])
  })

  it('by round robin is even with a single client', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'round-robin', sockets: 4 })
    const lanes = await Promise.all(bound.sockets.map(datagramLane))
    const client = await udp().bind('udp://127.0.0.1:0')
    for (let count = 1; count <= 4_000; count++) {
      await client.sendTo('x', bound.address)
      if (count % 32 === 0) await turns(1)
    }
    await until('all have come', () => total(lanes) === 4_000)
    // 1,000 expected with a standard deviation of 27.
    for (const { messages } of lanes) assert.ok(messages.length > 800 && messages.length < 1_200)
    await Promise.all([...lanes.map(({ socket }) => socket.close()), client.close(), bound.close()])
  })

  it('by source keeps each flow at its place when lanes die, and what came meanwhile waits for the successor', async () => {
    const bound = await bindSockets(udpLoopback, { spread: 'source', sockets: 4 })
    const lanes = await Promise.all(bound.sockets.map(datagramLane))
    const clients = await Promise.all(Array.from({ length: 64 }, () => udp().bind('udp://127.0.0.1:0')))
    await sendFromAll(clients, bound.address, 'before')
    await until('all have come', () => total(lanes) === 64)
    const before = lanes.map(({ sources }) => new Set(sources))
    assert.ok(before.every(({ size }) => size > 0))
    await Promise.all([lanes[0]?.socket.close(), lanes[2]?.socket.close()])
    await sendFromAll(clients, bound.address, 'while two are dead')
    await until('the living have theirs', () =>
      [1, 3].every((at) => lanes[at]?.sources.length === (before[at]?.size ?? 0) * 2),
    )
    for (const at of [0, 2]) lanes[at] = await datagramLane(bound.sockets[at] as BoundSocket)
    await until('the successors have theirs', () =>
      [0, 2].every((at) => lanes[at]?.sources.length === before[at]?.size),
    )
    lanes.forEach(({ sources }, at) => assert.deepEqual(new Set(sources), before[at]))
    await Promise.all([...lanes.map(({ socket }) => socket.close()), ...clients.map((client) => client.close())])
    await bound.close()
  })
})
