/** The command `lanework batch run` with real programs: files under one policy or several, what is written, and Ctrl-C. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { JobStatus, Outcome } from '#lanework/batch/index.js'
import { batch, file, refused, startBatchCommand } from '../support/batch-command.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'

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

  it('learns how long commands take, for the runs that come', async () => {
    const burstOf = async (): Promise<string> => {
      const { code, stderr, stdout } = await batch(['run', '-', '--policy', 'sjf', '--cpus', '1', '--report'], learned)
      assert.equal(code, 0, stderr)
      return stdout
    }
    const learned = 'i=0; while [ $i -lt 30000 ]; do i=$((i+1)); done # learned\n'
    await burstOf()
    const known = JSON.parse(readFileSync(join(folder, 'state', 'lanework', 'batch', 'history.json'), 'utf8')) as object
    assert.match(JSON.stringify(known), /i=0; while/)
    assert.match(await burstOf(), /sjf/)
  })

  it('cancels what is left at Ctrl-C, with grace, and says so', async () => {
    const path = join(folder, 'grace')
    const running = startBatchCommand(['run', '-', '--no-view'])
    running.child.stdin?.end(
      `trap 'echo asked > ${path}; exit 0' TERM; : > ${path}.up; while :; do sleep 0.05; done\nsleep 600\n`,
    )
    await until('both started', () => (running.stdout().match(/starts, pid/g) ?? []).length === 2)
    await until('the first can be asked', () => existsSync(`${path}.up`))
    running.child.kill('SIGINT')
    const { code, stdout, stderr } = await running.finished
    assert.equal(code, 1, stderr)
    assert.match(stderr, /cancelling what is left; once more kills it/)
    assert.equal((stdout.match(/: cancelled/g) ?? []).length, 2)
    await until('the job was asked', () => existsSync(path))
  })

  it('kills what is left at the second Ctrl-C', async () => {
    const deaf = join(folder, 'deaf')
    const running = startBatchCommand(['run', '-'])
    running.child.stdin?.end(
      `[[job]]\ngrace = "20m"\ncommand = "trap '' TERM; : > ${deaf}; while :; do sleep 0.05; done"\n`,
    )
    await until('it started', () => running.stdout().includes('starts, pid') && existsSync(deaf))
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
