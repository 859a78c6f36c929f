/** Whatever comes: no answer longer than its request, none to what is no request, nothing that grows, and the server lives. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { parseAddress, udp } from '#lanework/io/index.js'
import { serve } from '#lanework/server/index.js'
import { modes, ntpService, trailerOf } from '#lanework/services/time/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { addressOf, clientOf } from '../../../support/matrix.ts'
import { packetOf, request } from '../../../support/ntp.ts'
import { ntpServer } from '../../../support/ntp-server.ts'
import { until } from '../../../support/until.ts'

const client = '203.0.113.7'

/** Packets of random bytes and lengths, half of them with a first byte that a client could have sent. */
function* garbage(seed: number, count: number): Generator<Buffer> {
  const random = new SeededRandom(seed)
  const upTo = (most: number): number => random.integer(0, most)
  for (let index = 0; index < count; index++) {
    const lengths = [0, upTo(47), 48, 48, 48 + upTo(80), upTo(1_400)]
    const bytes = Buffer.alloc(lengths[upTo(lengths.length - 1)] as number)
    for (let at = 0; at < bytes.length; at++) bytes[at] = upTo(255)
    if (bytes.length > 0 && random.chance(0.5)) bytes[0] = (upTo(3) << 6) | ((1 + upTo(3)) << 3) | modes.client
    yield bytes
  }
}

/** By the rules of the issue, apart from the code that is tested. */
function deserves(bytes: Buffer): boolean {
  const first = bytes[0] ?? 0
  const [mode, version] = [first & 7, (first >> 3) & 7]
  if (bytes.length < 48 || version < 1 || version > 4) return false
  return (mode === 3 || (mode === 0 && version === 1)) && trailerOf(bytes, version) !== undefined
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function memoryInUse(): number {
  collectGarbage()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return heapUsed + arrayBuffers
}

describe('bad input to the NTP service', () => {
  it('gets an answer of 48 bytes if it is a request, else none, and each is counted once', async () => {
    const { server, ask, counted, listenerCounters } = await ntpServer()
    let packets = 0
    let answers = 0
    for (const bytes of garbage(6, 4_000)) {
      const replies = await ask(client, bytes)
      assert.equal(replies.length, deserves(bytes) ? 1 : 0, bytes.toString('hex'))
      for (const reply of replies) {
        assert.ok(reply.length <= bytes.length)
        assert.deepEqual(
          reply.subarray(24, 32),
          bytes.subarray(40, 48),
          'the origin is the request’s transmit timestamp',
        )
      }
      answers += replies.length
      packets++
    }
    const { answers: counts = 0, interleavedAnswers: _, ...dropped } = counted()
    const truncated = listenerCounters()['droppedTruncated'] ?? 0
    const drops = Object.values(dropped).reduce((sum, count) => sum + count, 0)
    assert.deepEqual([counts, counts + drops + truncated], [answers, packets])
    assert.equal(listenerCounters()['handlerErrors'], 0)
    await server.close()
  })

  it('may have any timestamps: zero, far future, all ones', async () => {
    const { server, ask } = await ntpServer()
    const all = 2n ** 64n - 1n
    const time = fc.constantFrom(0n, 1n, all, 2n ** 63n, 0xffffffff00000000n, 0xe5a1b2c380000000n)
    await fc.assert(
      fc.asyncProperty(time, time, time, time, async (reference, origin, receive, transmit) => {
        const [reply] = await ask(client, request({ reference, origin, receive, transmit }))
        const answer = packetOf(reply)
        assert.equal(answer.origin, transmit)
        assert.ok(answer.transmit !== 0n && answer.receive !== 0n)
      }),
    )
    await server.close()
  })

  it('cannot make two servers talk: an answer is never answered, wherever it comes from', async () => {
    const { server, ask, counted } = await ntpServer()
    const [answer] = await ask(client, request())
    assert.ok(answer !== undefined)
    for (let count = 1; count <= 10; count++) {
      const packets: Buffer[] = Array.from({ length: count }, () => answer)
      assert.deepEqual(await ask(`${client}:123`, ...packets), [])
    }
    assert.deepEqual(counted(), { answers: 1, droppedAnswer: 55 })
    await server.close()
  })

  it('over a real socket ends nothing and leaves memory flat', { timeout: 60_000 }, async () => {
    await using server = await serve(ntpService({ localStratum: 1 }), { listen: 'udp://127.0.0.1:0' })
    const target = parseAddress(addressOf(server))
    const socket = udp()
    await socket.bind('udp://127.0.0.1:0')
    const seen = (): number => {
      const [listener] = server.status().listeners
      return (listener?.counters['messages'] ?? 0) + (listener?.counters['droppedTruncated'] ?? 0)
    }
    const flood = async (seed: number, count: number): Promise<void> => {
      const before = seen()
      let sent = 0
      for (const bytes of garbage(seed, count)) {
        await socket.sendTo(bytes, target)
        // So few that the kernel drops none.
        if (++sent % 50 === 0) await until('they have come', () => seen() === before + sent)
      }
      await until('all have come', () => seen() === before + count)
    }
    await flood(1, 2_000)
    const before = memoryInUse()
    await flood(2, 20_000)
    const grown = memoryInUse() - before
    // Of each packet not even its address stays.
    assert.ok(grown < 2 ** 20, `${grown} bytes more`)
    const asker = await clientOf(addressOf(server))
    await asker.send(request())
    assert.equal(packetOf(await asker.receive()).mode, modes.server)
    await asker.close()
    await socket.close()
  })
})
