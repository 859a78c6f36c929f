/** Control sockets: calls, streams, errors and what happens when one side goes away. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { fail, isLaneworkError } from '#lanework/core/index.js'
import {
  ControlClient,
  ControlServer,
  type CallContext,
  type ControlMethods,
  type ControlPeer,
} from '#lanework/process/control/index.js'
import { isNative } from '../../support/capability.ts'
import { freshControlPath } from '../../support/control-path.ts'
import { gate, until } from '../../support/until.ts'

class Refusal extends TypeError {
  override readonly name = 'Refusal'
  readonly code = 'E_REFUSED'
  readonly detail = { why: 'because' }
}

/** A server and a client for the length of `body`. */
async function connected<Methods extends ControlMethods>(
  methods: Methods,
  body: (client: ControlClient<Methods>, server: ControlServer) => Promise<void>,
): Promise<void> {
  await using server = await ControlServer.listen(freshControlPath(), methods)
  await using client = await ControlClient.connect<Methods>(server.path)
  await body(client, server)
}

describe('a call', () => {
  it('gives the result of its method, whatever its kind, and knows its types', async () => {
    const methods = {
      add: ({ a, b }: { a: number; b: number }) => a + b,
      later: async (text: string) => ({ text, bytes: new Uint8Array([1, 2]), map: new Map([[1, { deep: true }]]) }),
      nothing: () => undefined,
    }
    await connected(methods, async (client) => {
      const sum: number = await client.call('add', { a: 1, b: 2 })
      assert.equal(sum, 3)
      const { text, bytes, map } = await client.call('later', 'ü')
      assert.deepEqual([text, [...bytes], map.get(1)], ['ü', [1, 2], { deep: true }])
      assert.equal(await client.call('nothing'), undefined)
      assert.equal(client.serverPid, process.pid)
    })
  })

  it('that is told is carried out in its order and never answered, also when it fails', async () => {
    const heard: unknown[] = []
    const methods = {
      note: (value: number) => void heard.push(value),
      fails(value: number) {
        heard.push(value)
        throw new Error('nobody hears this')
      },
      failsLater: (value: number) => Promise.reject(new Error(`nor this, ${heard.push(value)}`)),
      all: () => heard,
    }
    await connected(methods, async (client) => {
      client.tell('note', 1)
      client.tell('fails', 2)
      client.tell('failsLater', 3)
      client.tell('unknown' as 'note', 4)
      client.tell('note', 5)
      assert.deepEqual(await client.call('all'), [1, 2, 3, 5])
    })
  })

  it('many at once are answered each with its own, in the order in which they finish', async () => {
    const gates = Array.from({ length: 100 }, () => gate())
    let arrived = 0
    const methods = {
      wait(index: number) {
        arrived++
        return gates[index]?.opened.then(() => index)
      },
    }
    await connected(methods, async (client) => {
      const order: number[] = []
      const calls = gates.map((_, index) => client.call('wait', index).then((got) => order.push(got as number)))
      await until('all have arrived', () => arrived === gates.length)
      for (const each of gates.toReversed()) each.open()
      await Promise.all(calls)
      assert.deepEqual(
        order,
        order.toSorted((a, b) => b - a),
      )
    })
  })

  it('that fails keeps class, code, detail, cause and the stack of the server', async () => {
    const methods = {
      ours: () => {
        throw fail('NAME_NOT_FOUND', { name: 'x' }, { cause: new RangeError('deep') })
      },
      theirs: async () => {
        throw new Refusal('no')
      },
      text: () => {
        // oxlint-disable-next-line no-throw-literal
        throw 'only a text'
      },
    }
    await connected(methods, async (client) => {
      const ours = await client.call('ours').then(assert.fail, (error: unknown) => error)
      assert.ok(isLaneworkError(ours, 'NAME_NOT_FOUND'))
      assert.equal(ours.detail.name, 'x')
      assert.ok(ours.cause instanceof RangeError)
      assert.match(ours.stack ?? '', /control\.test/)
      await assert.rejects(client.call('theirs'), { name: 'Refusal', code: 'E_REFUSED', detail: { why: 'because' } })
      await assert.rejects(client.call('text'), { message: 'only a text' })
    })
  })

  it('of a method that does not exist is METHOD_UNKNOWN, also of one that every object has', async () => {
    await connected({ add: () => 1 } as ControlMethods, async (client) => {
      await assert.rejects(client.call('ad'), { code: 'METHOD_UNKNOWN', detail: { method: 'ad', known: 'add' } })
      await assert.rejects(client.call('constructor'), { code: 'METHOD_UNKNOWN' })
      await assert.rejects(client.call('__proto__'), { code: 'METHOD_UNKNOWN' })
    })
  })

  it('with what cannot travel, or is too large, fails alone: NOT_SERIALIZABLE, FRAME_TOO_LONG', async () => {
    const methods = {
      echo: (value: unknown) => value,
      unspeakable: () => () => 1,
      large: (bytes: number) => new Uint8Array(bytes),
    }
    await using server = await ControlServer.listen(freshControlPath(), methods, { frameBytes: 4_096 })
    await using client = await ControlClient.connect<typeof methods>(server.path, { frameBytes: 4_096 })
    await assert.rejects(
      client.call('echo', () => 1),
      { code: 'NOT_SERIALIZABLE' },
    )
    await assert.rejects(client.call('unspeakable'), { code: 'NOT_SERIALIZABLE' })
    await assert.rejects(client.call('large', 5_000), { code: 'FRAME_TOO_LONG' })
    await assert.rejects(client.call('echo', new Uint8Array(5_000)), { code: 'FRAME_TOO_LONG' })
    assert.equal((await client.call('large', 3_000)).length, 3_000)
  })

  it('that is aborted or timed out is cancelled at the server', async () => {
    const contexts: CallContext[] = []
    const methods = { hang: (_: unknown, context: CallContext) => new Promise(() => contexts.push(context)) }
    await connected(methods, async (client) => {
      const controller = new AbortController()
      const aborted = client.call('hang', undefined, { signal: controller.signal })
      await until('the call arrives', () => contexts.length === 1)
      controller.abort()
      await assert.rejects(aborted, { code: 'ABORTED' })
      await assert.rejects(client.call('hang', undefined, { timeoutMs: 1 }), { code: 'TIMED_OUT' })
      await assert.rejects(client.call('hang', undefined, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
      await until('both know', () => contexts.length === 2 && contexts.every(({ signal }) => signal.aborted))
    })
  })

  it('beyond the limit of one client is CONTROL_BUSY, and the others go on', async () => {
    const opening = gate()
    await using server = await ControlServer.listen(
      freshControlPath(),
      { wait: () => opening.opened },
      { callsPerConnection: 2 },
    )
    await using client = await ControlClient.connect(server.path)
    const running = [client.call('wait'), client.call('wait')]
    await assert.rejects(client.call('wait'), {
      code: 'CONTROL_BUSY',
      detail: { what: 'calls of one client', limit: 2 },
    })
    opening.open()
    await Promise.all(running)
    await client.call('wait')
  })
})

describe('a stream', () => {
  it('brings its items in order and ends', async () => {
    const methods = {
      async *count(to: number) {
        for (let n = 0; n < to; n++) yield n
      },
    }
    await connected(methods, async (client) => {
      const got: number[] = []
      for await (const n of client.stream('count', 1_000)) got.push(n)
      assert.deepEqual(
        got,
        Array.from({ length: 1_000 }, (_, n) => n),
      )
    })
  })

  it('waits for a slow reader: no more than the window is made', async () => {
    let made = 0
    const methods = {
      async *endless() {
        for (;;) yield new Uint8Array(10_000).fill(made++)
      },
    }
    await connected(methods, async (client) => {
      const stream = client.stream('endless', undefined, { windowItems: 8 })
      await stream.next()
      for (let turn = 0; turn < 20; turn++) await client.call('ping' as never).catch(() => {})
      assert.ok(made <= 10, `${made} items were made for a reader that took one`)
      await stream.return()
    })
  })

  it('keeps none of the items that it has sent, however long it lasts', async () => {
    const made: WeakRef<object>[] = []
    const methods = {
      async *items() {
        for (let number = 0; ; number++) {
          const item = { number }
          made.push(new WeakRef(item))
          yield item
        }
      },
    }
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    await connected(methods, async (client) => {
      let received = 0
      for await (const _ of client.stream('items')) {
        if (++received < 200) continue
        await until('the first hundred are gone', () => {
          collect()
          return made.slice(0, 100).every((item) => item.deref() === undefined)
        })
        break
      }
    })
  })

  it('that is left early ends at the server', async () => {
    const ended = gate()
    let signal: AbortSignal | undefined
    const methods = {
      async *endless(_: unknown, context: CallContext) {
        signal = context.signal
        try {
          for (let n = 0; ; n++) yield n
        } finally {
          ended.open()
        }
      },
    }
    await connected(methods, async (client) => {
      for await (const n of client.stream('endless')) if (n === 5) break
      await ended.opened
      assert.equal(signal?.aborted, true)
    })
  })

  it('that waits for its next item is cancelled too, and an aborted one throws ABORTED', async () => {
    const signals: AbortSignal[] = []
    const methods = {
      async *silent(_: unknown, { signal }: CallContext): AsyncGenerator<number> {
        signals.push(signal)
        await new Promise(() => {})
        yield 1
      },
    }
    await connected(methods, async (client) => {
      const controller = new AbortController()
      const reading = client.stream('silent', undefined, { signal: controller.signal }).next()
      await until('it runs', () => signals.length === 1)
      controller.abort()
      await assert.rejects(reading, { code: 'ABORTED' })
      await until('the server knows', () => signals[0]?.aborted === true)
    })
  })

  it('that fails half-way brings what came before, then the error', async () => {
    const methods = {
      async *broken() {
        yield 1
        yield 2
        throw fail('NAME_NOT_FOUND', { name: 'third' })
      },
    }
    await connected(methods, async (client) => {
      const got: number[] = []
      const reading = (async () => {
        for await (const n of client.stream('broken')) got.push(n)
      })()
      await assert.rejects(reading, { code: 'NAME_NOT_FOUND' })
      assert.deepEqual(got, [1, 2])
    })
  })

  it('is not a call, nor the other way round: METHOD_MISUSED', async () => {
    const methods = {
      one: () => 1,
      async *many() {
        yield 1
      },
    }
    await connected(methods, async (client) => {
      await assert.rejects(client.call('many'), { code: 'METHOD_MISUSED' })
      await assert.rejects(client.stream('one').next(), { code: 'METHOD_MISUSED' })
    })
  })
})

describe('a client that goes', () => {
  it('aborts its calls, then the hooks are called once', async () => {
    const told: string[] = []
    const gone: ControlPeer[] = []
    const hold = (_: unknown, { signal, peer }: CallContext): Promise<never> => {
      signal.addEventListener('abort', () => told.push('aborted'))
      peer.onDisconnect(() => told.push('released'))
      return new Promise(() => {})
    }
    await using server = await ControlServer.listen(
      freshControlPath(),
      { hold },
      { onDisconnect: (peer) => gone.push(peer) },
    )
    const client = await ControlClient.connect(server.path)
    const call = client.call('hold')
    await until('it holds', () => server.peers.length === 1 && told.length === 0)
    await client.close()
    await assert.rejects(call, { code: 'CLOSED' })
    await until('all is released', () => told.length === 2 && gone.length === 1)
    assert.deepEqual([told, server.peers, gone[0]?.connected], [['aborted', 'released'], [], false])
    assert.ok(isLaneworkError(await client.closed, 'CLOSED'))
    await assert.rejects(client.call('hold'), { code: 'CLOSED' })
  })

  it('is known by the kernel before', { skip: isNative ? false : 'credentials need the addon' }, async () => {
    await connected({ who: (_: unknown, { peer }: CallContext) => peer.credentials }, async (client) => {
      assert.deepEqual(await client.call('who'), {
        pid: process.pid,
        uid: process.getuid?.(),
        gid: process.getgid?.(),
      })
    })
  })

  it('finds its calls and streams CLOSED when it was the server that went', async () => {
    const methods = {
      hang: () => new Promise(() => {}),
      async *silent(): AsyncGenerator<number> {
        await new Promise(() => {})
        yield 1
      },
    }
    await connected(methods, async (client, server) => {
      const lost = [client.call('hang'), client.stream('silent').next()]
      await until('they run', () => server.peers.length === 1)
      await server.close()
      for (const each of lost) await assert.rejects(each)
      await client.closed
    })
  })
})
