/** What happens at the edges of a connection's and a server's life: drains, rejected hooks, reused descriptors. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { lines } from '#lanework/framing/index.js'
import { connect, listen, systemNetwork, udp } from '#lanework/io/index.js'
import { serve, service } from '#lanework/server/index.js'
import { addressOf, countersOf, serveOn } from '../support/matrix.js'
import { gate, until } from '../support/until.js'

const listenOn = 'tcp://127.0.0.1:0'

describe('a drain', () => {
  it('gives a busy connection no further message, whole or in part, and ends it', async () => {
    const busy = gate()
    const seen: string[] = []
    const slow = service({
      name: 'slow',
      framing: lines(),
      async message(message) {
        seen.push(String(message))
        await busy.opened
        return message
      },
    })
    const server = await serve(slow, { listen: listenOn })
    const client = await connect(addressOf(server))
    await client.send('a\nb\nc\n')
    client.end()
    await until('the first runs', () => seen.length === 1)
    const draining = server.drain()
    busy.open()
    assert.equal(String(await client.read(100)), 'a\n')
    const report = await draining
    assert.deepEqual(seen, ['a'])
    assert.equal(report.finished, 1)
    assert.equal(countersOf(server)['badMessages'], 0)
  })

  it('counts the datagrams that come too late', async () => {
    const busy = gate()
    const server = await serveOn('udp://127.0.0.1:0', { message: () => busy.opened.then(() => 'done') })
    const client = udp()
    await client.sendTo('first', addressOf(server))
    await until('it runs', () => server.status().lanes[0]?.inFlight === 1)
    const draining = server.drain()
    for (let number = 0; number < 7; number++) await client.sendTo('late', addressOf(server))
    await until('they are counted', () => countersOf(server)['droppedDraining'] === 7)
    busy.open()
    await draining
    assert.equal(String(await client.recv()), 'done')
    await client.close()
  })

  it('lets a handler of bytes read the end, and finish', async () => {
    let total = 0
    const bytes = service({
      name: 'bytes',
      async connection(stream) {
        for await (const chunk of stream) total += chunk.length
        await stream.send(`${total}`)
      },
    })
    const server = await serve(bytes, { listen: listenOn })
    const client = await connect(addressOf(server))
    await client.send('12345')
    await until('they have come', () => total === 5)
    const report = server.drain({ deadlineMs: 10_000 })
    assert.equal(String(await client.recv()), '5')
    assert.equal((await report).aborted, 0)
  })
})

describe('a hook', () => {
  it('that is asynchronous and fails costs its connection, not the process', async () => {
    const failing = service({
      name: 'failing',
      message: (message) => message,
      // oxlint-disable-next-line typescript/no-misused-promises -- what a user may write
      open: (async () => {
        throw new Error('on purpose')
      }) as () => void,
    })
    const server = await serve(failing, { listen: listenOn })
    const client = await connect(addressOf(server))
    assert.equal((await client.recv()).length, 0)
    await until('it is counted', () => countersOf(server)['handlerErrors'] === 1)
    await client.close()
    await server.close()
  })
})

describe('a connected datagram socket', () => {
  it('still receives after its peer was not there', async () => {
    const gone = await udp().bind('udp://127.0.0.1:0')
    const address = gone.address
    await gone.close()
    const socket = await systemNetwork().bindDatagram({ scheme: 'udp', host: '127.0.0.1', port: 0 })
    let received = 0
    await socket.connect(address)
    socket.receive((batch) => void (received += batch.count))
    socket.send('anybody?', undefined)
    await new Promise((resolve) => setImmediate(resolve))
    const back = await udp().bind(address)
    await until('it hears the peer that came back', async () => {
      await back.sendTo('here', socket.address)
      return received > 0
    })
    await socket.close()
    await back.close()
  })
})

describe('a stream that is cut off on our side', () => {
  it('is no clean end for who iterates it', async () => {
    const listener = await listen(listenOn)
    const [far, near] = await Promise.all([listener.accept(), connect(listener.address)])
    await far.send('half')
    const reading = (async () => {
      for await (const chunk of near) if (String(chunk) === 'half') near.reset()
    })()
    await assert.rejects(reading, { code: 'CLOSED' })
    await listener.close()
  })

  it('ends quietly for who closed it himself', async () => {
    const listener = await listen(listenOn)
    const [far, near] = await Promise.all([listener.accept(), connect(listener.address)])
    await far.send('all')
    for await (const chunk of near) if (String(chunk) === 'all') await near.close()
    await listener.close()
    await far.close()
  })
})

describe('a buffer that its owner uses again', () => {
  it('was copied when it was sent, over datagrams and streams', async () => {
    const out = Buffer.alloc(4)
    const filler = service({
      name: 'filler',
      message(_, peer) {
        for (const digit of '123') peer.send(out.fill(digit))
      },
    })
    const server = await serve(filler, { listen: ['udp://127.0.0.1:0', listenOn] })
    const socket = udp()
    await socket.sendTo('go', server.addresses[0] as string)
    const got: string[] = []
    while (got.length < 3) got.push(String(await socket.recv()))
    assert.deepEqual(got, ['1111', '2222', '3333'])
    const connection = await connect(server.addresses[1] as string)
    await connection.send('go')
    assert.equal(String(await connection.read(12)), '111122223333')
    await Promise.all([socket.close(), connection.close()])
    await server.close()
  })
})
