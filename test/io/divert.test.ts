/** Arrivals for sockets whose lane is away go to the others, and to nobody else's disadvantage. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  bindSockets,
  connect,
  formatAddress,
  serveBoundStream,
  udp,
  type Address,
  type BoundListener,
} from '#lanework/io/index.js'
import { unless, unlessIpv6 } from '../support/capability.ts'
import { datagramLane, total, type Lane } from '../support/datagram-lane.ts'
import { until } from '../support/until.ts'

const sockets = 4
const clientCount = 64

/** Clients that send one after the other, and by which lane each was met. */
async function withClients(
  address: Address,
  spread: 'source' | 'round-robin',
  test: (bound: BoundListener, send: () => Promise<Map<string, number>>) => Promise<void>,
): Promise<void> {
  const bound = await bindSockets(address, { spread, sockets })
  const lanes: Lane[] = await Promise.all(bound.sockets.map(datagramLane))
  const from = { ...bound.address, port: 0 } as Address
  const clients = await Promise.all(Array.from({ length: clientCount }, () => udp().bind(from)))
  async function send(): Promise<Map<string, number>> {
    for (const lane of lanes) lane.messages.length = lane.sources.length = 0
    for (const client of clients) await client.sendTo('x', bound.address)
    await until('all have come', () => total(lanes) === clientCount)
    return new Map(lanes.flatMap(({ sources }, index) => sources.map((source) => [source, index] as const)))
  }
  await test(bound, send)
  assert.equal(bound.kernelDrops(), 0)
  await Promise.all([...lanes.map(({ socket }) => socket.close()), ...clients.map((client) => client.close())])
  await bound.close()
}

const lanesOf = (met: ReadonlyMap<string, number>): Set<number> => new Set(met.values())

describe('datagrams for a lane that is away', { skip: unless('lanes') }, () => {
  for (const host of ['127.0.0.1', '::1']) {
    it(
      `go to others, and each source of these stays where it is (${host})`,
      {
        skip: host === '::1' && unlessIpv6,
      },
      async () => {
        await withClients({ scheme: 'udp', host, port: 0 }, 'source', async (bound, send) => {
          const before = await send()
          assert.equal(lanesOf(before).size, sockets, 'the sources are spread')
          assert.deepEqual(await send(), before, 'each source meets its lane again')
          for (const away of [[2], [0, 3], [0, 1, 2]]) {
            bound.divert(away)
            const meanwhile = await send()
            for (const [source, lane] of meanwhile) {
              const was = before.get(source) as number
              if (away.includes(was)) assert.ok(!away.includes(lane), `${lane} is away`)
              else assert.equal(lane, was)
            }
            assert.equal(lanesOf(meanwhile).size, sockets - away.length)
            assert.deepEqual(await send(), meanwhile, 'who stands in stays the same')
          }
          bound.divert([])
          assert.deepEqual(await send(), before)
          bound.divert([0, 1, 2, 3])
          assert.deepEqual(await send(), before, 'with all away it waits with its own')
        })
      },
    )
  }

  it('go to others where each goes to any', async () => {
    await withClients({ scheme: 'udp', host: '127.0.0.1', port: 0 }, 'round-robin', async (bound, send) => {
      bound.divert([1, 2])
      const met: number[] = []
      for (let round = 0; round < 5; round++) met.push(...(await send()).values())
      assert.deepEqual(new Set(met), new Set([0, 3]))
      const share = met.filter((lane) => lane === 0).length / met.length
      assert.ok(share > 0.3 && share < 0.7, `one got ${share}`)
      bound.divert([])
      const all = new Set<number>()
      await until('all get some again', async () => {
        for (const lane of (await send()).values()) all.add(lane)
        return all.size === sockets
      })
    })
  })

  it('that waited for it wait on', async () => {
    const bound = await bindSockets({ scheme: 'udp', host: '127.0.0.1', port: 0 }, { spread: 'source', sockets: 2 })
    const client = await udp().bind('udp://127.0.0.1:0')
    for (let count = 0; count < 10; count++) await client.sendTo('early', bound.address)
    bound.divert([0])
    const other = await datagramLane(bound.sockets[1] as (typeof bound.sockets)[0])
    await client.sendTo('late', bound.address)
    await until('the late one has come', () => other.messages.includes('late'))
    const waiting = 11 - other.messages.length
    assert.ok(waiting === 0 || waiting === 10, 'a source has one lane')
    assert.equal(bound.discard().datagrams, waiting)
    await Promise.all([other.socket.close(), client.close(), bound.close()])
  })
})

describe('connections for a lane that is away', { skip: unless('lanes') }, () => {
  it('go to others', async () => {
    const bound = await bindSockets({ scheme: 'tcp', host: '127.0.0.1', port: 0 }, { spread: 'source', sockets: 3 })
    const counts = bound.sockets.map(() => 0)
    const listeners = await Promise.all(
      bound.sockets.map((socket, index) =>
        serveBoundStream(socket.duplicate(), {
          onConnection(connection) {
            counts[index] = (counts[index] as number) + 1
            connection.destroy()
          },
          onAcceptError() {},
        }),
      ),
    )
    const connectMany = async (): Promise<number[]> => {
      counts.fill(0)
      for (let count = 0; count < 60; count++) await (await connect(formatAddress(bound.address))).close()
      await until('all were accepted', () => counts.reduce((sum, each) => sum + each, 0) === 60)
      return [...counts]
    }
    bound.divert([1])
    const [first, second, third] = (await connectMany()) as [number, number, number]
    assert.equal(second, 0)
    assert.ok(first > 0 && third > 0)
    bound.divert([])
    bound.divert([])
    await until('it gets its share again', async () => ((await connectMany())[1] as number) > 0)
    await Promise.all(listeners.map((listener) => listener.close()))
    await bound.close()
  })
})
