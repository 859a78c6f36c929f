/** DNS over TCP (RFC 7766, RFC 7828): many queries at once, answers in any order, who is slow, silent, or sends no DNS. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { Server } from '#lanework/server/index.js'
import { decodeMessage, type DnsServiceOptions, ednsValue } from '#lanework/services/dns/index.js'
import { portOf, queryOf, serveDns, TcpClient, UdpClient, written, zoneText } from '../../../support/dns-server.js'
import { ManualClock } from '../../../support/manual-clock.js'
import { gate, until } from '../../../support/until.js'

const keepalive = { code: 11, data: new Uint8Array(0) }

async function served(
  options: DnsServiceOptions,
  run: (server: Server, clock: ManualClock, connect: () => TcpClient) => Promise<void>,
  limits = {},
): Promise<void> {
  const home = written({ one: `${zoneText('one.', 1)}big TXT ${`"${'x'.repeat(250)}" `.repeat(16)}\n` })
  const clock = new ManualClock()
  const server = await serveDns({ zones: [join(home, 'one')], ...options }, { clock, limits })
  const clients: TcpClient[] = []
  const connect = (): TcpClient => {
    const client = new TcpClient(portOf(server, 1))
    clients.push(client)
    return client
  }
  try {
    await run(server, clock, connect)
  } finally {
    for (const client of clients) client.close()
    await server.close()
  }
}

function numbered(id: number, name: string, type = 'A'): Uint8Array {
  const query = queryOf({ name, type })
  query[0] = id >>> 8
  query[1] = id & 0xff
  return query
}

const idsOf = ({ answers }: TcpClient): number[] => answers.map((answer) => answer.readUInt16BE(0))

describe('DNS over TCP', () => {
  it('answers what is ready before what takes longer', async () => {
    const slow = gate<readonly string[]>()
    const scripts = [{ name: 'slow.one.', answer: () => slow.opened }]
    await served({ scripts }, async (_server, _clock, connect) => {
      const client = connect()
      client.send(numbered(1, 'www.one.'), numbered(2, 'slow.one.'), numbered(3, 'www.one.'), numbered(4, 'no.one.'))
      await until('the others are answered', () => client.answers.length === 3)
      assert.deepEqual(idsOf(client), [1, 3, 4])
      slow.open(['A 192.0.2.77'])
      await until('the slow one is answered', () => client.answers.length === 4)
      const last = decodeMessage(client.answers[3]!)
      assert.deepEqual([last.id, [...last.answers[0]!.data]], [2, [192, 0, 2, 77]])
    })
  })

  it('takes queries in pieces of any size', async () => {
    await served({}, async (_server, _clock, connect) => {
      const client = connect()
      const query = queryOf({ name: 'www.one.' })
      const bytes = Buffer.concat([Buffer.from([0, query.length]), query, Buffer.from([0, query.length]), query])
      for (const byte of bytes) {
        await new Promise((resolve) => client.stream.write(Buffer.of(byte), resolve))
      }
      await until('both are answered', () => client.answers.length === 2)
    })
  })

  it('tells who asks how long it may be silent, over TCP and not over UDP, and keeps to it', async () => {
    await served({ tcpIdleMs: 3_000 }, async (server, clock, connect) => {
      const [asks, silent] = [connect(), connect()]
      asks.send(queryOf({ name: 'www.one.', options: [keepalive] }), queryOf({ name: 'www.one.', edns: true }))
      await until('both are answered', () => asks.answers.length === 2)
      const [told, untold] = asks.answers.map((bytes) => decodeMessage(bytes).edns!.options)
      assert.deepEqual(told!.map(ednsValue), [{ option: 'KEEPALIVE', idleMs: 3_000 }])
      assert.deepEqual(untold, [])
      const udp = new UdpClient(portOf(server))
      const overUdp = decodeMessage((await udp.ask(queryOf({ name: 'www.one.', options: [keepalive] })))!)
      udp.close()
      assert.deepEqual(overUdp.edns!.options, [])
      await until('both are connected', () => server.status().listeners[1]!.connections === 2)
      clock.advance(2_000)
      asks.send(queryOf({ name: 'www.one.' }))
      await until('it is answered', () => asks.answers.length === 3)
      clock.advance(2_000)
      await until('the silent one is closed', () => silent.ended)
      assert.equal(asks.ended, false)
      clock.advance(4_000)
      await until('the other one too', () => asks.ended)
    })
  })

  it('closes who sends half a length, or half a query, and falls silent', async () => {
    await served({ tcpIdleMs: 3_600_000 }, async (server, clock, connect) => {
      const [half, part, whole] = [connect(), connect(), connect()]
      half.stream.write(Uint8Array.of(0))
      part.stream.write(Uint8Array.of(0, 40, 1, 2, 3))
      whole.send(queryOf({ name: 'www.one.' }))
      await until('all have been read', () => {
        const [, tcp] = server.status().listeners
        return whole.answers.length === 1 && tcp!.connections === 3
      })
      // What was written is read at some turn; from then on time counts.
      await until('they are closed', () => {
        clock.advance(1_000)
        return half.ended && part.ended
      })
      assert.equal(whole.ended, false)
    })
  })

  it('answers garbage with nothing or an error, and those who ask go on', async () => {
    await served({}, async (_server, _clock, connect) => {
      const [bad, good] = [connect(), connect()]
      bad.send(new Uint8Array(5), Buffer.from('GET / HTTP/1.1\r\nHost: x\r\n\r\n'), new Uint8Array(300).fill(0x7f))
      bad.stream.write(Uint8Array.of(0, 0))
      bad.send(numbered(9, 'www.one.'))
      await until('the query behind it is answered', () => idsOf(bad).includes(9))
      for (const answer of bad.answers) assert.ok(answer.length <= 300 && answer[2]! >= 0x80)
      good.send(numbered(1, 'www.one.'))
      await until('it is answered', () => good.answers.length === 1)
      good.stream.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
      good.stream.end()
      await until('it is over', () => good.ended)
    })
  })

  it('holds little for who asks and does not read, and goes on answering others', { timeout: 120_000 }, async () => {
    await served({}, async (server, _clock, connect) => {
      const [deaf, other] = [connect(), connect()]
      deaf.stream.pause()
      const query = numbered(1, 'big.one.', 'TXT')
      const frame = Buffer.concat([Buffer.from([0, query.length]), query])
      const many = Buffer.concat(Array.from({ length: 2_000 }, () => frame))
      // 20,000 queries bring some 80 MB of answers: what the sockets do not hold stays unanswered.
      for (let round = 0; round < 10; round++) deaf.stream.write(many)
      const answered = (): number => server.status().counters['queries']!
      await until('it has begun', () => answered() > 100)
      other.send(numbered(2, 'www.one.'))
      await until('another one is answered', () => other.answers.length === 1)
      assert.ok(answered() < 20_001, `${answered()} answers wait for one who does not read`)
      assert.equal(server.status().listeners[1]!.connections, 2)
      deaf.stream.resume()
      await until('it has all', () => deaf.answers.length === 20_000, 100_000)
    })
  })

  it('takes no more connections than it is told', async () => {
    await served(
      {},
      async (server, _clock, connect) => {
        const clients = [connect(), connect(), connect()]
        for (const client of clients) client.send(queryOf({ name: 'www.one.' }))
        await until('one is refused', () => clients.some(({ ended }) => ended))
        await until('two are answered', () => clients.filter(({ answers }) => answers.length === 1).length === 2)
        assert.equal(server.status().listeners[1]!.counters['connectionsRefused'], 1)
      },
      { connections: 2 },
    )
  })
})
