/** Real programs that are started, stopped, continued and ended. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { childrenOf, stateOf } from '../../support/processes.ts'
import { openStage, untilThere } from '../../support/machine.ts'
import { until } from '../../support/until.ts'

const isStopped = (pid: number): boolean => stateOf(pid) === 'T'
const isGone = (pid: number): boolean => stateOf(pid) === undefined || stateOf(pid) === 'Z'

describe('a machine', () => {
  it('runs a program, and tells how it ended and where its output is', async () => {
    const { run, hear, machine, folder: home } = await openStage()
    const go = join(home, 'go')
    const pid = await run(1, ['sh', '-c', `read line; echo out; echo err >&2; ${untilThere(go)}; exit 3`])
    const known = machine.describe(1)
    writeFileSync(go, '')
    assert.equal(known?.pid, pid)
    const { end, attempt } = await hear('ended', 1)
    assert.deepEqual([attempt, end?.exitCode, end?.signal], [1, 3, undefined])
    assert.equal(readFileSync(known?.logs.stdout ?? '', 'utf8'), 'out\n')
    assert.equal(readFileSync(known?.logs.stderr ?? '', 'utf8'), 'err\n')
  })

  it('stops a program with its children, and lets all of them go on', async () => {
    const { run, hear, machine } = await openStage()
    const pid = await run(1, ['sh', '-c', 'sleep 1000 & sleep 1000 & wait'])
    const [first = 0, second = 0] = await until('it has two children', () => {
      const found = childrenOf(pid)
      return found.length === 2 ? found : undefined
    })
    const all = [pid, first, second]
    machine.stop(1)
    machine.flush()
    await until('all are stopped', () => all.every(isStopped))
    machine.go(1, [])
    machine.flush()
    await until('none is stopped', () => all.every((each) => stateOf(each) === 'S'))
    machine.stop(1)
    machine.go(1, [])
    machine.stop(1)
    machine.flush()
    await until('the last word counted', () => all.every(isStopped))
    machine.end(1, 5_000)
    machine.flush()
    assert.equal((await hear('ended', 1)).end?.signal, 'SIGTERM')
    await until('no child is left', () => all.every(isGone))
  })
})
