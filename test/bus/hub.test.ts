/** Hubs and what goes wrong with them: ends that do not read, that send garbage, that are killed, and hubs that are. */
import assert from 'node:assert/strict'
import { mkdirSync, statSync, existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, test } from 'node:test'
import { connectBus, startHub, type Bus, type HubStatus } from '#lanework/bus/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { busProcess } from '../support/bus.js'
import { freshControlPath } from '../support/control-path.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'
import { bytes, hasCode, listen, settle, text } from './conformance.js'
import { frame, greeted, hello, raw } from './raw.js'

const statusOf = async (bus: Bus): Promise<HubStatus> =>
  JSON.parse(text(await bus.request('hub.status', bytes('')))) as HubStatus

describe('a hub', () => {
  test('lets in nobody but its user, and leaves nothing behind', async () => {
    const hub = await startHub()
    assert.equal(statSync(hub.path).mode & 0o777, 0o600)
    assert.equal(statSync(dirname(hub.path)).mode & 0o777, 0o700)
    await hub.close()
    assert.equal(existsSync(dirname(hub.path)), false)
    const open = join(folder, 'open')
    mkdirSync(open, { mode: 0o755 })
    await assert.rejects(startHub({ path: join(open, 'bus.sock') }), hasCode('FOLDER_NOT_PRIVATE'))
  })

  test('that closes has sent what waited for who reads slowly', async (t) => {
    const hub = await startHub()
    const connection = await greeted(hub.path)
    t.after(() => connection.stream.destroy())
    connection.stream.write(frame(3, 'talk'))
    await until('it listens', () => hub.status().subscriptions > 0)
    connection.stream.pause()
    const before = connection.received()
    const [count, size] = [1_000, 4_000]
    for (let index = 0; index < count; index++) hub.bus.publish('talk', Buffer.alloc(size))
    await new Promise(setImmediate)
    const closed = hub.close()
    let isClosed = false
    void closed.then(() => (isClosed = true))
    await new Promise(setImmediate)
    assert.ok(!isClosed)
    connection.stream.resume()
    await closed
    await until('it is all there', () => connection.received() - before >= count * size)
  })

  test('is the only one at its path; the file of a dead one is replaced', async () => {
    const path = freshControlPath()
    const dead = await busProcess('bus-hub', path)
    await assert.rejects(startHub({ path }), hasCode('ADDRESS_IN_USE'))
    await assert.rejects(connectBus(freshControlPath()), hasCode('CONNECTION_REFUSED'))
    await dead.kill()
    assert.ok(existsSync(path))
    await assert.rejects(connectBus(path), hasCode('CONNECTION_REFUSED'))
    await using hub = await startHub({ path })
    assert.equal(hub.status().connections, 0)
  })

  test('is joined without a socket in its own thread, and ends its ends with itself', async () => {
    const hub = await startHub()
    const end = await connectBus(hub.path)
    const { heard } = await listen(end, 'x')
    hub.bus.publish('x', bytes('1'))
    await until('it was heard', () => heard.length === 1)
    assert.equal(hub.status().connections, 0)
    let closed: Error | undefined
    end.on('closed', ({ error }) => (closed = error))
    await hub.close()
    await until('the end was told', () => closed !== undefined)
    assert.throws(() => end.publish('x', bytes('')), hasCode('CLOSED'))
  })

  test('sends each connection one copy, and nothing to those that do not care', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path })
    const [idle, listener] = [await greeted(path), await greeted(path)]
    for (const pattern of ['a.b', 'a.*', '>']) listener.stream.write(frame(3, pattern))
    await until('all is known', () => hub.status().subscriptions === 3)
    const [before, sizeOfOne] = [[idle.received(), listener.received()], frame(2, 'a.b', bytes('hello')).length]
    hub.bus.publish('a.b', bytes('hello'))
    await until('it came', () => listener.received() > before[1]!)
    assert.deepEqual([idle.received() - before[0]!, listener.received() - before[1]!], [0, sizeOfOne])
    const { published, delivered, unheard } = hub.status()
    assert.deepEqual([published, delivered, unheard], [1, 1, 0])
    listener.stream.destroy()
    await until('it is forgotten', () => hub.status().subscriptions === 0)
    hub.bus.publish('a.b', bytes('hello'))
    assert.equal(hub.status().unheard, 1)
    idle.stream.destroy()
  })

  test('does not send an end its own messages when it wants no echo', async () => {
    await using hub = await startHub({ echo: false })
    const own = await listen(hub.bus, 'x')
    const other = await listen(await connectBus(hub.path), 'x')
    hub.bus.publish('x', bytes('1'))
    await until('the other heard', () => other.heard.length === 1)
    await hub.bus.flush()
    assert.deepEqual(own.heard, [])
  })

  test('takes no more connections and subscriptions than it may', async () => {
    const path = freshControlPath()
    const other = await busProcess('bus-hub', path, '8388608', '3')
    const bus = await connectBus(path)
    for (const subject of ['a', 'b']) bus.subscribe(subject, () => {})
    bus.respond('c', (payload) => payload)
    bus.subscribe('a', () => {})
    assert.throws(() => bus.subscribe('d', () => {}), hasCode('CONTROL_BUSY'))
    assert.throws(() => bus.respond('d', (payload) => payload), hasCode('CONTROL_BUSY'))
    await bus.close()
    const rude = await greeted(path)
    for (const subject of ['a', 'b', 'c', 'd']) rude.stream.write(frame(3, subject))
    await until('who asks all the same is cut off', rude.closed)
    await other.kill()
    const few = freshControlPath()
    await using hub = await startHub({ path: few, connections: 1 })
    const first = await greeted(few)
    const second = await raw(few)
    second.stream.write(hello)
    await until('the second is refused', second.closed)
    assert.equal(hub.status().refused, 1)
    first.stream.destroy()
    for (const options of [{ queueBytes: 1 }, { connections: 0 }, { unknown: 1 }])
      await assert.rejects(startHub(options as never), hasCode('OPTION_INVALID'))
  })
})

describe('an end that does not read', () => {
  test('is cut off at its limit, and nobody else waits or misses anything', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path, queueBytes: 262_144 })
    const slow = await greeted(path)
    slow.stream.write(frame(3, 'load'))
    const good = await busProcess('bus-client', path, 'good')
    const [load] = [await listen(hub.bus, 'load')]
    await until('both subscribe', () => hub.status().subscriptions >= 4)
    slow.stream.pause()
    hub.bus.subscribe('load.x', () => {})
    const payload = Buffer.alloc(10_000)
    for (let index = 0; index < 400; index++) {
      hub.bus.publish('load', payload)
      hub.bus.publish('load.x', payload)
      // No more than the good one can take.
      if (index % 10 === 9) await hub.bus.request('good.heard', bytes(''))
    }
    await until('it was cut off', () => hub.status().slowCut === 1)
    assert.equal(load.heard.length, 400)
    await until('the other heard all', async () => text(await hub.bus.request('good.heard', bytes(''))) === '400')
    assert.equal(hub.status().slowCut, 1)
    await good.kill()
    slow.stream.destroy()
  })

  test('is told that it was lost and that it is back, and hears again', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path, queueBytes: 262_144 })
    const client = await busProcess('bus-client', path, 'slow')
    hub.bus.publish('slow.block', bytes('600'))
    await until('it is cut off', async () => {
      for (let index = 0; index < 20; index++) hub.bus.publish('load.x', Buffer.alloc(50_000))
      await new Promise((resolve) => setImmediate(resolve))
      return hub.status().slowCut === 1
    })
    const events = await until('it is back', () =>
      hub.bus.request('slow.events', bytes('')).then(
        (payload) => text(payload).includes('gap') && text(payload),
        () => undefined,
      ),
    )
    assert.equal(events, 'lost gap')
    const before = Number(text(await hub.bus.request('slow.heard', bytes(''))))
    hub.bus.publish('load.x', bytes('again'))
    await until('it hears', async () => Number(text(await hub.bus.request('slow.heard', bytes('')))) === before + 1)
    await client.kill()
  })
})

describe('garbage at the socket', () => {
  test('closes its own connection and harms nobody', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path })
    const client = await busProcess('bus-client', path, 'good')
    const bad = [
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.alloc(64, 255),
      frame(2, 'a', bytes('no greeting')),
      Buffer.concat([hello, frame(2, 'a b', bytes('a subject with a blank'))]),
      Buffer.concat([hello, frame(2, 'a.*', bytes('a pattern'))]),
      Buffer.concat([hello, frame(3, 'a.>.b')]),
      Buffer.concat([hello, frame(99)]),
      Buffer.concat([hello, hello]),
      Buffer.concat([hello, Buffer.from([0, 0, 0, 8, 2, 0, 255, 255, 0, 0, 0, 0])]),
      Buffer.concat([hello, Buffer.from([0, 0, 0, 2, 2, 0])]),
    ]
    for (const [index, garbage] of bad.entries()) {
      const connection = await raw(path)
      connection.stream.write(garbage)
      await until(`number ${index} was cut off`, connection.closed)
    }
    await until('all were counted', () => hub.status().invalidCut === bad.length)
    assert.equal(text(await hub.bus.request('good.echo', bytes('still here'))), 'still here')
    await client.kill()
  })

  test(
    '100,000 random frames: whatever they mean, the hub goes on and forgets who sent them',
    { timeout: 100_000 },
    async () => {
      const path = freshControlPath()
      await using hub = await startHub({ path, queueBytes: 4_194_304 })
      const { heard } = await listen(hub.bus, 'witness')
      hub.bus.respond('a.b', (payload) => payload)
      const seed = Math.floor(Math.random() * 2 ** 32)
      const random = new SeededRandom(seed)
      const subjects = ['a', 'a.b', 'a.*', '>', 'x.>', '', 'a b', 'é', 'b.a']
      let sent = 0
      let connection = await greeted(path)
      while (sent < 100_000) {
        const frames: Buffer[] = []
        for (let index = 0; index < 200; index++) {
          const payload = Buffer.alloc(random.integer(0, 40), random.integer(0, 255))
          const valid = random.chance(0.97)
          const kind = valid ? random.integer(2, 10) : random.integer(0, 255)
          const subject = subjects[valid ? random.integer(0, 1) : random.integer(0, subjects.length - 1)]!
          const bytesOf = frame(kind, subject, payload, random.integer(0, 50))
          if (random.chance(0.002)) bytesOf[random.integer(0, bytesOf.length - 1)]! ^= random.integer(1, 255)
          frames.push(bytesOf)
        }
        sent += frames.length
        connection.stream.write(Buffer.concat(frames))
        await new Promise((resolve) => setImmediate(resolve))
        if (connection.closed()) connection = await greeted(path)
      }
      connection.stream.destroy()
      await until(`all are forgotten (seed ${seed})`, () => hub.status().connections === 0)
      const { subscriptions, responders, waiting } = hub.status()
      assert.deepEqual([subscriptions, responders, waiting], [1, 1, 0], `seed ${seed}`)
      hub.bus.publish('witness', bytes('alive'))
      await until('the hub goes on', () => heard.length === 1)
    },
  )
})

describe('ends and hubs that are killed', () => {
  test('a client in the middle of a frame: nothing of it is heard', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path })
    const { heard } = await listen(hub.bus, '>')
    const client = await greeted(path)
    const whole = frame(2, 'whole', bytes('1'))
    client.stream.write(Buffer.concat([whole, frame(2, 'half', Buffer.alloc(5_000)).subarray(0, 3_000)]))
    await until('the whole one was heard', () => heard.length === 1)
    client.stream.destroy(true)
    await until('it is gone', () => hub.status().connections === 0)
    assert.deepEqual(heard, ['whole 1'])
  })

  test('a responder: requests to it fail at once, and the next goes to another', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path })
    const client = await busProcess('bus-client', path, 'worker')
    const request = hub.bus.request('worker.never', bytes(''), { timeoutMs: 60_000 })
    const failed = assert.rejects(request, hasCode('RESPONDER_LOST'))
    await until('it was asked', () => hub.status().waiting === 1)
    await client.kill()
    await failed
    await assert.rejects(hub.bus.request('worker.never', bytes('')), hasCode('NO_RESPONDER'))
    assert.equal(hub.status().subscriptions, 0)
  })

  test('a publisher: what came before is heard in order, and then no more', async () => {
    const path = freshControlPath()
    await using hub = await startHub({ path })
    const { heard } = await listen(hub.bus, 'from.client')
    const client = await busProcess('bus-client', path, 'talker')
    hub.bus.request('talker.publish', bytes('1000000'), { timeoutMs: 60_000 }).catch(() => {})
    await until('some were heard', () => heard.length > 2_000)
    await client.kill()
    await until('it is gone', () => hub.status().connections === 0)
    await hub.bus.flush()
    assert.deepEqual(
      heard.slice(),
      Array.from({ length: heard.length }, (_, index) => `from.client ${index}`),
    )
  })

  test('a hub: requests in hand fail, what is published waits within limits, and all is there again with the next', async () => {
    const path = freshControlPath()
    const first = await busProcess('bus-hub', path)
    const [a, b] = [await connectBus(path, { pendingBytes: 40_000 }), await connectBus(path, { echo: false })]
    const events: string[] = []
    for (const [name, bus] of [
      ['a', a],
      ['b', b],
    ] as const)
      for (const event of ['lost', 'gap', 'closed'] as const) bus.on(event, () => events.push(`${name} ${event}`))
    const { heard } = await listen(b, 'news.*')
    const own = await listen(b, 'own')
    await b.respond('b.echo', (payload) => payload).ready
    const inHand = assert.rejects(a.request('hub.never', bytes(''), { timeoutMs: 60_000 }), hasCode('CONNECTION_RESET'))
    await until('it was asked', async () => (await statusOf(a)).waiting === 2)
    await first.kill()
    await inHand
    await until('both know', () => events.length === 2)
    await assert.rejects(a.flush(), hasCode('CONNECTION_RESET'))
    assert.equal(a.status().state, 'lost')
    a.publish('news.1', bytes('meanwhile'))
    // Who is back first may say it before the other is there: that is what a gap is.
    const waits = a
      .request('b.echo', bytes('waited'), { timeoutMs: 60_000 })
      .then(text, ({ code }: { code: string }) => code)
    await assert.rejects(a.request('b.echo', bytes('gave up'), { timeoutMs: 20 }), hasCode('TIMED_OUT'))
    for (let index = 0; index < 10; index++) a.publish('news.2', Buffer.alloc(10_000))
    assert.ok(a.status().dropped >= 6 && a.status().dropped < 10, `${a.status().dropped} were dropped`)
    const late = b.subscribe('late', () => {})
    let lateReady = false
    const ready = late.ready.then(() => (lateReady = true))
    assert.equal(lateReady, false)
    const second = await busProcess('bus-hub', path)
    await until('both are back', () => events.filter((event) => event.endsWith('gap')).length === 2)
    await ready
    assert.deepEqual(events.toSorted(), ['a gap', 'a lost', 'b gap', 'b lost'])
    assert.match(await waits, /^(waited|NO_RESPONDER)$/)
    a.publish('news.3', bytes('again'))
    await until('it is heard', () => heard.includes('news.3 again'))
    assert.equal(text(await a.request('b.echo', bytes('hi'))), 'hi')
    b.publish('own', bytes(''))
    await settle(b, a)
    assert.deepEqual(own.heard, [])
    assert.equal(a.status().gaps, 1)
    await Promise.all([a.close(), b.close()])
    await second.kill()
  })

  test('a hub that does not come back: after its attempts the bus is closed, and says why', async () => {
    const path = freshControlPath()
    const hub = await busProcess('bus-hub', path)
    const bus = await connectBus(path, { attempts: 2, backoffMs: 1 })
    let closed: Error | undefined
    bus.on('closed', ({ error }) => (closed = error))
    const ready = bus.subscribe('x', () => {})
    await hub.kill()
    await until('it gave up', () => closed !== undefined)
    assert.ok(hasCode('CONNECTION_REFUSED')(closed as never))
    await assert.rejects(ready.ready, hasCode('CLOSED'))
    assert.equal(bus.status().state, 'closed')
    await bus.close()
  })

  test('a bus that is closed while it is lost does not come back', async () => {
    const path = freshControlPath()
    const hub = await busProcess('bus-hub', path)
    const bus = await connectBus(path)
    let lost = 0
    bus.on('lost', () => lost++)
    await hub.kill()
    await until('it is lost', () => lost === 1)
    await bus.close()
    await using again = await startHub({ path })
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual([again.status().connections, bus.status().state], [0, 'closed'])
  })
})
