/** A run as SVG: well-formed, small however long it was, and true. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { recordSvg, type RunRecord, type Step } from '#lanework/batch/index.js'
import { pretendedRun, startedAt, statusOf } from './pretended-batch.js'

/** As many slices of two jobs as wanted, on one CPU. */
function slices(count: number): RunRecord {
  const steps: Step[] = []
  for (let index = 0; index < count; index++) {
    const at = index * 10
    if (index > 0) steps.push({ at, job: 2 - (index % 2), to: 'ready', cause: 'expired' })
    steps.push({
      at,
      job: 1 + (index % 2),
      to: 'running',
      cause: 'dispatched',
      cpus: [0],
      why: 'it was next in the ring',
    })
  }
  const jobs = [statusOf(1, 'alpha', { state: 'running' }), statusOf(2, 'beta')]
  const policies = [{ at: 0, choice: { name: 'rr', options: { quantum: 10 } } }]
  return { startedAt, until: count * 10, cpus: [0], policies, jobs, steps, dropped: 0 }
}

function manyJobs(count: number): RunRecord {
  const batch = pretendedRun(
    Array.from({ length: count }, (_, index) => ({ name: `job ${index} with a name`, bursts: [500, 100, 500] })),
    Infinity,
    { quantum: 20 },
  )
  return batch.recordNow()
}

describe('a run as a picture', () => {
  test('shows every CPU and every job, with its policy as the title', () => {
    const svg = recordSvg(pretendedRun().recordNow())
    assert.match(svg, /^<svg /)
    assert.match(svg, /<title id="chart-title">rr, quantum 100 ms: who had which CPU, in seconds<\/title>/)
    for (const text of ['CPU 0', 'CPU 1', 'compress', 'build', 'tests', 'mirror']) assert.ok(svg.includes(text), text)
  })

  test('shows the states of each job', () => {
    const svg = recordSvg(pretendedRun().recordNow(), { kind: 'states', theme: 'dark', width: 600 })
    assert.match(svg, /lanework-dark/)
    assert.match(svg, /<title>mirror blocked, [\d.]+ to [\d.]+<\/title>/)
  })

  test('a part of the time, with a title of its own', () => {
    const svg = recordSvg(pretendedRun().recordNow(), { from: 500, to: 1_000, title: 'Half a second <&>' })
    assert.match(svg, /Half a second &lt;&amp;&gt;/)
    assert.doesNotMatch(svg, /class="soft num mid"[^>]*>1\.5</)
  })

  for (const [what, record] of [
    ['20,000 slices', slices(20_000)],
    ['200 jobs', manyJobs(200)],
  ] as const)
    for (const kind of ['gantt', 'states'] as const)
      for (const width of [960, 4_000])
        test(`${what} as ${kind}, ${width} wide, take less than 300 KB`, () => {
          const svg = recordSvg(record, { kind, width })
          assert.ok(Buffer.byteLength(svg) < 300_000, String(svg.length))
          assert.match(svg, /<\/svg>$/)
        })

  test('says of how many jobs it shows the states', () => {
    assert.match(recordSvg(manyJobs(80), { kind: 'states' }), /the first 60 of 80 jobs/)
  })

  test('names both policies of a run whose policy was changed', async () => {
    const batch = pretendedRun(undefined, 500)
    await batch.setPolicy({ name: 'fcfs' })
    batch.advance(500)
    assert.match(recordSvg(batch.recordNow()), /rr, quantum 100 ms; then fcfs/)
  })

  test('a run without a job', () => {
    assert.match(recordSvg({ ...slices(0), jobs: [] }), /<\/svg>$/)
  })

  test('wrong options are refused', () => {
    assert.throws(() => recordSvg(slices(3), { width: 3 }), { code: 'OPTION_INVALID' })
  })
})
