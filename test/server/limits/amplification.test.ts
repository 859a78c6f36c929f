/** A forged request must not make the server send its victim much more than it cost. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Peer, ServiceDefinition } from '#lanework/server/index.js'
import { addressOf, clientOf, countersOf, serveOn } from '../../support/matrix.ts'
import { transports } from '../../support/matrix.ts'
import { rated } from '../../support/rated.ts'
import { until } from '../../support/until.ts'

const answers = (bytes: number): Partial<ServiceDefinition> => ({ message: () => Buffer.alloc(bytes) })

describe('limits.replyFactor', () => {
  it('drops replies of 2,000 bytes to 1 until the peer has sent enough, and counts them', async () => {
    const { server, network, client, burst, counters } = await rated(answers(2_000), {})
    await burst(await client('203.0.113.1'), 21)
    // Ten times 29 bytes a request; 2,028 with its headers are allowed with the 7th, 14th and 21st.
    assert.deepEqual([counters()['messages'], counters()['replies'], counters()['droppedAmplified']], [21, 3, 18])
    assert.equal(network.counts.sent - 21, 3)
    await server.close()
  })

  it('holds for each peer by itself, by bytes and not by messages', async () => {
    const { server, client, burst, counters } = await rated(answers(500), { limits: { replyFactor: 2 } })
    const [first, second] = [await client('203.0.113.1'), await client('203.0.113.2')]
    await burst(first, 1, 'x'.repeat(236))
    assert.equal(counters()['replies'], 1)
    await burst(second, 1, 'x'.repeat(235))
    assert.deepEqual([counters()['replies'], counters()['droppedAmplified']], [1, 1])
    await server.close()
  })

  it('holds for promises, for strings by their bytes, and for what is sent besides: send() says false', async () => {
    const said: boolean[] = []
    const { server, client, burst, counters } = await rated(
      {
        async message(_message: Buffer, peer: Peer) {
          for (const push of ['a', 'ü'.repeat(131), 'b']) said.push(peer.send(push))
          return 'late'.repeat(100)
        },
      },
      {},
    )
    await burst(await client('203.0.113.1'), 1)
    // 290 bytes: 29 for 'a'; 'ü' takes two bytes each, 290 with headers; 29 for 'b'; the reply of 428.
    assert.deepEqual([said, counters()['droppedAmplified'], counters()['replies']], [[true, false, true], 2, 0])
    await server.close()
  })

  it('is off with 0, and for services with sessions', async () => {
    for (const [definition, limits] of [
      [answers(2_000), { replyFactor: 0 }],
      [{ ...answers(2_000), sessions: { idleMs: 1_000, limit: 10 } }, {}],
    ] as const) {
      const { server, client, burst, counters } = await rated(definition, { limits })
      await burst(await client('203.0.113.1'), 5)
      assert.deepEqual([counters()['replies'], counters()['droppedAmplified']], [5, 0])
      await server.close()
    }
  })

  for (const transport of transports.filter(({ datagram }) => datagram)) {
    const isUnix = transport.name === 'unix-dgram'
    it(`${isUnix ? 'does not concern' : 'holds for'} ${transport.name}`, { skip: transport.skip }, async () => {
      await using server = await serveOn(transport.listen(), answers(2_000))
      const client = await clientOf(addressOf(server))
      await client.send('x')
      const counter = isUnix ? 'replies' : 'droppedAmplified'
      await until('it is answered or dropped', () => countersOf(server)[counter] === 1)
      assert.equal(countersOf(server)['replies'], isUnix ? 1 : 0)
      await client.close()
    })
  }
})
