/** What `lanework batch` says of jobs, and the logs that it follows, without a batch: statuses and files as they may be. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { appendFileSync, existsSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { planOf, type BatchStatus, type JobStatus } from '#lanework/batch/index.js'
import { LogFollower } from '#lanework/cli/batch/log-file.js'
import { psText } from '#lanework/cli/batch/ps-view.js'
import { comparisonText, figuresOf, runText } from '#lanework/cli/batch/run-view.js'
import { policiesOf, settingsOf } from '#lanework/cli/batch/settings.js'
import { showText } from '#lanework/cli/batch/show-view.js'
import { forecastText } from '#lanework/cli/batch/words.js'
import { requestOf } from '#lanework/cli/batch/job-flags.js'
import { LogBounds, readEntry, readLogCuts } from '#lanework/process/index.js'
import { textWidth } from '#lanework/schedule/index.js'
import { folder } from '../support/folder.js'
import { until } from '../support/until.js'

const now = 1_700_000_000_000
const use = {
  userMs: 1_200,
  systemMs: 300,
  rssBytes: 3 * 2 ** 20,
  peakRssBytes: 8 * 2 ** 20,
  readBytes: 4_096,
  writtenBytes: 2_097_152,
  voluntarySwitches: 12,
  involuntarySwitches: 3_400,
  processes: 2,
}

function job(id: number, given: Partial<JobStatus> = {}, request: object = {}): JobStatus {
  const context = { cwd: '/work', env: { SECRET: 'x' }, taken: () => false, place: 'here' }
  return {
    id,
    name: `job${id}`,
    request: planOf({ argv: ['sh', '-c', 'make all'], ...request }, context),
    state: 'running',
    why: 'next in the ring',
    outcome: undefined,
    exitCode: undefined,
    signal: undefined,
    attempt: 1,
    pid: 4_000 + id,
    cpus: [1],
    submittedAt: now - 10_000,
    startedAt: now - 8_000,
    endedAt: undefined,
    times: { waiting: 0, queued: 2_000, ready: 3_000, running: 5_000, blocked: 0, paused: 0 },
    dispatches: 51,
    preemptions: 50,
    use,
    forecast: undefined,
    logs: { stdout: '/s/1.out', stderr: '/s/1.err' },
    ...given,
  }
}

const status: BatchStatus = {
  pid: 1,
  keeperPid: 2,
  startedAt: now - 60_000,
  folder: '/s',
  policy: { name: 'rr', options: { quantum: 50 } },
  cpus: [0, 1],
  memory: { totalBytes: 2 ** 31, freeBytes: 2 ** 30 },
  resources: { gpu: { total: 2, free: 1 } },
  counts: { waiting: 0, queued: 0, ready: 0, running: 1, blocked: 0, paused: 0, ended: 3 },
  overheadMs: 12,
  troubles: ['the disk is full'],
}

describe('ps', () => {
  it('has a line for each job, and how the batch stands', () => {
    const text = psText([job(1), job(2, { state: 'ended', outcome: 'failed', why: 'exit code 3' })], status, {
      now,
      columns: Infinity,
    })
    assert.match(text, /^# +name +state +cpu +memory +read\/written +switches +why\n/)
    assert.match(text, /^1 +job1 +running +1\.5 s +3 MiB +4 KiB\/2 MiB +12\/3\.4k +next in the ring$/m)
    assert.match(text, /^2 +job2 +failed +1\.5 s +8 MiB .* exit code 3$/m)
    assert.match(text, /^rr, quantum 50 on CPU 0, 1; 1 running, 3 ended$/m)
    assert.match(text, /^free: 1024 MiB of 2048 MiB memory, gpu 1 of 2$/m)
    assert.match(text, /^trouble: the disk is full$/m)
  })

  it('is as wide as it may be, and shows forecasts where there are some', () => {
    const forecast = { low: now + 1_000, likely: now + 2_000, high: now + 4_000 }
    const text = psText([job(1, { forecast }), job(2)], status, { now, columns: 60 })
    for (const line of text.split('\n').slice(0, 3)) assert.ok(line.length <= 60, line)
    assert.equal(forecastText(forecast, now), 'in 2.0 s (1.0 s to 4.0 s)')
    assert.match(psText([job(1, { forecast })], status, { now, columns: 200 }), /in 2\.0 s \(1\.0 s to 4\.0 s\)/)
  })

  it('keeps columns under each other with wide names too', () => {
    const jobs = [job(1, { name: '编译' }), job(2, { name: '编译'.repeat(20) }), job(3, { name: 'plain' })]
    const lines = psText(jobs, status, { now, columns: 200 }).split('\n').slice(0, 4)
    const column = textWidth(lines[0]?.split('state')[0] ?? '')
    for (const line of lines.slice(1)) assert.equal(textWidth(line.split('running')[0] ?? ''), column, line)
    for (const line of psText(jobs, status, { now, columns: 30 }).split('\n').slice(0, 4))
      assert.ok(textWidth(line) <= 30, line)
    assert.match(lines[2] ?? '', /编… +running/)
  })

  it('lets no job command the terminal', () => {
    const text = psText([job(1, { name: 'a\u001b[2Jb', why: 'c\u009bd' })], status, { now, columns: 200 })
    assert.doesNotMatch(text, /\p{Cc}(?<!\n)/u)
  })
})

describe('show', () => {
  it('says what was asked for, for how long it was in which state, and what it used', () => {
    const text = showText(job(3, {}, { after: ['build:any'], memory: '1GiB', nice: 5, retries: 2, timeLimit: '1h' }), {
      now,
      columns: 100,
    })
    assert.match(text, /^job +3 \(job3\)$/m)
    assert.match(text, /^state +running: next in the ring$/m)
    assert.match(text, /^command +make all$/m)
    assert.match(text, /^attempt +1 of at most 3$/m)
    assert.match(text, /^after +build \(any\)$/m)
    assert.match(text, /^claims +1024 MiB of memory$/m)
    assert.match(text, /^time limit +1 h 0 m$/m)
    assert.match(text, /^running +5\.0 s +50 %$/m)
    assert.match(text, /^51 times on a CPU, 50 of them taken off it$/m)
    assert.match(text, /^CPU +1\.2 s in the program, 300 ms in the system$/m)
    assert.doesNotMatch(text, /SECRET/)
  })
})

describe('the end of a run', () => {
  const ended = [
    job(1, { state: 'ended', outcome: 'ok', exitCode: 0, endedAt: now }),
    job(2, { state: 'ended', outcome: 'failed', exitCode: 2, endedAt: now + 2_000 }),
    job(3, { state: 'ended', outcome: 'skipped', startedAt: undefined, endedAt: now + 2_000, use: undefined }),
  ]
  const record = { startedAt: now - 10_000, until: 12_000, cpus: [0], policies: [], jobs: ended, steps: [], dropped: 0 }

  it('is a table with the figures of all', () => {
    const text = runText({ label: 'fcfs', record }, Infinity)
    assert.match(text, /^1 +job1 +ok +0 +2\.00 s +10\.00 s +3\.00 s +1\.5 s +8 MiB +12\/3\.4k +51$/m)
    assert.match(text, /^3 +job3 +skipped +- +- /m)
    assert.match(text, /^fcfs: 1 of 3 jobs ok in 12\.00 s; turnaround 11\.00 s, waiting 3\.00 s on average; 150 times/m)
    assert.equal(figuresOf({ label: 'fcfs', record }).meanResponseMs, 2_000)
  })

  it('stands beside those under other policies', () => {
    const text = comparisonText([
      { label: 'fcfs', record },
      { label: 'rr, quantum 50', record: { ...record, jobs: [] } },
    ])
    assert.match(text, /^fcfs +12\.00 s +11\.00 s +3\.00 s +2\.00 s +3\.0 s +150 +1 of 3$/m)
    assert.match(text, /^rr, quantum 50 .*0 of 0$/m)
  })
})

describe('options', () => {
  const none = {}
  it('name policies, several with their own options, and a quantum for those that have slices', () => {
    const texts = (policy: string, quantum?: string): string[] =>
      policiesOf({ policy, ...(quantum === undefined ? {} : { quantum }) }).map((each) => JSON.stringify(each.options))
    assert.deepEqual(texts('fcfs,rr'), ['{}', '{"quantum":100}'])
    assert.deepEqual(texts('fcfs,rr:quantum=50,virtual=true,mlfq', '20ms'), [
      '{}',
      '{"quantum":50,"virtual":true}',
      '{"quantum":20}',
    ])
    assert.deepEqual(texts('mlfq:quanta=[20,40],fcfs'), ['{"quanta":[20,40]}', '{}'])
    assert.deepEqual(texts('eevdf', '30'), ['{"slice":30}'])
  })

  it('come before what a file says', () => {
    const file = { name: 'rr', options: { quantum: 50 } }
    assert.deepEqual(policiesOf({ quantum: '20ms' }, file), [{ name: 'rr', options: { quantum: 20 } }])
    assert.deepEqual(policiesOf({}, file), [file])
    assert.deepEqual(settingsOf({ ...none, memory: '1GiB' }, { memoryBytes: 5, degree: 3 }), {
      memoryBytes: 2 ** 30,
      degree: 3,
    })
    assert.deepEqual(settingsOf({ pin: false, resource: ['gpu=2'], slots: ['a=1'], cpus: '1' }).resources, { gpu: 2 })
  })

  it('that are wrong are named', () => {
    const refused = (call: () => unknown, message: RegExp): void =>
      assert.throws(call, (error: Error & { code?: string }) => {
        assert.match(String(error.code), /^(OPTION|JOB)_INVALID$/)
        assert.match(error.message, message)
        return true
      })
    refused(() => settingsOf({ ...none, cpus: '0' }), /--cpus must be/)
    refused(() => settingsOf({ ...none, cpus: 'all' }), /--cpus must be/)
    refused(
      () => settingsOf({ ...none, cpus: '0-99999' }),
      /--cpus must be a number of CPUs from 1 to \d+, or different ones of [\d,-]+; got 0-99999\.$/,
    )
    refused(() => settingsOf({ ...none, cpus: `0,${'7,'.repeat(900)}1` }), /; got 0,(7,){30,40}7?\.\.\.\.$/)
    refused(() => settingsOf({ ...none, memory: 'much' }), /--memory must be a size/)
    refused(() => settingsOf({ ...none, resource: ['gpu'] }), /--resource must be NAME=NUMBER/)
    refused(() => policiesOf({ policy: 'fcfs,rrr' }), /nearest: rr/)
    refused(() => policiesOf({ policy: 'rr', quantum: '5ms' }), /10 ms or more/)
    refused(() => policiesOf({ policy: 'rr', quantum: 'soon' }), /--quantum must be a duration/)
    refused(() => requestOf(['a'], { slice: true, memoryLimit: 'x' }), /--memory-limit must be a size/)
    refused(() => requestOf(['a'], { slice: true, cpus: 'x' }), /--cpus must be an integer/)
    refused(() => requestOf(['a'], { slice: true, env: ['x'] }), /--env must be NAME=VALUE/)
    refused(() => requestOf(['a'], { slice: true, nice: '99' }), /--nice must be/)
  })
})

describe('a log that is followed', () => {
  const text = async (pieces: AsyncIterable<Buffer>): Promise<string> => {
    let all = ''
    for await (const piece of pieces) all += piece.toString()
    return all
  }
  let count = 0
  const fresh = (): string => join(folder, `log${++count}`)

  it('is read from its older files to its end, and then what comes', async () => {
    const path = fresh()
    writeFileSync(`${path}.2`, 'a\n')
    writeFileSync(`${path}.1`, 'b\n')
    writeFileSync(path, 'c\n')
    const follower = new LogFollower(path)
    assert.equal(await text(follower.more()), 'a\nb\nc\n')
    appendFileSync(path, 'd\n')
    assert.equal(await text(follower.more()), 'd\n')
    assert.equal(await text(follower.more()), '')
  })

  it('is read through all that is cut off it, nothing twice, and what is gone is told', async () => {
    for (const keep of [100, 2]) {
      const path = fresh()
      const bytes = 65_536
      const bounds = new LogBounds()
      const stream = { kind: 'file', path, append: true, limit: { bytes, keep } } as const
      writeFileSync(path, '')
      bounds.add({ streams: [stream] })
      const gaps: number[] = []
      const follower = new LogFollower(path, { onGap: (count) => gaps.push(count) })
      let written = ''
      let read = ''
      for (let turn = 0; turn < 6; turn++) {
        const lines = Array.from({ length: 12_000 }, (_, line) => `line ${line} of turn ${turn}\n`).join('')
        appendFileSync(path, lines)
        written += lines
        if (turn % 2 === 0) read += await text(follower.more())
        await until('it is short', () => statSync(path).size <= bytes && !existsSync(`${path}.new`))
        await until('it is at rest', () => !readLogCuts(path).isUnderWay)
      }
      read += await text(follower.more())
      bounds.close()
      const gone = gaps.reduce((sum, count) => sum + count, 0)
      assert.equal(read.length + gone, written.length)
      if (keep === 100) assert.ok(gone === 0 && read === written, `${gone} bytes are gone`)
      else assert.ok(gone > 0 && gone <= readLogCuts(path).droppedBytes && written.endsWith(read.slice(-bytes)))
      const anew = new LogFollower(path, { onGap: (count) => assert.equal(count, readLogCuts(path).droppedBytes) })
      assert.equal(written.slice(readLogCuts(path).droppedBytes), await text(anew.more()))
    }
  })

  it('is read again once a cut is over, and a cut that nobody ends any more is waited for by nobody', async () => {
    const path = fresh()
    const cut = (moved: number, state: '+' | '-', pid: number): void => {
      const numbers = [moved, 0].map((bytes) => String(bytes).padStart(16, '0'))
      const who = `${String(pid).padStart(7, '0')} ${String(readEntry(pid)?.startTicks ?? 0).padStart(12, '0')}`
      writeFileSync(`${path}.cut`, `${numbers.join(' ')} ${state} ${who}\n`)
    }
    writeFileSync(path, 'a\nb\n')
    const follower = new LogFollower(path)
    assert.equal(await text(follower.more()), 'a\nb\n')
    // Half of a cut: the front is gone, and nobody has written down how much that is.
    cut(0, '+', process.pid)
    assert.ok(readLogCuts(path).isUnderWay)
    writeFileSync(path, 'c\n')
    const reading = text(follower.more())
    await sleep(50)
    writeFileSync(`${path}.1`, 'a\nb\n')
    cut(4, '-', 0)
    assert.equal(await reading, 'c\n')
    cut(4, '+', spawnSync('true').pid)
    assert.ok(!readLogCuts(path).isUnderWay)
    appendFileSync(path, 'd\n')
    assert.equal(await text(follower.more()), 'd\n')
  })

  it('may begin later, or be cut', async () => {
    const path = fresh()
    const follower = new LogFollower(path)
    assert.equal(await text(follower.more()), '')
    writeFileSync(path, 'long line')
    assert.equal(await text(follower.more()), 'long line')
    truncateSync(path)
    assert.equal(await text(follower.more()), '')
    appendFileSync(path, 'new')
    assert.equal(await text(follower.more()), 'new')
  })
})
