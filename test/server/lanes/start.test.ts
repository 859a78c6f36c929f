/** Lanes that fail at their start, servers that give up or are closed while they start: an error that says why, and nothing left. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { serve } from '#lanework/server/index.js'
import { freePort } from '../../support/free-port.ts'
import {
  allServe,
  ask,
  closeServers,
  killed,
  laneKinds,
  living,
  loads,
  pidOf,
  record,
  serveFaulty,
  setFlags,
} from '../../support/lanes.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000

describe('lanes that fail at their start', { skip: unlessNative }, () => {
  afterEach(async () => {
    setFlags({})
    await closeServers()
  })

  for (const laneKind of laneKinds)
    for (const at of ['load', 'start'] as const)
      it(`${laneKind}: an error in ${at} is what serve rejects with, and no process stays`, { timeout }, async () => {
        setFlags({ [at]: 'throw' })
        const address = `udp://127.0.0.1:${await freePort()}`
        await assert.rejects(serveFaulty({ laneKind, listen: address }), /does not want to/)
        assert.deepEqual(living(), [])
        // The address is free again.
        setFlags({})
        await (await serveFaulty({ laneKind, listen: address })).close()
        assert.deepEqual(living(), [])
      })

  it('a module that is not there', { timeout }, async () => {
    const missing = new URL('nowhere.js', import.meta.url)
    const options = { listen: 'udp://127.0.0.1:0', lanes: 2, laneKind: 'process' } as const
    await assert.rejects(serve(missing, options), (error) => isLaneworkError(error, 'SERVICE_INVALID'))
    assert.deepEqual(living(), [])
  })

  for (const at of ['load', 'start', 'shared'] as const)
    it(`${at} that never ends is cut off after readyMs`, { timeout }, async () => {
      setFlags({ [at]: 'hang' })
      await assert.rejects(
        serveFaulty({ supervision: { readyMs: 1_000 } }, at === 'shared' ? '#sharing' : ''),
        (error) => isLaneworkError(error, 'PROCESS_DIED'),
      )
      assert.deepEqual(living(), [])
    })

  it('lanes that die at their start again and again end the server', { timeout }, async () => {
    setFlags({})
    const server = await serveFaulty({
      lanes: 1,
      supervision: { restarts: 3, withinMs: 600_000, backoffMs: 20, standby: 0 },
    })
    const [address = ''] = server.addresses
    const ended = record(server, 'laneEnded')
    const gaveUp = record(server, 'gaveUp')
    setFlags({ start: 'exit' })
    await killed(pidOf(server, 0))
    await until('the death is seen', () => ended.length > 0)
    assert.equal(server.status().lanes[0]?.state, 'dead')
    await server.closed
    assert.equal(gaveUp.length, 1)
    assert.ok(isLaneworkError(gaveUp[0]?.error, 'LANES_FAILED'))
    assert.equal(ended.length, 4)
    assert.deepEqual(
      ended.map(({ reason }) => reason),
      ['crash', 'start', 'start', 'start'],
    )
    assert.equal(ended.at(-1)?.restartMs, undefined)
    // The second in a row waits, the third longer.
    const pauses = ended.slice(1, 3).map(({ restartMs }) => restartMs ?? 0)
    assert.ok((pauses[1] as number) > (pauses[0] as number), String(pauses))
    assert.equal(server.status().state, 'stopped')
    assert.deepEqual(living(), [])
    setFlags({})
    await (await serveFaulty({ listen: address })).close()
  })

  it('a service that cannot be loaded any more does not stop the lanes that serve', { timeout }, async () => {
    setFlags({})
    const before = loads()
    const server = await serveFaulty({ lanes: 1, supervision: { restarts: 2, backoffMs: 1, standby: 1 } })
    await until('one stands by', () => loads() === before + 2)
    const gaveUp = record(server, 'gaveUp')
    const ended = record(server, 'laneEnded')
    setFlags({ load: 'throw' })
    await killed(pidOf(server, 0))
    await until('successors of the one that stood by have failed', () => ended.length > 4)
    assert.deepEqual(gaveUp, [])
    assert.match(await ask(server.addresses[0] as string, 'still'), / still$/)
    setFlags({})
    await server.close()
    assert.deepEqual(living(), [])
  })

  for (const when of ['at once', 'while lanes load', 'while lanes start'] as const)
    it(`a signal that is aborted ${when} ends the start`, { timeout }, async () => {
      setFlags(when === 'while lanes load' ? { load: 'hang' } : { start: 'hang' })
      const before = loads()
      const controller = new AbortController()
      if (when === 'at once') controller.abort()
      const port = await freePort()
      const listen = `tcp://127.0.0.1:${port}`
      const serving = serveFaulty({ listen, signal: controller.signal })
      serving.catch(() => {})
      if (when === 'while lanes load') await until('lanes are there', () => living().length >= 2)
      if (when === 'while lanes start') await until('lanes are loaded', () => loads() === before + 2)
      controller.abort()
      await assert.rejects(serving, (error) => isLaneworkError(error, 'ABORTED'))
      assert.deepEqual(living(), [])
      setFlags({})
      await (await serveFaulty({ listen })).close()
    })

  it('close twice and drain after it', { timeout }, async () => {
    setFlags({})
    const server = await serveFaulty({})
    await Promise.all([server.close(), server.close()])
    const report = await server.drain()
    assert.equal(report.datagramsUnhandled, 0)
    await server.closed
    assert.equal(server.status().state, 'stopped')
    assert.deepEqual(living(), [])
  })

  it('a start that calls the owner', { timeout }, async () => {
    setFlags({ startCalls: true })
    for (const laneKind of laneKinds) {
      const server = await serveFaulty({ laneKind, supervision: { readyMs: 30_000 } }, '#sharing')
      await allServe(server)
      await server.close()
    }
    setFlags({})
  })
})
