/** The command `lanework batch` with a batch that takes jobs while it runs: each command, and a wrong word in each. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import type { JobStatus } from '#lanework/batch/index.js'
import { batch, file, refused, startBatchCommand, stopAtExit, well } from '../support/batch-command.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'

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
    const [, pid] = /^started: pid (\d+), keeper \d+ in /.exec(text) ?? []
    assert.ok(pid !== undefined, text)
    stopAtExit(Number(pid))
  })
  after(async () => {
    await batch(on('stop', '--end-jobs'))
  })

  it('is there once', async () => {
    await refused(1, /A batch runs in .* already/, ...on('start'))
    assert.match(await well(...on('status')), /^rr, quantum 50 on CPU \d+; /m)
  })

  it('has nothing to draw before a job has run, and says so', async () => {
    const svg = join(folder, 'nothing.svg')
    await refused(1, /no job has run yet/, ...on('gantt', '--svg', svg))
    assert.equal(existsSync(svg), false)
    assert.match(await well(...on('gantt')), /no job has run yet/)
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
    // The environment is long, and may hold secrets.
    assert.equal('env' in job.request, false)
    assert.deepEqual(
      [job.name, job.request.priority, job.request.cwd, job.request.timeLimitMs],
      ['gate', 3, folder, 3_600_000],
    )
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
    assert.match(await well(...on('priority', 'long', '7')), /\(long\): priority 7; /)
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
    const follower = startBatchCommand(on('logs', '-f', 'talker'))
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
    const all = await batch(on('wait'))
    assert.equal(all.code, 1, 'what failed before is not well')
    assert.match(all.stdout, /\(csv2\): failed, exit 1/)
  })

  it('changes its policy while it runs', async () => {
    assert.equal(await well(...on('policy', 'mlfq', '--quantum', '20ms')), 'mlfq, quantum 20\n')
    assert.equal(await well(...on('policy')), 'mlfq, quantum 20\n')
    await refused(2, /nearest: sjf/, ...on('policy', 'sjff'))
    await refused(2, /10 ms or more/, ...on('policy', 'rr:quantum=1'))
  })

  it('draws, reports and traces what it did', async () => {
    await batch(on('wait'))
    assert.match(await well(...on('gantt', '--width', '80')), /CPU/)
    assert.match(await well(...on('report')), /^makespan /m)
    assert.ok(Array.isArray((JSON.parse(await well(...on('trace', '-'))) as { traceEvents: object[] }).traceEvents))
    const svg = join(folder, 'daemon.svg')
    await well(...on('gantt', '--svg', svg))
    assert.match(readFileSync(svg, 'utf8'), /^<svg /)
  })

  it('serves a page until Ctrl-C', async () => {
    const page = startBatchCommand(on('page'))
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
    await refused(3, /waiting for the end of jobs/, ...on('wait', 'later', '--timeout', '1.5ms'))
    await well(...on('cancel', 'later'))
  })

  it('stops, and goes on with what runs when it is started again', async () => {
    await well(...on('add', '--name', 'over', '--', ...gated('over')))
    const { pid } = await until('it runs', async () => {
      const job = await status('over')
      return job.pid !== undefined && job
    })
    assert.match(await well(...on('stop')), /^stopped; 1 job has not ended, and goes on running$/m)
    await refused(4, /No batch runs/, ...on('ps'))
    await well(...on('start', '--cpus', '1'))
    assert.equal((await status('over')).pid, pid)
    open('over')
    assert.match(await well(...on('wait', 'over')), /ok/)
    assert.equal(await well(...on('logs', 'over')), 'over is open\n')
    assert.match(await well(...on('stop')), /^stopped$/m)
  })

  it('runs in the foreground until Ctrl-C', async () => {
    const front = startBatchCommand(on('start', '--foreground'))
    await until('it is ready', () => front.stdout().includes('started: pid'))
    assert.match(await well(...on('status')), new RegExp(`^pid ${front.child.pid},`))
    front.child.kill('SIGINT')
    assert.equal((await front.finished).code, 0)
  })
})
