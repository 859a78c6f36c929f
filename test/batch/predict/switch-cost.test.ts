/** What a switch costs here: how it is reckoned, and that measuring it gives figures and leaves nothing behind. */
import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { measureSwitch } from '#lanework/batch/index.js'
import { lossesBetween } from '#lanework/batch/predict/switch-cost/slices.js'
import { loadNative } from '#lanework/native/index.js'
import { allProcesses } from '#lanework/process/process-table.js'
import { folder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

const ms = 1_000_000
const isNative = loadNative() !== undefined

describe('losses between slices', () => {
  it('are what nobody had when the CPU went from one to the other', () => {
    const one = [
      [0, 20 * ms],
      [41 * ms, 60 * ms],
    ] as const
    const other = [
      [20.5 * ms, 40 * ms],
      [60.25 * ms, 80 * ms],
    ] as const
    assert.deepEqual(lossesBetween(one, other, 20), [500, 1_000, 250])
  })

  it('leave out what the kernel did while both could run', () => {
    const one = [
      [0, 4 * ms],
      [8.1 * ms, 28 * ms],
    ] as const
    const other = [
      [4.1 * ms, 8 * ms],
      [28.3 * ms, 50 * ms],
    ] as const
    assert.deepEqual(lossesBetween(one, other, 20), [300])
  })

  it('are no loss where one had it twice in a row, and none at all without a change', () => {
    const one = [
      [0, 10 * ms],
      [11 * ms, 20 * ms],
    ] as const
    assert.deepEqual(lossesBetween(one, [[20.1 * ms, 40 * ms]], 20), [100])
    assert.deepEqual(lossesBetween(one, [], 20), [])
    assert.deepEqual(lossesBetween([], [], 20), [])
  })
})

describe('measureSwitch', { timeout: 60_000 }, () => {
  it('refuses options that make no sense', async () => {
    const wrong = [{ cpu: -1 }, { hops: 0 }, { quantumMs: 1 }, { slices: 1 }, { workingSetBytes: NaN }, { sclices: 4 }]
    for (const options of wrong) await assert.rejects(measureSwitch(options as object), { code: 'OPTION_INVALID' })
  })

  it('says so where programs cannot be kept on a CPU', { skip: isNative }, async () => {
    await assert.rejects(measureSwitch(), { code: 'UNSUPPORTED' })
  })

  it('gives figures, and leaves neither programs nor files', { skip: !isNative }, async () => {
    process.env['TMPDIR'] = folder
    const measure = await measureSwitch({ hops: 200, slices: 4, quantumMs: 10, workingSetBytes: 65_536 })
    assert.ok(measure.directUs >= 0 && measure.cacheUs >= measure.directUs, JSON.stringify(measure))
    assert.ok(measure.sliceUs.p50 >= 0 && measure.sliceUs.p99 >= measure.sliceUs.p50, JSON.stringify(measure))
    assert.ok(measure.contextSwitchMs >= 0 && Number.isFinite(measure.contextSwitchMs))
    assert.deepEqual(
      readdirSync(folder).filter((name) => name.startsWith('lanework-switch-')),
      [],
    )
    const ours = new Set([process.pid])
    const left = (): number[] => {
      // The keeper may stay for the next program; what it runs must not.
      const keepers = allProcesses().filter(({ parentPid }) => ours.has(parentPid))
      const parents = new Set(keepers.map(({ pid }) => pid))
      return allProcesses()
        .filter(({ parentPid, state }) => parents.has(parentPid) && state !== 'Z')
        .map(({ pid }) => pid)
    }
    await until('no program is left', () => left().length === 0)
  })
})
