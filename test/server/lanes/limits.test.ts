/** Limits that hold over all lanes together, and what a killed lane held. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { afterEach, describe, it } from 'node:test'
import { runFixture } from '../../support/fixture.ts'
import { clientOf, type Client } from '../../support/matrix.ts'
import { allServe, closeServers, killed, laneKinds, record, serveFaulty, setFlags } from '../../support/lanes.ts'
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
    // The refusal may come while it still connects.
    const client = await clientOf(address).catch(() => undefined)
    const pid = client && (await pidOfLane(client))
    if (client !== undefined && pid !== undefined) held.push({ client, pid })
    else await client?.close()
  }
  return held
}

interface Heard {
  readonly opened: number
  readonly freed: number
  readonly messages: number
  readonly dropped: number
}

/** A network of its own, whose only machine has an address besides loopback. */
const alone = ['unshare', '-rn', 'sh', '-c', 'ip link set lo up && ip addr add 192.0.2.1/32 dev lo && exec "$@"', 'sh']
const unlessUnshare =
  spawnSync(alone[0] as string, [...alone.slice(1), 'true']).status === 0 ? false : 'unshare -rn is not possible here'

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

  for (const laneKind of laneKinds)
    it(`${laneKind}: a lane that is late turns work away, and tells so with its number`, { timeout }, async () => {
      const server = await serveFaulty({ laneKind, limits: { shedLagMs: 1_000 } })
      const [address = ''] = server.addresses
      const told = record(server, 'shedding')
      const client = await clientOf(address)
      await client.send('block 3000')
      assert.equal(String(await client.receive()), 'turned')
      await until('it takes all work again', () => told.length === 2)
      const lane = server.status().lanes.findIndex(({ messages }) => messages > 0)
      assert.deepEqual(told, [
        { lane, overloaded: true, reasons: ['lag'] },
        { lane, overloaded: false, reasons: [] },
      ])
      await client.close()
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

  it('connections and messages of one address that is not loopback', { timeout, skip: unlessUnshare }, async () => {
    const program = runFixture('lane-limits', [], {}, alone)
    const { opened, freed, messages, dropped } = (await program.hear('opened').then(() => program.said[0])) as Heard
    assert.equal(opened, 5)
    // Whoever killed the lane has its places back.
    assert.equal(freed, 5)
    // 20 at once and some that came with the time it took, of 400.
    assert.ok(messages >= 20 && messages < 200, String(messages))
    assert.equal(messages + dropped, 400)
    assert.equal(await program.ended, 0)
  })
})
