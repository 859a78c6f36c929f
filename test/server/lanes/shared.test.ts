/** shared(server) behind lanes: it behaves the same for every kind of lane, and is restarted, changed and given up like one. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import type { Server } from '#lanework/server/index.js'
import { clientOf } from '../../support/matrix.ts'
import {
  ask,
  closeServers,
  killed,
  laneKinds,
  living,
  ownerPid,
  pidOf,
  record,
  serveFaulty,
  setFlags,
} from '../../support/lanes.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
setFlags({})

/** Round-robin, so that each lane is asked in turn. */
function serveSharing(options: Parameters<typeof serveFaulty>[0] = {}): Promise<Server> {
  return serveFaulty({ spread: 'round-robin', ...options }, '#sharing')
}

describe('shared() behind lanes', { skip: unlessNative }, () => {
  afterEach(async () => {
    setFlags({})
    await closeServers()
  })

  for (const laneKind of ['inline', ...laneKinds] as const)
    it(`${laneKind}: one owner for all lanes, and its snapshot in each`, { timeout }, async () => {
      const several = laneKind === 'inline' ? { lanes: 1, spread: 'auto' as const } : {}
      const server = await serveSharing({ laneKind, ...several })
      const [address = ''] = server.addresses
      let sum = 0
      for (let round = 1; round <= 6; round++) assert.equal(await ask(address, 'call add 3'), String((sum += 3)))
      assert.equal(await ask(address, 'call nothing'), 'METHOD_UNKNOWN')
      assert.equal(await ask(address, 'call lanes'), '0')
      assert.equal(await ask(address, 'snapshot'), 'run 1')
      assert.equal(await ask(address, 'snapshot'), 'run 1')
      await server.close()
    })

  it(
    'killed in the middle of calls of two lanes it fails these, and answers those that come later',
    { timeout },
    async () => {
      const server = await serveSharing()
      const [address = ''] = server.addresses
      const clients = await Promise.all([1, 2, 3, 4].map(() => clientOf(address)))
      for (const client of clients) await client.send('call slow 60000')
      await until('the owner has them', () => server.status().shared?.state === 'running')
      for (let round = 0; round < 4; round++) await ask(address, 'call add 1') // in order: it has had all four by now
      const old = ownerPid(server)
      await killed(old)
      for (const client of clients) assert.equal(String(await client.receive()), 'PROCESS_DIED')
      assert.equal(await ask(address, 'call add 1'), '1')
      assert.notEqual(ownerPid(server), old)
      assert.equal(server.status().shared?.restarts, 1)
      assert.equal(await ask(address, 'call lanes'), '2')
      await until('both lanes have the new snapshot', async () => {
        return (await ask(address, 'snapshot')) === 'run 2' && (await ask(address, 'snapshot')) === 'run 2'
      })
      for (const client of clients) await client.close()
    },
  )

  it(
    'what an owner keeps is there for the next, whether it was killed, reloaded, or the reload failed',
    { timeout },
    async () => {
      const server = await serveSharing()
      const [address = ''] = server.addresses
      assert.equal(await ask(address, 'call kept'), '')
      for (const [name, text] of ['a one', 'b two', 'a three'].map((each) => each.split(' ')))
        assert.equal(await ask(address, `call keep ${name} ${text}`), 'true')
      assert.equal(await ask(address, 'call kept'), '', 'it was not there when this one began')
      const first = ownerPid(server)
      await killed(first)
      await until('another owner is there', () => {
        const { shared } = server.status()
        return shared?.state === 'ready' && shared.pid !== first
      })
      assert.equal(await ask(address, 'call kept'), 'a=three b=two')
      await ask(address, 'call keep b')
      await server.reload()
      assert.equal(await ask(address, 'call kept'), 'a=three ended=run 2')
      setFlags({ shared: 'throw' })
      await assert.rejects(server.reload(), { code: 'RELOAD_FAILED' })
      setFlags({})
      assert.equal(await ask(address, 'call kept'), 'a=three ended=run 3')
    },
  )

  it('a restarted lane gets the snapshot and can call', { timeout }, async () => {
    const server = await serveSharing({ lanes: 1 })
    const [address = ''] = server.addresses
    assert.equal(await ask(address, 'call add 5'), '5')
    await killed(pidOf(server, 0))
    assert.equal(await ask(address, 'snapshot'), 'run 1')
    assert.equal(await ask(address, 'call add 5'), '10')
  })

  for (const laneKind of laneKinds)
    it(
      `${laneKind}: a listener for snapshots that throws is told of, with its lane, and the lane goes on`,
      { timeout },
      async () => {
        setFlags({ badListener: true })
        const server = await serveSharing({ laneKind })
        const errors = record(server, 'snapshotError')
        await server.reload()
        // Old lanes and new ones are told of the new owner's snapshot.
        await until('both have told', () => new Set(errors.map(({ lane }) => lane)).size === 2)
        for (const { lane, error } of errors) {
          assert.ok(lane === 0 || lane === 1)
          assert.match(String(error), /nobody wants run 2/)
        }
        assert.match(await ask(server.addresses[0] as string, 'still'), / still$/)
      },
    )

  it('an owner that dies again and again ends the server', { timeout }, async () => {
    const server = await serveSharing({ supervision: { restarts: 2, withinMs: 600_000, backoffMs: 10 } })
    const gaveUp = record(server, 'gaveUp')
    setFlags({ shared: 'exit' })
    await killed(ownerPid(server))
    await server.closed
    assert.ok(isLaneworkError(gaveUp[0]?.error, 'LANES_FAILED'))
    assert.deepEqual(living(), [])
  })

  for (const laneKind of laneKinds)
    it(
      `${laneKind}: a reload with a shared() that throws fails, and the old one is at work again`,
      { timeout },
      async () => {
        const server = await serveSharing({ laneKind })
        const [address = ''] = server.addresses
        setFlags({ shared: 'throw' })
        await assert.rejects(server.reload(), (error) => {
          return isLaneworkError(error, 'RELOAD_FAILED') && /does not want to/.test(error.message)
        })
        setFlags({})
        assert.equal(await ask(address, 'call add 2'), '2')
        assert.equal(server.status().generation, 1)
        assert.equal(server.status().shared?.restarts, 0)
        assert.equal((await server.reload()).generation, 2)
        assert.equal(await ask(address, 'call add 2'), '2')
        assert.equal(await ask(address, 'call lanes'), '2', 'those of the owner before, and none of the new ones')
      },
    )

  it('a reload whose lanes fail after the new shared() began goes back to the old one', { timeout }, async () => {
    const server = await serveSharing()
    const [address = ''] = server.addresses
    setFlags({ start: 'throw' })
    await assert.rejects(server.reload(), (error) => isLaneworkError(error, 'RELOAD_FAILED'))
    setFlags({})
    assert.equal(await ask(address, 'call add 2'), '2')
    await until('only one owner lives', () => living().length === 4)
  })

  it('an owner killed during reloads is at work after them, alone', { timeout }, async () => {
    const server = await serveSharing({ supervision: { restarts: 100, backoffMs: 1 } })
    const [address = ''] = server.addresses
    for (let round = 0; round < 4; round++) {
      await until('there is an owner', () => server.status().shared?.state === 'ready')
      process.kill(ownerPid(server), 'SIGKILL')
      const [reload] = await Promise.allSettled([server.reload({ deadlineMs: 1_000 })])
      if (reload?.status === 'fulfilled') await reload.value.drained
    }
    await until('calls are answered', async () => /^\d+$/.test(await ask(address, 'call add 1')))
    // Two lanes, one that stands by, one owner.
    await until('nobody else lives', () => living().length === 4)
  })

  it('calls of lanes that finish their work are answered after a reload with other limits', { timeout }, async () => {
    const server = await serveSharing({ listen: 'tcp://127.0.0.1:0', spread: 'source', supervision: { standby: 0 } })
    const [address = ''] = server.addresses
    const clients = await Promise.all([1, 2, 3, 4].map(() => clientOf(address)))
    for (const client of clients) {
      await client.send('call add 0')
      assert.equal(String(await client.receive()), '0')
    }
    await server.reload({ limits: { connections: 500 } })
    for (const client of clients) {
      await client.send('call add 1')
      assert.match(String(await client.receive()), /^\d$/)
    }
    for (const client of clients) await client.close()
    await until('the old lanes have ended', () => server.status().lanes.length === 2)
    assert.equal(await ask(address, 'call add 1'), '5')
  })

  it('close does not wait for ever for an owner that hangs', { timeout }, async () => {
    const server = await serveSharing()
    process.kill(ownerPid(server), 'SIGSTOP')
    await server.close()
    assert.deepEqual(living(), [])
  })
})
