/** Owners and keepers that are killed: what ran is found, what is found goes on, and nothing stays stopped. */
import assert from 'node:assert/strict'
import { appendFileSync, closeSync, existsSync, mkdtempSync, openSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { findPrograms, nameOf } from '#lanework/batch/machine/find.js'
import { compactMarks, readMarks } from '#lanework/batch/machine/marks.js'
import { endOf, Orphans } from '#lanework/batch/machine/orphans.js'
import { loadNative, type Native } from '#lanework/native/index.js'
import { readEntry } from '#lanework/process/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { isNative, unlessEndsAreTold } from '../../support/capability.ts'
import { runFixture } from '../../support/fixture.ts'
import { folder } from '../../support/folder.ts'
import { openStage, programJob, untilThere } from '../../support/machine.ts'
import { childrenOf, isRunning, stateOf } from '../../support/processes.ts'
import { turns, until } from '../../support/until.ts'

const unlessNative = isNative ? false : 'it needs the addon'
const freshFolder = (): string => mkdtempSync(join(folder, 'r'))
const isStopped = (pid: number): boolean => stateOf(pid) === 'T'
/** Waits for a file, then ends with 7; by itself after 30 s. */
const waiter = (file: string): string[] => ['sh', '-c', `${untilThere(file)}; exit 7`]

async function ownedJobs(home: string, jobs: readonly { argv: readonly string[]; stop?: boolean }[]) {
  const orders = {
    folder: home,
    jobs: jobs.map(({ argv, stop }, at) => ({ job: at + 1, plan: programJob(argv), stop })),
  }
  const fixture = runFixture('batch-machine', [JSON.stringify(orders)])
  const pids = Object.values((await fixture.hear('pids')) as Record<string, number>)
  for (const [at, { stop }] of jobs.entries()) {
    if (stop === true) await until('it is stopped', () => isStopped(pids[at] ?? 0) || stateOf(pids[at] ?? 0) === 'D')
  }
  return { fixture, pids, keeper: (await fixture.hear('keeper')) as number }
}

describe('a machine whose owner is killed', () => {
  it('leaves nothing stopped, and the next owner goes on with all of it', async () => {
    const home = freshFolder()
    const file = join(home, 'go')
    const { fixture, pids } = await ownedJobs(home, [
      { argv: waiter(file), stop: true },
      { argv: ['sh', '-c', 'exit 5'] },
      { argv: ['sleep', '30'], stop: true },
    ])
    await fixture.stop()
    await until('all go on', () => !isStopped(pids[0] ?? 0) && stateOf(pids[2] ?? 0) === 'S')
    await until('the second has ended and was reaped', () => stateOf(pids[1] ?? 0) === undefined)
    const { machine, hear } = await openStage({ folder: home })
    const found = machine.find()
    assert.deepEqual(
      found.map(({ job, attempt, pid, alive, end }) => [job, attempt, pid, alive, end?.exitCode]),
      [
        [1, 1, pids[0], true, undefined],
        [2, 1, pids[1], false, 5],
        [3, 1, pids[2], true, undefined],
      ],
    )
    const [first, second, third] = found as [(typeof found)[0], (typeof found)[0], (typeof found)[0]]
    assert.equal(machine.adopt(1, 1, programJob(waiter(file)), first), 'runs')
    assert.equal(machine.adopt(2, 1, programJob(['true']), second), 'ended')
    assert.equal(machine.adopt(3, 1, programJob(['sleep', '30']), third), 'runs')
    machine.stop(3)
    machine.flush()
    await until('it obeys', () => isStopped(pids[2] ?? 0))
    machine.end(3, 1_000)
    assert.equal((await hear('ended', 3)).end?.signal, 'SIGTERM')
    writeFileSync(file, '')
    assert.equal((await hear('ended', 1)).end?.exitCode, 7)
  })

  it('and then its keeper too leaves ends that the next owner knows', { skip: unlessEndsAreTold }, async () => {
    const home = freshFolder()
    const file = join(home, 'go')
    const { fixture, pids, keeper } = await ownedJobs(home, [{ argv: waiter(file) }, { argv: ['sleep', '30'] }])
    await fixture.stop()
    const { machine, hear } = await openStage({ folder: home })
    for (const each of machine.find())
      assert.equal(machine.adopt(each.job, each.attempt, programJob(['sh']), each), 'runs')
    process.kill(keeper, 'SIGKILL')
    process.kill(pids[1] ?? 0, 'SIGTERM')
    await until('there is another keeper', () => machine.keeperPid !== undefined && machine.keeperPid !== keeper)
    writeFileSync(file, '')
    assert.equal((await hear('ended', 1)).end?.exitCode, 7)
    assert.equal((await hear('ended', 2)).end?.signal, 'SIGTERM')
  })

  it('together with its keeper leaves programs that are found by their marks', { skip: unlessNative }, async () => {
    const home = freshFolder()
    const file = join(home, 'go')
    const { fixture, pids, keeper } = await ownedJobs(home, [
      { argv: waiter(file), stop: true },
      { argv: ['sleep', '30'] },
      { argv: ['sleep', '30'] },
    ])
    const children = childrenOf(pids[0] ?? 0)
    process.kill(fixture.child.pid ?? 0, 'SIGSTOP')
    process.kill(keeper, 'SIGKILL')
    await fixture.stop()
    process.kill(pids[2] ?? 0, 'SIGKILL')
    await until('the third is gone', () => !isRunning(pids[2] ?? 0))
    writeFileSync(join(home, 'journal.jsonl'), '')
    const { machine, hear } = await openStage({ folder: home })
    const found = machine.find()
    assert.deepEqual(
      found.map(({ job, pid, alive, end }) => [job, pid, alive, end]),
      [
        [1, pids[0], true, undefined],
        [2, pids[1], true, undefined],
        [3, pids[2], false, undefined],
      ],
    )
    const ways = found.map((each) => machine.adopt(each.job, 1, programJob(['sh']), each))
    assert.deepEqual(ways, ['runs', 'runs', 'unknown'])
    await until('nothing is stopped', () => !isStopped(pids[0] ?? 0) && !children.some(isStopped))
    machine.stop(2)
    machine.flush()
    await until('it obeys', () => isStopped(pids[1] ?? 0))
    machine.end(2, 1_000)
    // Unknown, unless this process happens to have become its parent.
    assert.ok([undefined, -15].includes((await hear('ended', 2)).end?.exitCode))
    writeFileSync(file, '')
    await hear('ended', 1)
  })
})

describe('a machine whose keeper is killed', () => {
  it('goes on with its programs, knows their ends, and starts others', { skip: unlessNative }, async () => {
    const { run, hear, machine, folder: home } = await openStage()
    const file = join(home, 'go')
    const waiting = await run(1, waiter(file))
    const stopped = await run(2, ['sleep', '30'])
    machine.stop(2)
    machine.flush()
    await until('it is stopped', () => isStopped(stopped))
    const keeper = machine.keeperPid ?? 0
    process.kill(keeper, 'SIGKILL')
    await until('there is another', () => machine.keeperPid !== undefined && machine.keeperPid !== keeper)
    await until('it is stopped as it was', () => isStopped(stopped))
    machine.go(2, [])
    machine.flush()
    await until('it obeys', () => stateOf(stopped) === 'S')
    await run(3, ['sh', '-c', 'exit 9'])
    assert.equal((await hear('ended', 3)).end?.exitCode, 9)
    writeFileSync(file, '')
    assert.equal((await hear('ended', 1)).end?.exitCode, 7)
    assert.equal(stateOf(waiting), undefined)
    machine.end(2, 1_000)
    assert.equal((await hear('ended', 2)).end?.signal, 'SIGTERM')
    assert.match(machine.troubles().join('\n'), /keeper of programs .* was lost/)
  })

  it('starts what was being started exactly once', { skip: unlessNative }, async () => {
    const { hear, machine, folder: home } = await openStage()
    const jobs = Array.from({ length: 20 }, (_, at) => at + 1)
    const argv = ['sh', '-c', `echo x >> ${home}/ran.$LANEWORK_BATCH_JOB; sleep 0.3`]
    for (const job of jobs) machine.start(job, 1, programJob(argv), [])
    machine.flush()
    await hear('started', 3)
    process.kill(machine.keeperPid ?? 0, 'SIGKILL')
    for (const job of jobs) await hear('ended', job)
    for (const job of jobs) assert.equal(readFileSync(`${home}/ran.${job}.1`, 'utf8'), 'x\n')
    assert.deepEqual(
      readMarks(join(home, 'marks'))
        .map(({ job }) => job)
        .sort((a, b) => a - b),
      jobs,
    )
  })

  it('knows how it ended what was being started, however short it was', { skip: unlessNative }, async () => {
    const { hear, machine, folder: home, told } = await openStage()
    const marks = () => readMarks(join(home, 'marks'))
    let [last, untold, killed] = [0, 0, 0]
    for (let round = 0; round < 20 && untold === 0; round++) {
      const keeper = await until('there is a keeper', () => machine.keeperPid !== killed && machine.keeperPid)
      const go = join(home, `go${round}`)
      const jobs = Array.from({ length: 20 }, () => ++last)
      for (const job of jobs) machine.start(job, 1, programJob(['sh', '-c', `${untilThere(go)}; exit 3`]), [])
      machine.flush()
      for (const from = performance.now(); marks().length < last - 10 && performance.now() < from + 30_000;)
        await turns(1)
      // What it has begun comes to its end, and is reaped by nobody.
      process.kill(keeper, 'SIGSTOP')
      writeFileSync(go, '')
      await until('all that ran is over', () => marks().every(({ pid }) => 'XZ'.includes(stateOf(pid) ?? 'X')))
      await turns(10)
      const known = new Set(told.filter(({ kind }) => kind === 'started').map(({ job }) => job))
      untold += marks().filter(({ job }) => !known.has(job)).length
      process.kill(keeper, 'SIGKILL')
      killed = keeper
      for (const job of jobs) assert.equal((await hear('ended', job)).end?.exitCode, 3, `job ${job}`)
    }
    assert.ok(untold > 0, 'none was being started')
  })

  it('again and again loses, doubles and forgets nothing', { skip: unlessNative }, async (t) => {
    const seed = Number(process.env['LANEWORK_SEED'] ?? Date.now() % 1_000_000)
    t.diagnostic(`seed ${seed}`)
    const random = new SeededRandom(seed)
    const { hear, machine, folder: home, told } = await openStage()
    const jobs = Array.from({ length: 24 }, (_, at) => at + 1)
    const script = `echo x >> ${home}/ran.$LANEWORK_BATCH_JOB; i=0; while [ $i -lt 6 ]; do sleep 0.05 & wait $!; i=$((i+1)); done; exit 3`
    const waiting = [...jobs]
    const deadline = performance.now() + 30_000
    let kills = 0
    while (told.filter(({ kind }) => kind === 'ended').length < jobs.length && performance.now() < deadline) {
      for (const job of waiting.splice(0, 2)) machine.start(job, 1, programJob(['sh', '-c', script]), [])
      for (const job of jobs) if (random.chance(0.3)) machine.stop(job)
      for (const job of jobs) if (random.chance(0.6)) machine.go(job, [])
      machine.flush()
      const { keeperPid } = machine
      if (keeperPid !== undefined && isRunning(keeperPid) && kills < 8 && random.chance(0.2))
        kills += Number(process.kill(keeperPid, 'SIGKILL'))
      await new Promise((resolve) => setTimeout(resolve, random.integer(0, 40)))
    }
    for (const job of jobs) machine.go(job, [])
    machine.flush()
    for (const job of jobs) await hear('ended', job)
    for (const job of jobs) assert.equal(readFileSync(`${home}/ran.${job}.1`, 'utf8'), 'x\n', `job ${job} ran once`)
    const ends = told.filter(({ kind }) => kind === 'ended')
    assert.deepEqual(
      ends.map(({ job }) => job).sort((a, b) => a - b),
      jobs,
    )
    // One that ended between the keeper's last word and its death is not known to have ended well, but to have ended.
    assert.ok(ends.every(({ end }) => end?.exitCode === 3 || end?.exitCode === undefined))
    assert.deepEqual(
      told.filter(({ kind }) => kind === 'notStarted'),
      [],
    )
  })

  it('leaves no zombies, also of what left its job and ends when no job is left', { skip: unlessNative }, async () => {
    const { run, hear, machine, folder: home } = await openStage()
    const [file, go] = [join(home, 'daemon'), join(home, 'go')]
    const daemon = `setsid sh -c 'echo $$ > ${file}; sleep 20'`
    await run(1, ['sh', '-c', `(${daemon} &); ${untilThere(go)}`])
    const pid = await until('the daemon runs on its own', () => {
      const found = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0
      return found > 0 && readEntry(found)?.parentPid === machine.keeperPid && found
    })
    const keeper = machine.keeperPid ?? 0
    process.kill(keeper, 'SIGKILL')
    await until('there is another', () => machine.keeperPid !== undefined && machine.keeperPid !== keeper)
    writeFileSync(go, '')
    await hear('ended', 1)
    await until('the daemon has ended and was reaped', () => readEntry(pid) === undefined)
  })

  it('by SIGTERM leaves nothing stopped either', async () => {
    const { run, machine } = await openStage()
    const pid = await run(1, ['sh', '-c', 'sleep 30 & wait'])
    machine.stop(1)
    machine.flush()
    await until('it is stopped', () => isStopped(pid))
    machine.go(1, [])
    process.kill(machine.keeperPid ?? 0, 'SIGTERM')
    await until('it goes on', () => stateOf(pid) === 'S' && childrenOf(pid).every((child) => stateOf(child) === 'S'))
    machine.end(1, 1_000)
  })
})

describe('what is found', () => {
  it('is no stranger that has the pid now', async () => {
    const home = freshFolder()
    const { startTicks = 0 } = readEntry(process.pid) ?? {}
    const marks = [{ job: 1, attempt: 1, pid: process.pid }]
    const sources = { folder: home, list: [], journal: [], marks }
    assert.equal(findPrograms(sources)[0]?.alive, false)
    const start = {
      kind: 'start',
      id: 1,
      name: '2.1',
      argv: ['x'],
      pid: process.pid,
      startTicks: startTicks - 1,
      sessionId: 1,
      group: true,
      survives: true,
      startedAt: 0,
    } as const
    assert.equal(findPrograms({ ...sources, journal: [start], marks: [] })[0]?.alive, false)
    const { machine, run, told } = await openStage()
    const pid = await run(9, ['sleep', '30'])
    const ticks = readEntry(pid)?.startTicks ?? 0
    assert.equal(machine.adopt(1, 1, programJob(['x']), { pid, startTicks: ticks + 1 }), 'unknown')
    machine.stop(1)
    machine.end(1, 0)
    machine.flush()
    machine.go(9, [])
    machine.flush()
    assert.equal(isRunning(pid), true)
    assert.deepEqual(
      told.filter(({ job, kind }) => job === 9 && kind === 'ended'),
      [],
    )
    machine.end(9, 100)
  })

  it('has the end that the keeper wrote down last, as its numbers begin anew', () => {
    const start = (id: number, name: string, pid: number) =>
      ({
        kind: 'start',
        id,
        name,
        argv: ['x'],
        pid,
        startTicks: 5,
        sessionId: 1,
        group: true,
        survives: true,
        startedAt: 0,
      }) as const
    const end = (id: number, pid: number, exitCode: number) =>
      ({ kind: 'end', id, pid, exitCode, signal: undefined, resources: undefined, startedAt: 0, endedAt: 1 }) as const
    const journal = [
      start(1, '1.1', 999_999_901),
      end(1, 999_999_901, 1),
      start(1, '2.1', 999_999_902),
      end(1, 999_999_902, 2),
    ]
    const found = findPrograms({ folder: '/nowhere', list: [], journal, marks: [] })
    assert.deepEqual(
      found.map(({ job, end: { exitCode } = { exitCode: -1 } }) => [job, exitCode]),
      [
        [1, 1],
        [2, 2],
      ],
    )
  })

  it('has ended, if only its mark says that it ran, when it is ours to reap', { skip: unlessNative }, async () => {
    const native = loadNative() as Native
    const nowhere = openSync('/dev/null', 'r+')
    const inSession = 16
    const settings = Int32Array.of(nowhere, nowhere, nowhere, inSession, 0, 0, -1, -1)
    const pid = native.spawnProgram(['/bin/sh'], ['sh', '-c', 'exit 7'], [], '/', settings, '')
    closeSync(nowhere)
    await until('it has ended', () => stateOf(pid) === 'Z')
    const marks = [{ job: 1, attempt: 1, pid }]
    const [found] = findPrograms({ folder: '/nowhere', list: [], journal: [], marks })
    assert.equal(found?.alive, false)
    const end = endOf({ pid, startTicks: found?.startTicks ?? 0, handle: undefined })
    assert.equal(end === 'untold' ? end : end?.exitCode, 7)
    assert.equal(readEntry(pid), undefined)
  })

  it(
    'keeps its end while it may be the main process of a job that is being started',
    { skip: unlessNative },
    async () => {
      const native = loadNative() as Native
      const home = freshFolder()
      const file = join(home, 'go')
      const nowhere = openSync('/dev/null', 'r+')
      const settings = Int32Array.of(nowhere, nowhere, nowhere, 16, 0, 0, -1, -1)
      const env = [`PATH=${process.env['PATH']}`, `LANEWORK_BATCH_FOLDER=${home}`, 'LANEWORK_BATCH_JOB=1.1']
      const pid = native.spawnProgram(['/bin/sh'], waiter(file), env, '/', settings, '')
      closeSync(nowhere)
      let mains = [0]
      const orphans = new Orphans(
        home,
        () => new Set(mains),
        () => {},
      )
      await until('it runs', () => nameOf(home, pid) === '1.1')
      orphans.watch()
      writeFileSync(file, '')
      await until('it has ended', () => stateOf(pid) === 'Z')
      orphans.watch()
      assert.equal(stateOf(pid), 'Z')
      mains = []
      orphans.watch()
      assert.equal(stateOf(pid), undefined)
      orphans.close()
    },
  )

  it('leaves out what could not run, and marks that a full disk cut off', () => {
    const path = join(freshFolder(), 'marks')
    writeFileSync(path, '\n1.1 10;\n\n2.1 11;\n\n2.1 0;\n\n3.1 4')
    appendFileSync(path, '\n4.2 12;\n')
    const marks = readMarks(path)
    assert.deepEqual(
      marks.map(({ job, attempt, pid }) => [job, attempt, pid]),
      [
        [1, 1, 10],
        [2, 1, 11],
        [2, 1, 0],
        [4, 2, 12],
      ],
    )
    const found = findPrograms({ folder: '/nowhere', list: [], journal: [], marks })
    assert.deepEqual(
      found.map(({ job }) => job),
      [1, 4],
    )
  })

  it('has the newest marks of a file that grew long', () => {
    const path = join(freshFolder(), 'marks')
    const count = 90_000
    writeFileSync(path, Array.from({ length: count }, (_, at) => `\n${at + 1}.1 4000;\n`).join(''))
    compactMarks(path)
    const marks = readMarks(path)
    assert.ok(marks.length >= 10_000 && marks.length < count / 2)
    assert.equal(marks.at(-1)?.job, count)
    compactMarks(path)
    assert.equal(readMarks(path).length, marks.length)
  })
})
