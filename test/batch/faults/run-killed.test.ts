/** A run in a folder of its own is killed with -9: nothing of it goes on, and nothing of it stays. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, it } from 'node:test'

import { membersOf, serversOf } from '../../support/batch.ts'
import { unlessProgram } from '../../support/program.ts'
import { folder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

const command = join(import.meta.dirname, '../../../../dist/cli/main.js')
const running = new Set<ChildProcess>()

afterEach(() => {
  for (const child of running) child.kill('SIGKILL')
  running.clear()
})

/** A run whose folders are made in `home`. */
function run(home: string, jobs: readonly string[]): ChildProcess {
  const file = join(home, 'jobs.txt')
  writeFileSync(file, `${jobs.join('\n')}\n`)
  const child = spawn(process.execPath, [command, 'batch', 'run', file, '--cpus', '1'], {
    env: { ...process.env, TMPDIR: home },
    stdio: 'ignore',
  })
  running.add(child)
  child.on('exit', () => running.delete(child))
  return child
}

function newHome(): string {
  const home = mkdtempSync(join(folder, 'r'))
  mkdirSync(join(home, 'lanework-batch-others'))
  return home
}

const foldersOf = (home: string): string[] =>
  readdirSync(home)
    .filter((name) => name.startsWith('lanework-batch-') && name !== 'lanework-batch-others')
    .map((name) => join(home, name))

/** Its folder, once so many processes of its jobs run. */
async function begun(home: string, processes: number): Promise<string> {
  return until('its jobs run', () => foldersOf(home).find((each) => membersOf(each).length >= processes))
}

const unlessSetsid = unlessProgram('setsid')

describe('a run without --state that is killed with -9', () => {
  it(
    'takes its jobs with it, stopped ones and their children too, and the next run its folder',
    { skip: unlessSetsid },
    async () => {
      const home = newHome()
      const work = 'i=0; while [ $i -lt 30000000 ]; do i=$((i+1)); done'
      const child = run(home, [`sh -c '${work}'`, `sh -c 'setsid sleep 60 & ${work}'`, `sh -c 'sleep 60 & sleep 60'`])
      const left = await begun(home, 5)
      child.kill('SIGKILL')
      await until('its jobs are ended', () => membersOf(left).length === 0)
      await until('its keeper is gone', () => serversOf(left).length === 0)
      assert.ok(existsSync(left))
      const next = run(home, ['true'])
      await until('the next one is over', () => next.exitCode !== null)
      assert.equal(next.exitCode, 0)
      assert.deepEqual(foldersOf(home), [])
      assert.ok(existsSync(join(home, 'lanework-batch-others')), 'a folder that was never locked stays')
    },
  )

  it('with its keeper leaves what the next run ends; one that lives is left alone', async () => {
    const home = newHome()
    const child = run(home, ['sleep 60'])
    const left = await begun(home, 1)
    const other = run(home, ['sleep 60'])
    const kept = await until('another one runs', () =>
      foldersOf(home).find((each) => each !== left && membersOf(each).length > 0),
    )
    for (const pid of serversOf(left)) process.kill(pid, 'SIGKILL')
    child.kill('SIGKILL')
    await until('both are gone', () => serversOf(left).length === 0 && child.signalCode !== null)
    const next = run(home, ['true'])
    await until('the next one is over', () => next.exitCode !== null)
    await until('nothing of it is left', () => membersOf(left).length === 0)
    assert.deepEqual(foldersOf(home), [kept])
    assert.ok(membersOf(kept).length > 0, 'it goes on')
    other.kill('SIGKILL')
    await until('that one ends too', () => membersOf(kept).length === 0 && serversOf(kept).length === 0)
  })
})
