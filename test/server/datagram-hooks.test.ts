/** Hooks of datagram services: limited(), sent(), times of arrival, counters of their own, and the transports they are for. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { momentNs, realTimeNs } from '#lanework/io/index.js'
import { resolveLimits, serve, service, type Peer } from '#lanework/server/index.js'
import { isNative } from '../support/capability.ts'
import { addressOf, clientOf, countersOf, serveOn } from '../support/matrix.ts'
import { rated } from '../support/rated.ts'
import { until } from '../support/until.ts'

const listen = 'udp://127.0.0.1:0'

describe('limited()', () => {
  it('answers what is beyond the rate, or not, and only that is dropped', async () => {
    let beyond = 0
    const definition = {
      message: () => 'answer',
      limited: () => (++beyond % 2 === 0 ? 'wait' : undefined),
    }
    const limits = { messagesPerSecond: 1, messageBurst: 3 }
    const { server, client, burst, counters } = await rated(definition, { limits })
    const asker = await client('203.0.113.1')
    await burst(asker, 13)
    const { messages, replies, droppedRate } = counters()
    assert.deepEqual([beyond, messages, replies, droppedRate], [10, 8, 8, 5])
    const heard = []
    for (let count = 0; count < 8; count++) heard.push(String(await asker.recv(10)))
    assert.deepEqual(heard, ['answer', 'answer', 'answer', ...Array.from({ length: 5 }, () => 'wait')])
    await server.close()
  })

  it('is held to replyFactor, and what it throws is an error of the handler', async () => {
    let what: () => string = () => 'x'.repeat(500)
    const definition = { message: () => undefined, limited: () => what() }
    const limits = { messagesPerSecond: 1, messageBurst: 1, replyFactor: 1 }
    const { server, client, burst, counters } = await rated(definition, { limits })
    const asker = await client('203.0.113.1')
    await burst(asker, 4)
    assert.deepEqual([counters()['droppedAmplified'], counters()['replies']], [3, 0])
    what = () => {
      throw new Error('no')
    }
    await burst(asker, 2)
    assert.deepEqual([counters()['handlerErrors'], counters()['droppedRate']], [2, 5])
    await server.close()
  })

  it('belongs to message() services', () => {
    const definition = { name: 'x', connection: async () => {}, limited: () => undefined }
    assert.throws(() => service(definition), { code: 'SERVICE_INVALID' })
  })
})

describe('limits.messagesPerSecond', () => {
  it('may be a fraction: one message in eight seconds', async () => {
    let handled = 0
    const { server, clock, client, burst } = await rated(
      { message: () => void handled++ },
      { limits: { messagesPerSecond: 0.125 } },
    )
    const asker = await client('203.0.113.1')
    await burst(asker, 5)
    assert.equal(handled, 1)
    await clock.advance(7_900)
    await burst(asker, 1)
    assert.equal(handled, 1)
    await clock.advance(200)
    await burst(asker, 5)
    assert.equal(handled, 2)
    await server.close()
    assert.throws(() => resolveLimits({}, { messagesPerSecond: 0.0001 }), { code: 'OPTION_INVALID' })
    assert.throws(() => resolveLimits({}, { messagesPerSecond: -1 }), { code: 'OPTION_INVALID' })
  })
})

describe('sent()', () => {
  it('is called once the answers of a batch have left, and not when there were none', async () => {
    const calls: number[] = []
    await using server = await serveOn(listen, {
      message: (message: Buffer) => (String(message) === 'silence' ? undefined : message),
      sent: () => void calls.push(countersOf(server)['replies'] as number),
    })
    const client = await clientOf(addressOf(server))
    await client.send('silence')
    await until('it has come', () => countersOf(server)['messages'] === 1)
    assert.deepEqual(calls, [])
    await client.send('x')
    await client.receive()
    await until('it was called', () => calls.length === 1)
    await client.close()
  })

  it('may throw, and the server lives', async () => {
    await using server = await serveOn(listen, {
      message: (message: Buffer) => message,
      sent: () => {
        throw new Error('no')
      },
    })
    const client = await clientOf(addressOf(server))
    for (const text of ['a', 'b']) {
      await client.send(text)
      assert.equal(String(await client.receive()), text)
    }
    assert.equal(countersOf(server)['handlerErrors'], 2)
    await client.close()
  })
})

describe('timestamps', () => {
  it('tell each handler when its datagram came; without them there are none', async () => {
    for (const timestamps of [true, false]) {
      const times: (bigint | undefined)[] = []
      await using server = await serveOn(listen, {
        timestamps,
        message: (message: Buffer, { received }: Peer) => {
          times.push(received && momentNs(received))
          return message
        },
      })
      const client = await clientOf(addressOf(server))
      const beforeNs = realTimeNs()
      await client.send('x')
      await client.receive()
      await client.close()
      const [time] = times
      const slackNs = isNative ? 0n : 2_000_000n
      if (timestamps) assert.ok(time !== undefined && time >= beforeNs - slackNs && time <= realTimeNs() + slackNs)
      else assert.equal(time, undefined)
    }
  })
})

describe('counters of a service', () => {
  it('are in the status under their names, of all lanes together', async () => {
    let cells: Float64Array | undefined
    await using server = await serve(
      service({
        name: 'counting',
        counters: ['vowels', 'others'],
        start: (lane) => void (cells = lane.counters),
        message(message) {
          for (const letter of String(message)) {
            const at = 'aeiou'.includes(letter) ? 0 : 1
            if (cells !== undefined) cells[at] = (cells[at] as number) + 1
          }
          return message
        },
      }),
      { listen },
    )
    assert.deepEqual(server.status().counters, { vowels: 0, others: 0 })
    const client = await clientOf(addressOf(server))
    await client.send('counting')
    await client.receive()
    assert.deepEqual(server.status().counters, { vowels: 3, others: 5 })
    await client.close()
  })

  it('are 32 at most, each a camelCase word of its own', () => {
    const many = Array.from({ length: 33 }, (_, index) => `c${index}`)
    for (const counters of [many, ['a', 'a'], ['two words'], ['snake_case'], ['Upper'], ['']]) {
      assert.throws(() => service({ name: 'x', counters, message: () => undefined }), { code: 'SERVICE_INVALID' })
    }
  })
})

describe('schemes', () => {
  it('name the transports that a service is for, and serve refuses others', async () => {
    const datagrams = service({ name: 'datagrams', schemes: ['udp'], message: (message) => message })
    await using server = await serve(datagrams, { listen })
    assert.equal(server.addresses.length, 1)
    for (const other of ['tcp://127.0.0.1:0', 'unix:never.sock']) {
      await assert.rejects(serve(datagrams, { listen: [listen, other] }), {
        code: 'OPTION_INVALID',
        message: /udp/,
      })
    }
  })
})
