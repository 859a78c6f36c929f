/** What shows who handles a message: where lanes run, and how work is spread over them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { threadId } from 'node:worker_threads'
import type { Server } from '#lanework/server/index.js'
import type { Who } from '../fixtures/matrix-services.ts'
import { freshPath } from '../support/folder.ts'
import { addressOf, clientOf, type Client } from '../support/matrix.ts'
import { until } from '../support/until.ts'
import type { Scenario } from './scenario.ts'

async function ask(client: Client, message = ''): Promise<Who> {
  await client.send(message)
  return JSON.parse(String(await client.receive())) as Who
}

const clientsOf = (server: Server, count: number): Promise<Client[]> =>
  Promise.all(Array.from({ length: count }, () => clientOf(addressOf(server))))
const closeAll = (clients: readonly Client[]): Promise<unknown> => Promise.all(clients.map((client) => client.close()))
const spreadOf = (server: Server): string | undefined => server.status().listeners[0]?.spread
const several = ['thread', 'process'] as const

export const laneScenarios: readonly Scenario[] = [
  {
    claim: 'runs handlers where it says, and in status()',
    async run(site) {
      await using server = await site.serve('state')
      const client = await clientOf(addressOf(server))
      const who = await ask(client)
      const { lanes, state, pid, generation } = server.status()
      assert.deepEqual([state, pid, generation, lanes.length], ['serving', process.pid, 1, site.lanes])
      assert.deepEqual([...new Set(lanes.map(({ kind }) => kind))], [site.kind])
      assert.deepEqual([who.kind, who.pid], [site.kind, lanes[who.lane]?.pid])
      assert.equal(who.pid === process.pid, site.kind !== 'process')
      assert.equal(who.threadId === threadId, site.kind !== 'thread')
      assert.equal(new Set(lanes.map((lane) => lane.pid)).size, site.kind === 'process' ? site.lanes : 1)
      await until('it is counted for its lane', () => server.status().lanes[who.lane]?.messages === 1)
      await client.close()
    },
  },
  {
    claim: 'keeps a peer with its lane, and its state, when spread by source',
    only: { transports: ['udp4', 'udp6', 'tcp4', 'tcp6', 'ws'] },
    async run(site) {
      await using server = await site.serve('state')
      if (site.kind !== 'inline') assert.equal(spreadOf(server), 'source')
      const clients = await clientsOf(server, 8)
      const lanes = new Set<number>()
      for (const client of clients) {
        const { lane } = await ask(client)
        lanes.add(lane)
        for (let messages = 2; messages < 6; messages++) {
          const { lane: again, messages: seen } = await ask(client)
          assert.deepEqual([again, seen], [lane, messages])
        }
      }
      // Where the hash sends a port is chance; sooner or later each lane has some.
      await until('each lane has been met', async () => {
        if (lanes.size === site.lanes) return true
        const client = await clientOf(addressOf(server))
        clients.push(client)
        lanes.add((await ask(client)).lane)
        return false
      })
      await closeAll(clients)
    },
  },
  {
    claim: 'meets both lanes from one source under round-robin, evenly in the long run',
    only: { transports: ['udp4', 'udp6'], kinds: several },
    async run(site) {
      await using server = await site.serve('state', { spread: 'round-robin' })
      assert.equal(spreadOf(server), 'round-robin')
      const client = await clientOf(addressOf(server))
      const met = [0, 0]
      for (let index = 0; index < 200; index++) {
        const { lane } = await ask(client)
        met[lane] = (met[lane] as number) + 1
      }
      // Fair coins show fewer than 50 heads or tails of 200 once in 10^12 times.
      assert.ok(
        met.every((count) => count >= 50),
        String(met),
      )
      await client.close()
    },
  },
  {
    claim: 'gives each connection to the lane that has the fewest under least-connections',
    only: { datagram: false, kinds: several },
    async run(site) {
      await using server = await site.serve('state', { spread: 'least-connections' })
      assert.equal(spreadOf(server), 'least-connections')
      const clients: Client[] = []
      const held = [0, 0]
      const connect = async (): Promise<number> => {
        const client = await clientOf(addressOf(server))
        clients.push(client)
        const { lane } = await ask(client)
        held[lane] = (held[lane] as number) + 1
        return lane
      }
      for (let pairs = 1; pairs <= 4; pairs++) {
        const first = await connect()
        assert.equal(await connect(), 1 - first)
        assert.deepEqual(held, [pairs, pairs])
      }
      assert.deepEqual(
        server.status().lanes.map(({ connections }) => connections),
        [4, 4],
      )
      await closeAll(clients)
    },
  },
  {
    claim: 'leaves work to the other lane while one is blocked, when they share a socket',
    only: { kinds: several },
    async run(site) {
      await using server = await site.serve('block', { spread: 'shared' })
      assert.equal(spreadOf(server), 'shared')
      const blocker = await clientOf(addressOf(server))
      const path = freshPath()
      await blocker.send(path)
      const blocked = await until('a lane is blocked', () => {
        return server.status().lanes.find(({ state }) => state === 'blocked')
      })
      for (let index = 0; index < 20; index++) {
        const client = await clientOf(addressOf(server))
        assert.equal((await ask(client)).lane, 1 - blocked.id)
        await client.close()
      }
      writeFileSync(path, '')
      const { lane } = JSON.parse(String(await blocker.receive())) as Who
      assert.equal(lane, blocked.id)
      await until('it is blocked no more', () => server.status().lanes[lane]?.state === 'ready')
      await blocker.close()
    },
  },
]
