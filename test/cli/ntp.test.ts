/** `lanework ntp`: what it prints for good servers, liars and nobody, and how it ends. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'

import { History, type SeenClock, type SeenSample } from '#lanework/cli/ntp/history.js'
import { plotLines } from '#lanework/cli/ntp/plot.js'
import { refIdText, signedText, timeText, verdictText } from '#lanework/cli/ntp/view.js'
import { watchFrame, type Watched } from '#lanework/cli/ntp/watch-frame.js'
import { formatAddress, udp } from '#lanework/io/index.js'
import { modes, timestampOf, type NtpPacket } from '#lanework/services/time/index.js'
import { lanework, start } from '../support/command.js'
import { goodAnswer, pretendNtp, type PretendedNtp } from '../support/pretended-ntp.js'
import { until } from '../support/until.js'

async function withServers(
  answers: readonly ((request: NtpPacket) => NtpPacket[])[],
  body: (servers: readonly string[], all: readonly PretendedNtp[]) => Promise<void>,
): Promise<void> {
  const all = await Promise.all(answers.map((each) => pretendNtp(each)))
  try {
    await body(
      all.map(({ server }) => server),
      all,
    )
  } finally {
    await Promise.all(all.map((each) => each.close()))
  }
}

const honest = (request: NtpPacket): NtpPacket[] => [goodAnswer(request)]
const liar = (request: NtpPacket): NtpPacket[] => {
  const answer = goodAnswer(request)
  const hour = 3_600n << 32n
  return [{ ...answer, receive: answer.receive + hour, transmit: answer.transmit + hour, reference: 0n }]
}
const unsynchronised = (request: NtpPacket): NtpPacket[] => [{ ...goodAnswer(request), leap: 3, stratum: 16 }]
const silent = (): NtpPacket[] => []

const unlessScript = spawnSync('script', ['--version']).error === undefined ? false : 'script (util-linux) is missing'

describe('lanework ntp', () => {
  it('shows a table of servers, who is used and why not, and one sentence', async () => {
    await withServers([honest, honest, honest, liar], async (servers) => {
      const { code, stdout, stderr } = await lanework(['ntp', ...servers, '--samples', '2'])
      assert.equal(code, 0, stderr)
      const lines = stdout.split('\n')
      assert.match(lines[0] ?? '', /^server +stratum +reference +offset +\+\/- +delay +jitter +answers +used$/)
      const rows = lines.slice(1, 5)
      assert.equal(rows.filter((row) => /2 of 2 +yes/.test(row)).length, 3)
      assert.match(rows[3] ?? '', /192\.0\.2\.1 .*3600 s.* no: says .* the majority/)
      assert.match(
        stdout,
        /This machine's clock is [\d.]+ [mu]?s (ahead|behind), by 3 of 4 servers; the error is at most/,
      )
    })
  })

  it('gives the same as JSON', async () => {
    await withServers([honest, unsynchronised], async (servers) => {
      const { code, stdout } = await lanework(['ntp', ...servers, '--samples', '1', '--json'])
      assert.equal(code, 0)
      const { combined, servers: seen } = JSON.parse(stdout) as {
        combined: { offset: number; bound: number; stratum: number }
        servers: { verdict: string; reason: string; refId?: string; offset?: number }[]
      }
      assert.ok(Math.abs(combined.offset) < 1 && combined.bound > 0 && combined.stratum === 2)
      assert.deepEqual(
        seen.map(({ verdict, refId }) => [verdict, refId]),
        [
          ['system', '192.0.2.1'],
          ['silent', undefined],
        ],
      )
      assert.match(seen[1]?.reason ?? '', /not synchronised \(leap indicator 3\)/)
    })
  })

  it('ends with 3 when nobody answers, 4 when nobody is there, 1 when nobody can be believed, 2 for a wrong line', async () => {
    await withServers(
      [silent, unsynchronised, honest, liar],
      async ([quiet = '', confused = '', one = '', other = '']) => {
        const none = await lanework(['ntp', quiet, '--samples', '1', '--timeout-ms', '50'])
        assert.equal(none.code, 3, none.stderr)
        assert.match(none.stdout, /No server gave an answer that can be used/)
        const unusable = await lanework(['ntp', confused, '--samples', '1'])
        assert.equal(unusable.code, 1, unusable.stderr)
        const split = await lanework(['ntp', one, other, '--samples', '1'])
        assert.equal(split.code, 1)
        assert.match(split.stdout, /2 of 2 servers answered, but there is no majority/)
      },
    )
    const gone = await udp().bind('udp://127.0.0.1:0')
    const address = formatAddress(gone.address)
    await gone.close()
    assert.equal((await lanework(['ntp', address, '--samples', '1'])).code, 4)
    assert.equal((await lanework(['ntp', 'tcp://127.0.0.1:1'])).code, 2)
    assert.equal((await lanework(['ntp', '127.0.0.1', '--samples', '0'])).code, 2)
    assert.equal((await lanework(['ntp'])).code, 2)
  })

  it('watches: a line for each answer in a pipe, JSON if wanted, until --count or a signal', async () => {
    await withServers([honest], async ([server = '']) => {
      const lines = await lanework(['ntp', server, '--watch', '--count', '1'])
      assert.equal(lines.code, 0, lines.stderr)
      assert.match(lines.stdout, /^ +\d s {2}127\.0\.0\.1:\d+ +[+-][\d.]+ [mu]?s {2}delay .* clock [+-].* \+\/- .*\n$/)
      const json = await lanework(['ntp', server, '--watch', '--count', '1', '--json'])
      const { offset, delay, clock, fate } = JSON.parse(json.stdout) as Record<string, unknown>
      assert.deepEqual([typeof offset, typeof delay, typeof clock, fate], ['number', 'number', 'object', 'taken'])
      const running = start(['ntp', server, '--watch'])
      await until('it has seen an answer', () => running.stdout() !== '')
      running.child.kill('SIGINT')
      assert.equal((await running.finished).code, 0)
    })
    await withServers([unsynchronised], async ([server = '']) => {
      const running = start(['ntp', server, '--watch'])
      await until('it has said why', () => /not synchronised/.test(running.stdout()))
      running.child.kill('SIGINT')
      assert.equal((await running.finished).code, 3)
    })
  })

  it('draws a picture on a terminal, until q, and leaves it as it was', { skip: unlessScript }, async () => {
    await withServers([honest], async ([server = '']) => {
      // script runs it on a terminal of its own, and passes on what is typed and shown.
      const command = `stty rows 24 cols 100; ${process.execPath} dist/cli/main.js ntp ${server} --watch`
      const child = spawn('script', ['-qec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'pipe'] })
      let shown = ''
      child.stdout.on('data', (chunk: Buffer) => (shown += String(chunk)))
      const ended = once(child, 'close')
      try {
        await until('it has drawn an answer', () => /this machine's clock is [^]*└─+[^]*a 127\.0\.0\.1/.test(shown))
        child.stdin.write('q')
        assert.deepEqual((await ended)[0], 0)
      } finally {
        child.kill()
      }
      assert.ok(shown.includes('\u001b[?1049h'), 'the other screen of the terminal')
      assert.ok(shown.indexOf('\u001b[?1049l') > shown.indexOf('\u001b[?1049h'), 'and back')
    })
  })

  it('says nothing of this machine in its requests', async () => {
    await withServers([honest], async ([server = ''], [ntp]) => {
      await lanework(['ntp', server, '--samples', '1', '--ntp-version', '3'])
      const [request] = ntp?.requests ?? []
      assert.deepEqual([request?.version, request?.mode, request?.reference], [3, modes.client, 0n])
      const now = timestampOf(BigInt(Date.now()) * 1_000_000n)
      const distance = BigInt.asIntN(64, (request?.transmit ?? now) - now)
      assert.ok(distance > 1n << 32n || distance < -(1n << 32n), 'its timestamp is random bits, not our time')
    })
  })
})

describe('figures', () => {
  it('have three digits and the unit that suits them', () => {
    const cases = [
      [0, '0 us'],
      [1.234e-7, '0.12 us'],
      [12.34e-6, '12.3 us'],
      [999.6e-6, '1.00 ms'],
      [0.1234, '123 ms'],
      [0.9996, '1.00 s'],
      [3_600.2, '3600 s'],
      [-0.0021, '-2.10 ms'],
    ] as const
    for (const [value, text] of cases) assert.equal(timeText(value), text)
    assert.equal(signedText(0.5), '+500 ms')
    assert.equal(signedText(-0.5), '-500 ms')
  })

  it('name the reference: letters at stratum 1, an address beyond', () => {
    assert.equal(refIdText(0x47505300, 1), 'GPS')
    assert.equal(refIdText(0x1b5b3141, 1), '[1A')
    assert.equal(refIdText(0xc0000201, 2), '192.0.2.1')
  })

  it('say which way the clock is off, whether that means anything, and that a leap second comes', () => {
    const servers = [{ verdict: 'system', answered: 1 }] as never
    const combined = { offset: 2, jitter: 0, bound: 0.1, stratum: 2, leap: 1 } as const
    assert.equal(
      verdictText({ servers, combined }),
      "This machine's clock is 2.00 s behind, by 1 of 1 server; the error is at most 100 ms. The last minute of the month has 61 seconds.",
    )
    assert.match(
      verdictText({ servers, combined: { ...combined, offset: -0.01, leap: 0 } }),
      /10\.0 ms ahead.* may as well be right\.$/,
    )
  })
})

const samples: SeenSample[] = Array.from({ length: 50 }, (_, at) => {
  return { at, server: at % 2 === 0 ? 'one' : 'two', offset: 1e-3 + Math.sin(at) * 1e-4, taken: at !== 7 }
})
const clock: SeenClock[] = Array.from({ length: 50 }, (_, at) => ({ at, offset: 1e-3, bound: 5e-5 }))

describe('the plot', () => {
  it('fits its place, whatever that is', () => {
    for (let columns = 1; columns < 130; columns += 9) {
      for (let rows = 0; rows < 40; rows += 3) {
        const lines = plotLines(samples, clock, { columns, rows, servers: ['one', 'two'] })
        assert.ok(lines.length === 0 || lines.length === rows, `${columns} x ${rows}`)
        for (const line of lines) assert.ok([...line].length <= columns, line)
      }
    }
    assert.deepEqual(plotLines([], [], { columns: 80, rows: 20, servers: [] }), [])
  })

  it('shows samples by the letters of their servers, odd ones as ?, the clock as a line, the scale at its side', () => {
    const text = plotLines(samples, clock, { columns: 80, rows: 20, servers: ['one', 'two'] }).join('\n')
    for (const sign of ['a', 'b', '?', '─', '·', '┤', '└', '+1.']) assert.ok(text.includes(sign), sign)
    assert.equal([...text].filter((sign) => sign === '?').length, 1)
    assert.match(text, /0 s +49 s$/)
  })

  it('shows one value, a clock that never moves, and an infinite bound', () => {
    for (const bound of [0, Infinity]) {
      const lines = plotLines([], [{ at: 5, offset: 0, bound }], { columns: 60, rows: 10, servers: [] })
      assert.equal(lines.length, 10)
      assert.ok(lines.join('').includes('─'))
    }
  })

  it('keeps a bounded history, thinner the older it is', () => {
    const history = new History()
    for (let at = 0; at < 100_000; at++) history.addClock({ at, offset: 0, bound: 0 })
    assert.ok(history.clock.length <= 4_096)
    assert.equal(history.clock.at(-1)?.at, 99_999)
    const times = history.clock.map(({ at }) => at)
    assert.deepEqual(
      times,
      times.toSorted((one, other) => one - other),
    )
    assert.ok((times[0] ?? 0) < 50_000)
  })
})

describe('the picture of a watch', () => {
  const watched: Watched = {
    servers: [
      {
        server: 'one',
        address: 'udp://192.0.2.1:123',
        asked: 9,
        answered: 8,
        reach: 0o377,
        interval: 64,
        sample: undefined,
        problem: '',
      },
      {
        server: 'two\u001b[31m',
        address: undefined,
        asked: 1,
        answered: 0,
        reach: 0,
        interval: undefined,
        sample: undefined,
        problem: 'DENY',
      },
    ],
    clock: {
      synchronised: true,
      sources: [
        {
          name: 'one',
          verdict: 'system',
          reason: '',
          offset: 1e-6,
          rootDistance: 1e-3,
          jitter: 1e-5,
          delay: 1e-4,
          stratum: 2,
        },
      ],
      parameters: { frequency: 12.5e-6 },
      wallBehind: () => 2e-3,
      now: () => ({ ns: 3_000_000n, earliest: 2_000_000n, latest: 4_000_000n }),
    },
  }

  it('says how far the clock is off, and what each server is like', () => {
    const lines = watchFrame(watched, { samples, clock }, { columns: 120, rows: 30, color: false })
    assert.equal(lines[0], "this machine's clock is 2.00 ms behind, +/- 1.00 ms; frequency 12.500 ppm")
    assert.match(
      lines.at(-3) ?? '',
      /^a one {2}offset \+1\.00 us {2}delay 100 us {2}jitter 10\.0 us {2}every 64 s {2}reach 377 {2}system$/,
    )
    assert.match(lines.at(-2) ?? '', /^b two\\x1b\[31m {2}asks no more {2}reach 000 {2}DENY$/)
    assert.match(lines.at(-1) ?? '', /^q quits/)
  })

  it('fits the terminal', () => {
    for (const columns of [1, 20, 40, 200]) {
      for (const rows of [1, 4, 8, 50]) {
        const lines = watchFrame(watched, { samples, clock }, { columns, rows, color: false })
        assert.ok(lines.length <= rows)
        for (const line of lines) assert.ok([...line].length <= columns)
      }
    }
  })
})
