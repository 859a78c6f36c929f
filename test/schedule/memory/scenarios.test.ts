/** The scenarios that are built in: each plays, always the same, and shows what it says. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  diskMethods,
  diskScenarios,
  isSame,
  memoryScenarios,
  playDisk,
  playMemory,
  type DiskMethodName,
  type MemoryReport,
} from '#lanework/schedule/index.js'

function reportOf(name: string): MemoryReport {
  const scenario = memoryScenarios.find((each) => each.name === name)
  assert.ok(scenario !== undefined, name)
  return playMemory(scenario)
}

function resultsOf(name: string): string[] {
  return reportOf(name).steps.map(({ result }) => result)
}

/** What it shows, by name. */
const claims: Record<string, () => void> = {
  equal: () => {
    assert.ok(resultsOf('equal').includes('is refused: MEMORY_IMPOSSIBLE'))
    assert.ok((reportOf('equal').usage?.internal ?? 0) > 0)
  },
  unequal: () => assert.deepEqual(reportOf('unequal').results.waiting, ['E']),
  fits: () => assert.deepEqual(reportOf('fits').results.waiting, ['J']),
  fragments: () => {
    const { usage, results } = reportOf('fragments')
    assert.deepEqual(results.waiting, ['I'])
    assert.ok(usage !== undefined && usage.free >= 150 && usage.largestHole < 150)
  },
  compaction: () => assert.deepEqual(reportOf('compaction').results.waiting, []),
  waiting: () => assert.deepEqual(resultsOf('waiting').filter((result) => result === 'waits').length, 2),
  buddy: () => assert.deepEqual((reportOf('buddy').results.states as string[][]).at(-1), ['1024']),
  frames: () =>
    assert.equal(
      reportOf('frames')
        .steps.at(-1)
        ?.map?.filter(({ job }) => job === 'E').length,
      2,
    ),
  'base-limit': () => assert.equal(reportOf('base-limit').steps.filter(({ good }) => !good).length, 3),
  protection: () => {
    const { results } = reportOf('protection')
    assert.deepEqual([results.systemUp, results.alive], [true, []])
  },
  'protection-off': () => {
    const { results } = reportOf('protection-off')
    assert.deepEqual(results.effects, ['ok', 'ok', 'read-other', 'spoiled-other', 'went-wrong', 'crash'])
    assert.equal(results.systemUp, false)
  },
  segments: () => assert.ok(resultsOf('segments').includes('fault: not allowed')),
  'page-table': () => assert.ok(resultsOf('page-table').includes('fault: not in memory')),
  replacement: () => {
    const counts = reportOf('replacement').results.comparison as { policy: string; faults: number }[]
    assert.equal(Math.min(...counts.map(({ faults }) => faults)), counts.find(({ policy }) => policy === 'opt')?.faults)
  },
  belady: () => assert.equal(reportOf('belady').summary.filter(([label]) => label === "Belady's anomaly").length, 1),
  'working-set': () => assert.equal(reportOf('working-set').results.faults, 5),
  thrashing: () => assert.equal(reportOf('thrashing').results.hits, 0),
  swap: () => assert.ok((reportOf('swap').results.cost as number) > 1_700),
}

describe('the scenarios of memory', () => {
  it('have names and titles of their own, and a claim each', () => {
    assert.deepEqual(Object.keys(claims).sort(), memoryScenarios.map(({ name }) => name).sort())
    assert.equal(new Set(memoryScenarios.map(({ title }) => title)).size, memoryScenarios.length)
  })

  for (const scenario of memoryScenarios) {
    it(`${scenario.name}: ${scenario.title}`, () => {
      assert.ok(isSame(playMemory(scenario), playMemory(scenario)), 'it plays the same again')
      claims[scenario.name]?.()
    })
  }
})

describe('the scenarios of disk space', () => {
  for (const scenario of diskScenarios) {
    it(`${scenario.name}: ${scenario.title}, with every method`, () => {
      for (const method of diskMethods) {
        const disk = { ...scenario.disk, method }
        assert.ok(isSame(playDisk({ ...scenario, disk }), playDisk({ ...scenario, disk })))
      }
    })
  }

  const resultsOfDisk = (name: string, method?: DiskMethodName) => {
    const scenario = diskScenarios.find((each) => each.name === name)
    assert.ok(scenario !== undefined)
    return playDisk(method === undefined ? scenario : { ...scenario, disk: { ...scenario.disk, method } }).results
  }

  it('fragments: contiguous files alone are refused', () => {
    const refused = diskMethods.map((method) => resultsOfDisk('fragments', method).refused)
    assert.deepEqual(refused, [['DISK_FULL'], [], [], []])
  })

  it('contiguous: the file that grows is moved, and with no other method', () => {
    assert.deepEqual(
      diskMethods.map((method) => resultsOfDisk('contiguous', method).moved),
      [4, 0, 0, 0],
    )
  })

  it('users: the quota stops one file, and lets it in after another was deleted', () => {
    assert.deepEqual(resultsOfDisk('users').refused, ['QUOTA_EXCEEDED'])
    assert.deepEqual(resultsOfDisk('users').users, { ada: 8, bob: 6, eve: 12 })
  })

  it('large-file: what the index cannot reach is refused', () => {
    assert.deepEqual(resultsOfDisk('large-file').refused, ['OPTION_INVALID', 'OPTION_INVALID'])
  })
})
