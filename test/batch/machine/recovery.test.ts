/** Owners and keepers that are killed: what ran is found, what is found goes on, and nothing stays stopped. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { readMarks } from '#lanework/batch/machine/marks.js'
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
