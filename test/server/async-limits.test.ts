import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { lines } from '#lanework/framing/index.js'
import { connect } from '#lanework/io/index.js'
import { addressOf, clientOf, countersOf, framed, serveOn, type Client } from '../support/matrix.ts'
import { gate, turns, until } from '../support/until.ts'

describe('handler calls in flight', () => {
  /** A service whose handlers wait until they are let go, and how many ran at once. */
  function holding(): {
    definition: { message(message: Buffer): Promise<Buffer> }
    running: () => number
    most: () => number
    letGo(): void
  } {
    const waiting: (() => void)[] = []
    let [running, most] = [0, 0]
    return {
      running: () => running,
      most: () => most,
      letGo: () => waiting.shift()?.(),
      definition: {
        async message(message) {
          most = Math.max(most, ++running)
          await new Promise<void>((resolve) => waiting.push(resolve))
          running--
          return message
        },
      },
    }
  }

  async function clientsThatAsk(address: string, count: number): Promise<Client[]> {
    const clients = await Promise.all(Array.from({ length: count }, () => clientOf(address)))
    for (const [index, client] of clients.entries()) await client.send(`question ${index}`)
    return clients
  }

  it('never exceed limits.inFlight over many connections, and all are answered', async () => {
    const { definition, running, most, letGo } = holding()
    await using server = await serveOn('tcp://127.0.0.1:0', definition, { limits: { inFlight: 2 } })
    const clients = await clientsThatAsk(addressOf(server), 6)
    for (let answered = 0; answered < 6; answered++) {
      await until('a handler runs', () => running() > 0)
      await turns(5)
      letGo()
    }
    for (const [index, client] of clients.entries()) assert.equal(String(await client.receive()), `question ${index}`)
    assert.equal(most(), 2)
    for (const client of clients) await client.close()
  })

  it('are not lost to a connection that leaves while it waits for its turn', async () => {
    const { definition, running, letGo } = holding()
    await using server = await serveOn('tcp://127.0.0.1:0', definition, { limits: { inFlight: 1 } })
    const clients = await clientsThatAsk(addressOf(server), 1)
    await until('the first runs', () => running() === 1)
    const second = await connect(addressOf(server))
    await second.send(framed.encode('never asked'))
    await until('the second waits', () => countersOf(server)['connectionsOpened'] === 2)
    const [third] = await clientsThatAsk(addressOf(server), 1)
    await until('the third waits', () => countersOf(server)['connectionsOpened'] === 3)
    await turns(10)
    second.reset()
    await until('the second has left', () => countersOf(server)['connectionsClosed'] === 1)
    letGo()
    await until('the third runs', () => running() === 1 && countersOf(server)['messages'] === 2)
    letGo()
    assert.equal(String(await third?.receive()), 'question 0')
    for (const client of [...clients, third]) await client?.close()
  })

  it('beyond the limit cost a datagram, which is counted', async () => {
    const { definition, running, letGo } = holding()
    await using server = await serveOn('udp://127.0.0.1:0', definition, { limits: { inFlight: 3 } })
    const client = await clientOf(addressOf(server))
    for (let index = 0; index < 5; index++) await client.send(String(index))
    await until('all five came', () => countersOf(server)['socketReceived'] === 5)
    assert.deepEqual([running(), countersOf(server)['droppedOverload']], [3, 2])
    for (const index of [0, 1, 2]) {
      letGo()
      assert.equal(String(await client.receive()), String(index))
    }
    await client.close()
  })

  it('delay the end of a stream: a last line without a newline is answered once, then the connection ends', async () => {
    const definition = { framing: lines(), message: async (message: Buffer) => `<${message}>` }
    await using server = await serveOn('tcp://127.0.0.1:0', definition)
    const stream = await connect(addressOf(server))
    await stream.send('one\ntwo')
    stream.end()
    assert.equal(String(await stream.read(100)), '<one>\n<two>\n')
    await stream.close()
  })

  it('of a client that left are finished without harm', async () => {
    const { definition, running, letGo } = holding()
    await using server = await serveOn('tcp://127.0.0.1:0', definition)
    const stream = await connect(addressOf(server))
    await stream.send(Buffer.from([0, 0, 0, 1, 65]))
    await until('the handler runs', () => running() === 1)
    stream.reset()
    await until('the reset is seen', () => countersOf(server)['connectionsReset'] === 1)
    letGo()
    await until('it has finished', () => server.status().lanes[0]?.inFlight === 0)
    assert.equal(server.status().lanes[0]?.state, 'ready')
  })
})

describe('a service that borrows', () => {
  it('may not answer with a promise: BORROW_ASYNC is counted and nothing is sent', async () => {
    const failed = gate<unknown>()
    const definition = { borrow: true, message: async (message: Buffer) => message }
    await using server = await serveOn('udp://127.0.0.1:0', definition)
    server.on('handlerError', ({ error }) => failed.open(error))
    const client = await clientOf(addressOf(server))
    await client.send('x')
    assert.equal(((await failed.opened) as { code: string }).code, 'BORROW_ASYNC')
    assert.deepEqual([countersOf(server)['handlerErrors'], countersOf(server)['replies']], [1, 0])
    await client.close()
  })

  it('answers from its views', async () => {
    await using server = await serveOn('udp://127.0.0.1:0', { borrow: true, message: (message) => message })
    const client = await clientOf(addressOf(server))
    for (const message of ['first', 'second']) {
      await client.send(message)
      assert.equal(String(await client.receive()), message)
    }
    await client.close()
  })
})
