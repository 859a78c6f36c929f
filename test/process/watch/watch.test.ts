/** Watching and steering programs: their trees, their CPU times, signals that reach one process and no other. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { Journal, readJournal, type JournalLine } from '#lanework/process/keeper/journal.js'
import {
  cpuTimes,
  moveTree,
  ProcessHandle,
  processTree,
  processUse,
  readEntry,
  signalSame,
} from '#lanework/process/index.js'
import { isNative, unlessEndsAreTold } from '../../support/capability.ts'
import { folder } from '../../support/folder.ts'
import { childrenOf, isRunning, stateOf } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

const unlessNative = isNative ? false : 'it needs the addon'

/** A program in a group of its own that ends by itself. */
function program(script: string) {
  const child = spawn('sh', ['-c', script], { detached: true, stdio: 'ignore' })
  const pid = child.pid ?? 0
  const ended = once(child, 'exit')
  return { pid, ended, startTicks: readEntry(pid)?.startTicks ?? 0, kill: () => process.kill(-pid, 'SIGKILL') }
}

describe('a tree of processes', () => {
  it('has the roots and all descendants with their states and CPU times', async () => {
    const one = program('sleep 20 & (while :; do :; done) & sleep 20')
    const two = program('sleep 20')
    try {
      const tree = await until('all run', () => {
        const found = processTree([one.pid, two.pid, 999_999_999])
        const own = found.filter(({ root }) => root === 0)
        return own.length >= 4 && own.some(({ cpuMs }) => cpuMs > 30) ? found : undefined
      })
      assert.deepEqual(
        tree.slice(0, 2).map(({ root, pid }) => [root, pid]),
        [
          [0, one.pid],
          [1, two.pid],
        ],
      )
      const own = tree.filter(({ root }) => root === 0)
      assert.ok(own.every(({ groupId, rssBytes, threads }) => groupId === one.pid && rssBytes > 0 && threads === 1))
      assert.deepEqual(
        own.slice(1).every(({ parentPid }) => parentPid === one.pid),
        true,
      )
      const busy = own.find(({ cpuMs }) => cpuMs > 30)
      assert.equal(busy?.state, 'R')
      const [times] = [cpuTimes([busy?.pid ?? 0, 999_999_999])]
      assert.ok((times?.[0] ?? 0) >= (busy?.cpuMs ?? Infinity))
      assert.equal(times?.[1], -1)
    } finally {
      one.kill()
      two.kill()
    }
  })

  it('has each process once, whichever of them are roots', async () => {
    const it = program('sh -c "sleep 20 & wait" & wait')
    try {
      const pids = await until('all run', () => {
        const found = processTree([it.pid]).map(({ pid }) => pid)
        return found.length === 3 ? found : undefined
      })
      const [first = 0, second = 0, third = 0] = pids
      const tree = processTree([first, third, second, third])
      assert.deepEqual(
        tree.map(({ pid, root }) => [pid, root]),
        [
          [first, 0],
          [third, 1],
          [second, 2],
        ],
      )
    } finally {
      it.kill()
    }
  })

  it('says what a process with threads does: this one', { skip: unlessNative }, () => {
    const [own] = processTree([process.pid])
    assert.ok(own !== undefined && own.threads > 1 && own.ready)
    assert.equal(own.startTicks, readEntry(process.pid)?.startTicks)
    const use = processUse(process.pid)
    assert.ok(use !== undefined && use.peakRssBytes >= own.rssBytes / 2 && use.voluntarySwitches > 0)
    assert.ok(use.readBytes === undefined || use.readBytes >= 0)
    assert.equal(processUse(999_999_999), undefined)
  })

  it('moves to other CPUs with all its threads', { skip: unlessNative }, async () => {
    const it = program('sleep 20 & sleep 20')
    const allowed = (pid: number) =>
      /^Cpus_allowed_list:\s+(\S+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]
    try {
      const [child = 0] = await until('it has children', () =>
        childrenOf(it.pid).length === 2 ? childrenOf(it.pid) : undefined,
      )
      moveTree([it.pid], [0])
      assert.deepEqual([allowed(it.pid), allowed(child)], ['0', '0'])
    } finally {
      it.kill()
    }
  })
})

describe('a signal', () => {
  it('reaches the process that was meant, and no other under its pid', async (t) => {
    const it = program('exec sleep 20')
    t.after(() => signalSame(it.pid, it.startTicks, 'SIGKILL'))
    assert.equal(signalSame(it.pid, it.startTicks + 1, 'SIGKILL'), false)
    assert.equal(signalSame(it.pid, it.startTicks + 1, 'SIGKILL', true), false)
    assert.equal(isRunning(it.pid), true)
    assert.equal(signalSame(it.pid, it.startTicks, 'SIGSTOP', true), true)
    await until('it is stopped', () => stateOf(it.pid) === 'T')
    assert.equal(signalSame(it.pid, it.startTicks, 'SIGKILL'), true)
    await it.ended
    assert.equal(signalSame(it.pid, it.startTicks, 'SIGCONT'), false)
  })

  it('by a handle reaches the group as long as there is one', { skip: unlessNative }, async (t) => {
    const own = ProcessHandle.open(process.pid, readEntry(process.pid)?.startTicks ?? 0)
    if (own === undefined) return t.skip('this kernel signals no groups by descriptor')
    own.close()
    const it = program('sleep 20 & sleep 20')
    const [child = 0] = await until('it has children', () =>
      childrenOf(it.pid).length === 2 ? childrenOf(it.pid) : undefined,
    )
    assert.equal(ProcessHandle.open(it.pid, it.startTicks + 1), undefined)
    const handle = ProcessHandle.open(it.pid, it.startTicks)
    assert.ok(handle !== undefined)
    assert.equal(handle.signalGroup('SIGSTOP'), true)
    await until('all are stopped', () => stateOf(it.pid) === 'T' && stateOf(child) === 'T')
    assert.equal(handle.signalGroup('SIGKILL'), true)
    await it.ended
    await until('the child is gone', () => !isRunning(child))
    await until('nobody is left', () => !handle.signalGroup('SIGCONT'))
    handle.close()
  })

  it('by a handle tells how it ended, when somebody else has reaped it', { skip: unlessEndsAreTold }, async () => {
    for (const [script, code] of [
      ['exit 7', 7],
      [':', 0],
      ['kill -TERM $$', -15],
    ] as const) {
      const gate = join(mkdtempSync(join(folder, 'w')), 'gate')
      const it = program(`until [ -e ${gate} ]; do sleep 0.01; done; ${script}`)
      const handle = ProcessHandle.open(it.pid, it.startTicks)
      assert.ok(handle !== undefined)
      assert.equal(handle.exitCode(), undefined)
      writeFileSync(gate, '')
      await it.ended
      assert.equal(handle.exitCode(), code)
      handle.close()
    }
  })
})

describe("a keeper's journal", () => {
  it('stays short, and keeps the starts of what runs', () => {
    const path = join(mkdtempSync(join(folder, 'j')), 'journal.jsonl')
    const journal = new Journal(path, 10_000)
    const start = (id: number): JournalLine => ({
      kind: 'start',
      id,
      name: `${id}.1`,
      argv: ['true'],
      pid: id,
      startTicks: 1,
      sessionId: 1,
      group: true,
      survives: true,
      startedAt: 0,
    })
    const end = (id: number): JournalLine => ({
      kind: 'end',
      id,
      pid: id,
      exitCode: 0,
      signal: undefined,
      resources: undefined,
      startedAt: 0,
      endedAt: 1,
    })
    journal.write(start(1))
    for (let id = 2; id <= 500; id++) {
      journal.write(start(id))
      journal.write(end(id))
    }
    journal.close()
    assert.ok(statSync(path).size <= 11_000)
    const lines = readJournal(path)
    assert.deepEqual(
      lines.filter(({ id }) => id === 1).map(({ kind }) => kind),
      ['start'],
    )
    assert.deepEqual(lines.at(-1)?.id, 500)
  })
})
