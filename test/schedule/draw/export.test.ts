/** SVG, trace, JSON and the page's data: readable by others, and safe with any name. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import {
  fcfs,
  ganttSvg,
  type PageContent,
  pageContent,
  pageFor,
  rr,
  simulate,
  statesSvg,
  toJson,
  traceEvents,
} from '#lanework/schedule/index.js'
import { hostileNames } from './plain.js'
import { recorded, threeJobs } from './recorded.js'

const hostile = recorded({ cpu: hostileNames.map((name, at): [string, number, number] => [name, at * 9, at * 9 + 9]) })

/** A strict look at XML without namespaces: every element is closed, every attribute quoted, every entity known. */
function checkXml(text: string): void {
  const open: string[] = []
  const tag = /<(\/?)([A-Za-z]+)((?:\s+[\w:-]+="[^"<]*")*)\s*(\/?)>|([^<]+)/gy
  while (tag.lastIndex < text.length) {
    const at = tag.lastIndex
    const match = tag.exec(text)
    assert.ok(match, `no XML at ${text.slice(at, at + 60)}`)
    const [, closing, name = '', attributes = '', empty, content = ''] = match
    assert.doesNotMatch(`${attributes}${content}`, /&(?!(amp|lt|gt|quot|#39);)/)
    if (closing === '/') assert.equal(open.pop(), name)
    else if (name !== '' && empty !== '/') open.push(name)
  }
  assert.deepEqual(open, [])
}

describe('the SVG', () => {
  for (const draw of [ganttSvg, statesSvg]) {
    test(`${draw.name} is well formed, with any names`, () => {
      for (const simulation of [threeJobs(), hostile]) checkXml(draw(simulation))
    })
    test(`${draw.name} has nothing that runs or loads`, () => {
      assert.doesNotMatch(draw(hostile), /<(script|image|foreignObject|use|a)\b|\bhref=|@import|url\((?!#)/)
      assert.doesNotMatch(draw(hostile), /<[^>]*\son\w+=/)
    })
    test(`${draw.name} has a title and a description for screen readers`, () => {
      const svg = draw(threeJobs(), { title: 'Three & more', id: 'three' })
      assert.match(svg, /role="img"[^>]*aria-labelledby="three-title three-desc"/)
      assert.match(svg, /<title id="three-title">Three &amp; more<\/title><desc id="three-desc">[^<]*0 to 3/)
    })
    test(`${draw.name} follows the reader's preference, or has one theme`, () => {
      assert.match(draw(threeJobs()), /prefers-color-scheme:dark/)
      assert.doesNotMatch(draw(threeJobs(), { theme: 'dark' }), /prefers-color-scheme/)
      assert.notEqual(draw(threeJobs(), { theme: 'dark' }), draw(threeJobs(), { theme: 'light' }))
    })
    test(`${draw.name} refuses what is no width, theme or id`, () => {
      for (const options of [
        { width: 10 },
        { theme: 'pink' as never },
        { id: 'a b' },
        { id: '"' },
        { titel: 'x' } as object,
      ])
        assert.throws(() => draw(threeJobs(), options), { code: 'OPTION_INVALID' })
    })
  }
  test('cuts labels by what is seen of them', () => {
    const svg = ganttSvg(recorded({ cpu: [['A', 0, 1]], devices: [['\x1b'.repeat(30), 'A', 1, 2]] }))
    const label = /<text class="text end"[^>]*>((?:\\x1b)+[^<]*…)</.exec(svg)?.[1] ?? ''
    assert.ok(label.length > 4 && label.length <= 20, label)
  })
  test('grows with its width, not with the number of spans', () => {
    const turns = Array.from({ length: 50_000 }, (_, at): [string, number, number] => [`job${at % 7}`, at, at + 1])
    assert.ok(ganttSvg(recorded({ cpu: turns })).length < 400_000)
  })
  test('has bars as long as the times are', () => {
    const svg = ganttSvg(
      recorded({
        cpu: [
          ['A', 0, 1],
          ['B', 1, 4],
        ],
      }),
      { width: 1000, standalone: false },
    )
    const widths = [...svg.matchAll(/<rect x="[\d.]+" y="[\d.]+" width="([\d.]+)"/g)].map(([, width]) => Number(width))
    assert.ok(Math.abs((widths[1] ?? 0) / (widths[0] ?? 1) - 3) < 0.01, String(widths))
  })
})

describe('the trace', () => {
  const jobs = [
    { name: 'A', bursts: [{ cpu: 3 }, { io: 2, device: 'disk' }, { cpu: 1 }] },
    { name: '<B>\x1b', bursts: [{ cpu: 4 }] },
  ]
  const trace = traceEvents(simulate(jobs, { policy: rr({ quantum: 2 }), contextSwitch: 1, devices: { disk: {} } }))

  test('has the fields that the format asks of each kind of event', () => {
    assert.ok(trace.traceEvents.length > 20)
    for (const event of trace.traceEvents) {
      assert.ok(Number.isInteger(event.pid) && Number.isInteger(event.tid) && event.name !== '')
      assert.ok(Number.isFinite(event.ts) && event.ts >= 0)
      if (event.ph === 'X') assert.ok(typeof event.dur === 'number' && event.dur >= 0)
      if (event.ph === 'i') assert.equal(event.s, 't')
      if (event.ph === 'M') assert.equal(typeof event.args?.['name'], 'string')
      if (event.ph === 'C') assert.ok(Object.values(event.args ?? {}).every((value) => typeof value === 'number'))
    }
    assert.deepEqual([...new Set(trace.traceEvents.map(({ ph }) => ph))].toSorted(), ['C', 'M', 'X', 'i'])
    assert.deepEqual(JSON.parse(JSON.stringify(trace)), trace)
  })
  test('names each row that has events', () => {
    const named = new Set(
      trace.traceEvents.filter(({ name }) => name === 'thread_name').map(({ pid, tid }) => `${pid}.${tid}`),
    )
    for (const { ph, pid, tid } of trace.traceEvents) if (ph === 'X') assert.ok(named.has(`${pid}.${tid}`))
  })
  test('has the CPU time of each job, in microseconds', () => {
    const ran = trace.traceEvents.filter(({ cat, name }) => cat === 'run' && name === 'A')
    assert.equal(
      ran.reduce((sum, { dur = 0 }) => sum + dur, 0),
      4000,
    )
  })
  test('counts the ready threads down to none', () => {
    assert.deepEqual(trace.traceEvents.findLast(({ ph }) => ph === 'C')?.args, { threads: 0 })
  })
  test('takes another unit, and refuses one that is none', () => {
    const one = simulate([{ name: 'A', bursts: [{ cpu: 3 }] }], { policy: fcfs() })
    assert.ok(traceEvents(one, { unitMicroseconds: 1 }).traceEvents.some(({ dur }) => dur === 3))
    assert.throws(() => traceEvents(one, { unitMicroseconds: 0 }), { code: 'OPTION_INVALID' })
  })
})

test('JSON holds the whole simulation', () => {
  const simulation = threeJobs()
  assert.deepEqual(JSON.parse(toJson(simulation)), JSON.parse(JSON.stringify(simulation)))
  assert.match(toJson(simulation, 2), /\n {2}"jobs"/)
})

describe('the page', () => {
  const template = '<p></p><script type="application/json" id="content">null</script><i></i>'

  test('holds a workload that stays data, and gives it back', () => {
    const content: PageContent = {
      title: '</script><script>alert(1)</script>',
      workload: hostileNames
        .filter((name) => name !== '')
        .concat('lanework:infinity')
        .map((name) => ({ name, bursts: [{ cpu: Infinity }, { io: 2 }] })),
      machine: { policy: 'mlfq', options: { quantum: [1, Infinity] }, degree: Infinity, horizon: 30 },
    }
    const page = pageFor(template, content)
    assert.equal(page.match(/<script/g)?.length, 1)
    assert.equal(page.match(/<\/script/g)?.length, 1)
    const held = /id="content">([^<]*)</.exec(page)?.[1] ?? ''
    assert.doesNotMatch(held, /[<>&]/)
    const back = pageContent(held)
    assert.equal(back?.title, content.title)
    assert.deepEqual(back?.workload, content.workload)
    assert.deepEqual(back?.machine, content.machine)
  })
  test('can be given another workload', () => {
    const page = pageFor(pageFor(template, { workload: [] }), { workload: [], title: 'second' })
    assert.match(page, /"title":"second"/)
  })
  test('is refused where there is no place for one', () => {
    assert.throws(() => pageFor('<p></p>', { workload: [] }), { code: 'OPTION_INVALID' })
    assert.equal(pageContent('null'), undefined)
  })
})
