/** Lanes that die, hang, grow or are stopped: their successors answer what waited, and others notice nothing. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { clientOf } from '../../support/matrix.ts'
import {
  allServe,
  ask,
  closeServers,
  killed,
  laneKinds,
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

describe('supervised lanes', { skip: unlessNative }, () => {
  afterEach(async () => {
    setFlags({})
    await closeServers()
  })

  for (const standby of [0, 2])
    it(
      `what waits in the socket of a killed lane is answered by its successor, standby ${standby}`,
      { timeout },
      async () => {
        const server = await serveFaulty({ lanes: 1, supervision: { standby, restarts: 50 } })
        const [address = ''] = server.addresses
        const client = await clientOf(address)
        const ended = record(server, 'laneEnded')
        const started = record(server, 'laneStarted')
        const old = pidOf(server, 0)
        // While it is stopped nothing is taken: all of it waits when it dies.
        process.kill(old, 'SIGSTOP')
        for (let number = 0; number < 100; number++) await client.send(`waits ${number}`)
        await killed(old)
        const answers = []
        while (answers.length < 100) answers.push(String(await client.receive()))
        const next = pidOf(server, 0)
        assert.notEqual(next, old)
        assert.deepEqual(
          answers,
          Array.from({ length: 100 }, (_, number) => `${next} waits ${number}`),
        )
        assert.equal(ended.length, 1)
        assert.equal(ended[0]?.pid, old)
        assert.equal(ended[0]?.reason, 'crash')
        assert.match(String(ended[0]?.error.message), /SIGKILL/)
        assert.equal(ended[0]?.restartMs, 0)
        assert.deepEqual(
          started.map(({ lane, pid }) => [lane, pid]),
          [[0, next]],
        )
        const [lane] = server.status().lanes
        assert.equal(lane?.restarts, 1)
        assert.match(String(lane?.lastEnd), /SIGKILL/)
        await client.close()
        await server.close()
      },
    )

  it('connections of other lanes live on, and new ones succeed at once', { timeout }, async () => {
    const server = await serveFaulty({ listen: 'tcp://127.0.0.1:0' })
    const [address = ''] = server.addresses
    const clients = []
    while (clients.length < 16) clients.push(await clientOf(address))
    const pids = []
    for (const client of clients) {
      await client.send('who')
      pids.push(Number(String(await client.receive()).split(' ')[0]))
    }
    const prey = pids[0] as number
    await killed(prey)
    const fresh = await Promise.all(Array.from({ length: 16 }, () => ask(address, 'new')))
    assert.ok(fresh.every((answer) => answer.endsWith(' new')))
    for (const [index, client] of clients.entries()) {
      if (pids[index] === prey) continue
      await client.send('again')
      assert.equal(String(await client.receive()), `${pids[index]} again`)
    }
    for (const client of clients) await client.close()
    await server.close()
  })

  for (const spread of ['source', 'round-robin'] as const)
    it(`datagrams for a dead lane go to the others while it has no successor (${spread})`, { timeout }, async () => {
      const server = await serveFaulty({ spread, supervision: { standby: 0 } })
      const [address = ''] = server.addresses
      const [dead, alive] = [pidOf(server, 0), pidOf(server, 1)]
      setFlags({ start: 'hang' })
      await killed(dead)
      await until('its end is known', () => server.status().lanes[0]?.state !== 'ready')
      for (let number = 0; number < 32; number++) assert.equal(await ask(address, `${number}`), `${alive} ${number}`)
      await server.close()
    })

  for (const laneKind of laneKinds)
    for (const [fault, pattern] of [
      ['crash', /nobody catches this/],
      ['exit 3', /exit code 3/],
    ] as const)
      it(`a ${laneKind} lane that ends by ${fault} is replaced and its end told`, { timeout }, async () => {
        const server = await serveFaulty({ laneKind, lanes: 1 })
        const [address = ''] = server.addresses
        const ended = record(server, 'laneEnded')
        await tell(address, fault)
        await until('its end is told', () => ended.length > 0)
        assert.equal(ended[0]?.reason, 'crash')
        assert.match(String(ended[0]?.error.message), pattern)
        assert.match(await ask(address, 'after'), / after$/)
        assert.equal(server.status().lanes[0]?.restarts, 1)
        await server.close()
      })

  it('a lane out of heap is replaced', { timeout }, async () => {
    const before = process.env['NODE_OPTIONS']
    process.env['NODE_OPTIONS'] = '--max-old-space-size=64'
    const server = await serveFaulty({ lanes: 1 })
    const [address = ''] = server.addresses
    const ended = record(server, 'laneEnded')
    await tell(address, 'heap')
    await until('its end is told', () => ended.length > 0, 30_000)
    assert.equal(ended[0]?.reason, 'crash')
    assert.match(await ask(address, 'after'), / after$/)
    await server.close()
    if (before === undefined) delete process.env['NODE_OPTIONS']
    else process.env['NODE_OPTIONS'] = before
  })

  for (const laneKind of laneKinds)
    it(`a ${laneKind} lane that hangs is told of, killed and replaced`, { timeout }, async () => {
      const server = await serveFaulty({ laneKind, lanes: 1, supervision: { hangMs: 1_000 } })
      const [address = ''] = server.addresses
      const order: string[] = []
      server.on('laneBlocked', ({ lane }) => order.push(`blocked ${lane}`))
      server.on('laneEnded', ({ lane, reason }) => order.push(`ended ${lane} ${reason}`))
      assert.match(await ask(address, 'before'), / before$/)
      await tell(address, 'hang')
      await until('it is seen to be blocked', () => server.status().lanes[0]?.state === 'blocked')
      // What a blocked lane has counted can be read.
      assert.ok((server.status().listeners[0]?.counters['messages'] ?? 0) >= 1)
      await until('its end is told', () => order.length === 2)
      assert.deepEqual(order, ['blocked 0', 'ended 0 hang'])
      assert.match(await ask(address, 'after'), / after$/)
      await server.close()
    })

  it('a lane that is blocked for a while is blocked in its status, and ready again after', { timeout }, async () => {
    const server = await serveFaulty({ lanes: 1 })
    const [address = ''] = server.addresses
    const ended = record(server, 'laneEnded')
    const answer = ask(address, 'block 1500')
    await until('it is seen to be blocked', () => server.status().lanes[0]?.state === 'blocked')
    assert.equal(await answer, 'turned')
    await allServe(server)
    assert.deepEqual(ended, [])
    await server.close()
  })

  it('a stopped lane counts as hanging, and what it did not take is answered', { timeout }, async () => {
    const server = await serveFaulty({ lanes: 1, supervision: { hangMs: 1_000 } })
    const [address = ''] = server.addresses
    const ended = record(server, 'laneEnded')
    const old = pidOf(server, 0)
    process.kill(old, 'SIGSTOP')
    assert.match(await ask(address, 'waits'), / waits$/)
    assert.deepEqual(
      ended.map(({ pid, reason }) => [pid, reason]),
      [[old, 'hang']],
    )
    await server.close()
  })

  it('a lane over its ceiling of memory is replaced without a failed request', { timeout }, async () => {
    const server = await serveFaulty({
      lanes: 1,
      listen: 'tcp://127.0.0.1:0',
      supervision: { memoryBytes: 220 * 1_048_576 },
    })
    const [address = ''] = server.addresses
    const ended = record(server, 'laneEnded')
    const old = pidOf(server, 0)
    const client = await clientOf(address)
    await client.send('slow 1500')
    assert.equal(await ask(address, 'grow 300'), 'grown')
    await until('it is replaced', async () => {
      assert.match(await ask(address, 'meanwhile'), / meanwhile$/)
      return ended.length > 0
    })
    assert.deepEqual([ended[0]?.reason, ended[0]?.pid, ended.length], ['memory', old, 1])
    assert.equal(String(await client.receive()), 'slow')
    await client.close()
    assert.equal(await ask(address, 'x'), `${pidOf(server, 0)} x`)
    assert.notEqual(pidOf(server, 0), old)
    assert.match(String(server.status().lanes[0]?.lastEnd), /memory/)
    await server.close()
  })
})
