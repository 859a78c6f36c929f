/** The command `lanework batch` with real programs: files that are run, a daemon that takes jobs, each command and a wrong word in each. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { JobStatus, Outcome } from '#lanework/batch/index.js'
import { lanework, start, type Finished } from '../support/command.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'

const environment = { XDG_STATE_HOME: join(folder, 'state') }

/** Runs it to its end, with or without success. */
const batch = (words: readonly string[], input = ''): Promise<Finished> =>
  lanework(['batch', ...words], input, environment)

async function well(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await batch(words)
  assert.equal(code, 0, `${words.join(' ')}: ${stderr}`)
  return stdout
}

async function refused(code: number, message: RegExp, ...words: string[]): Promise<void> {
  const finished = await batch(words)
  assert.equal(finished.code, code, `${words.join(' ')}: ${finished.stderr}`)
  assert.match(finished.stderr, message)
  assert.equal(finished.stdout, '')
}

function file(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

interface Ended {
  readonly policy: string
  readonly job: JobStatus
}

/** The jobs of a run by name, and the line with its figures. */
function ended(stdout: string): { jobs: Map<string, JobStatus>; figures: Record<string, unknown> } {
  const values = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Ended | Record<string, unknown>)
  const jobs = values.filter((value): value is Ended => 'job' in value)
  return {
    jobs: new Map(jobs.map(({ job }) => [job.name, job])),
    figures: values.find((value) => !('job' in value)) as Record<string, unknown>,
  }
}

const some = `[batch]
policy = "rr"
quantum = "50ms"
cpus = 1

[[job]]
name = "first"
command = "echo out; echo err >&2"

[[job]]
name = "bad"
command = "echo oh no >&2; exit 3"

[[job]]
name = "then"
argv = ["true"]
after = ["first", "bad:fail"]

[[job]]
name = "never"
argv = ["true"]
after = ["bad"]

[[job]]
argv = ["./no-such-program"]
name = "missing"
`

describe('lanework batch run', { concurrency: 2 }, () => {
  it('runs a file, and its exit code says that not all were well', async () => {
    const { code, stdout, stderr } = await batch(['run', file('some.toml', some), '--json'])
    assert.equal(code, 1, stderr)
    const { jobs, figures } = ended(stdout)
    const outcomes = [...jobs].map(
      ([name, { outcome, exitCode }]): [string, Outcome | undefined, number | undefined] => [name, outcome, exitCode],
    )
    assert.deepEqual(outcomes, [
      ['first', 'ok', 0],
      ['bad', 'failed', 3],
      ['then', 'ok', 0],
      ['never', 'skipped', undefined],
      ['missing', 'not-started', undefined],
    ])
    assert.equal(figures['policy'], 'rr, quantum 50')
    assert.deepEqual([figures['jobs'], figures['ok']], [5, 2])
    assert.doesNotMatch(stdout, /"env"/)
  })

  it('tells in lines what happens, with the last words of what failed, and a table', async () => {
    const { stdout } = await batch(['run', file('told.toml', some)])
    assert.match(stdout, /^ +[\d.]+ m?s {2}1 \(first\): starts(, pid \d+)?$/m)
    assert.match(stdout, /^ +[\d.]+ m?s {2}2 \(bad\): failed, exit 3, after /m)
    assert.match(stdout, /^2 \(bad\): exit code 3\n {2}oh no$/m)
    assert.match(stdout, /^# +job +outcome +exit +start +turnaround +waiting +cpu +rss +switches +slices$/m)
    assert.match(stdout, /^rr, quantum 50: 2 of 5 jobs ok in /m)
  })

  it('runs lines of stdin, and ends with 0 where all were well', async () => {
    const { code, stdout } = await batch(['run', '-', '--policy', 'fcfs'], '# two\ntrue\nsleep 0.01\n')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /^fcfs: all 2 jobs ok/m)
  })

  it('runs a file under one policy after the other, and puts them side by side', async () => {
    const words = ['run', '-', '--policy', 'fcfs,rr:quantum=20,mlfq', '--cpus', '1', '--svg', join(folder, 'side.svg')]
    const { code, stdout, stderr } = await batch(words, 'true\ntrue\n')
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^policy +makespan +turnaround +waiting +response +cpu +taken off +ok\n(.*2 of 2\n){3}/m)
    for (const mark of ['1-fcfs', '2-rr', '3-mlfq']) assert.ok(existsSync(join(folder, `side-${mark}.svg`)), mark)
  })

  it('writes a picture, a page, a trace, and what the simulator says', async () => {
    const at = (name: string): string => join(folder, name)
    const files = ['--svg', at('r.svg'), '--html', at('r.html'), '--trace', at('r.json'), '--report']
    const { code, stdout, stderr } = await batch(
      ['run', '-', ...files],
      'i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done\n',
    )
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^makespan /m)
    assert.match(readFileSync(at('r.svg'), 'utf8'), /^<svg /)
    assert.match(readFileSync(at('r.html'), 'utf8'), /<html/)
    assert.ok((JSON.parse(readFileSync(at('r.json'), 'utf8')) as { traceEvents: object[] }).traceEvents.length > 0)
    assert.match(stderr, /^written: .*r\.svg$/m)
  })

  it('keeps logs and what it learned in a folder that is named, and may use it again', async () => {
    const state = join(folder, 'kept')
    for (let time = 0; time < 2; time++) {
      const { code, stderr } = await batch([
        'run',
        file('kept.toml', '[[job]]\nname = "a"\ncommand = "echo kept"\n'),
        '--state',
        state,
      ])
      assert.equal(code, 0, stderr)
    }
    assert.ok(existsSync(join(state, 'history.json')))
  })

  it('cancels what is left at Ctrl-C, with grace, and says so', async () => {
    const path = join(folder, 'grace')
    const running = start(['batch', 'run', '-', '--no-view'], environment)
    running.child.stdin?.end(
      `trap 'echo asked > ${path}; exit 0' TERM; echo up; while :; do sleep 0.05; done\nsleep 600\n`,
    )
    await until('both started', () => (running.stdout().match(/starts, pid/g) ?? []).length === 2)
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.finished
    assert.equal(code, 1, stderr)
    assert.match(stderr, /cancelling what is left; once more kills it/)
    assert.equal((stdout.match(/: cancelled/g) ?? []).length, 2)
    await until('the job was asked', () => existsSync(path))
  })

  it('kills what is left at the second Ctrl-C', async () => {
    const running = start(['batch', 'run', '-'], environment)
    running.child.stdin?.end(`[[job]]\ngrace = "20m"\ncommand = "trap '' TERM; while :; do sleep 0.05; done"\n`)
    await until('it started', () => running.stdout().includes('starts, pid'))
    running.child.kill('SIGINT')
    await until('it is cancelled', () => running.stderr().includes('cancelling'))
    running.child.kill('SIGINT')
    const { stdout, stderr } = await running.finished
    assert.match(stderr, /^killing$/m)
    assert.match(stdout, /cancelled/)
  })

  it('says what is wrong before anything starts, with the place', async () => {
    const wrong: [text: string, message: RegExp][] = [
      ['[[job]]\ncommand = "a"\nmemory = "much"\n', /w\.toml:3:10: memory must be a size/],
      ['[[job]]\nname = "a"\ncommand = "a"\nafter = ["b"]\n', /w\.toml:1: Job "a" waits for "b", which is no job/],
      [
        '[[job]]\nname = "a"\ncommand = "a"\nafter = ["a"]\n',
        /w\.toml:1: These jobs wait for each other in a circle: a -> a/,
      ],
      ['', /FILE must be one with jobs/],
    ]
    for (const [text, message] of wrong) await refused(2, message, 'run', file('w.toml', text))
    const good = file('good.txt', 'true\n')
    await refused(2, /nearest: rr/, 'run', good, '--policy', 'rrr')
    await refused(2, /10 ms or more/, 'run', good, '--policy', 'rr', '--quantum', '5ms')
    await refused(2, /--cpus must be/, 'run', good, '--cpus', '0')
    await refused(2, /a file that can be read \(ENOENT\)/, 'run', join(folder, 'none.toml'))
    await refused(
      2,
      /wants 2 of "?gpu|never more/,
      'run',
      file('gpu.toml', '[[job]]\ncommand = "a"\nresources = { gpu = 2 }\n'),
    )
    await refused(2, /unknown option '--polcy'/, 'run', good, '--polcy', 'rr')
    assert.match(
      (await batch(['run', good, '--svg', join(folder, 'no', 'way.svg')])).stderr,
      /a file that can be written/,
    )
  })
})

describe('lanework batch, without a batch', () => {
  it('says which command starts one', async () => {
    const none = ['--state', join(folder, 'nobody')]
    for (const words of [['add', '--', 'true'], ['logs', 'a'], ['pause', 'a'], ['stop'], ['page']])
      await refused(4, /No batch runs in .*nobody[^]*lanework batch start/, ...words.toSpliced(1, 0, ...none))
    const { stderr } = await batch(['ps', ...none, '--json'])
    assert.equal((JSON.parse(stderr) as { error: { code: string } }).error.code, 'BATCH_NOT_FOUND')
  })

  it('has help that begins with an example, for each command', async () => {
    const help = await well('--help')
    const commands = [...help.matchAll(/^ {2}([a-z][a-z-]+)[ |]/gm)]
      .map(([, name = '']) => name)
      .filter((name) => name !== 'help')
    for (const name of [
      'run',
      'start',
      'stop',
      'add',
      'ps',
      'show',
      'logs',
      'pause',
      'resume',
      'cancel',
      'priority',
      'policy',
      'wait',
      'gantt',
      'report',
      'trace',
      'page',
      'forget',
    ])
      assert.ok(commands.includes(name), name)
    await Promise.all(
      commands
        .filter((name) => name !== 'lanework')
        .map(async (name) =>
          assert.match(await well(name, '--help'), new RegExp(`^Example:\n  .*lanework batch ${name}`), name),
        ),
    )
  })
})

describe('lanework batch, with one', () => {
  const state = join(folder, 'daemon')
  const on = (...words: string[]): string[] => [words[0] ?? '', '--state', state, ...words.slice(1)]
  const status = async (job: string): Promise<JobStatus> =>
    JSON.parse(await well(...on('show', job, '--json'))) as JobStatus
  const gate = join(folder, 'gates')
  /** A job that ends when a file is there, and in any case after 30 seconds. */
  const gated = (name: string): string[] => [
    'sh',
    '-c',
    `i=0; while [ ! -e ${gate}/${name} ] && [ $i -lt 600 ]; do sleep 0.05; i=$((i+1)); done; echo ${name} is open`,
  ]
  const open = (name: string): void => writeFileSync(join(gate, name), '')

  before(async () => {
    mkdirSync(gate)
    const text = await well(
      ...on(
        'start',
        '--cpus',
        '1',
        '--policy',
        'rr',
        '--quantum',
        '50ms',
        '--resource',
        'gpu=1',
        '--memory',
        '1GiB',
        '--slots',
        'lab=1',
      ),
    )
    assert.match(text, /^started: pid \d+, keeper \d+ in /)
  })
  after(async () => {
    await batch(on('stop', '--end-jobs'))
  })

  it('is there once', async () => {
    await refused(1, /A batch runs in .* already/, ...on('start'))
    assert.match(await well(...on('status')), /^rr, quantum 50 on CPU \d+; /m)
  })

  it('takes a job with its options, prints its number, and shows it', async () => {
    const words = on(
      'add',
      '--name',
      'gate',
      '--priority',
      '3',
      '--env',
      'A=b',
      '--resource',
      'gpu=1',
      '--cwd',
      folder,
      '--time-limit',
      '1h',
      '--',
      ...gated('a'),
    )
    const id = (await well(...words)).trim()
    assert.match(id, /^\d+$/)
    const waits = (
      await well(
        ...on(
          'add',
          '--name',
          'next',
          '--resource',
          'gpu=1',
          '--after',
          'gate:any',
          '--',
          'sh',
          '-c',
          'echo "$LANEWORK_BATCH_JOB"',
        ),
      )
    ).trim()
    const job = await status(id)
    assert.deepEqual(
      [job.name, job.request.priority, job.request.cwd, job.request.timeLimitMs],
      ['gate', 3, folder, 3_600_000],
    )
    assert.equal(job.request.env['A'], 'b')
    assert.equal((await status(waits)).state, 'waiting')
    assert.match(await well(...on('ps')), /^\d+ +next +waiting .*gate/m)
    assert.match(await well(...on('show', 'gate')), /^resources +gpu 1$/m)
    open('a')
    assert.match(await well(...on('wait', 'gate', 'next')), /^\d+ \(gate\): ok, after [^]*\(next\): ok, after /)
    assert.equal(await well(...on('logs', 'next')), `${waits}.1\n`)
  })

  it('holds, pauses, resumes and cancels', async () => {
    const id = (await well(...on('add', '--hold', '--name', 'held', '--group', 'acts', '--', 'true'))).trim()
    assert.equal((await status(id)).state, 'paused')
    await well(...on('add', '--name', 'long', '--group', 'acts', '--', ...gated('never')))
    await until('it runs', async () => (await status('long')).pid !== undefined)
    assert.match(await well(...on('pause', 'long')), /\(long\): paused/)
    assert.match(await well(...on('ps', 'long')), /paused/)
    assert.match(await well(...on('resume', '--group', 'acts')), /\(held\).*\n.*\(long\)/)
    await well(...on('wait', 'held'))
    assert.match(await well(...on('priority', 'long', '7')), /\(long\)/)
    assert.equal((await status('long')).request.priority, 7)
    await well(...on('cancel', 'long'))
    const { code, stdout } = await batch(on('wait', 'long'))
    assert.deepEqual([code, /cancelled/.test(stdout)], [1, true])
    assert.match(await well(...on('forget', 'held')), /held/)
    await refused(2, /There is no job "held"/, ...on('show', 'held'))
  })

  it('follows logs until the job has ended, each stream on its own', async () => {
    await well(
      ...on(
        'add',
        '--name',
        'talker',
        '--',
        'sh',
        '-c',
        `echo one; echo bad >&2; ${gated('talk')[2]}; printf '\\033[2Jlast'`,
      ),
    )
    const follower = start(['batch', ...on('logs', '-f', 'talker')], environment)
    await until('its first line is there', () => follower.stdout().includes('one\n'))
    open('talk')
    const { code, stdout, stderr } = await follower.finished
    assert.deepEqual([code, stdout, stderr], [0, 'one\ntalk is open\n\u001b[2Jlast', 'bad\n'])
    assert.equal(await well(...on('logs', 'talker', '--stderr')), 'bad\n')
    assert.equal(await well(...on('logs', 'talker', '-n', '1', '--stdout')), '\u001b[2Jlast')
    const lines = (await well(...on('logs', 'talker', '--stdout', '--json'))).trim().split('\n')
    assert.deepEqual(JSON.parse(lines[0] ?? ''), { job: (await status('talker')).id, stream: 'stdout', line: 'one' })
  })

  it('takes a file, all of it or nothing', async () => {
    const before = await well(...on('ps', '--all', '--json'))
    await refused(
      2,
      /names|no job/,
      ...on(
        'add',
        '--file',
        file('half.toml', '[[job]]\ncommand = "true"\n[[job]]\ncommand = "true"\nafter = ["nobody"]\n'),
      ),
    )
    assert.equal((await well(...on('ps', '--all', '--json'))).split('\n').length, before.split('\n').length)
    const ids = (await well(...on('add', '--file', file('two.csv', 'command,name\ntrue,csv1\nfalse,csv2\n'))))
      .trim()
      .split('\n')
    assert.equal(ids.length, 2)
    const { code } = await batch(on('wait', ...ids))
    assert.equal(code, 1)
  })

  it('changes its policy while it runs', async () => {
    assert.equal(await well(...on('policy', 'mlfq', '--quantum', '20ms')), 'mlfq, quantum 20\n')
    assert.equal(await well(...on('policy')), 'mlfq, quantum 20\n')
    await refused(2, /nearest: sjf/, ...on('policy', 'sjff'))
    await refused(2, /10 ms or more/, ...on('policy', 'rr:quantum=1'))
  })

  it('draws, reports and traces what it did', async () => {
    await well(...on('wait'))
    assert.match(await well(...on('gantt', '--width', '80')), /CPU/)
    assert.match(await well(...on('report')), /^makespan /m)
    assert.ok(Array.isArray((JSON.parse(await well(...on('trace', '-'))) as { traceEvents: object[] }).traceEvents))
    const svg = join(folder, 'daemon.svg')
    await well(...on('gantt', '--svg', svg))
    assert.match(readFileSync(svg, 'utf8'), /^<svg /)
  })

  it('serves a page until Ctrl-C', async () => {
    const page = start(['batch', ...on('page')], environment)
    const url = await until('it says where', () => /^(http:\S+)$/m.exec(page.stdout())?.[1])
    const answer = await fetch(url)
    assert.match(await answer.text(), /<html/)
    page.child.kill('SIGINT')
    assert.equal((await page.finished).code, 0)
  })

  it('refuses what is wrong, in each command', async () => {
    await refused(2, /COMMAND must be a command behind --/, ...on('add'))
    await refused(2, /--memory must be a size/, ...on('add', '--memory', 'much', '--', 'true'))
    await refused(2, /without --file/, ...on('add', '--file', 'x', '--', 'true'))
    await refused(2, /waits for "nobody", which is no job/, ...on('add', '--after', 'nobody', '--', 'true'))
    await refused(2, /wants 2 of gpu/, ...on('add', '--resource', 'gpu=2', '--', 'true'))
    await refused(2, /There is no job "nobody"; known are/, ...on('show', 'nobody'))
    await refused(2, /There is no job "999"/, ...on('logs', '999'))
    await refused(2, /There is no job/, ...on('wait', 'nobody'))
    await refused(2, /--timeout must be a duration/, ...on('wait', '--timeout', 'soon'))
    await refused(2, /numbers or names of jobs, --group NAME, or --all/, ...on('pause'))
    await refused(2, /several of these/, ...on('cancel', 'a', '--all'))
    await refused(2, /PRIORITY must be a number/, ...on('priority', '1', 'high'))
    await refused(2, /--watch must be used on a terminal/, ...on('ps', '-w'))
    await refused(2, /--follow must be used on a terminal/, ...on('gantt', '-f'))
    await refused(2, /a file that can be written/, ...on('trace', join(folder, 'no', 'way.json')))
  })

  it('gives up waiting in time', async () => {
    await well(...on('add', '--hold', '--name', 'later', '--', 'true'))
    await refused(3, /waiting for the end of jobs/, ...on('wait', 'later', '--timeout', '50ms'))
    await well(...on('cancel', 'later'))
  })

  it('stops, and goes on with what runs when it is started again', async () => {
    await well(...on('add', '--name', 'over', '--', ...gated('over')))
    const { pid } = await until('it runs', async () => {
      const job = await status('over')
      return job.pid !== undefined && job
    })
    assert.match(await well(...on('stop')), /^stopped; 1 job has not ended, 1 of them go on running/)
    await refused(4, /No batch runs/, ...on('ps'))
    await well(...on('start', '--cpus', '1'))
    assert.equal((await status('over')).pid, pid)
    open('over')
    assert.match(await well(...on('wait', 'over')), /ok/)
    assert.equal(await well(...on('logs', 'over')), 'over is open\n')
    assert.match(await well(...on('stop')), /^stopped$/m)
  })

  it('runs in the foreground until Ctrl-C', async () => {
    const front = start(['batch', ...on('start', '--foreground')], environment)
    await until('it is ready', () => front.stdout().includes('started: pid'))
    assert.match(await well(...on('status')), new RegExp(`^pid ${front.child.pid},`))
    front.child.kill('SIGINT')
    assert.equal((await front.finished).code, 0)
  })
})
