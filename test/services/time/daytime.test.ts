/** Daytime (RFC 867): a line of text to everybody who asks, and to nobody else. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, isDatagram, nativeStatus, parseAddress, udp, type InternetAddress } from '#lanework/io/index.js'
import { makerUrl, serve, type Server } from '#lanework/server/index.js'
import { daytimeService, type DaytimeServiceOptions } from '#lanework/services/time/index.js'
import { MemoryNetwork, SeededRandom, VirtualClock } from '#lanework/testing/index.js'
import { unless } from '../../support/capability.ts'
import { freshPath } from '../../support/folder.ts'
import { clientOf, countersOf } from '../../support/matrix.ts'
import { fixedSource } from '../../support/fixed-source.ts'
import { runProgram, unlessProgram } from '../../support/program.ts'

const module = new URL(import.meta.resolve('#lanework/services/time/index.js'))
const line = 'Fri Nov 21 11:00:00 2025\r\n'

function everywhere(): string[] {
  const datagrams = nativeStatus().available ? [`unix-dgram:${freshPath()}`] : []
  return ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', `unix:${freshPath()}`, ...datagrams]
}

function serveDaytime(options: DaytimeServiceOptions = {}): Promise<Server> {
  return serve(daytimeService({ zone: 'UTC', source: fixedSource(), ...options }), { listen: everywhere() })
}

/** All that a server says to who connects, sends something, and listens to the end. */
async function told(address: string, said = ''): Promise<string> {
  if (isDatagram(parseAddress(address))) {
    const client = await clientOf(address)
    await client.send(said)
    const answer = await client.receive()
    await client.close()
    return String(answer)
  }
  const stream = await connect(address)
  if (said !== '') await stream.send(said)
  const answer = await stream.read(65_536)
  await stream.close()
  return String(answer)
}

describe('daytime', () => {
  it('answers any datagram and every connection with a line, and closes the connection', async () => {
    await using server = await serveDaytime()
    for (const address of server.addresses) {
      assert.equal(await told(address), line, address)
      assert.equal(await told(address, 'whatever\nis said\n'), line, `${address}: what it says is thrown away`)
    }
  })

  it('answers who has sent much before he listens, and resets no connection', async () => {
    await using server = await serveDaytime()
    for (const address of server.addresses.filter((each) => each.startsWith('tcp:'))) {
      for (let round = 0; round < 20; round++) assert.equal(await told(address, 'x'.repeat(50_000)), line)
    }
  })

  it('tells the time in a zone, a language and a format of choice', async () => {
    const options = {
      zone: 'Asia/Tokyo',
      locale: 'de',
      format: '%A, %d. %B %Y, %H:%M:%S %Z, und so weiter und so fort',
    }
    await using server = await serveDaytime(options)
    const long = 'Freitag, 21. November 2025, 20:00:00 JST, und so weiter und so fort\r\n'
    for (const address of server.addresses) assert.equal(await told(address), long, address)
  })

  it('follows the clock', async () => {
    const source = fixedSource()
    await using server = await serveDaytime({ source, format: '%T.%1N' })
    const address = server.addresses[0] as string
    assert.equal(await told(address), '11:00:00.0\r\n')
    source.set(1_763_722_800_400_000_000n)
    assert.equal(await told(address), '11:00:00.4\r\n')
    source.set(1_763_722_861_000_000_000n)
    assert.equal(await told(address), '11:01:01.0\r\n')
  })

  const wrong: readonly [claim: string, code: string, options: object][] = [
    ['more than a line', 'OPTION_INVALID', { format: '%T%n%T' }],
    ['more than 510 bytes', 'OUTPUT_TOO_LONG', { format: '%511c' }],
    ['an unknown zone', 'ZONE_UNKNOWN', { zone: 'Mars' }],
    ['an unknown option', 'OPTION_INVALID', { port: 13 }],
  ]
  for (const [claim, code, options] of wrong) {
    it(`refuses ${claim}: ${code}`, () => assert.throws(() => daytimeService(options), { code }))
  }

  for (const laneKind of ['thread', 'process'] as const) {
    it(`works in ${laneKind} lanes`, { skip: unless('lanes') }, async () => {
      const url = makerUrl(new URL(`${module.href}#daytime`), { zone: 'Asia/Kathmandu', format: '%Z' })
      await using server = await serve(url, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'], lanes: 2, laneKind })
      for (const address of server.addresses) assert.equal(await told(address), '+0545\r\n')
    })
  }

  it('is read by nc over TCP, UDP and Unix sockets', { skip: unlessProgram('nc') }, async () => {
    await using server = await serveDaytime()
    const [overUdp = '', overTcp = '', unix = ''] = server.addresses
    const { port } = parseAddress(overTcp) as InternetAddress
    assert.equal(String((await runProgram('nc', ['127.0.0.1', String(port)])).stdout), line)
    assert.equal(String((await runProgram('nc', ['-U', unix.replace('unix:', '')])).stdout), line)
    const udpPort = String((parseAddress(overUdp) as InternetAddress).port)
    assert.equal(String((await runProgram('nc', ['-u', '-W', '1', '127.0.0.1', udpPort], '\n')).stdout), line)
  })

  it('answers no other server, so that no two of them talk for ever', async () => {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    const server = await serve(daytimeService(), { listen: 'udp://192.0.2.1:9013', network, clock })
    for (const port of [7, 13, 17, 19, 37]) {
      const forged = await udp({ network }).bind(`udp://192.0.2.3:${port}`)
      await forged.sendTo('', 'udp://192.0.2.1:9013')
      await clock.advance(1)
      await assert.rejects(forged.recv(100, { timeoutMs: 0 }), { code: 'TIMED_OUT' }, `port ${port}`)
      await forged.close()
    }
    assert.equal(countersOf(server)['droppedLoop'], 5)
    await server.close()
  })

  it('survives random bytes on every port', async () => {
    await using server = await serveDaytime()
    const random = new SeededRandom(867)
    const garbage = (): Buffer =>
      Buffer.from(Array.from({ length: random.integer(0, 2_000) }, () => random.integer(0, 255)))
    for (const address of server.addresses) {
      for (let round = 0; round < 100; round++) assert.equal(await told(address, garbage().toString('latin1')), line)
    }
    assert.deepEqual(
      server.status().listeners.map(({ counters }) => counters['handlerErrors']),
      server.addresses.map(() => 0),
    )
  })
})
