/** Messages arrive whole, once and in order over every transport, however slow the reader is and whatever goes along. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { MessageChannel } from 'node:worker_threads'
import { isLaneworkError } from '#lanework/core/index.js'
import { loadNative } from '#lanework/native/index.js'
import {
  Channel,
  DescriptorTransport,
  PortTransport,
  StreamTransport,
  type Transport,
} from '#lanework/process/channel/index.js'
import { Segment } from '#lanework/process/memory/segment.js'
import { freshPath } from '../../support/folder.ts'
import { descriptors } from '../../support/processes.ts'
import { turns, until } from '../../support/until.ts'

const native = loadNative()

const transports: Readonly<Record<string, () => Promise<[Transport, Transport]>>> = {
  ...(native === undefined ? {} : { descriptors: async () => descriptorPair() }),
  async streams() {
    const path = freshPath()
    const server = createServer({ pauseOnConnect: false }).listen(path)
    await once(server, 'listening')
    const accepted = once(server, 'connection') as Promise<[Socket]>
    const client = connect(path)
    const [socket] = await accepted
    server.close()
    return [new StreamTransport(client), new StreamTransport(socket)]
  },
  async ports() {
    const { port1, port2 } = new MessageChannel()
    return [new PortTransport(port1), new PortTransport(port2)]
  },
}

function descriptorPair(): [Transport, Transport] {
  const pair = new Int32Array(2)
  native?.pair(1, pair)
  return [new DescriptorTransport(pair[0] as number), new DescriptorTransport(pair[1] as number)]
}

/** One end, and what it has received. */
interface End {
  readonly channel: Channel
  readonly received: unknown[]
  ended: boolean
  error: Error | undefined
  onMessage: (value: unknown) => void
}

function endOf(transport: Transport, options?: { frameBytes?: number }): End {
  const received: unknown[] = []
  const end: End = {
    channel: new Channel(
      transport,
      {
        message(_, values) {
          const value = values.value()
          received.push(value)
          end.onMessage(value)
        },
        ended(error) {
          end.ended = true
          end.error = error
        },
      },
      options,
    ),
    received,
    ended: false,
    error: undefined,
    onMessage: () => {},
  }
  return end
}

async function withEnds(
  make: () => Promise<[Transport, Transport]>,
  use: (one: End, two: End) => Promise<void>,
): Promise<void> {
  const [first, second] = await make()
  const [one, two] = [endOf(first), endOf(second)]
  try {
    await use(one, two)
  } finally {
    one.channel.close()
    two.channel.close()
  }
}

/** Numbers from 0 to 1, the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return state / 4_294_967_296
  }
}

for (const [name, make] of Object.entries(transports)) {
  describe(`a channel over ${name}`, () => {
    it('carries values both ways, in order', async () => {
      await withEnds(make, async (one, two) => {
        two.onMessage = (value) => two.channel.send(1, value)
        const values = [1, 'two', { three: [3] }, new Uint8Array([4]), null]
        for (const value of values) one.channel.send(1, value)
        await until('all are back', () => one.received.length === values.length)
        assert.deepEqual(one.received, values)
      })
    })

    it('holds back what is not read, and forgets nothing of it', async () => {
      await withEnds(make, async (one, two) => {
        two.channel.pause(true)
        const count = 300
        for (let index = 0; index < count; index++) one.channel.send(1, `${index}:${'x'.repeat(50_000)}`)
        const drained = one.channel.drained()
        await turns(20)
        if (name !== 'ports') assert.ok(one.channel.waitingBytes > 0)
        assert.deepEqual(two.received, [])
        two.channel.pause(false)
        await drained
        await until('all have arrived', () => two.received.length === count)
        assert.ok(two.received.every((text, index) => String(text).startsWith(`${index}:`)))
      })
    })

    it('may be paused in the midst of messages, and tells the end only after the last of them', async () => {
      await withEnds(make, async (one, two) => {
        two.onMessage = () => two.channel.pause(true)
        for (let index = 0; index < 10; index++) one.channel.send(1, index)
        one.channel.close()
        for (let index = 0; index < 10; index++) {
          await until('one more has arrived', () => two.received.length === index + 1)
          await turns(3)
          assert.equal(two.received.length, index + 1)
          if (index < 9) assert.equal(two.ended, false)
          two.channel.pause(false)
        }
        await until('the end is told', () => two.ended)
        assert.equal(two.error, undefined)
      })
    })

    it('carries one message of many megabytes', async () => {
      await withEnds(make, async (one, two) => {
        const text = 'ab'.repeat(15 << 20)
        one.channel.send(1, text)
        one.channel.send(1, 'after')
        await until('both have arrived', () => two.received.length === 2)
        assert.equal(two.received[0], text)
      })
    })

    it('sends nothing of a message that is too long or cannot be sent, and goes on', async () => {
      await withEnds(make, async (one, two) => {
        one.channel.frameBytes = 1000
        one.channel.send(1, 'before')
        assert.throws(() => one.channel.send(1, 'x'.repeat(2000)), { code: 'FRAME_TOO_LONG' })
        assert.throws(() => one.channel.send(1, [new Uint8Array(10), () => 1]), { code: 'NOT_SERIALIZABLE' })
        one.channel.send(1, 'after')
        await until('both have arrived', () => two.received.length === 2)
        assert.deepEqual(two.received, ['before', 'after'])
      })
    })

    it('loses nothing under random sizes and pauses', async () => {
      const seed = Number(process.env['LANEWORK_SEED'] ?? Date.now() % 1_000_000)
      const random = randomFrom(seed)
      await withEnds(make, async (one, two) => {
        const count = 2_000
        let sent = 0
        let isPaused = false
        while (two.received.length < count) {
          if (sent < count && random() < 0.9) {
            const size = random() < 0.05 ? random() * 400_000 : random() * 300
            one.channel.send(1, [sent++, new Uint8Array(size).fill(sent)])
          }
          if (random() < 0.01) one.channel.flush()
          if (random() < 0.05) two.channel.pause((isPaused = !isPaused))
          if (random() < 0.02) await turns(1)
          if (sent === count && isPaused) two.channel.pause((isPaused = false))
          if (sent === count) await turns(1)
          if (one.channel.waitingBytes > 8_000_000) {
            two.channel.pause((isPaused = false))
            await one.channel.drained()
          }
        }
        for (const [index, message] of two.received.entries()) {
          const [number, bytes] = message as [number, Uint8Array]
          assert.equal(number, index, `seed ${seed}`)
          assert.ok(bytes.every((byte) => byte === ((index + 1) & 0xff)))
        }
      })
    })

    it('drops what is sent after it was closed', async () => {
      await withEnds(make, async (one) => {
        one.channel.close()
        const open = descriptors().length
        for (let index = 0; index < 100; index++) one.channel.send(1, new Uint8Array(300_000))
        assert.equal(one.channel.waitingBytes, 0)
        assert.equal(descriptors().length, open)
        await one.channel.drained()
      })
    })
  })
}

describe('descriptors on a channel', { skip: native === undefined && 'needs the addon' }, () => {
  const pairs = Object.entries(transports).filter(([name]) => name !== 'streams')
  for (const [name, make] of pairs) {
    it(`go with their messages over ${name}, far more than one write can carry, through full buffers too`, async () => {
      const open = descriptors().length
      await withEnds(make, async (one, two) => {
        two.channel.pause(true)
        const count = 500
        for (let index = 0; index < count; index++) {
          const segments = Array.from({ length: index % 70 === 0 ? 150 : 1 }, () => Segment.create(64))
          for (const [place, { buffer }] of segments.entries()) new Int32Array(buffer).set([index, place])
          one.channel.send(1, [segments, 'x'.repeat(index % 3 === 0 ? 20_000 : 10)])
          // The handle is the sender's; the message has its own.
          for (const segment of segments) segment.close()
        }
        await turns(5)
        two.channel.pause(false)
        await until('all have arrived', () => two.received.length === count)
        for (const [index, message] of two.received.entries()) {
          const [segments] = message as [Segment[]]
          for (const [place, segment] of segments.entries()) {
            assert.deepEqual([...new Int32Array(segment.buffer, 0, 2)], [index, place])
            segment.close()
          }
        }
      })
      await until('all are closed', () => descriptors().length <= open)
    })
  }

  it('are refused by name where none can go along', async () => {
    await withEnds(transports['streams'] as never, async (one, two) => {
      const segment = Segment.create(64)
      assert.throws(() => one.channel.send(1, segment), { code: 'NOT_SERIALIZABLE' })
      one.channel.send(1, new Uint8Array(1 << 20).fill(3)) // as bytes, then
      await until('it has arrived', () => two.received.length === 1)
      assert.equal((two.received[0] as Uint8Array)[1_000_000], 3)
      segment.close()
    })
  })

  it('of messages that nobody reads any more are closed', async () => {
    const open = descriptors().length
    for (const [, make] of pairs) {
      await withEnds(make, async (one, two) => {
        two.channel.pause(true)
        for (let index = 0; index < 10; index++) one.channel.send(1, new Uint8Array(300_000))
        await turns(5)
      })
    }
    await until('all are closed', () => descriptors().length <= open)
  })

  it('that did not arrive end the channel, before the next message takes what is not its own', () => {
    const { sink, end } = pretended()
    const frame = Buffer.alloc(13)
    frame.writeUInt32LE(1, 0)
    frame.writeUInt16LE(2, 6)
    sink(frame, [])
    assert.ok(isLaneworkError(end.error, 'FRAME_INVALID'))
  })

  it('of the dead: what one wrote before it died with something unread is read', async () => {
    await withEnds(
      async () => descriptorPair(),
      async (one, two) => {
        two.channel.pause(true)
        one.channel.send(1, 'never read')
        one.channel.flush()
        for (let index = 0; index < 50; index++) two.channel.send(1, `${index}:${'x'.repeat(2_000)}`)
        two.channel.close()
        await until('the end is told', () => one.ended)
        assert.equal(one.received.length, 50)
        assert.equal(one.error, undefined)
      },
    )
  })
})

describe('shared memory on a channel between threads', () => {
  it('goes along itself', async () => {
    await withEnds(transports['ports'] as never, async (one, two) => {
      const shared = new Int32Array(new SharedArrayBuffer(8))
      one.channel.send(1, { shared, plain: 1 })
      one.channel.send(1, [shared.buffer])
      await until('both have arrived', () => two.received.length === 2)
      Atomics.store((two.received[0] as { shared: Int32Array }).shared, 1, 42)
      assert.equal(shared[1], 42)
    })
  })
})

/** A channel over nothing; `sink` gives it bytes. */
function pretended(): { sink: (bytes: Buffer, descriptors: number[]) => void; end: End } {
  let give: (bytes: Buffer, descriptors: number[]) => void = () => {}
  const transport: Transport = {
    passesDescriptors: true,
    passesLocals: false,
    start(sink) {
      give = (bytes, along) => {
        sink.room().set(bytes)
        sink.filled(bytes.length, along, [])
      }
    },
    write: (bytes) => bytes.length,
    pause: () => {},
    ref: () => {},
    close: () => {},
  }
  const end = endOf(transport)
  return { sink: (bytes, along) => give(bytes, along), end }
}

describe('a channel that gets nonsense', () => {
  it('ends with the reason', () => {
    const { sink, end } = pretended()
    sink(Buffer.alloc(64, 0xff), [])
    assert.ok(isLaneworkError(end.error, 'FRAME_TOO_LONG'))
    const other = pretended()
    const frame = Buffer.alloc(13)
    frame.writeUInt32LE(1, 0)
    frame[12] = 200
    other.sink(frame, [])
    assert.ok(isLaneworkError(other.end.error, 'FRAME_INVALID'))
  })

  it('whose receiver throws goes on with the next message', async () => {
    const { sink, end } = pretended()
    const frame = Buffer.alloc(26)
    for (const start of [0, 13]) {
      frame.writeUInt32LE(1, start)
      frame[start + 12] = 3 // true
    }
    end.onMessage = () => {
      if (end.received.length === 1) throw new RangeError('the receiver throws')
    }
    assert.throws(() => sink(frame, []), RangeError)
    await until('the second is there', () => end.received.length === 2)
  })
})
