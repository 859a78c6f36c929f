/** The command `lanework simulate`: its list, workloads, options, files and errors. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { parsePolicy } from '#lanework/cli/simulate/choice.js'
import { eras, pageContent, policyTable, workloadTable, type Answer } from '#lanework/schedule/index.js'
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

  it('sweeps', async () => {
    const text = await simulate('pure-compute', '--policy', 'rr', '--sweep', 'quantum=10,100')
    assert.match(text, /^ *10 +0\.9091$/m)
    const rows = (await simulate('--sweep', 'load=0.5', '--replications', '3', '--json')).trim().split('\n')
    assert.equal(rows.length, 3)
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
    assert.equal(code, 1)
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
