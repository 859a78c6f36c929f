/** The Gantt chart, the states and the memory map in the terminal. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  drawGantt,
  drawMemory,
  drawStates,
  fcfs,
  ganttRows,
  memoryBands,
  rr,
  simulate,
  stateSpans,
} from '#lanework/schedule/index.js'
import { hostileNames, plain, widest } from './plain.js'
import { recorded, threeJobs } from './recorded.js'

const lines = (...texts: string[]): string => texts.join('\n')

describe('the Gantt chart', () => {
  test('shows CPU, device, switch and idle time to scale, with an axis', () => {
    assert.equal(
      drawGantt(threeJobs(), { width: 72 }),
      lines(
        'CPU  A━━━━━━━━╱╱╱B━━━━━━━━C━━━━━···············A━━━━━━━━',
        'disk ·········A━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━━·········',
        '     ┬──────────────┬──────────────┬──────────────┬──────',
        '     0              5              10             15',
        '╱ switch in   · idle',
      ),
    )
  })
  test('is ASCII if wanted', () => {
    const drawing = drawGantt(threeJobs(), { width: 72, unicode: false })
    assert.match(drawing, /^[\x20-\x7e\n]*$/)
    assert.match(drawing, /^CPU {2}A========\/\/\/B========C=====\.{15}A========$/m)
  })
  test('in colour paints the same columns', () => {
    const colored = drawGantt(threeJobs(), { width: 72, color: true })
    assert.ok(colored.includes('\x1b[38;5;16;48;5;110mA        \x1b[0m'))
    assert.equal(plain(colored).split('\n')[2], drawGantt(threeJobs(), { width: 72 }).split('\n')[2])
  })
  test('shows a part of the time, to scale', () => {
    const drawing = drawGantt(threeJobs(), { width: 40, from: 4, to: 8 })
    assert.match(drawing, /^CPU {2}B━+C━+$/m)
    assert.match(drawing, /^ +4 +5 +6 +7 +8$/m)
  })
  test('says what is too narrow to be shown, and how long a column is', () => {
    const turns = Array.from({ length: 400 }, (_, at): [string, number, number] => [`job${at % 20}`, at, at + 1])
    const drawing = drawGantt(recorded({ cpu: turns }), { width: 60 })
    assert.match(drawing, /▒ several in one column {3}a column is 8 units of time/)
  })
  test('writes keys where names do not fit, and a legend', () => {
    const drawing = drawGantt(
      recorded({
        cpu: [
          ['browser', 0, 1],
          ['editor', 1, 30],
        ],
      }),
      { width: 70 },
    )
    assert.match(drawing, /^CPU b━e|^CPU b━editor/m)
    assert.match(drawing, /b = browser {3}e = editor/)
  })
  test('has a row for each CPU and as many for a device as it served at once', () => {
    const simulation = recorded({
      cpus: 2,
      cpu: [
        ['A', 0, 2, 0],
        ['B', 0, 3, 1],
      ],
      devices: [
        ['net', 'A', 2, 5],
        ['net', 'B', 3, 6],
      ],
    })
    assert.deepEqual(
      ganttRows(simulation).map(({ label }) => label),
      ['CPU 0', 'CPU 1', 'net 1', 'net 2'],
    )
  })
  test('draws wide characters in the columns that they take', () => {
    const drawing = drawGantt(
      recorded({
        cpu: [
          ['编译器', 0, 4],
          ['👩‍👧', 4, 8],
        ],
      }),
      { width: 40 },
    )
    assert.equal(widest(drawing.split('\n')[0] ?? ''), 4 + 32)
    assert.match(drawing, /^CPU 编译器━{10}👩‍👧━{14}$/m)
  })
  test('of nothing is an axis', () => {
    assert.match(drawGantt(recorded({ cpu: [] }), { width: 30 }), /CPU ·+\n +┬/)
  })
})

describe('the states', () => {
  test('are a row for each thread', () => {
    assert.equal(
      drawStates(threeJobs(), { width: 30 }),
      lines(
        'A ███╌╌╌╌╌╌╌╌╌╌╌███',
        'B ░░░████',
        'C ░░░░░░░██',
        '  ┬─────────┬───────',
        '  0         10',
        '· new   ░ ready   █ running',
        '╌ blocked',
      ),
    )
  })
  test('of real runs never overlap, and running takes what the CPU gave', () => {
    const jobs = Array.from({ length: 6 }, (_, n) => ({
      name: `job${n}`,
      arrival: n % 3,
      bursts: [{ cpu: 2 + n }, { io: 3, device: 'disk' }, { cpu: 1 + (n % 2) }],
    }))
    const simulation = simulate(jobs, { policy: rr({ quantum: 2 }), devices: { disk: {} } })
    for (const [thread, spans] of stateSpans(simulation)) {
      for (const [at, span] of spans.entries()) assert.ok(span.from >= (spans[at - 1]?.to ?? 0), thread)
      const ran = spans.filter(({ state }) => state === 'running').reduce((sum, { from, to }) => sum + to - from, 0)
      assert.equal(ran, simulation.jobs.find(({ name }) => name === thread)?.cpu)
    }
  })
})

describe('the memory map', () => {
  test('shows each place, its owner and what is free', () => {
    assert.equal(
      drawMemory(threeJobs(), { width: 24, rows: 4, size: 160 }),
      lines(
        '  0 A━━━━━━━━━━━━━━━━',
        ' 64 B━━━━━━··········',
        ' 96 C━━━━━━━━········',
        '128 ·················',
        '    ┬─────────┬───────',
        '    0         10',
        '· free',
      ),
    )
  })
  test('says so where no job asked for any', () => {
    assert.equal(drawMemory(recorded({ cpu: [['A', 0, 1]] })), 'No job asked for memory.')
  })
  test('has bands as high as their sizes, and equal ones where edges are too many', () => {
    const span = (base: number, size: number) => ({ job: 'A', base, size, from: 0, to: 1 })
    assert.deepEqual(
      memoryBands([span(0, 10), span(10, 30)], 40, 4).map(({ from }) => from),
      [0, 10, 20, 30],
    )
    const many = Array.from({ length: 50 }, (_, at) => span(at * 2, 1))
    assert.equal(memoryBands(many, 100, 10).length, 10)
  })
})

describe('every chart', () => {
  const hostile = recorded({
    cpu: hostileNames.map((name, at): [string, number, number] => [name, at, at + 1]),
    memory: hostileNames.map((name, at): [string, number, number, number, number] => [name, at * 8, 8, 0, at + 1]),
  })
  const charts = { drawGantt, drawStates, drawMemory }
  for (const [name, draw] of Object.entries(charts)) {
    test(`${name} keeps to its width, in colour or not, in Unicode or not`, () => {
      for (const simulation of [threeJobs(), hostile])
        for (let width = 24; width <= 200; width += 7)
          for (const color of [false, true])
            for (const unicode of [false, true]) {
              const drawing = draw(simulation, { width, color, unicode })
              assert.ok(widest(drawing) <= width, `${name} ${width} ${color} ${unicode}:\n${drawing}`)
            }
    })
    test(`${name} lets no name steer the terminal`, () => {
      // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
      assert.doesNotMatch(draw(hostile, { width: 80 }), /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e\u2028]/)
    })
    test(`${name} refuses a summary, a misspelt option and a width that is none`, () => {
      const summary = simulate([{ name: 'A', bursts: [{ cpu: 1 }] }], { policy: fcfs(), record: 'summary' })
      for (const wrong of [
        () => draw(summary),
        () => draw(threeJobs(), { wdith: 3 } as object),
        () => draw(threeJobs(), { width: 0 }),
        () => draw(threeJobs(), { color: 'yes' } as never),
        () => draw(threeJobs(), { from: 5, to: 4 }),
        () => draw(threeJobs(), { to: NaN }),
      ])
        assert.throws(wrong, { code: 'OPTION_INVALID' })
    })
  }
})
