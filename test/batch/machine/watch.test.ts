/** Who wants a CPU: programs that compute, sleep, wait for others, and change their mind. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import type { JobUse } from '#lanework/batch/index.js'
import { processTree } from '#lanework/process/index.js'
import { folder } from '../../support/folder.ts'
import { openStage } from '../../support/machine.ts'
import { until } from '../../support/until.ts'

/** Ends by itself, whatever becomes of the test. */
const spin = [
  'sh',
  '-c',
  'end=$(($(date +%s) + 30)); while [ $(date +%s) -lt $end ]; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done',
]

describe('a job that may run', () => {
  it('is blocked while it sleeps, and wants a CPU again when it computes', async () => {
    const { run, hear, machine, told } = await openStage()
    const go = join(mkdtempSync(join(folder, 'w')), 'go')
    await run(1, ['sh', '-c', `while [ ! -e ${go} ]; do sleep 0.5; done; ${spin[2]}`])
    const blocked = await hear('blocked', 1)
    assert.ok((blocked.since ?? NaN) <= blocked.at)
    writeFileSync(go, '')
    await until(
      'its last word is that it wants a CPU',
      () => told.findLast(({ job }) => job === 1)?.kind === 'unblocked' || undefined,
    )
    machine.end(1, 100)
  })

  it('is not blocked while it computes, whoever of its processes does', async () => {
    const { run, hear, machine, told } = await openStage()
    await run(1, spin)
    await run(2, ['sh', '-c', `(${spin[2]}) & wait`])
    await run(3, ['sleep', '30'])
    await hear('blocked', 3)
    const seen = told.length
    await until('both have computed for a while', () => {
      const cpuMs = (job: number): number =>
        told.findLast((one) => one.kind === 'used' && one.job === job)?.use?.userMs ?? 0
      return (cpuMs(1) > 300 && cpuMs(2) > 300) || undefined
    })
    assert.deepEqual(
      told.slice(seen).filter(({ kind, job }) => kind === 'blocked' && job !== 3),
      [],
    )
    for (const job of [1, 2, 3]) machine.end(job, 100)
  })

  it('that is stopped is neither blocked nor not, and is blocked anew when it goes on asleep', async () => {
    const { run, hear, machine, told } = await openStage({ watchMs: 10 })
    await run(1, ['sleep', '30'])
    await hear('blocked', 1)
    machine.stop(1)
    machine.flush()
    const seen = told.length
    await run(2, ['sleep', '30'])
    await hear('blocked', 2)
    assert.deepEqual(
      told.slice(seen).filter(({ job, kind }) => job === 1 && kind !== 'used'),
      [],
    )
    machine.go(1, [])
    machine.flush()
    await hear('blocked', 1, seen)
    machine.end(1, 100)
    machine.end(2, 100)
  })

  it('that reads from a pipe of its own is blocked until something comes', async () => {
    const { run, hear, machine } = await openStage()
    await run(1, ['sh', '-c', '(sleep 30) | cat'])
    await hear('blocked', 1)
    machine.end(1, 100)
    assert.equal((await hear('ended', 1)).end?.signal, 'SIGTERM')
  })
})

describe('use', () => {
  it('has the CPU time and memory of all processes, also those that ended, and never shrinks', async () => {
    const { run, hear, machine, told } = await openStage({ useMs: 50 })
    const work = 'i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done'
    await run(1, ['sh', '-c', `sh -c '${work}'; (${work}) & wait; ${work}; sleep 0.3`])
    const { end } = await hear('ended', 1)
    const uses = told.flatMap(({ kind, use }) => (kind === 'used' && use !== undefined ? [use] : []))
    assert.ok(uses.length >= 2)
    for (const [index, use] of uses.slice(1).entries()) {
      const before = uses[index]
      assert.ok(use.userMs >= (before?.userMs ?? 0) && use.peakRssBytes >= (before?.peakRssBytes ?? 0))
    }
    const { userMs = 0, systemMs = 0 } = end?.use ?? {}
    if (end?.resources !== undefined) assert.ok(userMs >= end.resources.userMs && systemMs >= end.resources.systemMs)
    assert.ok(userMs > 100, `it computed for a while: ${userMs} ms`)
    assert.ok((end?.use?.peakRssBytes ?? 0) > 500_000)
    assert.equal(end?.use?.processes, 0)
    assert.equal(machine.describe(1), undefined)
  })

  it('counts a process once that left its group, however often it is looked at', async () => {
    const { run, machine, hear, told } = await openStage({ useMs: 20 })
    // `timeout` makes a group of its own, as `setsid` does.
    const inner = 'timeout 60 sh -c "while :; do :; done; :"'
    const pid = await run(1, ['sh', '-c', `setsid sh -c '${inner} & wait' & wait`])
    const uses = (): JobUse[] => told.flatMap(({ kind, use }) => (kind === 'used' && use !== undefined ? [use] : []))
    await until('it was looked at often', () => uses().filter(({ processes }) => processes >= 4).length >= 20)
    const { processes = 0, userMs = 0, systemMs = 0, rssBytes = 0 } = uses().at(-1) ?? {}
    const tree = processTree([pid])
    assert.equal(tree.length, 4)
    assert.equal(processes, 4)
    const realMs = tree.reduce((sum, { cpuMs }) => sum + cpuMs, 0)
    assert.ok(userMs + systemMs <= realMs + 10, `${userMs} + ${systemMs} ms are not above ${realMs} ms`)
    assert.ok(rssBytes <= tree.reduce((sum, each) => sum + each.rssBytes, 0) * 1.5)
    machine.end(1, 100)
    await hear('ended', 1)
  })

  it('with a process that somebody else stopped is blocked like any other that sleeps', async () => {
    const { run, hear, machine } = await openStage()
    await run(1, ['sh', '-c', 'sleep 30 & kill -STOP $!; wait'])
    await hear('blocked', 1)
    machine.end(1, 100)
    await hear('ended', 1)
  })

  it('is measured though it is stopped whenever use is looked at', async () => {
    const { run, machine, told } = await openStage({ useMs: 100 })
    await run(1, spin)
    const usedMs = (): number => told.findLast(({ kind, job }) => kind === 'used' && job === 1)?.use?.userMs ?? 0
    await until('it was told that it computed', () => {
      machine.go(1, [])
      machine.flush()
      const endAt = performance.now() + 20
      while (performance.now() < endAt);
      machine.stop(1)
      machine.flush()
      return usedMs() > 100 || undefined
    })
    machine.end(1, 100)
  })
})
