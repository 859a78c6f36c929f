/** Results, comparison, accounts and distributions as text. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  bestAt,
  comparedColumns,
  drawAccounts,
  drawComparison,
  drawDistribution,
  drawResults,
  drawSystem,
  fcfs,
  numberText,
  percentText,
  rr,
  simulate,
  sjf,
} from '#lanework/schedule/index.js'
import { ticksBetween } from '#lanework/schedule/draw/scale.js'
import { hostileNames, widest } from './plain.js'
import { recorded, threeJobs } from './recorded.js'

const jobs = [
  { name: 'long', bursts: [{ cpu: 8 }] },
  { name: 'short', arrival: 1, bursts: [{ cpu: 1 }] },
]

describe('numbers', () => {
  test('are as short as they may be', () => {
    assert.deepEqual(
      [12, 2.3333333, 0.00123, 0, -1.5, Infinity, undefined, 1e21].map((value) => numberText(value)),
      ['12', '2.333', '0.00123', '0', '-1.5', 'inf', '-', '1.000e+21'],
    )
    assert.equal(percentText(2 / 3), '66.7 %')
    assert.equal(percentText(0 / 0), '-')
  })
  test('of an axis are round, in order, and not too many', () => {
    assert.deepEqual(ticksBetween(0, 23, 6), [0, 5, 10, 15, 20])
    assert.deepEqual(ticksBetween(0, 0.5, 6), [0, 0.1, 0.2, 0.3, 0.4, 0.5])
    assert.deepEqual(ticksBetween(3, 3, 6), [3])
    for (const span of [0.003, 1, 7, 99, 12_345]) assert.ok(ticksBetween(0, span, 8).length <= 8, String(span))
  })
})

describe('the results', () => {
  test('have a row for each job, the averages, and the machine', () => {
    const text = drawResults(simulate(jobs, { policy: fcfs() }), { width: 120 })
    assert.match(text, /^job +arrival +start +finish +turnaround +waiting +response/m)
    assert.match(text, /^long +0 +0 +8 +8 +0 +0 +1 +8 +0 +1$/m)
    assert.match(text, /^short +1 +8 +9 +8 +7 +7 +8 +1 +0 +1$/m)
    assert.match(text, /^average +8 +3\.5 +3\.5 +4\.5$/m)
    assert.match(text, /^useful +9 \(100 %\)$/m)
    assert.match(text, /^longest wait +7 \(short\)$/m)
  })
  test('say how a job ended only where one did not end well', () => {
    const cut = simulate(jobs, { policy: fcfs(), horizon: 4 })
    assert.match(drawResults(cut, { width: 140 }), /^short .* unfinished$/m)
    assert.doesNotMatch(drawResults(simulate(jobs, { policy: fcfs() }), { width: 140 }), /unfinished|missed/)
  })
  test('list as many jobs as wanted and count the others', () => {
    assert.match(drawResults(threeJobs(), { jobs: 1 }), /^and 2 more jobs$/m)
  })
  test('put columns below each other where the width does not do', () => {
    const names = hostileNames.map((name, at): [string, number, number] => [name, at, at + 1])
    for (const simulation of [threeJobs(), recorded({ cpu: names })])
      for (let width = 24; width < 140; width += 9)
        for (const draw of [drawResults, drawSystem, drawAccounts, drawDistribution])
          assert.ok(widest(draw(simulation, { width })) <= width, `${draw.name} at ${width}`)
  })
})

describe('the comparison', () => {
  const runs = [
    simulate(jobs, { policy: fcfs() }),
    simulate(jobs, { policy: sjf() }),
    simulate(jobs, { policy: rr({ quantum: 1 }) }),
  ]
  test('marks the best of each column, and nothing where all are equal', () => {
    const text = drawComparison(runs, { width: 160 })
    assert.match(text, /^rr +5\* +0\.5\* +0\* /m)
    assert.match(text, /^fcfs +8 {2}/m)
    assert.match(text, /\* the best$/)
    const makespan = comparedColumns.find(({ title }) => title === 'makespan')
    assert.ok(makespan)
    assert.deepEqual(bestAt(makespan, runs), [])
  })
  test('takes other names than the policies', () => {
    assert.match(drawComparison(runs, { names: ['one', 'two', 'three'], width: 160 }), /^three +5\*/m)
  })
  test('keeps to its width', () => {
    for (let width = 24; width < 140; width += 9) assert.ok(widest(drawComparison(runs, { width })) <= width)
  })
})

test('accounts are summed by job and by owner', () => {
  const owned = [
    { name: 'A', owner: 'ada', bursts: [{ cpu: 2 }, { io: 3, device: 'disk' }, { cpu: 1 }] },
    { name: 'B', owner: 'ada', bursts: [{ cpu: 4 }] },
  ]
  const text = drawAccounts(simulate(owned, { policy: fcfs(), devices: { disk: {} } }))
  assert.match(text, /^A +3 +3$/m)
  assert.match(text, /^ada +7 +3$/m)
})

test('a distribution counts every job once and gives percentiles', () => {
  const many = Array.from({ length: 40 }, (_, n) => ({ name: `job${n}`, bursts: [{ cpu: 1 }] }))
  const text = drawDistribution(simulate(many, { policy: fcfs() }), { width: 60 })
  const counts = [...text.matchAll(/ (\d+)$/gm)].map(([, count]) => Number(count))
  assert.equal(
    counts.slice(0, 7).reduce((sum, count) => sum + count, 0),
    40,
  )
  assert.match(text, /p50 20\.5 {2}p90 36\.1 {2}p95 38\.05 {2}p99 39\.61 {2}max 40$/)
  assert.throws(() => drawDistribution(threeJobs(), { measure: 'luck' as never }), { code: 'OPTION_INVALID' })
})
