/** Programs that behave badly. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { Keeper } from '#lanework/process/index.js'
import { isNative } from '../../support/capability.ts'
import { folder } from '../../support/folder.ts'
import { openStage, programJob, untilThere } from '../../support/machine.ts'
import { unlessProgram } from '../../support/program.ts'
import { childrenOf, isRunning, stateOf } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const unlessNative = isNative ? false : 'it needs the addon'
const freshFile = (): string => join(mkdtempSync(join(folder, 'f')), 'said')
const daemonise = new URL('../../../../test/fixtures/daemonise.py', import.meta.url).pathname

describe('a program', () => {
  it('that does not exist, may not be run, or has no folder, does not start, and says why', async () => {
    const { machine, hear } = await openStage()
    machine.start(1, 1, programJob(['no-such-program']), [])
    machine.start(2, 1, programJob(['/etc']), [])
    machine.start(3, 1, programJob(['true'], { cwd: '/no/such/folder' }), [])
    machine.flush()
    const errors = await Promise.all([1, 2, 3].map(async (job) => (await hear('notStarted', job)).error))
    assert.deepEqual(
      errors.map((error) => isLaneworkError(error) && error.code),
      ['PROGRAM_NOT_FOUND', 'PROGRAM_NOT_STARTED', 'PROGRAM_NOT_STARTED'],
    )
  })

  it('that ends at once is started and then ended', async () => {
    const { run, hear, told } = await openStage()
    await run(1, ['true'])
    assert.equal((await hear('ended', 1)).end?.exitCode, 0)
    assert.deepEqual(
      told.filter(({ kind }) => kind !== 'used').map(({ kind }) => kind),
      ['started', 'ended'],
    )
  })

  it('that ignores SIGTERM is killed after its grace, also when it is stopped', async () => {
    const { run, hear, machine } = await openStage()
    const deaf = ['sh', '-c', 'trap "" TERM; echo ready; i=0; while [ $i -lt 300 ]; do sleep 0.1; i=$((i+1)); done']
    for (const job of [1, 2]) await run(job, deaf)
    for (const job of [1, 2]) {
      const { stdout = '' } = machine.describe(job)?.logs ?? {}
      await until('it is deaf', () => readFileSync(stdout, 'utf8') === 'ready\n')
    }
    machine.stop(2)
    machine.flush()
    await until('it is stopped', () => ['T', 'D'].includes(stateOf(machine.describe(2)?.pid ?? 0) ?? ''))
    for (const job of [1, 2]) machine.end(job, 50)
    for (const job of [1, 2]) assert.equal((await hear('ended', job)).end?.signal, 'SIGKILL')
  })

  it('that is killed from outside, stopped or not, ends by that signal', async () => {
    const { run, hear, machine } = await openStage()
    process.kill(await run(1, ['sleep', '30']), 'SIGUSR1')
    const pid = await run(2, ['sleep', '30'])
    machine.stop(2)
    machine.flush()
    await until('it is stopped', () => stateOf(pid) === 'T')
    process.kill(pid, 'SIGKILL')
    assert.equal((await hear('ended', 1)).end?.signal, 'SIGUSR1')
    assert.equal((await hear('ended', 2)).end?.signal, 'SIGKILL')
  })

  it('that reads its terminal finds none', async () => {
    const { run, hear, machine } = await openStage()
    const go = freshFile()
    const asks = `read line && echo got; tty; (: < /dev/tty) 2>/dev/null || echo none; ${untilThere(go)}`
    await run(1, ['sh', '-c', asks])
    const { stdout = '' } = machine.describe(1)?.logs ?? {}
    writeFileSync(go, '')
    await hear('ended', 1)
    assert.equal(readFileSync(stdout, 'utf8'), 'not a tty\nnone\n')
  })

  it('that leaves children in its group behind is over when they have been ended', async () => {
    const { run, hear, machine } = await openStage()
    const said = freshFile()
    await run(1, ['sh', '-c', `sleep 30 & echo $! > ${said}; exit 4`], { graceMs: 1_000 })
    const { end } = await hear('ended', 1)
    assert.equal(end?.exitCode, 4)
    assert.equal(isRunning(Number(readFileSync(said, 'utf8'))), false)
    assert.match(machine.troubles().join('\n'), /Job 1 \(job\) left a process behind/)
  })

  it(
    'that daemonises is ended with what it became, and stopped with it too',
    {
      skip: unlessNative || unlessProgram('python3'),
    },
    async () => {
      const { run, hear, machine } = await openStage({ useMs: 50 })
      const [quick, slow] = [freshFile(), freshFile()]
      const daemon = (said: string): Promise<number> =>
        until('the daemon runs', () => (existsSync(said) ? Number(readFileSync(said, 'utf8')) : undefined))
      await run(1, ['python3', daemonise, quick], { graceMs: 1_000 })
      const left = await daemon(quick)
      assert.equal((await hear('ended', 1)).end?.exitCode, 0)
      assert.equal(isRunning(left), false)
      const pid = await run(2, ['python3', daemonise, slow, 'stay'])
      const other = await daemon(slow)
      await until('both are stopped', () => {
        machine.go(2, [])
        machine.stop(2)
        machine.flush()
        return (stateOf(pid) === 'T' && stateOf(other) === 'T') || undefined
      })
      machine.go(2, [])
      machine.flush()
      await until('both go on', () => stateOf(pid) === 'S' && stateOf(other) === 'S')
      machine.end(2, 1_000)
      await hear('ended', 2)
      assert.equal(isRunning(other), false)
    },
  )

  it('whose mark cannot be written is not run: PROGRAM_NOT_STARTED', { skip: unlessNative }, async () => {
    const { machine, hear, folder: home } = await openStage()
    symlinkSync('/dev/full', join(home, 'marks'))
    const said = freshFile()
    machine.start(1, 1, programJob(['touch', said]), [])
    machine.flush()
    const { error } = await hear('notStarted', 1)
    assert.ok(isLaneworkError(error) && error.code === 'PROGRAM_NOT_STARTED')
    assert.match(error.message, /mark failed with ENOSPC/)
    assert.equal(existsSync(said), false)
    const guards = Keeper.guards(home).map(({ pid }) => pid)
    assert.deepEqual(childrenOf(machine.keeperPid ?? 0).filter(isRunning), guards)
  })
})
