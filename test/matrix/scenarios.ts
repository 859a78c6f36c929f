/** What every transport and every kind of lanes must do; run-matrix.ts runs each of these on each of them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import type { Server } from '#lanework/server/index.js'
import { freshPath } from '../support/folder.ts'
import { addressOf, clientOf, countersOf } from '../support/matrix.ts'
import { until } from '../support/until.ts'
import type { Scenario } from './scenario.ts'

/** Handler calls in flight, of all lanes. */
const inFlight = (server: Server): number => server.status().lanes.reduce((sum, lane) => sum + lane.inFlight, 0)
const laneStates = (server: Server): string[] => [...new Set(server.status().lanes.map(({ state }) => state))]

export const scenarios: readonly Scenario[] = [
  {
    claim: 'answers one message',
    async run(site) {
      await using server = await site.serve('echo')
      const client = await clientOf(addressOf(server))
      await client.send('hello')
      assert.equal(String(await client.receive()), 'hello')
      await client.close()
    },
  },
  {
    claim: 'carries an empty message, and tells an empty reply from none',
    async run(site) {
      await using server = await site.serve('size')
      const client = await clientOf(addressOf(server))
      await client.send('')
      assert.equal((await client.receive()).length, 0)
      await client.send('x')
      await client.send('yy')
      assert.equal(String(await client.receive()), '2')
      await until('all have been handled', () => countersOf(server)['messages'] === 3)
      const { messageBytes, replies } = countersOf(server)
      assert.deepEqual([messageBytes, replies], [3, 2])
      await client.close()
    },
  },
  {
    claim: 'carries 65,507 bytes, the most that UDP over IPv4 can',
    async run(site) {
      await using server = await site.serve('echo')
      const client = await clientOf(addressOf(server))
      const message = Buffer.alloc(65_507, 'abcdefg')
      await client.send(message)
      assert.ok((await client.receive()).equals(message))
      await client.close()
    },
  },
  {
    claim: 'sends string replies as UTF-8',
    async run(site) {
      await using server = await site.serve('greet')
      const client = await clientOf(addressOf(server))
      await client.send('Ada')
      assert.equal(String(await client.receive()), 'Ada grüßt')
      await client.close()
    },
  },
  {
    claim: 'keeps the order of replies when earlier handlers take longer',
    only: { datagram: false },
    async run(site) {
      await using server = await site.serve('later')
      const client = await clientOf(addressOf(server))
      for (let index = 0; index < 20; index++) await client.send(String(index))
      for (let index = 0; index < 20; index++) assert.equal(String(await client.receive()), String(index))
      await client.close()
    },
  },
  {
    claim: 'answers every datagram of asynchronous handlers, each from its own bytes',
    only: { datagram: true },
    async run(site) {
      await using server = await site.serve('later')
      const client = await clientOf(addressOf(server))
      const wanted = Array.from({ length: 20 }, (_, index) => String(index))
      const got: string[] = []
      for (const message of wanted) await client.send(message)
      while (got.length < wanted.length) got.push(String(await client.receive()))
      assert.deepEqual(got.sort(), wanted.sort())
      await client.close()
    },
  },
  {
    claim: 'counts a handler that throws or rejects, and lives on',
    async run(site) {
      const errors: string[] = []
      await using server = await site.serve('faulty')
      server.on('handlerError', ({ error }) => errors.push((error as Error).message))
      for (const [message, told] of [
        ['throw', 1],
        ['reject', 2],
        ['fine', 2],
      ] as const) {
        const client = await clientOf(addressOf(server))
        await client.send(message)
        if (message === 'fine') assert.equal(String(await client.receive()), 'fine')
        else if (!site.datagram) await assert.rejects(client.receive(), /ended before/)
        await until('the error is told', () => errors.length === told)
        await client.close()
      }
      assert.deepEqual(errors, ['thrown', 'rejected'])
      assert.equal(countersOf(server)['handlerErrors'], 2)
      assert.ok(server.status().lanes.every(({ restarts }) => restarts === 0))
    },
  },
  {
    claim: 'keeps two clients apart',
    async run(site) {
      await using server = await site.serve('echo')
      const [ada, bob] = [await clientOf(addressOf(server)), await clientOf(addressOf(server))]
      for (let round = 0; round < 5; round++) {
        await Promise.all([ada.send(`ada ${round}`), bob.send(`bob ${round}`)])
        assert.equal(String(await bob.receive()), `bob ${round}`)
        assert.equal(String(await ada.receive()), `ada ${round}`)
      }
      await Promise.all([ada.close(), bob.close()])
    },
  },
  {
    claim: 'loses nothing of big replies to a slow reader',
    only: { datagram: false },
    async run(site) {
      const replyBytes = 512 * 1024
      await using server = await site.serve('big')
      const client = await clientOf(addressOf(server))
      for (let index = 0; index < 24; index++) await client.send(Buffer.of(index))
      // Read only once the server stands: it must have stopped handling, not have queued 12 MiB.
      const looks: number[] = []
      await until('the server is held up', async () => {
        await new Promise((resolve) => setTimeout(resolve, 10))
        looks.push(countersOf(server)['messages'] as number)
        return looks.length > 20 && (looks.at(-1) as number) > 0 && looks.at(-1) === looks.at(-20)
      })
      assert.ok((countersOf(server)['messages'] as number) < 24)
      for (let index = 0; index < 24; index++) {
        assert.ok(
          (await client.receive()).equals(Buffer.alloc(replyBytes, Buffer.of(index))),
          `reply ${index} is whole`,
        )
      }
      await client.close()
    },
  },
  {
    claim: 'lets a drain finish the handler that runs, sends its reply, and reports it',
    async run(site) {
      const server = await site.serve('hold')
      const client = await clientOf(addressOf(server))
      const path = freshPath()
      await client.send(path)
      await until('the handler runs', () => inFlight(server) === 1)
      assert.deepEqual([...new Set([...laneStates(server), 'ready', 'running'])].sort(), ['ready', 'running'])
      const draining = server.drain({ deadlineMs: 15_000 })
      assert.deepEqual(laneStates(server), ['draining'])
      assert.equal(server.status().state, 'draining')
      // A lane with nothing in hand is gone at once: then the other has been told too.
      if (site.lanes > 1) await until('the other lane has ended', () => laneStates(server).includes('dead'))
      writeFileSync(path, '')
      assert.equal(String(await client.receive()), path)
      const { tookMs, ...report } = await draining
      assert.ok(tookMs >= 0)
      const connectionsClosed = site.datagram ? 0 : 1
      assert.deepEqual(report, {
        finished: 1,
        aborted: 0,
        connectionsClosed,
        connectionsAborted: 0,
        bytesDropped: 0,
        bytesUnhandled: 0,
        datagramsUnhandled: 0,
      })
      assert.deepEqual([laneStates(server), server.status().state], [['dead'], 'stopped'])
      await server.closed
      await client.close()
    },
  },
  {
    claim: 'reports what a drain had to abort at its deadline',
    async run(site) {
      const server = await site.serve('never')
      const client = await clientOf(addressOf(server))
      await client.send('stuck')
      await until('the handler runs', () => inFlight(server) === 1)
      const report = await server.drain({ deadlineMs: 20 })
      assert.deepEqual([report.finished, report.aborted], [0, 1])
      assert.equal(report.connectionsAborted, site.datagram ? 0 : 1)
      await client.close()
    },
  },
  {
    claim: 'gives its address back when it closes',
    async run(site) {
      const first = await site.serve('echo')
      const listen = addressOf(first)
      await assert.rejects(site.serve('echo', { listen }), { code: 'ADDRESS_IN_USE' })
      await first.close()
      await using second = await site.serve('echo', { listen })
      const client = await clientOf(addressOf(second))
      await client.send('again')
      assert.equal(String(await client.receive()), 'again')
      await client.close()
    },
  },
  {
    claim: 'has counters that add up, and keeps them when it has stopped',
    async run(site) {
      await using server = await site.serve('even')
      const client = await clientOf(addressOf(server))
      let bytes = 0
      for (let index = 0; index < 100; index++) {
        await client.send(Buffer.alloc(index))
        bytes += index
        // One at a time: a Unix datagram socket queues ten.
        if (index % 2 === 0) await client.receive()
      }
      await until('all have been handled', () => countersOf(server)['messages'] === 100)
      const counters = countersOf(server)
      assert.deepEqual([counters['messageBytes'], counters['replies']], [bytes, 50])
      if (site.datagram) {
        await until('all have been counted', () => countersOf(server)['socketReceived'] === 100)
        assert.equal(countersOf(server)['socketReceivedBytes'], bytes)
        await until('all replies have left', () => countersOf(server)['socketSent'] === 50)
        assert.deepEqual([counters['socketSendDropped'], counters['socketSendFailed']], [0, 0])
      } else {
        assert.equal(counters['connectionsOpened'], 1)
        await client.close()
        await until('the connection is counted as closed', () => countersOf(server)['connectionsClosed'] === 1)
        assert.equal(server.status().listeners[0]?.connections, 0)
      }
      await client.close()
      // What sockets count comes later.
      const counted = (): unknown => Object.entries(countersOf(server)).filter(([name]) => !name.startsWith('socket'))
      const before = counted()
      // Handlers are timed now and then.
      const { latency, lanes, listeners } = server.status()
      const { count } = latency
      assert.ok(count > 0)
      for (const parts of [lanes, listeners]) {
        const timed = parts.reduce((sum, part) => sum + part.latency.count, 0)
        assert.equal(timed, count)
      }
      await server.close()
      assert.deepEqual(counted(), before)
      assert.equal(server.status().latency.count, count)
    },
  },
  {
    claim: 'calls open and close of a peer, which has a state of its own, and may be left by the service',
    async run(site) {
      await using server = await site.serve('hooks')
      // Where lanes share a socket, each has a session of its own with the same peer.
      const client = await clientOf(addressOf(server))
      if (!site.datagram) assert.equal(String(await client.receive()), 'welcome')
      await client.send('x')
      if (site.datagram) assert.equal(String(await client.receive()), 'welcome')
      assert.equal(String(await client.receive()), '1')
      await until('one is open', () => server.status().listeners[0]?.connections === 1)
      if (site.name === 'unix-dgram' && site.lanes > 1) return client.close()
      await client.send('leave')
      await until('none is open', () => server.status().listeners[0]?.connections === 0)
      await client.close()
    },
  },
  {
    claim: 'hands a whole connection to a service that takes bytes',
    only: { transports: ['tcp4', 'tcp6', 'unix'] },
    async run(site) {
      await using server = await site.serve('capitals')
      const client = await clientOf(addressOf(server))
      await client.send('hello') // with its length, which has no letters
      assert.equal(String(await client.receive()), 'HELLO')
      await client.close()
      await until('it has ended', () => server.status().listeners[0]?.connections === 0)
      assert.equal(countersOf(server)['connectionsClosed'], 1)
    },
  },
  {
    claim: 'holds to limits that are given when it starts, and to a framing by its name',
    only: { datagram: false },
    async run(site) {
      await using server = await site.serve('echo', { limits: { frameBytes: 10 }, framing: 'length:4' })
      const client = await clientOf(addressOf(server))
      await client.send('0123456789')
      assert.equal(String(await client.receive()), '0123456789')
      await client.send('0123456789a')
      await assert.rejects(client.receive())
      await until('it is counted', () => countersOf(server)['badMessages'] === 1)
      await client.close()
    },
  },
]
