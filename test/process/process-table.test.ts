/** The table of processes, as the kernel shows it. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'

import {
  allProcesses,
  descendants,
  isProcessAlive,
  isSameProcess,
  readEntry,
  readProcess,
} from '#lanework/process/process-table.js'
import { runFixture } from '../support/fixture.ts'
import { until } from '../support/until.ts'

describe('the table of processes', () => {
  it('shows this process, as Node sees it', () => {
    const own = readProcess(process.pid)
    assert.deepEqual([own?.pid, own?.parentPid, own?.state], [process.pid, process.ppid, 'R'])
    const bytes = process.memoryUsage.rss()
    assert.ok(Math.abs((own?.rssBytes ?? 0) - bytes) < bytes / 4)
    assert.ok((own?.peakRssBytes ?? 0) >= (own?.rssBytes ?? Infinity))
    assert.ok((own?.threads ?? 0) > 1 && (own?.voluntarySwitches ?? 0) > 0)
    assert.ok(allProcesses().some(({ pid }) => pid === process.pid))
  })

  it('shows children and grandchildren, parents first, under names that try to confuse', async () => {
    const child = spawn('sh', ['-c', 'sleep 1000 & wait'], { argv0: 'a) S 1 (b', stdio: 'ignore' })
    const [first, second] = await until('both run', () => {
      const found = descendants(process.pid)
      return found.length === 2 && found
    })
    assert.deepEqual([first?.pid, second?.parentPid], [child.pid, child.pid])
    assert.equal(isSameProcess(second?.pid ?? 0, second?.startTicks ?? 0), true)
    assert.equal(isSameProcess(second?.pid ?? 0, (second?.startTicks ?? 0) - 1), false)
    process.kill(second?.pid as number)
    await once(child, 'exit')
    assert.equal(isSameProcess(first?.pid ?? 0, first?.startTicks ?? 0), false)
    assert.equal(readProcess(first?.pid ?? 0), undefined)
    assert.deepEqual([0, -1, first?.pid ?? 0].map(isProcessAlive), [false, false, false])
  })

  it('takes nobody for dead whose entry cannot be read', async () => {
    const own = readEntry(process.pid)
    const words = [process.pid, own?.startTicks, spawnSync('true').pid].map(String)
    const fixture = runFixture('read-without-descriptors', words, {}, ['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh'])
    assert.deepEqual(await fixture.hear('alive'), { read: [false, false], alive: [true, false], same: [true, false] })
    await fixture.ended
  })
})
