/** The NTP service: whom it answers, how often, and what it counts of all others. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseAddress } from '#lanework/io/index.js'
import { serve } from '#lanework/server/index.js'
import { modes, ntpService, referenceIdOf, type NtpOptions } from '#lanework/services/time/index.js'
import { Clocks, packetOf, request, synchronised } from '../../../support/ntp.ts'
import { addressOf, clientOf } from '../../../support/matrix.ts'
import { ntpServer, servedAt } from '../../../support/ntp-server.ts'

const client = '203.0.113.7'

describe('the NTP service', () => {
  it('answers clients of versions 1 to 4, and NTPv1 without a mode', async () => {
    const { server, ask, counted } = await ntpServer()
    for (const version of [1, 2, 3, 4]) {
      const [answer] = await ask(client, request({ version, poll: version }))
      const { mode, version: echoed, poll, origin } = packetOf(answer)
      assert.deepEqual([mode, echoed, poll, origin], [modes.server, version, version, 0x0123456789abcdefn])
    }
    assert.equal(packetOf((await ask(client, request({ version: 1, mode: 0 })))[0]).version, 1)
    assert.deepEqual(counted(), { answers: 5 })
    await server.close()
  })

  it('says nothing to all else, and counts each by its reason', async () => {
    const { server, ask, counted } = await ntpServer()
    const drop = async (packet: Uint8Array): Promise<void> => assert.deepEqual(await ask(client, packet), [])
    for (const mode of [0, 1, 2, 5]) await drop(request({ mode }))
    for (const mode of [6, 7]) await drop(request({ mode }))
    await drop(Buffer.from([0x16, 0x02, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0])) // ntpq: read variables
    await drop(Buffer.from([0x17, 0x00, 0x03, 0x2a, 0, 0, 0, 0])) // ntpdc: monlist
    for (const version of [0, 5, 6, 7]) await drop(request({ version }))
    for (const length of [0, 1, 4, 47]) await drop(request().subarray(0, length))
    await drop(Buffer.concat([request(), Buffer.alloc(5)]))
    await drop(request({ mode: modes.server }))
    await drop(request({ version: 1, mode: 1 }))
    assert.deepEqual(counted(), {
      droppedMode: 5,
      droppedControl: 4,
      droppedVersion: 4,
      droppedShort: 4,
      droppedMalformed: 1,
      droppedAnswer: 1,
    })
    await server.close()
  })

  it('answers with the header alone whatever follows it in the request', async () => {
    const { server, ask, listenerCounters } = await ntpServer()
    const field = Buffer.alloc(1_000)
    field.writeUInt16BE(0x204, 0)
    field.writeUInt16BE(1_000, 2)
    for (const rest of [field, Buffer.alloc(20), Buffer.alloc(4)]) {
      const replies = await ask(client, Buffer.concat([request(), rest]))
      assert.deepEqual(
        replies.map(({ length }) => length),
        [48],
      )
    }
    assert.deepEqual(await ask(client, Buffer.concat([request(), Buffer.alloc(60_000)])), [])
    assert.equal(listenerCounters()['droppedTruncated'], 1)
    await server.close()
  })

  it('never answers its own answers, its own address, or ports of services that answer', async () => {
    const { server, ask, counted, listenerCounters, network, clock } = await ntpServer()
    const answers = await ask(client, request())
    assert.deepEqual(await ask(client, ...answers), [])
    assert.equal(counted()['droppedAnswer'], 1)
    const here = parseAddress(servedAt)
    network.carry(request(), here, here)
    await clock.advance(1)
    for (const port of [7, 13, 19, 37, 53, 1_023, 1_900, 11_211]) {
      assert.deepEqual(await ask(`${client}:${port}`, request()), [], `port ${port}`)
    }
    assert.equal(listenerCounters()['droppedLoop'], 9)
    assert.equal((await ask(`${client}:123`, request())).length, 1, 'clients may ask from NTP’s own port')
    assert.deepEqual(await ask(`${client}:123`, request({ version: 1, mode: 0 })), [], 'there is no client of NTPv1')
    await server.close()
  })

  it('is unsynchronised until it is told or measured otherwise', async () => {
    const untold = await ntpServer({ localStratum: undefined } as never)
    const unsynchronised = packetOf((await untold.ask(client, request()))[0])
    assert.deepEqual([unsynchronised.leap, unsynchronised.stratum], [3, 0])
    assert.equal(unsynchronised.referenceId, referenceIdOf('INIT'))
    await untold.server.close()
    for (const [localStratum, referenceId] of [
      [1, referenceIdOf('LOCL')],
      [10, 0x7f7f0101],
    ] as const) {
      const { server, ask } = await ntpServer({ localStratum })
      const answer = packetOf((await ask(client, request()))[0])
      assert.deepEqual([answer.leap, answer.stratum, answer.referenceId], [0, localStratum, referenceId])
      assert.ok(answer.precision <= -9 && answer.precision >= -30, `precision ${answer.precision}`)
      assert.ok(answer.rootDispersion >= 2 ** answer.precision)
      await server.close()
    }
  })

  it('serves a source of its own', async () => {
    const clocks = new Clocks()
    const { server, ask } = await ntpServer({ source: clocks, systemClock: clocks.read })
    const answer = packetOf((await ask(client, request()))[0])
    assert.deepEqual([answer.stratum, answer.referenceId], [synchronised.stratum, synchronised.refId])
    await server.close()
  })

  it('refuses wrong options, streams, and to be served twice', async () => {
    const wrong: readonly unknown[] = [
      { localStratum: 0 },
      { localStratum: 16 },
      { stratum: 1 },
      { allow: '192.0.2.0/24' },
      { denied: 'maybe' },
      { interleaved: 1 },
      { rate: { interval: 10 } },
      { rate: { burst: 0 } },
      { rate: { leak: 0 } },
      { rate: { kiss: 5 } },
      { rate: { every: 1 } },
    ]
    for (const options of wrong) {
      assert.throws(() => ntpService(options as NtpOptions), { code: 'OPTION_INVALID' }, JSON.stringify(options))
    }
    await assert.rejects(ntpServer({ deny: ['nonsense'] }), { code: 'OPTION_INVALID' })
    await assert.rejects(serve(ntpService(), { listen: 'tcp://127.0.0.1:0' }), { code: 'OPTION_INVALID' })
    const service = ntpService()
    await using server = await serve(service, { listen: 'udp://127.0.0.1:0' })
    await assert.rejects(serve(service, { listen: 'udp://127.0.0.1:0' }), { code: 'SERVICE_INVALID' })
    const asker = await clientOf(addressOf(server))
    await asker.send(request())
    assert.equal(packetOf(await asker.receive()).leap, 3, 'the first goes on')
    await asker.close()
  })
})

describe('access to the NTP service', () => {
  it('is refused in silence, or with DENY', async () => {
    const hosts = ['10.0.0.1', '10.6.6.6', '192.0.2.9', '[2001:db8::1]:5000']
    const lists = { allow: ['10.0.0.0/8', '2001:db8::/32'], deny: ['10.6.0.0/16'] }
    const silent = await ntpServer(lists)
    const said = []
    for (const host of hosts) said.push((await silent.ask(host, request())).length)
    assert.deepEqual(said, [1, 0, 0, 1])
    assert.deepEqual(silent.counted(), { answers: 2, droppedDenied: 2 })
    await silent.server.close()
    const kissing = await ntpServer({ ...lists, denied: 'kiss' })
    const [kiss] = await kissing.ask('10.6.6.6', request())
    assert.equal(packetOf(kiss).referenceId, referenceIdOf('DENY'))
    assert.deepEqual(kissing.counted(), { kissDeny: 1 })
    await kissing.server.close()
  })
})

describe('the rate of the NTP service', () => {
  const many = (count: number): Buffer[] => Array.from({ length: count }, () => request())

  it('answers a burst, then one in 2^interval seconds, for each source', async () => {
    const { server, clock, ask, counted } = await ntpServer({ rate: { interval: 3, burst: 4, leak: 4, kiss: false } })
    const answers = async (from: string, count: number): Promise<number> => {
      const before = counted()['leakedAnswers'] ?? 0
      return (await ask(from, ...many(count))).length - ((counted()['leakedAnswers'] ?? 0) - before)
    }
    assert.equal(await answers('203.0.113.1', 40), 4)
    assert.equal(await answers('203.0.113.2', 2), 2, 'another source has its own')
    await clock.advance(16_000)
    assert.equal(await answers('203.0.113.1', 40), 2)
    assert.equal(await answers('[2001:db8::1]:5000', 4), 4)
    assert.equal(await answers('[2001:db8::2]:5000', 4), 0, 'the addresses of one network count together')
    await server.close()
  })

  it('lets one in 2^leak through at random, and kisses one in 2^kiss of the others', async () => {
    const { server, ask, counted, listenerCounters } = await ntpServer({ rate: { burst: 1, leak: 2, kiss: 1 } })
    let replies: Buffer[] = []
    for (let round = 0; round < 40; round++) replies = replies.concat(await ask(client, ...many(100)))
    const { answers = 0, leakedAnswers = 0, kissRate = 0, droppedLimited = 0 } = counted()
    // 3,999 beyond the rate: five standard deviations are 140 about a quarter, 122 about three eighths.
    assert.ok(Math.abs(leakedAnswers - 1_000) < 140, `${leakedAnswers} leaked`)
    assert.ok(Math.abs(kissRate - 1_500) < 155, `${kissRate} kissed`)
    assert.equal(answers, leakedAnswers + 1)
    assert.equal(leakedAnswers + kissRate + droppedLimited, 3_999)
    assert.equal(replies.length, answers + kissRate)
    assert.equal(listenerCounters()['droppedRate'], droppedLimited)
    const kisses = replies.map(packetOf).filter(({ stratum }) => stratum === 0)
    assert.equal(kisses.length, kissRate)
    for (const { referenceId, poll } of kisses) assert.deepEqual([referenceId, poll], [referenceIdOf('RATE'), 6])
    await server.close()
  })

  it('does not tell those who may not ask that they ask too often, nor answers what is no request', async () => {
    const { server, ask, counted } = await ntpServer({ deny: [client], rate: { burst: 1, leak: 1, kiss: 0 } })
    assert.deepEqual(await ask(client, ...many(50)), [])
    assert.deepEqual(counted(), { droppedDenied: 50 })
    const [, ...rest] = await ask('203.0.113.8', request(), ...Array.from({ length: 50 }, () => request({ mode: 6 })))
    assert.deepEqual(rest, [])
    await server.close()
  })

  it('is the same from many sources: memory stays, and each new one gets its burst', async () => {
    const { server, ask, counted } = await ntpServer({ rate: { burst: 1, leak: 4, kiss: false } })
    let answered = 0
    for (let source = 0; source < 2_000; source++) {
      answered += (await ask(`198.18.${source >> 8}.${source & 255}:5000`, request())).length
    }
    assert.equal(answered, 2_000)
    assert.equal(counted()['droppedLimited'], undefined)
    await server.close()
  })
})
