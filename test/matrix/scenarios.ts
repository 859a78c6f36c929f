/** What every transport must do; matrix.test.ts runs each of these on each of them. */
import assert from 'node:assert/strict'
import { gate, turns, until } from '../support/until.ts'
import { addressOf, clientOf, countersOf, serveOn, type Transport } from '../support/matrix.ts'

export interface Scenario {
  readonly claim: string
  readonly only?: 'datagrams' | 'streams'
  run(transport: Transport): Promise<void>
}

const echo = { message: (message: Buffer): Buffer => message }

export const scenarios: readonly Scenario[] = [
  {
    claim: 'answers one message',
    async run(transport) {
      await using server = await serveOn(transport.listen(), echo)
      const client = await clientOf(addressOf(server))
      await client.send('hello')
      assert.equal(String(await client.receive()), 'hello')
      await client.close()
    },
  },
  {
    claim: 'carries an empty message, and tells an empty reply from none',
    async run(transport) {
      const sizes: number[] = []
      await using server = await serveOn(transport.listen(), {
        message(message) {
          sizes.push(message.length)
          return message.length === 1 ? undefined : ''
        },
      })
      const client = await clientOf(addressOf(server))
      for (const message of ['', 'x', 'yy']) await client.send(message)
      assert.equal((await client.receive()).length, 0)
      assert.equal((await client.receive()).length, 0)
      assert.deepEqual(sizes, [0, 1, 2])
      assert.equal(countersOf(server)['replies'], 2)
      await client.close()
    },
  },
  {
    claim: 'carries 65,507 bytes, the most that UDP over IPv4 can',
    async run(transport) {
      await using server = await serveOn(transport.listen(), echo)
      const client = await clientOf(addressOf(server))
      const message = Buffer.alloc(65_507, 'abcdefg')
      await client.send(message)
      assert.ok((await client.receive()).equals(message))
      await client.close()
    },
  },
  {
    claim: 'sends string replies as UTF-8',
    async run(transport) {
      await using server = await serveOn(transport.listen(), { message: (message) => `${message} grüßt` })
      const client = await clientOf(addressOf(server))
      await client.send('Ada')
      assert.equal(String(await client.receive()), 'Ada grüßt')
      await client.close()
    },
  },
  {
    claim: 'keeps the order of replies when earlier handlers take longer',
    only: 'streams',
    async run(transport) {
      await using server = await serveOn(transport.listen(), {
        async message(message) {
          await turns(20 - Number(message))
          return message
        },
      })
      const client = await clientOf(addressOf(server))
      for (let index = 0; index < 20; index++) await client.send(String(index))
      for (let index = 0; index < 20; index++) assert.equal(String(await client.receive()), String(index))
      await client.close()
    },
  },
  {
    claim: 'answers every datagram of asynchronous handlers, each from its own bytes',
    only: 'datagrams',
    async run(transport) {
      await using server = await serveOn(transport.listen(), {
        async message(message) {
          await turns(20 - Number(message))
          return message
        },
      })
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
    async run(transport) {
      const errors: unknown[] = []
      await using server = await serveOn(transport.listen(), {
        message(message) {
          if (String(message) === 'throw') throw new Error('thrown')
          return String(message) === 'reject' ? Promise.reject(new Error('rejected')) : message
        },
      })
      server.on('handlerError', ({ error }) => errors.push((error as Error).message))
      for (const message of ['throw', 'reject', 'fine']) {
        const client = await clientOf(addressOf(server))
        await client.send(message)
        if (message === 'fine') assert.equal(String(await client.receive()), 'fine')
        else if (transport.datagram) await until('the error is counted', () => errors.length > 0)
        else await assert.rejects(client.receive(), /ended before/)
        await client.close()
      }
      assert.deepEqual(errors, ['thrown', 'rejected'])
      assert.equal(countersOf(server)['handlerErrors'], 2)
    },
  },
  {
    claim: 'keeps two clients apart',
    async run(transport) {
      await using server = await serveOn(transport.listen(), echo)
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
    only: 'streams',
    async run(transport) {
      const replyBytes = 512 * 1024
      await using server = await serveOn(transport.listen(), {
        message: (message) => Buffer.alloc(replyBytes, message),
      })
      const client = await clientOf(addressOf(server))
      for (let index = 0; index < 24; index++) await client.send(Buffer.of(index))
      // Read only once the server stands: it must have stopped handling, not have queued 12 MiB.
      await until('the server is held up', async () => {
        const before = countersOf(server)['messages']
        await turns(20)
        return before === countersOf(server)['messages'] && (before as number) > 0
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
    async run(transport) {
      const [begun, finish] = [gate(), gate()]
      const server = await serveOn(transport.listen(), {
        async message(message) {
          begun.open()
          await finish.opened
          return message
        },
      })
      const client = await clientOf(addressOf(server))
      await client.send('last')
      await begun.opened
      const draining = server.drain({ deadlineMs: 15_000 })
      assert.equal(server.status().lanes[0]?.state, 'draining')
      finish.open()
      assert.equal(String(await client.receive()), 'last')
      const { tookMs, ...report } = await draining
      assert.ok(tookMs >= 0)
      const connectionsClosed = transport.datagram ? 0 : 1
      assert.deepEqual(report, {
        finished: 1,
        aborted: 0,
        connectionsClosed,
        connectionsAborted: 0,
        bytesDropped: 0,
        bytesUnhandled: 0,
        datagramsUnhandled: 0,
      })
      assert.equal(server.status().lanes[0]?.state, 'dead')
      await server.closed
      await client.close()
    },
  },
  {
    claim: 'reports what a drain had to abort at its deadline',
    async run(transport) {
      const begun = gate()
      const server = await serveOn(transport.listen(), {
        message(): Promise<undefined> {
          begun.open()
          return new Promise(() => {})
        },
      })
      const client = await clientOf(addressOf(server))
      await client.send('stuck')
      await begun.opened
      const report = await server.drain({ deadlineMs: 20 })
      assert.deepEqual([report.finished, report.aborted], [0, 1])
      assert.equal(report.connectionsAborted, transport.datagram ? 0 : 1)
      await client.close()
    },
  },
  {
    claim: 'gives its address back when it closes',
    async run(transport) {
      const first = await serveOn(transport.listen(), echo)
      const address = addressOf(first)
      await assert.rejects(serveOn(address, echo), { code: 'ADDRESS_IN_USE' })
      await first.close()
      await using second = await serveOn(address, echo)
      const client = await clientOf(addressOf(second))
      await client.send('again')
      assert.equal(String(await client.receive()), 'again')
      await client.close()
    },
  },
  {
    claim: 'has counters that add up',
    async run(transport) {
      await using server = await serveOn(transport.listen(), {
        message: (message) => (message.length % 2 === 0 ? message : undefined),
      })
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
      if (transport.datagram) {
        assert.deepEqual([counters['socketReceived'], counters['socketReceivedBytes']], [100, bytes])
        await until('all replies have left', () => countersOf(server)['socketSent'] === 50)
        assert.deepEqual([counters['socketSendDropped'], counters['socketSendFailed']], [0, 0])
      } else {
        assert.equal(counters['connectionsOpened'], 1)
        await client.close()
        await until('the connection is counted as closed', () => countersOf(server)['connectionsClosed'] === 1)
        assert.equal(server.status().listeners[0]?.connections, 0)
      }
      await client.close()
    },
  },
]
