/** Limits on connections; a made-up network gives them addresses that loopback's exemption does not cover. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  delimiter,
  fixed,
  jsonLines,
  lengthPrefix,
  lines,
  netstring,
  raw,
  type Framing,
} from '#lanework/framing/index.js'
import { connect } from '#lanework/io/index.js'
import type { PeerEnd } from '#lanework/server/index.js'
import { addressOf, clientOf, countersOf, serveOn } from '../support/matrix.ts'
import { pretendedNetwork, type Pretended } from '../support/pretended.ts'
import { until } from '../support/until.ts'

const echo = { message: (message: Buffer): Buffer => message }

describe('limits.connectionsPerAddress', () => {
  it('turns away one address that has too many, and nobody else, until some leave', async () => {
    const { network, arrive } = pretendedNetwork()
    const told: string[] = []
    await using server = await serveOn('tcp://192.0.2.1:1', echo, { network, limits: { connectionsPerAddress: 2 } })
    server.on('connectionRefused', ({ reason }) => told.push(reason))
    const [first, second, third, stranger] = ['203.0.113.1', '203.0.113.1', '203.0.113.1', '203.0.113.2'].map(
      arrive,
    ) as [Pretended, Pretended, Pretended, Pretended]
    assert.deepEqual(
      [first, second, third, stranger].map(({ wasReset }) => wasReset),
      [false, false, true, false],
    )
    assert.deepEqual([told, countersOf(server)['connectionsRefused']], [['connectionsPerAddress'], 1])
    first.leave()
    assert.equal(arrive('203.0.113.1').wasReset, false)
    assert.equal(arrive('203.0.113.1').wasReset, true)
    assert.equal(countersOf(server)['connectionsOpened'], 4)
  })

  it('counts the addresses of an IPv6 network of 64 bits together', async () => {
    const { network, arrive } = pretendedNetwork()
    await using server = await serveOn('tcp://192.0.2.1:1', echo, { network, limits: { connectionsPerAddress: 2 } })
    const first = arrive('2001:db8:0:1::1')
    const refused = ['2001:db8:0:1::2', '2001:db8:0:1:ffff::', '2001:db8:0:2::1'].map((host) => arrive(host).wasReset)
    assert.deepEqual(refused, [false, true, false])
    first.leave()
    assert.equal(arrive('2001:db8:0:1::3').wasReset, false)
    assert.equal(countersOf(server)['connectionsRefused'], 1)
  })

  it('exempts loopback', async () => {
    const { network, arrive } = pretendedNetwork()
    await using server = await serveOn('tcp://192.0.2.1:1', echo, { network, limits: { connectionsPerAddress: 1 } })
    for (const host of ['127.0.0.1', '127.0.0.1', '::1', '::1']) assert.equal(arrive(host).wasReset, false)
    assert.equal(countersOf(server)['connectionsRefused'], 0)
  })
})

describe('limits.connections', () => {
  it('turns away what is too many with a reset, counted, and accepts again when one leaves', async () => {
    await using server = await serveOn('tcp://127.0.0.1:0', echo, { limits: { connections: 2 } })
    const [first, second] = [await clientOf(addressOf(server)), await clientOf(addressOf(server))]
    for (const client of [first, second]) {
      await client.send('in')
      await client.receive()
    }
    const third = await connect(addressOf(server)).then(
      (stream) =>
        stream.recv().then(
          () => 'served',
          (error: { code: string }) => error.code,
        ),
      (error: { code: string }) => error.code,
    )
    assert.equal(third, 'CONNECTION_RESET')
    assert.equal(countersOf(server)['connectionsRefused'], 1)
    await first.close()
    await until('one has left', () => server.status().listeners[0]?.connections === 1)
    const again = await clientOf(addressOf(server))
    await again.send('in again')
    assert.equal(String(await again.receive()), 'in again')
    await Promise.all([second.close(), again.close()])
  })
})

const framings: readonly Framing<never, never>[] = [
  raw(),
  lines(),
  delimiter(Buffer.from('||')),
  fixed(4),
  lengthPrefix({ bytes: 2 }),
  lengthPrefix({ bytes: 'varint' }),
  netstring(),
  jsonLines(),
] as never

describe('garbage', () => {
  for (const [index, framing] of framings.entries()) {
    it(`costs its sender the connection at most, never the server: ${framing.name} (${index})`, async () => {
      const ends: PeerEnd['kind'][] = []
      await using server = await serveOn(
        'tcp://127.0.0.1:0',
        { framing: framing as never, message: () => undefined, close: (_peer, reason) => void ends.push(reason.kind) },
        { limits: { frameBytes: 256 } },
      )
      let opened = 0
      await fc.assert(
        fc.asyncProperty(fc.uint8Array({ maxLength: 1_000 }), async (bytes) => {
          const stream = await connect(addressOf(server))
          opened++
          await stream.send(bytes).catch(() => {})
          stream.end()
          await stream.recv().catch(() => {})
          await stream.close()
          await until('it is closed', () => ends.length === opened)
        }),
        { numRuns: 40 },
      )
      assert.deepEqual(
        ends.filter((kind) => !['end', 'bad-frame', 'reset'].includes(kind)),
        [],
      )
      assert.equal(countersOf(server)['handlerErrors'], 0)
      assert.equal(countersOf(server)['badMessages'], ends.filter((kind) => kind === 'bad-frame').length)
    })
  }
})
