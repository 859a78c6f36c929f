/** The time protocol (RFC 868): four bytes, and what they mean after 2036. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { connect, nativeStatus, parseAddress, udp, type InternetAddress } from '#lanework/io/index.js'
import { serve, type Server } from '#lanework/server/index.js'
import { decodeRfc868, encodeRfc868, rfc868Service, type TimeSource } from '#lanework/services/time/index.js'
import { MemoryNetwork, SeededRandom, VirtualClock } from '#lanework/testing/index.js'
import { unless } from '../../support/capability.ts'
import { freshPath } from '../../support/folder.ts'
import { clientOf, countersOf } from '../../support/matrix.ts'
import { until } from '../../support/until.ts'
import { fixedSource } from '../../support/fixed-source.ts'
import { runProgram, unlessProgram } from '../../support/program.ts'

const module = new URL(import.meta.resolve('#lanework/services/time/index.js'))
const lastSecond = Date.UTC(2036, 1, 7, 6, 28, 15) / 1_000

function serveTime(source: TimeSource): Promise<Server> {
  const datagrams = nativeStatus().available ? [`unix-dgram:${freshPath()}`] : []
  const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', `unix:${freshPath()}`, ...datagrams]
  return serve(rfc868Service({ source }), { listen })
}

const isStream = (address: string): boolean => /^(tcp|unix):/.test(address)

async function bytesFrom(address: string, said = Buffer.alloc(0)): Promise<Buffer> {
  if (!isStream(address)) {
    const client = await clientOf(address)
    await client.send(said)
    const answer = await client.receive()
    await client.close()
    return answer
  }
  const stream = await connect(address)
  if (said.length > 0) await stream.send(said)
  const answer = await stream.read(100)
  await stream.close()
  return answer
}

describe('four bytes', () => {
  it('are the seconds since 1900, as the examples of RFC 868 have them', () => {
    const examples: readonly [date: number, bytes: number][] = [
      [Date.UTC(1970, 0, 1), 2_208_988_800],
      [Date.UTC(1976, 0, 1), 2_398_291_200],
      [Date.UTC(1980, 0, 1), 2_524_521_600],
      [Date.UTC(1983, 4, 1), 2_629_584_000],
      [Date.UTC(1900, 0, 1), 0],
    ]
    for (const [date, seconds] of examples) {
      assert.equal(encodeRfc868(date / 1_000).readUInt32BE(), seconds)
      assert.equal(decodeRfc868(encodeRfc868(date / 1_000), date / 1_000), date / 1_000)
    }
  })

  it('begin again at 0 on 2036-02-07 06:28:16', () => {
    assert.equal(encodeRfc868(lastSecond).toString('hex'), 'ffffffff')
    assert.equal(encodeRfc868(lastSecond + 1).toString('hex'), '00000000')
    assert.equal(encodeRfc868(-2_208_988_801).toString('hex'), 'ffffffff')
    assert.equal(decodeRfc868(Buffer.alloc(4), lastSecond), lastSecond + 1)
    assert.equal(decodeRfc868(Buffer.alloc(4), -1_000_000_000), -2_208_988_800)
  })

  it('are read as the time that is nearest', () => {
    const property = fc.property(
      fc.integer({ min: -1e10, max: 1e11 }),
      fc.integer({ min: -(2 ** 31) + 1, max: 2 ** 31 - 1 }),
      (time, off) => {
        assert.equal(decodeRfc868(encodeRfc868(time), time + off), time)
      },
    )
    fc.assert(property, { numRuns: 2_000 })
  })
})

describe('the time service of RFC 868', () => {
  it('gives them to any datagram and every connection, and closes the connection', async () => {
    await using server = await serveTime(fixedSource())
    for (const address of server.addresses) {
      const answer = await bytesFrom(address)
      assert.equal(answer.length, 4, address)
      assert.equal(decodeRfc868(answer, 1_700_000_000), 1_763_722_800)
    }
  })

  it('tells nobody a time that it does not know', async () => {
    const source = fixedSource()
    source.setLeap(3)
    await using server = await serveTime(source)
    for (const address of server.addresses.filter(isStream)) assert.equal((await bytesFrom(address)).length, 0, address)
    const client = await udp().connect(server.addresses[0] as string)
    await client.send('first')
    await until('it has been seen', () => countersOf(server)['messages'] === 1)
    source.setLeap(0)
    await client.send('second')
    assert.equal((await client.recv(100, { timeoutMs: 5_000 })).length, 4)
    await assert.rejects(client.recv(100, { timeoutMs: 50 }), { code: 'TIMED_OUT' })
    await client.close()
  })

  it('survives random bytes on every port', async () => {
    await using server = await serveTime(fixedSource())
    const random = new SeededRandom(868)
    for (const address of server.addresses) {
      for (let round = 0; round < 100; round++) {
        const garbage = Buffer.from(Array.from({ length: random.integer(0, 2_000) }, () => random.integer(0, 255)))
        const answer = await bytesFrom(address, garbage)
        assert.equal(answer.toString('hex'), encodeRfc868(1_763_722_800).toString('hex'), address)
      }
    }
    for (const { counters } of server.status().listeners) assert.equal(counters['handlerErrors'], 0)
  })

  it('answers no other server', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    const server = await serve(rfc868Service(), { listen: 'udp://192.0.2.1:9037', network, clock })
    const forged = await udp({ network }).bind('udp://192.0.2.3:37')
    await forged.sendTo('', 'udp://192.0.2.1:9037')
    await clock.advance(1)
    await assert.rejects(forged.recv(100, { timeoutMs: 0 }), { code: 'TIMED_OUT' })
    assert.equal(countersOf(server)['droppedLoop'], 1)
    await server.close()
  })

  it('refuses options that it does not know', () => {
    assert.throws(() => rfc868Service({ zone: 'UTC' } as never), { code: 'OPTION_INVALID' })
  })

  for (const laneKind of ['thread', 'process'] as const) {
    it(`works in ${laneKind} lanes`, { skip: unless('lanes') }, async () => {
      await using server = await serve(new URL(`${module.href}#rfc868`), {
        listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
        lanes: 2,
        laneKind,
      })
      const now = Date.now() / 1_000
      for (const address of server.addresses) {
        assert.ok(Math.abs(decodeRfc868(await bytesFrom(address), now) - now) < 30, address)
      }
    })
  }
})

describe('rdate', { skip: unlessProgram('rdate') }, () => {
  async function rdate(server: Server, ...flags: string[]): Promise<string> {
    const address = server.addresses[flags.includes('-u') ? 0 : 1] as string
    const port = String((parseAddress(address) as InternetAddress).port)
    const { stdout, stderr, code } = await runProgram('rdate', ['-p', ...flags, '-o', port, '127.0.0.1'])
    assert.equal(code, 0, stderr)
    return String(stdout).trim()
  }

  it('reads our time over TCP and UDP', async () => {
    await using server = await serveTime(fixedSource())
    assert.equal(await rdate(server), 'Fri Nov 21 11:00:00 UTC 2025')
    assert.equal(await rdate(server, '-u'), 'Fri Nov 21 11:00:00 UTC 2025')
  })

  it('reads the last second before the count begins again, and the first one after', async () => {
    const source = fixedSource(BigInt(lastSecond) * 1_000_000_000n)
    await using server = await serveTime(source)
    assert.equal(await rdate(server), 'Thu Feb  7 06:28:15 UTC 2036')
    source.set(BigInt(lastSecond + 1) * 1_000_000_000n)
    assert.match(await rdate(server), /^(Thu Feb {2}7 06:28:16 UTC 2036|Mon Jan {2}1 00:00:00 UTC 1900)$/)
  })
})
