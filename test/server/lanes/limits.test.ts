/** Limits that hold over all lanes together, and what a killed lane held. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Server } from '#lanework/server/index.js'
import { clientOf, type Client } from '../../support/matrix.ts'
import { allServe, closeServers, killed, laneKinds, serveFaulty, setFlags } from '../../support/lanes.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
setFlags({})

/** The lane's pid, or undefined when it is refused: the connection ends without an answer. */
async function pidOfLane(client: Client): Promise<number | undefined> {
  try {
    await client.send('who')
    return Number(String(await client.receive()).split(' ')[0])
  } catch {
    return undefined
  }
}

/** Opens so many one after the other; those that are answered stay open. */
async function open(address: string, count: number): Promise<{ client: Client; pid: number }[]> {
  const held: { client: Client; pid: number }[] = []
  for (let number = 0; number < count; number++) {
    const client = await clientOf(address)
    const pid = await pidOfLane(client)
    if (pid === undefined) await client.close()
    else held.push({ client, pid })
  }
  return held
}

function refused(server: Server): number {
  return server.status().listeners[0]?.counters['refusedConnections'] ?? 0
}

describe('limits over lanes', { skip: unlessNative }, () => {
  afterEach(closeServers)

  for (const laneKind of laneKinds)
    it(`${laneKind}: connections in all, exactly`, { timeout }, async () => {
      const server = await serveFaulty({ laneKind, listen: 'tcp://127.0.0.1:0', limits: { connections: 20 } })
      const [address = ''] = server.addresses
      const held = await open(address, 30)
      assert.equal(held.length, 20)
      for (const { client } of held.splice(0, 5)) await client.close()
      await until(
        'their places are free',
        () => server.status().lanes.reduce((sum, lane) => sum + lane.connections, 0) === 15,
      )
      held.push(...(await open(address, 10)))
      assert.equal(held.length, 20)
      for (const { client } of held) await client.close()
    })

  it('what a killed lane held is free for others, exactly', { timeout }, async () => {
    const server = await serveFaulty({ listen: 'tcp://127.0.0.1:0', limits: { connections: 20 } })
    const [address = ''] = server.addresses
    const held = await open(address, 21)
    assert.equal(held.length, 20)
    const prey = (held[0] as { pid: number }).pid
    const lost = held.filter(({ pid }) => pid === prey)
    await killed(prey)
    await allServe(server)
    const again = await open(address, lost.length + 5)
    assert.equal(again.length, lost.length)
    for (const { client } of [...held, ...again]) await client.close()
  })

  it('connections of one address, exactly', { timeout }, async () => {
    // Loopback is exempt, but where it stands for a source: 127.0.0.1 by way of a mapped address is loopback too.
    const server = await serveFaulty({
      listen: 'tcp://127.0.0.1:0',
      limits: { connections: 30, connectionsPerAddress: 3 },
    })
    const held = await open(server.addresses[0] as string, 10)
    assert.equal(held.length, 10)
    assert.equal(refused(server), 0)
    for (const { client } of held) await client.close()
  })
})
