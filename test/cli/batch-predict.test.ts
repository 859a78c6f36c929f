/** What `lanework batch` says of times: the cost of a switch, and predicted beside measured. */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import type { ReportJson, SwitchMeasure } from '#lanework/batch/index.js'
import { switchText } from '#lanework/cli/batch/switch-cost.js'
import { loadNative } from '#lanework/native/index.js'
import { lanework } from '../support/command.ts'
import { folder } from '../support/folder.ts'

const isNative = loadNative() !== undefined
const freshFolder = (): string => mkdtempSync(join(folder, 'predict-'))

describe('lanework batch switch-cost', { timeout: 60_000 }, () => {
  it('says what it measured, and keeps it for reports', { skip: !isNative }, async () => {
    const state = freshFolder()
    const { code, stdout, stderr } = await lanework(['batch', 'switch-cost', '--json', '--state', state])
    assert.equal(code, 0, stderr)
    const measure = JSON.parse(stdout) as SwitchMeasure
    assert.ok(measure.contextSwitchMs >= 0)
    assert.ok(existsSync(join(state, 'switch-cost.json')))
    assert.match(stderr, /written: .*switch-cost\.json/)
  })

  it('says what is missing without the addon', { skip: isNative }, async () => {
    const { code, stderr } = await lanework(['batch', 'switch-cost', '--state', freshFolder()])
    assert.notEqual(code, 0)
    assert.match(stderr, /Not possible here: .* native addon/)
  })

  it('shows microseconds', () => {
    const sliceUs = { p50: 230.4, p99: 1_282, count: 40 }
    const text = switchText({
      cpu: 1,
      directUs: 1.05,
      cacheUs: 3.9,
      workingSetBytes: 262_144,
      sliceUs,
      contextSwitchMs: 0.2333,
    })
    assert.match(text, /1\.05 µs/)
    assert.match(text, /256 KiB .* 3\.90 µs/)
    assert.match(text, /230 µs; 99 of 100 below 1282 µs/)
    assert.match(text, /reckon with +233 µs/)
  })
})

describe('lanework batch run --report', { timeout: 60_000 }, () => {
  it('puts predicted beside measured, from history too once it knows the commands', async () => {
    const home = freshFolder()
    const file = join(home, 'jobs.txt')
    writeFileSync(file, 'sleep 0.05\nsleep 0.1\n')
    const report = async (): Promise<ReportJson> => {
      const words = ['batch', 'run', file, '--policy', 'fcfs', '--report', '--json', '--no-view', '--state', home]
      const { code, stdout, stderr } = await lanework(words)
      assert.equal(code, 0, stderr)
      return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as ReportJson
    }
    const first = await report()
    assert.equal(first.policy.name, 'fcfs')
    assert.equal(first.replayed.jobs.length, 2)
    assert.ok(first.replayed.makespan.measured > 0 && first.replayed.makespan.predicted > 0)
    assert.equal(first.foretold, undefined)
    const second = await report()
    assert.equal(second.foretold?.jobs.length, 2)
  })
})
