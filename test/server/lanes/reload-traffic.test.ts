/** `reload`: new code and new limits, with nobody turned away; and a new generation that fails. */
import assert from 'node:assert/strict'
import { readdirSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { serve, type LaneKind, type Server, type ServeOptions, type Spread } from '#lanework/server/index.js'
import { unless } from '../../support/capability.ts'
import { freshPath } from '../../support/folder.ts'
import { addressOf, clientOf, countersOf } from '../../support/matrix.ts'
import { childrenOf, descriptors, mappings } from '../../support/processes.ts'
import { until } from '../../support/until.ts'
import { ask, traffic, versions, type Versions } from '../../support/versions.ts'

const udp = 'udp://127.0.0.1:0'
const tcp = 'tcp://127.0.0.1:0'

function start(module: Versions, laneKind: LaneKind, options: Partial<ServeOptions> = {}): Promise<Server> {
  return serve(module.url, { listen: tcp, lanes: 2, laneKind, supervision: { standby: 0 }, ...options })
}

const pids = (server: Server): number[] => server.status().lanes.map(({ pid }) => pid)
const inFlight = (server: Server): number => server.status().lanes.reduce((sum, lane) => sum + lane.inFlight, 0)

const answerOf = (server: Server, message = 'x'): Promise<string> => answerAt(addressOf(server), message)

async function answerAt(address: string, message: string): Promise<string> {
  const client = await clientOf(address)
  const answer = await ask(client, message)
  await client.close()
  return answer
}

const spreads: readonly (readonly [datagrams: Spread, streams: Spread])[] = [
  ['source', 'source'],
  ['round-robin', 'least-connections'],
  ['shared', 'shared'],
]

for (const kind of ['thread', 'process'] as const) {
  describe(`reload of lanes of kind ${kind}`, { skip: unless('lanes') }, () => {
    for (const [datagrams, streams] of spreads) {
      it(`fails no request under traffic (UDP ${datagrams}, TCP ${streams}), and lets connections finish`, async () => {
        const module = versions()
        module.write('v1')
        const listen = [
          { address: udp, spread: datagrams },
          { address: tcp, spread: streams },
        ]
        await using server = await start(module, kind, { listen })
        const [overUdp, overTcp] = server.addresses as [string, string]
        const [established, held] = [await clientOf(overTcp), await clientOf(overTcp)]
        assert.equal(await ask(established, 'before'), 'v1 before')
        const path = freshPath()
        await held.send(`hold ${path}`)
        const flows = [
          traffic(overUdp, { streams: false, clients: 3 }),
          traffic(overTcp, { streams: true, clients: 2 }),
        ] as const
        const flowOn = async (): Promise<void> => {
          const marks = flows.map(({ answered }) => answered + 150)
          await until('traffic flows', () => flows.every(({ answered }, index) => answered >= (marks[index] as number)))
        }
        try {
          await flowOn()
          module.write('v2')
          const report = await server.reload()
          assert.deepEqual([report.generation, report.lanes], [2, 2])
          await flowOn()
          await until('new code answers', () => flows.every((flow) => flow.versions.has('v2')))
          assert.equal(await ask(established, 'after'), 'v1 after')
          assert.ok(server.status().lanes.some(({ state }) => state === 'draining'))
          writeFileSync(path, '')
          assert.equal(String(await held.receive()), `v1 hold ${path}`)
          await Promise.all([held.close(), established.close()])
          const drained = await report.drained
          assert.deepEqual([drained.aborted, drained.connectionsAborted, drained.bytesDropped], [0, 0, 0])
          assert.ok(drained.finished >= 1)
          assert.ok(drained.connectionsClosed >= 2)
          assert.equal(await answerAt(overTcp, 'x'), 'v2 x')
        } finally {
          await Promise.all(flows.map((flow) => flow.stop()))
        }
      })
    }

    it('goes on with the old lanes when the new ones do not become ready, and says why', async () => {
      const module = versions()
      module.write('v1')
      await using server = await start(module, kind, { supervision: { standby: 0, readyMs: 4_000 } })
      const before = pids(server)
      const failures: readonly (readonly [write: () => void, reason: RegExp])[] = [
        [() => module.writeText('throw new Error("broken at load")'), /broken at load/],
        [() => module.writeText('export default ('), /cannot be loaded/],
        [() => module.writeText('export default "no service"'), /not made by service/],
        [() => module.write('v2', 'throw new RangeError("no wish to start")'), /no wish to start/],
        [() => module.write('v2', 'process.exit(3)'), /exit code 3/],
        [() => module.write('v2', 'await new Promise(() => {})'), /not ready in time/],
        [() => module.write('v2', 'while (true);'), /not ready in time/],
      ]
      for (const [write, reason] of failures) {
        write()
        await assert.rejects(server.reload(), { code: 'RELOAD_FAILED', message: reason })
        assert.equal(await answerOf(server), 'v1 x')
        const { state, generation, lanes } = server.status()
        assert.deepEqual([state, generation], ['serving', 1])
        assert.deepEqual(
          lanes.slice(0, 2).map(({ pid, restarts }) => [pid, restarts]),
          before.map((pid) => [pid, 0]),
        )
      }
      module.write('v3')
      const { generation } = await server.reload()
      assert.equal(generation, 2)
      assert.equal(await answerOf(server), 'v3 x')
      await until('only the new ones run', () => server.status().lanes.length === 2)
      if (kind === 'process') await until('no other process is left', () => childrenOf(process.pid).length === 2)
    })

    it('fails no request when one of the new lanes serves already and the other fails', async () => {
      const module = versions()
      module.write('v1')
      await using server = await start(module, kind, { listen: [udp, tcp] })
      const [overUdp, overTcp] = server.addresses as [string, string]
      const begun = freshPath()
      const flows = [
        traffic(overUdp, { streams: false, clients: 4 }),
        traffic(overTcp, { streams: true, clients: 4 }),
      ] as const
      try {
        module.write(
          'v2',
          `while (lane.id === 1 && !existsSync('${begun}')) await new Promise((resolve) => setTimeout(resolve, 5))
           if (lane.id === 1) throw new Error('one of two')`,
        )
        const reload = server.reload()
        // Each connection has a port of its own, so that some come to it; a datagram socket may never do.
        await until('one of the new lanes answers', () => flows[1].versions.has('v2'))
        const fresh = await until('a connection with the new lane', async () => {
          const client = await clientOf(overTcp)
          if ((await ask(client, 'x')) === 'v2 x') return client
          await client.close()
          return undefined
        })
        const path = freshPath()
        await fresh.send(`hold ${path}`)
        writeFileSync(begun, '')
        await assert.rejects(reload, { code: 'RELOAD_FAILED', message: /one of two/ })
        assert.deepEqual([server.status().state, server.status().generation], ['serving', 1])
        writeFileSync(path, '')
        assert.equal(String(await fresh.receive()), `v2 hold ${path}`)
        await fresh.close()
        await until('it has gone', () => server.status().lanes.length === 2)
        assert.equal(await answerAt(overTcp, 'x'), 'v1 x')
      } finally {
        await Promise.all(flows.map((flow) => flow.stop()))
      }
    })

    it('takes new limits, keeps them at the next reload, and refuses wrong ones', async () => {
      const module = versions()
      module.write('v1')
      await using server = await start(module, kind)
      assert.equal(await answerOf(server, '0123456789a'), 'v1 0123456789a')
      await server.reload({ limits: { frameBytes: 10 } })
      await assert.rejects(answerOf(server, '0123456789a'), /ended before|reset/)
      await assert.rejects(server.reload({ limits: { frameBytes: -1 } }), { code: 'RELOAD_FAILED' })
      await server.reload()
      await assert.rejects(answerOf(server, '0123456789a'), /ended before|reset/)
      assert.equal(await answerOf(server, '0123456789'), 'v1 0123456789')
      // What lanes of all generations counted, whatever memory they counted in.
      await until(
        'all is counted',
        () => countersOf(server)['messages'] === 2 && countersOf(server)['badMessages'] === 2,
      )
    })

    it('runs one reload after the other, and tells of each', async () => {
      const module = versions()
      module.write('v1')
      await using server = await start(module, kind)
      const told: [string, number][] = []
      server.on('laneStarted', ({ generation }) => told.push(['lane', generation]))
      server.on('reloaded', ({ generation }) => told.push(['reloaded', generation]))
      const both = [server.reload(), server.reload()]
      await until('it is under way', () => server.status().state === 'reloading')
      assert.deepEqual(
        (await Promise.all(both)).map(({ generation }) => generation),
        [2, 3],
      )
      const one = (generation: number): [string, number][] => [
        ['lane', generation],
        ['lane', generation],
        ['reloaded', generation],
      ]
      assert.deepEqual(told, [...one(2), ...one(3)])
      assert.deepEqual([server.status().state, server.status().generation], ['serving', 3])
    })

    it('is refused while the server drains, and when it has stopped', async () => {
      const module = versions()
      module.write('v1')
      const server = await start(module, kind)
      const client = await clientOf(addressOf(server))
      const path = freshPath()
      await client.send(`hold ${path}`)
      await until('the handler runs', () => inFlight(server) === 1)
      const draining = server.drain({ deadlineMs: 15_000 })
      await assert.rejects(server.reload(), { code: 'CLOSED' })
      writeFileSync(path, '')
      assert.equal(String(await client.receive()), `v1 hold ${path}`)
      assert.equal((await draining).finished, 1)
      await client.close()
      await assert.rejects(server.reload(), { code: 'CLOSED' })
    })

    it('aborts at its deadline what does not end in the old lanes, and reports it', async () => {
      const module = versions()
      module.write('v1')
      await using server = await start(module, kind, { listen: [tcp, udp] })
      const [overTcp, overUdp] = server.addresses as [string, string]
      const [stuck, idle, sender] = [await clientOf(overTcp), await clientOf(overTcp), await clientOf(overUdp)]
      assert.equal(await ask(idle, 'x'), 'v1 x')
      await stuck.send('never')
      await sender.send('never')
      await until('the handlers run', () => inFlight(server) === 2)
      const { drained } = await server.reload({ deadlineMs: 100 })
      const { tookMs, ...report } = await drained
      assert.ok(tookMs >= 0)
      assert.deepEqual(report, {
        finished: 0,
        aborted: 2,
        connectionsClosed: 1,
        connectionsAborted: 1,
        bytesDropped: 0,
        bytesUnhandled: 0,
        datagramsUnhandled: 0,
      })
      await assert.rejects(stuck.receive())
      await assert.rejects(idle.receive(), /ended before/)
      await until('the old lanes are gone', () => server.status().lanes.length === 2)
      assert.equal(await answerOf(server), 'v1 x')
      await Promise.all([stuck, idle, sender].map((client) => client.close()))
    })

    it('leaves nothing behind: ten in a row', async () => {
      const module = versions()
      module.write('v1')
      await using server = await start(module, kind)
      const reload = async (): Promise<number> => {
        const { generation, drained } = await server.reload()
        await drained
        return generation
      }
      const held = (): Record<string, number> => ({
        children: childrenOf(process.pid).length,
        threads: readdirSync('/proc/self/task').length,
        descriptors: descriptors().length,
        mappings: mappings(),
        lanes: server.status().lanes.length,
      })
      await reload()
      await until('the first lanes are gone', () => server.status().lanes.length === 2)
      // What ends leaves one by one: the least that is seen counts.
      let before = held()
      await until('the first reload has left what it leaves', async () => {
        const last = before
        await new Promise((resolve) => setTimeout(resolve, 300))
        before = held()
        return JSON.stringify(before) === JSON.stringify(last)
      })
      for (let generation = 3; generation <= 12; generation++) assert.equal(await reload(), generation)
      let after = held()
      await until('no more is held than before', () => {
        after = held()
        return Object.keys(after).every((what) => after[what]! <= before[what]!)
      }).catch(() => assert.deepEqual(after, before))
      assert.equal(await answerOf(server), 'v1 x')
    })
  })
}

it('reload needs lanes in threads or processes', async () => {
  const module = versions()
  module.write('v1')
  await using server = await serve(module.url, { listen: tcp })
  await assert.rejects(server.reload(), { code: 'RELOAD_NEEDS_LANES' })
  assert.equal(await answerOf(server), 'v1 x')
})
