/** The network in memory: faults by seed, replayable, every datagram accounted for, no real time. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { lines } from '#lanework/framing/index.js'
import { connect, listen, udp } from '#lanework/io/index.js'
import { serve, service } from '#lanework/server/index.js'
import { echo } from '#lanework/services/echo/index.js'
import { MemoryNetwork, SeededRandom, VirtualClock, type MemoryNetworkOptions } from '#lanework/testing/index.js'

/** Sends so many numbered datagrams to an echo server and gives what came back, in order. */
async function talk(
  options: MemoryNetworkOptions,
  count: number,
): Promise<{ replies: string[]; network: MemoryNetwork }> {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ ...options, clock })
  const server = await serve(echo, { listen: 'udp://127.0.0.1:9000', network, clock })
  const client = await udp({ network }).bind('udp://127.0.0.1:0')
  for (let index = 0; index < count; index++) {
    await client.sendTo(`m${index}`, 'udp://127.0.0.1:9000')
    await clock.advance(1)
  }
  await clock.advance(100)
  const replies: string[] = []
  for (;;) {
    try {
      replies.push(String((await client.recvFrom(100, { timeoutMs: 0 })).message))
    } catch {
      break
    }
  }
  await server.close()
  return { replies, network }
}

describe('datagrams in memory', () => {
  test('without faults all arrive, in order', async () => {
    const { replies } = await talk({}, 50)
    assert.deepEqual(
      replies,
      Array.from({ length: 50 }, (_, index) => `m${index}`),
    )
  })

  test('the same seed gives the same faults, another seed others', async () => {
    const faults = { loss: 0.2, duplicate: 0.1, reorder: 0.2 }
    const first = await talk({ ...faults, seed: 7 }, 200)
    const again = await talk({ ...faults, seed: 7 }, 200)
    const other = await talk({ ...faults, seed: 8 }, 200)
    assert.deepEqual(first.replies, again.replies)
    assert.notDeepEqual(first.replies, other.replies)
    assert.ok(first.replies.length > 50)
  })

  test('every datagram is delivered, lost or unreachable', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { counts } = (await talk({ seed, loss: 0.3, duplicate: 0.2, reorder: 0.1 }, 50)).network
      assert.equal(counts.sent + counts.duplicated, counts.delivered + counts.lost + counts.unreachable, `seed ${seed}`)
      assert.ok(counts.lost > 0)
    }
  })

  test('a full queue drops and counts as the kernel would', async () => {
    const network = new MemoryNetwork()
    const receiver = await network.bindDatagram({ scheme: 'udp', host: '127.0.0.1', port: 9 })
    const sender = await network.bindDatagram({ scheme: 'udp', host: '127.0.0.1', port: 0 })
    for (let index = 0; index < 1_200; index++) sender.send('x', receiver.address)
    await Promise.resolve()
    let received = 0
    while (receiver.tryReceive(10) !== undefined) received++
    assert.equal(received + (receiver.kernelDrops() ?? 0), 1_200)
    assert.equal(receiver.kernelDrops(), 200)
  })
})

describe('streams in memory', () => {
  test('split chunks come out of the framing whole', async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const network = new MemoryNetwork({ seed, split: true })
      const upper = service({ name: 'upper', framing: lines(), message: (message) => String(message).toUpperCase() })
      const server = await serve(upper, { listen: 'tcp://127.0.0.1:9000', network })
      const connection = await connect('tcp://127.0.0.1:9000', { network })
      await connection.send('alpha\nbeta\ngamma\n')
      assert.equal(String(await connection.read(17)), 'ALPHA\nBETA\nGAMMA\n', `seed ${seed}`)
      await server.close()
    }
  })

  test('a reset is told to both ends', async () => {
    const network = new MemoryNetwork({ reset: 1 })
    const listener = await listen('tcp://127.0.0.1:9000', { network })
    const [far, near] = await Promise.all([listener.accept(), connect('tcp://127.0.0.1:9000', { network })])
    await near.send('x')
    await assert.rejects(far.recv(), { code: 'CONNECTION_RESET' })
    assert.equal(near.closeReason?.kind, 'reset')
  })

  test('a writer waits for a reader that does not read', async () => {
    const network = new MemoryNetwork()
    const listener = await listen('tcp://127.0.0.1:9000', { network })
    const [far, near] = await Promise.all([listener.accept(), connect('tcp://127.0.0.1:9000', { network })])
    let sent = false
    const sending = near.send(Buffer.alloc(1_000_000, 1)).then(() => (sent = true))
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(sent, false)
    assert.equal((await far.read(1_000_000)).length, 1_000_000)
    await sending
  })

  test('nobody there is CONNECTION_REFUSED, a second listener ADDRESS_IN_USE', async () => {
    const network = new MemoryNetwork()
    await assert.rejects(connect('tcp://127.0.0.1:1', { network }), { code: 'CONNECTION_REFUSED' })
    await listen('tcp://127.0.0.1:9000', { network })
    await assert.rejects(listen('tcp://127.0.0.1:9000', { network }), { code: 'ADDRESS_IN_USE' })
  })
})

describe('the virtual clock', () => {
  test('fires timers in order, and only when it is advanced', async () => {
    const clock = new VirtualClock()
    const fired: string[] = []
    clock.after(20, () => fired.push('b'))
    clock.after(10, () => fired.push('a'))
    const ticks = clock.every(15, () => fired.push(`tick ${clock.monotonicMs()}`))
    clock.after(5, () => fired.push('never')).cancel()
    assert.deepEqual(fired, [])
    await clock.advance(30)
    assert.deepEqual(fired, ['a', 'tick 15', 'b', 'tick 30'])
    ticks.cancel()
    await clock.advance(100)
    assert.equal(fired.length, 4)
    assert.equal(clock.pending, 0)
  })

  test('the wall clock can jump while the monotonic one goes on', async () => {
    const clock = new VirtualClock({ wallMs: 1_000 })
    clock.setWall(500)
    await clock.advance(10)
    assert.equal(clock.wallMs(), 510)
    assert.equal(clock.monotonicMs(), 10)
  })

  test('a silent connection is closed after idleMs without any real waiting', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    const server = await serve(echo, { listen: 'tcp://127.0.0.1:9000', network, clock, limits: { idleMs: 60_000 } })
    const connection = await connect('tcp://127.0.0.1:9000', { network })
    await clock.advance(59_000)
    assert.equal(connection.closeReason, undefined)
    await clock.advance(3_000)
    assert.equal((await connection.recv()).length, 0)
    assert.equal(server.status().listeners[0]?.counters['closedIdle'], 1)
    await server.close()
  })
})

test('seeded numbers are spread evenly and repeat', () => {
  const random = new SeededRandom(3)
  const again = new SeededRandom(3)
  let low = 0
  for (let index = 0; index < 10_000; index++) {
    const value = random.next()
    assert.equal(value, again.next())
    if (value < 0.5) low++
  }
  assert.ok(low > 4_700 && low < 5_300)
})
