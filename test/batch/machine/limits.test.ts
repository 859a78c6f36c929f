/** Limits on memory and on output; nice; CPUs. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statfsSync, statSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { MemoryLimits, readEntry } from '#lanework/process/index.js'
import { isNative } from '../../support/capability.ts'
import { folder } from '../../support/folder.ts'
import { openStage, programJob, untilThere } from '../../support/machine.ts'
import { unlessProgram } from '../../support/program.ts'
import { childrenOf, stateOf } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const unlessPython = unlessProgram('python3')
const unlessNative = isNative ? false : 'it needs the addon'
const unlessGroups =
  MemoryLimits.open(`lanework-test-${process.pid}-`) === undefined ? 'no control groups can be made here' : false

/** ext4 and XFS take blocks off the front of a file in one step. */
const cutsFiles = isNative && [0xef_53, 0x58_46_53_42].includes(statfsSync(folder).type)

const mebibyte = 1_048_576
/** Takes more and more, a MiB at a time, up to so many. */
const greedy = (mebibytes: number): string[] => [
  'python3',
  '-c',
  `import time
held = []
for _ in range(${mebibytes}):
    held.append(b"x" * ${mebibyte})
    time.sleep(0.002)
time.sleep(20)`,
]

describe('a memory limit', () => {
  for (const memoryLimits of ['group', 'measured'] as const) {
    const skip = unlessPython || (memoryLimits === 'group' ? unlessGroups : false)
    it(`(${memoryLimits}) kills a job that is over it, with all its processes, and says so`, { skip }, async () => {
      const { machine, run, hear, told } = await openStage(memoryLimits === 'group' ? {} : { memoryLimits })
      const [program = '', flag = '', code = ''] = greedy(400)
      const both = ['sh', '-c', `sleep 30 & ${program} ${flag} '${code}' & wait`]
      const pid = await run(1, both, { memoryLimitBytes: 100 * mebibyte })
      await run(2, greedy(20), { memoryLimitBytes: 200 * mebibyte })
      const children = childrenOf(pid)
      const { rssBytes = 0 } = await hear('overMemory', 1)
      assert.ok(rssBytes > 50 * mebibyte)
      assert.equal((await hear('ended', 1)).end?.signal, 'SIGKILL')
      assert.ok(children.every((child) => stateOf(child) === undefined || stateOf(child) === 'Z'))
      assert.deepEqual(
        told.filter(({ kind }) => kind === 'overMemory').map(({ job }) => job),
        [1],
      )
      machine.end(2, 1_000)
      await hear('ended', 2)
    })
  }

  it('is told to be measured where the kernel was to enforce it and cannot, and only there', async () => {
    for (const memoryLimits of ['group', 'measured'] as const) {
      const { machine, run, hear } = await openStage({ memoryLimits })
      await run(1, ['true'], { memoryLimitBytes: 100 * mebibyte })
      await hear('ended', 1)
      const isTold = machine.troubles().some((text) => text.startsWith('Memory limits are measured'))
      assert.equal(isTold, memoryLimits === 'group' && unlessGroups !== false)
    }
  })

  it('makes a control group for each attempt, and leaves none behind', { skip: unlessGroups }, async () => {
    const prefix = `lanework-test-${process.pid}-`
    const limits = MemoryLimits.open(prefix)
    const group = limits?.make('1.1', 50 * mebibyte)
    assert.ok(limits !== undefined && group !== undefined && existsSync(group.folder))
    assert.equal(limits.hasKilled(group), false)
    limits.sweep()
    assert.equal(existsSync(group.folder), false)
    assert.equal(limits.remove(group), true)
  })
})

describe('output', () => {
  it('of a program that never stops writing stays bounded, and the newest is kept whole', async () => {
    const { machine, run, hear, folder: home } = await openStage()
    const bytes = 262_144
    const go = join(home, 'go')
    const lines = 'i=0; while [ $i -lt 100000 ]; do echo "line $i of many that fill the disk"; i=$((i+1)); done'
    await run(1, ['sh', '-c', `${lines}; ${untilThere(go)}; sleep 0.5`], { logs: { bytes, keep: 2 }, name: 'noisy' })
    const { stdout = '' } = machine.describe(1)?.logs ?? {}
    writeFileSync(go, '')
    await hear('ended', 1)
    const wholeBytes = Array.from(
      { length: 100_000 },
      (_, at) => `line ${at} of many that fill the disk\n`.length,
    ).reduce((a, b) => a + b)
    const sizes = await until('it is short', () => {
      const found = [stdout, `${stdout}.1`, `${stdout}.2`, `${stdout}.3`].map((path) =>
        existsSync(path) ? statSync(path).size : 0,
      )
      return (found[0] ?? 0) <= bytes && !existsSync(`${stdout}.new`) ? found : undefined
    })
    assert.equal(sizes[3], 0)
    assert.ok((sizes[1] ?? 0) > 0 && sizes.reduce((a, b) => a + b) < wholeBytes)
    const text = readFileSync(`${stdout}.1`, 'utf8') + readFileSync(stdout, 'utf8')
    const seen = [...text.matchAll(/^line (\d+) of many that fill the disk$/gm)].map(([, at]) => Number(at))
    assert.equal(seen.at(-1), 99_999)
    assert.ok(seen.every((line, at) => at === 0 || line > (seen[at - 1] ?? 0)))
    // Elsewhere what is written in the microseconds of a move may be lost.
    if (cutsFiles) assert.equal(seen.length, 100_000 - (seen[0] ?? 0))
  })

  it('goes to files with clean names', async () => {
    const { machine, run } = await openStage()
    await run(7, ['sleep', '5'], { name: '../a b/ç:*' })
    assert.match(machine.describe(7)?.logs.stdout ?? '', /\/logs\/7-__a_b_ç_\.out$/)
    machine.end(7, 100)
  })
})

describe('where and how a job runs', () => {
  it('is said by nice and by the CPUs that it was given', { skip: unlessNative }, async () => {
    const { machine, hear } = await openStage({ pin: true })
    const allowed = (pid: number): string =>
      /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? ''
    machine.start(1, 1, programJob(['sh', '-c', 'sleep 20 & wait'], { nice: 7 }), [0])
    machine.flush()
    const { pid = 0 } = await hear('started', 1)
    assert.deepEqual([readEntry(pid)?.nice, allowed(pid)], [7, '0'])
    const child = await until('it has a child', () => childrenOf(pid)[0])
    const other = availableParallelism() > 1 ? 1 : 0
    machine.stop(1)
    machine.flush()
    await until('it is stopped', () => stateOf(pid) === 'T' && stateOf(child) === 'T')
    machine.go(1, [other])
    machine.flush()
    await until('it has moved', () => allowed(pid) === `${other}` && allowed(child) === `${other}`)
    machine.end(1, 1_000)
  })
})
