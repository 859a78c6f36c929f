/** The command `lanework simulate`: its list, workloads, options, files and errors. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eras, pageContent, parsePolicy, policyTable, workloadTable, type Answer } from '#lanework/schedule/index.js'
import { lanework } from '../support/command.js'
import { folder } from '../support/folder.js'

const exercise = '{"jobs":[{"name":"A","arrival":0,"burst":5},{"name":"B","arrival":1,"burst":3}]}'

async function simulate(...words: string[]): Promise<string> {
  const { code, stdout, stderr } = await lanework(['simulate', ...words])
  assert.equal(code, 0, stderr)
  return stdout
}

async function refused(...words: string[]): Promise<string> {
  const { code, stderr, stdout } = await lanework(['simulate', ...words])
  assert.equal(code, 2, stdout)
  return stderr
}

describe('lanework simulate', { concurrency: 2 }, () => {
  it('lists every workload, policy and era', async () => {
    const text = await simulate()
    for (const { name, title } of [...workloadTable, ...policyTable, ...eras])
      assert.ok(text.includes(name) && text.includes(title), name)
  })

  it('runs every workload by its name, and says what to look at', async () => {
    for (const { name, title } of workloadTable) {
      const text = await simulate(name, '--width', '200')
      assert.ok(text.startsWith(title), name)
      assert.match(text, name === 'eras' ? /general-purpose/ : /utilization/)
    }
  })

  it('answers an exercise from a file and from stdin, in the shape of textbooks', async () => {
    const file = join(folder, 'lab.json')
    writeFileSync(file, exercise)
    const text = await simulate(file, '--policy', 'rr', '--quantum', '2', '--json')
    const { jobs, avg, gantt } = JSON.parse(text) as Answer
    assert.deepEqual(jobs['A'], { finish: 8, turnaround: 8, waiting: 3, response: 0 })
    assert.deepEqual(avg, { turnaround: 7, waiting: 3, response: 0.5 })
    assert.deepEqual(gantt.slice(0, 2), [
      ['A', 0, 2],
      ['B', 2, 4],
    ])
    const words = ['simulate', '-', '--policy', 'rr:quantum=2', '--json']
    assert.deepEqual(JSON.parse((await lanework(words, exercise)).stdout), JSON.parse(text))
  })

  it('puts policies side by side', async () => {
    const text = await simulate('ostep-3jobs', '--policy', 'fcfs', '--policy', 'rr:quantum=1', '--compare')
    assert.match(text, /^fcfs +103\.333 /m)
    assert.match(text, /^rr 1 /m)
    assert.doesNotMatch(text, /Policy fcfs/)
    const values = (await simulate('ostep-3jobs', '--compare', '--json')).trim().split('\n')
    assert.equal(values.length, workloadTable.find(({ name }) => name === 'ostep-3jobs')?.policies.length)
  })

  it('explains, shows states, accounts, the spread, and a moment', async () => {
    const text = await simulate('three-states', '--explain', '--states', '--accounts', '--distribution')
    assert.match(text, /CPU 0 {2}editor is next in the ring/)
    assert.match(text, /░ ready/)
    assert.match(text, /keyboard/)
    const moment = await simulate('three-states', '--at', '3')
    assert.match(moment, /^blocked +editor/m)
    assert.match(moment, /^editor +2 +2 +0 +2 +keyboard$/m)
    assert.ok((await simulate('three-states', '--step')).split(/^time /m).length > 8)
  })

  it('tells of accesses beyond the own memory, with protection and without', async () => {
    assert.match(await simulate('protection'), /wild writes to -30: a fault; the job is ended, all others go on/)
    assert.match(await simulate('protection', '--no-protection'), /overwrites the system, and everything ends/)
  })

  it('shows the eras: all of them, and one', async () => {
    const { eras: runs } = JSON.parse(await simulate('eras', '--json')) as { eras: { era: string }[] }
    assert.deepEqual(
      runs.map(({ era }) => era),
      eras.map(({ name }) => name),
    )
    assert.match(await simulate('eras', '--era', 'manual'), /operator/)
  })

  it('compares a file that suggests nothing, and writes what it is asked for of a workload of eras', async () => {
    const file = join(folder, 'two.json')
    writeFileSync(file, exercise)
    const text = await simulate(file, '--compare')
    for (const policy of ['fcfs', 'sjf', 'srtf', 'rr']) assert.match(text, new RegExp(`^${policy} `, 'm'))
    const [svg, era] = [join(folder, 'eras.svg'), join(folder, 'era.svg')] as const
    assert.match(await simulate('eras', '--svg', svg), /Policy fcfs/)
    await simulate('eras', '--era', 'manual', '--svg', era)
    for (const written of [svg, era]) assert.match(readFileSync(written, 'utf8'), /^<svg /)
    assert.match(await refused('eras', '--era', 'manual', '--html', join(folder, 'e.html')), /without --era/)
  })

  it('lets the quantum of a policy stand above that of all, and takes lists', async () => {
    const text = await simulate('feedback', '--quantum', '1', '--policy', 'rr', '--policy', 'rr:quantum=5', '--compare')
    assert.match(text, /^rr 1 /m)
    assert.match(text, /^rr 5 /m)
    assert.match(await simulate('feedback', '--policy', 'mlfq:quanta=2/4/8'), /Policy mlfq, quanta \[2,4,8\]/)
  })

  it('shows releases of a periodic job alike, and who was late', async () => {
    const text = await simulate('deadlines', '--policy', 'edf', '--policy', 'rm')
    assert.match(text, /^1 = P1 {3}2 = P2$/m)
    assert.doesNotMatch(text, /\?/)
    assert.match(text, /late/)
  })

  it('gives each CPU a queue of its own', async () => {
    assert.match(await simulate('multicore', '--per-cpu', '--compare'), /rr 10/)
  })

  it('stops where there would be no end', async () => {
    const file = join(folder, 'endless.json')
    writeFileSync(file, '{"jobs":[{"name":"A","burst":1e9},{"name":"B","burst":1e9}]}')
    assert.match(await refused(file, '--policy', 'rr', '--quantum', '1'), /eventLimit.*horizon/s)
  })

  it('sweeps', async () => {
    const text = await simulate('pure-compute', '--policy', 'rr', '--sweep', 'quantum=10,100')
    assert.match(text, /^ *10 +0\.9091$/m)
    const rows = (await simulate('--sweep', 'load=0.5', '--replications', '3', '--json')).trim().split('\n')
    assert.equal(rows.length, 3)
    const file = join(folder, 'drawn.toml')
    writeFileSync(file, '[generate]\njobs = 200\narrivals = "poisson"\nrate = 0.5\nservice = "exponential"\nmean = 1\n')
    assert.match(await simulate(file, '--sweep', 'load=0.3,0.6', '--replications', '3'), /^ 0\.6 /m)
    assert.match(await refused('convoy', '--sweep', 'load=0.5'), /generated jobs/)
    assert.match(await refused('convoy', '--sweep', 'quantum=0'), /more than 0/)
  })

  it('checks itself against laws', async () => {
    const text = await simulate('--verify', '--jobs', '2000', '--replications', '10', '--seed', '1')
    for (const law of ['M/M/1', 'M/G/1', 'M/M/2', 'SRPT', 'MVA']) assert.ok(text.includes(law), law)
  })

  it('writes charts, pages and traces', async () => {
    const [svg = '', html = '', trace = ''] = ['a.svg', 'a.html', 'a.json'].map((name) => join(folder, name))
    await simulate('threads', '--svg', svg, '--html', html, '--trace', trace)
    assert.match(readFileSync(svg, 'utf8'), /^<svg /)
    assert.ok(Array.isArray((JSON.parse(readFileSync(trace, 'utf8')) as { traceEvents: unknown }).traceEvents))
    const json = /<script type="application\/json" id="content">([^<]*)</.exec(readFileSync(html, 'utf8'))?.[1]
    assert.equal(pageContent(json ?? '')?.machine?.cpus, 2)
  })

  it('refuses what makes no sense, and says what does', async () => {
    assert.match(await refused('convy'), /perhaps convoy\?/)
    assert.match(await refused('convoy', '--policy', 'rx'), /one of fcfs.*nearest: rr/s)
    assert.match(await refused('convoy', '--quantum', '0'), /greater than 0/)
    assert.match(await refused('convoy', '--policy', 'rr:quantum=-1'), /quantum/)
    assert.match(await refused('convoy', '--policy', 'rr:speed=1'), /speed.*quantum/s)
    assert.match(await refused('convoy', '--era', 'cloud'), /one of manual/)
    assert.match(await refused('convoy', '--fit', 'best'), /--memory/)
    assert.match(await refused('convoy', '--sweep', 'mood=1'), /quantum, load, switch/)
    assert.match(await refused('convoy', '--svg', '/nowhere/a.svg'), /ENOENT/)
    const file = join(folder, 'bad.json')
    writeFileSync(file, '{"jobs":[\n{"name":"A","burst":1},\n{"name":"A","burst":-2}]}')
    const { code, stderr } = await lanework(['simulate', file])
    assert.equal(code, 2)
    assert.match(stderr, /bad\.json:3/)
    assert.ok(!existsSync('/nowhere'))
  })
})

it('a policy is written with its options', () => {
  assert.deepEqual(parsePolicy('rr'), { name: 'rr' })
  assert.deepEqual(parsePolicy('mlfq:quanta=[8,16],io=keep,preemptive=true'), {
    name: 'mlfq',
    options: { quanta: [8, 16], io: 'keep', preemptive: true },
  })
  assert.throws(() => parsePolicy('rr:4'), { code: 'OPTION_INVALID' })
})
