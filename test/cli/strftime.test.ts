/** `lanework strftime` and `lanework time`: the library from a shell, and the client of the format service. */
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'

import { nativeStatus } from '#lanework/io/index.js'
import { serve, type Server } from '#lanework/server/index.js'
import { timeService } from '#lanework/services/time/index.js'
import { lanework, start } from '../support/command.js'
import { freshPath } from '../support/folder.js'
import { fixedSource } from '../support/fixed-source.js'

describe('lanework strftime', () => {
  test('shows an instant in a zone and a language', async () => {
    const { stdout, code } = await lanework([
      'strftime',
      '%A, %e %B %Y %T.%3N %Z',
      '--at',
      '@1700000000.5',
      '--zone',
      'Asia/Tokyo',
    ])
    assert.equal(stdout, 'Wednesday, 15 November 2023 07:13:20.500 JST\n')
    assert.equal(code, 0)
    const german = ['strftime', '%A', '--at', '2023-11-15', '--zone', 'Europe/Berlin', '--locale', 'de']
    assert.equal((await lanework(german)).stdout, 'Mittwoch\n')
  })

  test('shows the present without --at, and with --at now', async () => {
    const before = Math.floor(Date.now() / 1_000)
    for (const words of [[], ['--at', 'now']]) {
      const shown = Number((await lanework(['strftime', '%s', ...words])).stdout)
      assert.ok(shown >= before && shown <= Date.now() / 1_000 + 1, `${shown}`)
    }
  })

  test('--json has the text and the instant', async () => {
    const { stdout } = await lanework(['strftime', '%F', '--at', '@0.000000001', '--zone', 'UTC', '--json'])
    assert.deepEqual(JSON.parse(stdout), { text: '1970-01-01', epochNanoseconds: '1', zone: 'UTC' })
  })

  test('what is wrong is named, with exit code 2', async () => {
    const wrong: readonly [words: string[], message: RegExp][] = [
      [['%Y', '--zone', 'Europe/Berlim'], /perhaps Europe\/Berlin/],
      [['%Y', '--locale', 'tlh'], /no locale "tlh"/],
      [['%Y', '--at', 'yesterday'], /--at/],
      [['%Y %!', '--strict'], /position 3/],
      [['%Y', '--dialect', 'basic'], /gnu-date/],
    ]
    for (const [words, message] of wrong) {
      const { stderr, code } = await lanework(['strftime', ...words])
      assert.match(stderr, message)
      assert.equal(code, 2, words.join(' '))
    }
    const { stderr, code } = await lanework(['strftime', '%99999999c'])
    assert.match(stderr, /longer than 65536 bytes/)
    assert.equal(code, 1)
  })
})

describe('lanework time', () => {
  let server: Server
  before(async () => {
    const service = timeService({ zone: 'UTC', source: fixedSource() })
    server = await serve(service, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', `unix:${freshPath()}`] })
  })
  after(() => server.close())

  test('asks a server for its time, over every transport', async () => {
    for (const address of server.addresses) {
      assert.equal((await lanework(['time', address])).stdout, 'Fri Nov 21 11:00:00 UTC 2025\n', address)
      const words = ['time', address, '%A %H:%M', '--zone', 'Asia/Tokyo', '--locale', 'de']
      assert.equal((await lanework(words)).stdout, 'Freitag 20:00\n')
    }
  })

  test('--json has the text', async () => {
    const { stdout } = await lanework(['time', server.addresses[0] as string, '%Y', '--json'])
    assert.deepEqual(JSON.parse(stdout), { text: '2025' })
  })

  test('says what a server refuses, with exit code 1', async () => {
    const { stderr, code } = await lanework(['time', server.addresses[0] as string, '%9999c'])
    assert.match(stderr, /refused the request: too-long/)
    assert.equal(code, 1)
  })

  test('silence has exit code 3, a closed port 4, a wrong address 2', async () => {
    const address = server.addresses[0] as string
    const silent = await serve(timeService({ replyFactor: 1, answerBytes: 32 }), {
      listen: 'udp://127.0.0.1:0',
      limits: { frameBytes: 1 },
    })
    const { code, stderr } = await lanework(['time', silent.addresses[0] as string, '--wait', '50'])
    assert.equal(code, 3)
    assert.match(stderr, /answered within 150 ms/)
    await silent.close()
    assert.equal((await lanework(['time', silent.addresses[0] as string, '--wait', '500'])).code, 4)
    assert.equal((await lanework(['time', address.replace('udp', 'ftp')])).code, 2)
  })
})

describe('serve time and serve daytime', () => {
  const listen = ['--listen', 'tcp://127.0.0.1:0', '--no-control']

  test('have a zone, a language and a format of their own, with lanes too', async () => {
    const lanes = nativeStatus().available ? ['--lanes', '2'] : []
    const options = ['--zone', 'Asia/Kathmandu', '--locale', 'de', '--dialect', 'extended', '--answer-bytes', '40']
    const running = start(['serve', 'time', ...options, ...listen, ...lanes])
    const [address = ''] = await running.listening()
    assert.match((await lanework(['time', address, '%Z %A %L'])).stdout, /^\+0545 \w+(tag|woch) \d{3}\n$/)
    assert.equal((await lanework(['time', address, '%41d'])).code, 1)
    running.child.kill('SIGTERM')
    assert.equal((await running.finished).code, 0)

    const daytime = start(['serve', ...listen, 'daytime', '--zone', 'Asia/Kathmandu', '--format', 'it is %Z', ...lanes])
    const [place = ''] = await daytime.listening()
    assert.equal((await lanework(['talk', place], '\n')).stdout.trim(), 'it is +0545')
    daytime.child.kill('SIGTERM')
    assert.equal((await daytime.finished).code, 0)
  })

  test('name what is wrong, with exit code 2', async () => {
    const wrong: readonly [words: string[], message: RegExp][] = [
      [['time', '--zone', 'Mars'], /no time zone "Mars"/],
      [['time', '--locale', 'tlh'], /no locale "tlh"/],
      [['time', '--dialect', 'basic'], /gnu-date/],
      [['time', '--answer-bytes', '5'], /32 to 8192/],
      [['daytime', '--format', '%T%n%T'], /one line/],
      [['time'], /--listen/],
    ]
    for (const [words, message] of wrong) {
      const { stderr, code } = await lanework(['serve', ...words, ...(words.length === 1 ? [] : listen)])
      assert.match(stderr, message)
      assert.equal(code, 2, words.join(' '))
    }
    for (const name of ['time', 'daytime']) {
      assert.match((await lanework(['serve', name, '--help'])).stdout, /^Example:/)
    }
  })
})

test('serve time, daytime and rfc868 are found by name, in lanes too', async () => {
  for (const name of ['time', 'daytime', 'rfc868']) {
    const running = start(['serve', name, '--listen', 'udp://127.0.0.1:0', '--listen', 'tcp://127.0.0.1:0'])
    const [overUdp = '', overTcp = ''] = await running.listening(2)
    for (const address of [overUdp, overTcp]) {
      const words = name === 'time' ? ['time', address, '%Y'] : ['talk', '--hex', '--framing', 'raw', address]
      const { stdout, code } = await lanework(words, '\n')
      assert.equal(code, 0, `${name} at ${address}`)
      const expected = { time: /^\d{4}\n$/, daytime: /\.\.\n$|20\d\d/, rfc868: /^ {2}0000 {2}(\S\S ){3}\S\S +.{4}\n$/ }[
        name
      ]
      assert.match(stdout, expected as RegExp)
    }
    running.child.kill('SIGTERM')
    assert.equal((await running.finished).code, 0)
  }
})
