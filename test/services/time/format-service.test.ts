/** The format service: strftime over UDP, TCP and Unix sockets, and what it refuses. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { connect, nativeStatus, parseAddress, udp, type InternetAddress, type UdpSocket } from '#lanework/io/index.js'
import { makerUrl, serve, type Server } from '#lanework/server/index.js'
import { askTime, timeService, type TimeServiceOptions } from '#lanework/services/time/index.js'
import { FormatAnswers } from '#lanework/services/time/format-answers.js'
import { MemoryNetwork, SeededRandom, VirtualClock } from '#lanework/testing/index.js'
import { unless } from '../../support/capability.ts'
import { freshPath } from '../../support/folder.ts'
import { countersOf } from '../../support/matrix.ts'
import { until } from '../../support/until.ts'
import { fixedSource } from '../../support/fixed-source.ts'
import { runProgram, unlessProgram } from '../../support/program.ts'

const standard = { zone: 'UTC', source: fixedSource() }
const module = new URL(import.meta.resolve('#lanework/services/time/index.js'))

/** One datagram, and its answer. */
async function ask(client: UdpSocket, request: Uint8Array | string): Promise<string> {
  await client.send(request)
  return (await client.recv(65_536, { timeoutMs: 5_000 })).toString()
}

describe('the format service', () => {
  let server: Server
  let client: UdpSocket
  before(async () => {
    const datagrams = nativeStatus().available ? [`unix-dgram:${freshPath()}`] : []
    server = await serve(timeService(standard), {
      listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', `unix:${freshPath()}`, ...datagrams],
    })
    client = await udp().connect(server.addresses[0] as string)
  })
  after(async () => {
    await client.close()
    await server.close()
  })

  it('answers a format with the time in it', async () => {
    assert.equal(await ask(client, '%A, %e %B %Y, %H:%M:%S %Z'), 'Friday, 21 November 2025, 11:00:00 UTC')
    assert.equal(await ask(client, '%F %T\n'), '2025-11-21 11:00:00\n', 'what a shell sends along comes back')
    assert.equal(await ask(client, 'no directive'), 'no directive')
  })

  it('answers in the zone and the language that a request begins with', async () => {
    assert.equal(await ask(client, '@Asia/Tokyo %H:%M %Z'), '20:00 JST')
    assert.equal(await ask(client, '@America/St_Johns,fr %A %H:%M %z'), 'vendredi 07:30 -0330')
    assert.equal(await ask(client, '@,de %B'), 'November')
    assert.equal(await ask(client, '@CET-1CEST,M3.5.0,M10.5.0/3 %Z'), 'CET')
    assert.equal(await ask(client, '@@%Y'), '@2025')
  })

  it('answers what names no format with %c', async () => {
    assert.equal(await ask(client, ''), 'Fri Nov 21 11:00:00 2025')
    assert.equal(await ask(client, '@Asia/Tokyo\n'), 'Fri Nov 21 20:00:00 2025\n')
  })

  it('takes bytes of any kind', async () => {
    await client.send(Buffer.from([0xff, 0x25, 0x59, 0xfe]))
    assert.deepEqual(await client.recv(100, { timeoutMs: 5_000 }), Buffer.from([0xff, 0x32, 0x30, 0x32, 0x35, 0xfe]))
  })

  it('says in a short error what it refuses, as a line to who sends lines', async () => {
    assert.equal(await ask(client, '%999c'), 'error too-long')
    assert.equal(await ask(client, '%999999999999c\n'), 'error too-long\n')
    assert.equal(await ask(client, '@Mars/Olympus %c'), 'error unknown-zone')
    assert.equal(await ask(client, '@../../etc/passwd %c'), 'error unknown-zone')
    assert.equal(await ask(client, '@,tlh %c'), 'error unknown-locale')
    const { counters } = server.status()
    assert.ok((counters['tooLong'] ?? 0) >= 2 && (counters['unknownZone'] ?? 0) >= 2 && counters['unknownLocale'] === 1)
    assert.ok((counters['times'] ?? 0) >= 3)
  })

  it('gives a short request little room over UDP, and more to one that is padded with NULs', async () => {
    assert.equal(await ask(client, '%c%c'), 'error too-long', '48 bytes for 4')
    assert.equal(await ask(client, `%c%c${'\0'.repeat(6)}`), 'Fri Nov 21 11:00:00 2025'.repeat(2))
    assert.equal((await ask(client, `%400d${'\0'.repeat(300)}`)).length, 400)
    assert.equal(await ask(client, `%513d${'\0'.repeat(500)}`), 'error too-long', 'beyond 512 bytes nothing helps')
  })

  it('answers lines over streams, each in its order, an invalid one too', async () => {
    for (const address of server.addresses.filter((each) => /^(tcp|unix):/.test(each))) {
      const stream = await connect(address)
      await stream.send('%Y\n\n%999c\n@Asia/Tokyo %H\n%c%c%c\n%H%n%M')
      stream.end()
      const lines = (await stream.read(65_536)).toString().split('\n')
      const c = 'Fri Nov 21 11:00:00 2025'
      assert.deepEqual(lines, ['2025', c, 'error too-long', '20', c + c + c, '11', '00', ''], address)
      await stream.close()
    }
  })

  it('closes a stream whose line is too long, drops such a datagram, and serves on', async () => {
    const stream = await connect(server.addresses[1] as string)
    await stream.send('%c'.repeat(32_768))
    assert.equal((await stream.recv()).length, 0)
    await stream.close()
    await client.send('%c'.repeat(8_192))
    await until('it is counted', () => countersOf(server)['droppedTruncated'] === 1)
    assert.equal(await ask(client, '%Y'), '2025')
  })

  it('is asked by nc, over UDP, TCP and Unix sockets', { skip: unlessProgram('nc') }, async () => {
    const [overUdp = '', overTcp = '', unix = ''] = server.addresses
    const portOf = (address: string): string => String((parseAddress(address) as InternetAddress).port)
    const words = [
      ['-u', '-W', '1', '127.0.0.1', portOf(overUdp)],
      ['-N', '127.0.0.1', portOf(overTcp)],
      ['-N', '-U', unix.replace('unix:', '')],
    ]
    for (const each of words) {
      const { stdout } = await runProgram('nc', each, '@Asia/Tokyo,de %A %H:%M\n')
      assert.equal(String(stdout), 'Freitag 20:00\n', each.join(' '))
    }
  })

  it('is asked by askTime over every transport, with long answers to short formats', async () => {
    for (const address of server.addresses) {
      assert.equal(String(await askTime(address, '%Y')), '2025', address)
      assert.equal(String(await askTime(address, '%a %H', { zone: 'Asia/Tokyo', locale: 'de' })), 'Fr 20')
      assert.equal(String(await askTime(address, '%300A')), 'Friday'.padStart(300))
      assert.equal(String(await askTime(address, '%H%n%M')), '11\n00')
      assert.equal(String(await askTime(address, 'error %Y')), 'error 2025', 'a format that looks like an error')
      await assert.rejects(askTime(address, '%9999d'), {
        code: 'REQUEST_REFUSED',
        detail: { reason: 'too-long', address },
      })
      await assert.rejects(askTime(address, '%Y', { zone: 'Mars' }), {
        code: 'REQUEST_REFUSED',
        message: /unknown-zone/,
      })
    }
    await assert.rejects(askTime(server.addresses[1] as string, 'a\nb'), { code: 'OPTION_INVALID' })
    await assert.rejects(askTime('udp://127.0.0.1:1', '%Y', { zone: 'A B' }), { code: 'OPTION_INVALID' })
    await assert.rejects(askTime('udp://127.0.0.1:1', '%Y', { tries: 0 }), { code: 'OPTION_INVALID' })
  })
})

describe('askTime', () => {
  it('asks again when an answer is lost, and gives up in the end: NO_ANSWER', async () => {
    const silent = await udp().bind('udp://127.0.0.1:0')
    const { port } = silent.address as { port: number }
    const asked = askTime(`udp://127.0.0.1:${port}`, '%Y', { timeoutMs: 100, tries: 3 })
    await assert.rejects(asked, { code: 'NO_ANSWER', detail: { address: `udp://127.0.0.1:${port}`, timeoutMs: 300 } })
    for (let attempt = 0; attempt < 3; attempt++) await silent.recv(1_024, { timeoutMs: 1_000 })
    await silent.close()
  })

  it('says so when who answers is no format service', async () => {
    const other = await udp().bind('udp://127.0.0.1:0')
    const { port } = other.address as { port: number }
    const asked = askTime(`udp://127.0.0.1:${port}`, '%Y')
    const { source } = await other.recvFrom(1_024, { timeoutMs: 5_000 })
    await other.sendTo('hello', source)
    await assert.rejects(asked, { code: 'REQUEST_REFUSED', message: /it answered "hello"/ })
    await other.close()
  })
})

describe('the clock of the format service', () => {
  it('is the source that is given, and an answer is kept no longer than it is right', async () => {
    const source = fixedSource()
    await using server = await serve(timeService({ zone: 'UTC', source }), { listen: 'udp://127.0.0.1:0' })
    const client = await udp().connect(server.addresses[0] as string)
    assert.equal(await ask(client, '%T %s'), '11:00:00 1763722800')
    source.set(1_763_722_801_500_000_000n)
    assert.equal(await ask(client, '%T %s'), '11:00:01 1763722801')
    assert.equal(await ask(client, '%T.%3N'), '11:00:01.500')
    source.set(1_763_722_801_750_000_000n)
    assert.equal(await ask(client, '%T.%3N'), '11:00:01.750')
    source.set(-1n)
    assert.equal(await ask(client, '%F %T.%N'), '1969-12-31 23:59:59.999999999')
    await client.close()
  })

  it("is the system's otherwise", async () => {
    await using server = await serve(timeService(), { listen: 'tcp://127.0.0.1:0' })
    const before = Date.now()
    const answer = Number(await askTime(server.addresses[0] as string, '%s%3N'))
    // A clock without the addon is right within a millisecond or two.
    assert.ok(answer >= before - 2 && answer <= Date.now() + 2, `${before} ${answer}`)
  })
})

describe('options of the format service', () => {
  const wrong: readonly [claim: string, code: string, options: object][] = [
    ['an unknown option', 'OPTION_INVALID', { timezone: 'UTC' }],
    ['an unknown zone', 'ZONE_UNKNOWN', { zone: 'Mars/Olympus' }],
    ['an unknown locale', 'LOCALE_UNKNOWN', { locale: 'tlh' }],
    ['an unknown dialect', 'OPTION_INVALID', { dialect: 'basic' }],
    ['answers without end', 'OPTION_INVALID', { answerBytes: 1_000_000 }],
    ['no factor', 'OPTION_INVALID', { replyFactor: 0 }],
  ]
  for (const [claim, code, options] of wrong) {
    it(`refuse ${claim}: ${code}`, () => assert.throws(() => timeService(options as TimeServiceOptions), { code }))
  }

  it('are those of requests that name none', async () => {
    const options = { ...standard, zone: 'Asia/Tokyo', locale: 'de', answerBytes: 64, dialect: 'extended' } as const
    await using server = await serve(timeService(options), { listen: 'tcp://127.0.0.1:0' })
    const address = server.addresses[0] as string
    assert.equal(String(await askTime(address, '%A %H %L')), 'Freitag 20 000')
    assert.equal(String(await askTime(address, '%A %H', { zone: 'UTC', locale: 'C' })), 'Friday 11')
    await assert.rejects(askTime(address, '%65d'), { code: 'REQUEST_REFUSED' })
  })

  it('with factor 1 leave no room even for an error: silence', async () => {
    await using server = await serve(timeService({ ...standard, replyFactor: 1 }), { listen: 'udp://127.0.0.1:0' })
    const client = await udp().connect(server.addresses[0] as string)
    await client.send('%c')
    assert.equal(await ask(client, '%d%m'), '2111', 'the one before got nothing')
    await client.close()
  })

  it('belong to one server at a time', async () => {
    const service = timeService(standard)
    await using first = await serve(service, { listen: 'udp://127.0.0.1:0' })
    await assert.rejects(serve(service, { listen: 'udp://127.0.0.1:0' }), { code: 'SERVICE_INVALID' })
    assert.equal(String(await askTime(first.addresses[0] as string, '%Y')), '2025')
  })
})

describe('lanes of the format service', () => {
  for (const laneKind of ['thread', 'process'] as const) {
    it(`work in ${laneKind} lanes, with options in the module's URL`, { skip: unless('lanes') }, async () => {
      const url = makerUrl(new URL(`${module.href}#time`), { zone: 'Asia/Kathmandu', locale: 'de' })
      await using server = await serve(url, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'], lanes: 2, laneKind })
      for (const address of server.addresses) {
        assert.match(
          String(await askTime(address, '%A %Z')),
          /^(Mon|Diens|Donners|Frei|Sams|Sonn)tag \+0545$|^Mittwoch \+0545$/,
        )
      }
      await until('the counters of all lanes are summed', () => server.status().counters['times'] === 2)
    })
  }
})

describe('strangers', () => {
  async function inMemory(
    options: TimeServiceOptions,
  ): Promise<{ server: Server; clock: VirtualClock; network: MemoryNetwork }> {
    const clock = new VirtualClock()
    const network = new MemoryNetwork({ clock })
    const server = await serve(timeService(options), { listen: 'udp://192.0.2.1:9014', network, clock })
    return { server, clock, network }
  }

  it('get from random bytes at most twice what they sent, headers counted, and the service lives', async () => {
    const { server, clock, network } = await inMemory(standard)
    const random = new SeededRandom(9014)
    const client = await udp({ network }).bind('udp://192.0.2.2:5000')
    const likely = '%%%%@,:EO_-0^#+ 123459abcdYyBcCsNzZ\n\0'
    let answers = 0
    for (let round = 0; round < 4_000; round++) {
      const size = random.chance(0.1) ? random.integer(0, 1_000) : random.integer(0, 40)
      const isText = random.chance(0.7)
      const request = Buffer.from(
        Array.from({ length: size }, () =>
          isText ? likely.charCodeAt(random.integer(0, likely.length - 1)) : random.integer(0, 255),
        ),
      )
      await client.sendTo(request, 'udp://192.0.2.1:9014')
      await clock.advance(1)
      const answer = await client.recv(65_536, { timeoutMs: 0 }).catch(() => undefined)
      if (answer === undefined) continue
      answers++
      assert.ok(
        answer.length + 28 <= 2 * (size + 28),
        `${answer.length} bytes for ${size}: ${request.toString('latin1')}`,
      )
    }
    const counters = countersOf(server)
    assert.ok(answers > 3_000, `${answers} of 4,000 were answered`)
    assert.equal(counters['handlerErrors'], 0)
    assert.equal((counters['messages'] ?? 0) + (counters['droppedTruncated'] ?? 0), 4_000)
    await client.sendTo('%Y', 'udp://192.0.2.1:9014')
    await clock.advance(1)
    assert.equal(String(await client.recv(100, { timeoutMs: 0 })), '2025')
    await server.close()
  })

  it('get from random bytes over a stream an answer a line, or its end, and the service lives', async () => {
    await using server = await serve(timeService(standard), { listen: ['tcp://127.0.0.1:0', `unix:${freshPath()}`] })
    const random = new SeededRandom(37)
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(Array.from({ length: random.integer(1, 1_500) }, () => random.integer(0, 255)))
      const stream = await connect(server.addresses[round % 2] as string)
      await stream.send(bytes)
      stream.end()
      const answer = await stream.read(1_048_576)
      const lines = bytes.toString('latin1').split('\n')
      if (lines.at(-1) === '') lines.pop()
      const isLine = (line: string): boolean => line.replace(/\r$/, '').length <= 512
      if (lines.every(isLine)) assert.ok(answer.toString('latin1').split('\n').length > lines.length, `round ${round}`)
      await stream.close()
    }
    for (const { counters } of server.status().listeners) assert.equal(counters['handlerErrors'], 0)
    for (const address of server.addresses) assert.equal(String(await askTime(address, '%Y')), '2025')
  })

  it('are not answered at ports of services that would answer in turn', async () => {
    const { server, clock, network } = await inMemory(standard)
    for (const port of [7, 13, 19, 37, 53, 123]) {
      const forged = await udp({ network }).bind(`udp://192.0.2.3:${port}`)
      await forged.sendTo('%c', 'udp://192.0.2.1:9014')
      await clock.advance(1)
      await assert.rejects(forged.recv(100, { timeoutMs: 0 }), { code: 'TIMED_OUT' }, `port ${port}`)
      await forged.close()
    }
    assert.equal(countersOf(server)['droppedLoop'], 6)
    await server.close()
  })

  it('cannot have language after language loaded: busy, until some time has passed', async () => {
    const { server, clock, network } = await inMemory(standard)
    const client = await udp({ network }).bind('udp://192.0.2.2:5000')
    const tell = async (request: string): Promise<string> => {
      await client.sendTo(request, 'udp://192.0.2.1:9014')
      await clock.advance(1)
      return String(await client.recv(100, { timeoutMs: 0 }))
    }
    // The same language by many names is as much work as many languages.
    const regions = Array.from({ length: 60 }, (_, index) => `en-${String(100 + index)}`)
    const answers: string[] = []
    for (const region of regions) answers.push(await tell(`@,${region} %Y`))
    assert.equal(answers.filter((answer) => answer === '2025').length, 50)
    assert.equal(answers.filter((answer) => answer === 'error busy').length, 10)
    assert.equal(await tell('@,en-100 %Y'), '2025', 'a language that is loaded')
    await clock.advance(1_000)
    assert.equal(await tell('@,en-200 %Y'), '2025')
    assert.ok((server.status().counters['busy'] ?? 0) >= 10)
    await server.close()
  })
})

describe('the memory of the format service', () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void

  it('does not grow with what strangers send: formats, zones and languages that never come again', () => {
    const random = new SeededRandom(1_024)
    const answers = new FormatAnswers({
      zone: 'UTC',
      locale: 'C',
      dialect: 'gnu-date',
      monotonicMs: () => 0,
      clock: (moment) => Object.assign(moment, { seconds: random.integer(0, 2 ** 31), nanoseconds: 5 }),
      count: () => {},
    })
    const letters = 'aAbBcdeFHjmMNpSTyYzZ'
    const strange = (): string => {
      const directives = Array.from({ length: random.integer(1, 40) }, () => {
        return `%${random.integer(1, 99)}${letters[random.integer(0, letters.length - 1)]}`
      })
      const zone = random.chance(0.5)
        ? `+${10 + random.integer(0, 9)}:${10 + random.integer(0, 49)}`
        : `Nowhere/${random.next()}`
      const language = random.chance(0.3) ? `,en-${random.integer(100, 999)}` : ''
      return `${random.chance(0.5) ? `@${zone}${language} ` : ''}${directives.join(String(random.next()))}`
    }
    const feed = (count: number): number => {
      for (let index = 0; index < count; index++) answers.to(Buffer.from(strange()), random.integer(30, 512))
      collect()
      return process.memoryUsage().heapUsed
    }
    const before = feed(4_000)
    const after = feed(12_000)
    assert.ok(after - before < 4_000_000, `${after - before} bytes more after three times as much`)
  })
})
