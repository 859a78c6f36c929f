/** What became of programs, by the traces they left: the keeper's list and journal, marks, and the system. */
import assert from 'node:assert/strict'
import { appendFileSync, closeSync, mkdtempSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { findPrograms, nameOf } from '#lanework/batch/machine/find.js'
import { compactMarks, readMarks } from '#lanework/batch/machine/marks.js'
import { endOf, Orphans } from '#lanework/batch/machine/orphans.js'
import { loadNative, type Native } from '#lanework/native/index.js'
import { readEntry } from '#lanework/process/index.js'
import { isNative } from '../../support/capability.ts'
import { folder } from '../../support/folder.ts'
import { openStage, programJob, untilThere } from '../../support/machine.ts'
import { isRunning, stateOf } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const unlessNative = isNative ? false : 'it needs the addon'
const freshFolder = (): string => mkdtempSync(join(folder, 'r'))

/** Waits for a file, then ends with 7; by itself after 30 s. */
const waiter = (file: string): string[] => ['sh', '-c', `${untilThere(file)}; exit 7`]

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
    const settings = Int32Array.of(nowhere, nowhere, nowhere, inSession, 0, 0, -1, -1, -1, -1)
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
      const settings = Int32Array.of(nowhere, nowhere, nowhere, 16, 0, 0, -1, -1, -1, -1)
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
