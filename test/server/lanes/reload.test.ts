/** Reloads that meet deaths, drains and closes; and drains that meet dead lanes. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { afterEach, describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { freshPath } from '../../support/folder.ts'
import { clientOf } from '../../support/matrix.ts'
import {
  allServe,
  ask,
  closeServers,
  killed,
  living,
  loads,
  pidOf,
  record,
  serveFaulty,
  setFlags,
  tell,
} from '../../support/lanes.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
setFlags({})

describe('reload, drain and close', { skip: unlessNative }, () => {
  afterEach(async () => {
    setFlags({})
    await closeServers()
  })

  for (const how of ['close', 'drain'] as const)
    for (const hang of ['load', 'start'] as const)
      it(`${how} during a reload whose lanes hang in ${hang} ends these too`, { timeout }, async () => {
        const server = await serveFaulty({ supervision: { standby: 0 } })
        const before = loads()
        setFlags({ [hang]: 'hang' })
        const reload = server.reload()
        reload.catch(() => {})
        await until('a new lane is there', () => living().length > 2)
        if (hang === 'start') await until('the new lanes are loaded', () => loads() === before + 2)
        await server[how]()
        assert.deepEqual(living(), [])
        await assert.rejects(reload, (error) => isLaneworkError(error, 'RELOAD_FAILED'))
        assert.equal(server.status().state, 'stopped')
        await assert.rejects(server.reload(), (error) => isLaneworkError(error, 'CLOSED'))
      })

  it('a lane that dies during a reload has the one that stands by for its successor', { timeout }, async () => {
    const before = loads()
    const server = await serveFaulty({ lanes: 1, supervision: { standby: 1, readyMs: 40_000 } })
    const [address = ''] = server.addresses
    await until('one stands by', () => loads() === before + 2)
    const old = pidOf(server, 0)
    const started = record(server, 'laneStarted')
    setFlags({ start: 'hang' })
    const reload = server.reload()
    reload.catch(() => {})
    await until('the new one is loaded', () => loads() === before + 3)
    await killed(old)
    assert.match(await ask(address, 'x'), / x$/)
    assert.equal(server.status().state, 'reloading')
    assert.deepEqual(
      started.map(({ generation }) => generation),
      [1],
    )
  })

  it('a new lane that dies before all are ready fails the reload, and every seat is served', { timeout }, async () => {
    const server = await serveFaulty({ spread: 'round-robin', supervision: { standby: 0 } })
    const [address = ''] = server.addresses
    const started = record(server, 'laneStarted')
    setFlags({ start: 'late', startOf: 1 })
    const reload = server.reload()
    reload.catch(() => {})
    const first = await until('the first is ready', () => started[0])
    await killed(first.pid)
    await assert.rejects(reload, (error) => isLaneworkError(error, 'RELOAD_FAILED'))
    setFlags({})
    await allServe(server)
    assert.equal(server.status().generation, 1)
    for (let round = 0; round < 4; round++) assert.match(await ask(address, 'x'), / x$/)
    assert.equal((await server.reload()).generation, 2)
    for (let round = 0; round < 4; round++) assert.match(await ask(address, 'x'), / x$/)
  })

  it('a failed reload after one with other limits leaves lanes that can be restarted', { timeout }, async () => {
    const server = await serveFaulty({ lanes: 1, supervision: { standby: 0 } })
    const [address = ''] = server.addresses
    const { drained } = await server.reload({ limits: { connections: 100 } })
    await drained
    setFlags({ load: 'throw' })
    await assert.rejects(server.reload(), (error) => isLaneworkError(error, 'RELOAD_FAILED'))
    setFlags({})
    await killed(pidOf(server, 0))
    assert.match(await ask(address, 'x'), / x$/)
    assert.equal(server.status().lanes[0]?.restarts, 1)
    assert.equal((await server.reload()).generation, 3)
  })

  it('a lane that dies during a reload is no reason for it to fail', { timeout }, async () => {
    const server = await serveFaulty({})
    const [address = ''] = server.addresses
    const reload = server.reload()
    await killed(pidOf(server, 0))
    const { generation, drained } = await reload
    await drained
    assert.equal(generation, 2)
    await allServe(server)
    assert.ok(server.status().lanes.every((lane) => lane.generation === 2))
    assert.match(await ask(address, 'x'), / x$/)
  })

  it('a lane too fat that dies while its successor starts has one successor, not two', { timeout }, async () => {
    const supervision = { standby: 1, memoryBytes: 220 * 1_048_576, restarts: 20 }
    const server = await serveFaulty({ lanes: 1, supervision })
    const [address = ''] = server.addresses
    await until('one stands by', () => living().length === 2)
    await tell(address, 'grow 300')
    await until('its successor is there', () => living().length === 3)
    await killed(pidOf(server, 0))
    await until('nobody is left over', () => living().length === 2)
    await allServe(server)
    assert.match(await ask(address, 'x'), / x$/)
  })

  it('a drain while a lane is dead finishes what others have, and counts what nobody read', { timeout }, async () => {
    const server = await serveFaulty({
      spread: 'round-robin',
      supervision: { standby: 0, backoffMs: 20, restarts: 99 },
    })
    const [address = ''] = server.addresses
    const ended = record(server, 'laneEnded')
    setFlags({ load: 'exit' })
    const client = await clientOf(address)
    const path = freshPath()
    await client.send(`hold ${path}`)
    await until('a lane has it', () => server.status().lanes.some(({ inFlight }) => inFlight === 1))
    const idle = server.status().lanes.findIndex(({ inFlight }) => inFlight === 0)
    // About half of them go to a lane that takes nothing any more, and wait in its socket.
    process.kill(pidOf(server, idle), 'SIGSTOP')
    for (let number = 0; number < 40; number++) await client.send(`x ${number}`)
    await killed(pidOf(server, idle))
    await until('its successor has failed twice', () => ended.length >= 3)
    assert.equal(server.status().lanes[idle]?.state, 'dead')
    const answers: string[] = []
    const receiving = (async () => {
      for (;;) answers.push(String(await client.receive()))
    })()
    receiving.catch(() => {})
    const draining = server.drain({ deadlineMs: 60_000 })
    await until('it drains', () => server.status().lanes.some(({ state }) => state === 'draining'))
    // The lane is told to, too.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    writeFileSync(path, '')
    const report = await draining
    assert.deepEqual([report.finished, report.aborted], [1, 0])
    assert.ok(report.datagramsUnhandled > 0)
    await until('every one is accounted for', () => answers.length + report.datagramsUnhandled === 41)
    assert.ok(answers.includes('held'))
    await client.close()
    assert.deepEqual(living(), [])
  })

  it('a drain counts what arrived while the lanes finished their work', { timeout }, async () => {
    const server = await serveFaulty({ lanes: 1 })
    const [address = ''] = server.addresses
    const client = await clientOf(address)
    const path = freshPath()
    await client.send(`hold ${path}`)
    await until('the lane has it', () => server.status().lanes[0]?.inFlight === 1)
    const drain = server.drain({ deadlineMs: 60_000 })
    await until('it drains', () => server.status().lanes[0]?.state === 'draining')
    // The lane is told to, too.
    await new Promise((resolve) => setTimeout(resolve, 1_500))
    for (let number = 0; number < 7; number++) await client.send(`late ${number}`)
    writeFileSync(path, '')
    const { finished, datagramsUnhandled } = await drain
    assert.deepEqual([finished, datagramsUnhandled], [1, 7])
    await client.close()
  })

  it('a drain cuts off a lane that hangs', { timeout }, async () => {
    const server = await serveFaulty({ lanes: 1 })
    await tell(server.addresses[0] as string, 'hang')
    await until('it hangs', () => server.status().lanes[0]?.state === 'blocked')
    await server.drain({ deadlineMs: 100 })
    assert.deepEqual(living(), [])
  })
})
