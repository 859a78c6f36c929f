/** A lane that is late, or uses too much memory, turns new work away until it has caught up. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '#lanework/io/index.js'
import type { Server, ServerEvents, ServiceDefinition } from '#lanework/server/index.js'
import { addressOf, clientOf, countersOf, serveOn } from '../../support/matrix.ts'
import { turns, until } from '../../support/until.ts'

const mebibyte = 1_048_576

/** Blocks the thread for as many milliseconds as the message says, and answers. */
const blocking: Partial<ServiceDefinition> = {
  message(message) {
    const endMs = performance.now() + Number(message)
    while (performance.now() < endMs);
    return message
  },
}

function shedding(server: Server): ServerEvents['shedding'][] {
  const told: ServerEvents['shedding'][] = []
  server.on('shedding', (event) => told.push(event))
  return told
}

describe('limits.shedLagMs', () => {
  it('drops and counts datagrams after a handler has blocked the lane, and serves again when it is calm', async () => {
    await using server = await serveOn('udp://127.0.0.1:0', blocking, { limits: { shedLagMs: 1_500 } })
    const told = shedding(server)
    const client = await clientOf(addressOf(server))
    await client.send('1')
    await client.receive()
    // Longer than a busy machine holds anybody up.
    await client.send('3000')
    await client.receive()
    await until('it turns work away', () => server.status().lanes[0]?.overloaded)
    assert.ok((server.status().lanes[0]?.lagMs ?? 0) >= 0)
    const before = countersOf(server)['messages']
    await client.send('1')
    await until('it is dropped', () => countersOf(server)['droppedShed'] === 1)
    assert.equal(countersOf(server)['messages'], before)
    await until('it is calm', () => server.status().lanes[0]?.overloaded === false)
    await client.send('2')
    assert.equal(String(await client.receive()), '2')
    assert.deepEqual(told, [
      { lane: 0, overloaded: true, reasons: ['lag'] },
      { lane: 0, overloaded: false, reasons: [] },
    ])
    await client.close()
  })

  it('is no limit unless it is given', async () => {
    await using server = await serveOn('udp://127.0.0.1:0', blocking)
    const client = await clientOf(addressOf(server))
    await client.send('300')
    await client.receive()
    await until('the lag was seen', () => (server.status().lanes[0]?.lagMs ?? 0) > 50)
    await client.send('1')
    assert.equal(String(await client.receive()), '1')
    assert.equal(server.status().lanes[0]?.overloaded, false)
    await client.close()
  })
})

describe('limits.shedMemoryBytes', () => {
  it('refuses new connections with a reset, counted apart from other refusals, and goes on with those that are open', async () => {
    const shedMemoryBytes = process.memoryUsage.rss() + 128 * mebibyte
    await using server = await serveOn('tcp://127.0.0.1:0', blocking, { limits: { shedMemoryBytes } })
    const told = shedding(server)
    const refused: string[] = []
    server.on('connectionRefused', ({ reason }) => refused.push(reason))
    const early = await clientOf(addressOf(server))
    await early.send('1')
    await early.receive()
    const ballast = Buffer.alloc(256 * mebibyte, 1)
    await until('the memory is seen', () => told.length > 0)
    assert.deepEqual(told, [{ lane: 0, overloaded: true, reasons: ['memory'] }])
    const late = await connect(addressOf(server)).then(
      (stream) => stream.recv().catch((error: { code: string }) => error.code),
      (error: { code: string }) => error.code,
    )
    assert.equal(late, 'CONNECTION_RESET')
    assert.deepEqual(refused, ['overloaded'])
    assert.deepEqual([countersOf(server)['connectionsShed'], countersOf(server)['connectionsRefused']], [1, 0])
    await early.send('2')
    assert.equal(String(await early.receive()), '2')
    assert.equal(ballast.at(-1), 1)
    await early.close()
  })

  it('is over with the server', async () => {
    const server = await serveOn('tcp://127.0.0.1:0', blocking, { limits: { shedMemoryBytes: 1 } })
    const told = shedding(server)
    await until('the memory is seen', () => told.length > 0)
    await server.close()
    await turns(5)
    assert.equal(server.status().lanes[0]?.overloaded, false)
  })
})
