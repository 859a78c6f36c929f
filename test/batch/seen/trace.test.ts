/** A run as a trace: every event as the format's document asks for it, and what happened is in it. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { recordTrace, timelines, type BatchTrace } from '#lanework/batch/index.js'
import { pretendedRun } from './pretended-batch.js'

/** What "Trace Event Format" says of each phase that is used here. */
function check({ traceEvents, displayTimeUnit }: BatchTrace): void {
  assert.ok(displayTimeUnit === 'ms')
  const flows = new Map<number, string>()
  for (const event of traceEvents) {
    const { name, ph, pid, tid, ts, dur, args } = event
    assert.ok(typeof name === 'string' && Number.isInteger(pid) && Number.isInteger(tid))
    assert.ok(Number.isFinite(ts) && ts >= 0, `${name} ${ts}`)
    if (ph === 'X') assert.ok(typeof dur === 'number' && dur >= 0)
    else assert.equal(dur, undefined)
    if (ph === 'M') {
      const isName = name === 'process_name' || name === 'thread_name'
      const isOrder = name === 'process_sort_index' || name === 'thread_sort_index'
      assert.ok(isName ? typeof args?.['name'] === 'string' : isOrder && Number.isInteger(args?.['sort_index']))
    }
    if (ph === 'i') assert.ok(event.s === 't' || event.s === 'g')
    if (ph === 'C') for (const value of Object.values(args ?? {})) assert.ok(typeof value === 'number' && value >= 0)
    if (ph === 's' || ph === 'f') {
      assert.ok(event.id !== undefined)
      assert.equal(flows.get(event.id), ph === 's' ? undefined : 's', 'a flow begins once, before it ends')
      flows.set(event.id, ph)
    }
  }
  for (const last of flows.values()) assert.equal(last, 'f')
}

/** Slices of one track must lie beside or within each other; here none may overlap. */
function checkTracks({ traceEvents }: BatchTrace): void {
  const ends = new Map<string, number>()
  for (const { ph, pid, tid, ts, dur = 0 } of traceEvents) {
    if (ph !== 'X') continue
    const track = `${pid}/${tid}`
    assert.ok(ts >= (ends.get(track) ?? 0), track)
    ends.set(track, ts + dur)
  }
}

describe('a run as a trace', () => {
  const batch = pretendedRun()
  const trace = recordTrace(batch.recordNow())

  test('keeps the rules of the format, and stays itself as JSON', () => {
    check(trace)
    checkTracks(trace)
    assert.deepEqual(JSON.parse(JSON.stringify(trace)), trace)
  })

  test('events are in order of time', () => {
    for (const [index, { ts }] of trace.traceEvents.entries()) assert.ok(ts >= (trace.traceEvents[index - 1]?.ts ?? 0))
  })

  test('has a track for each job, with its states as slices', () => {
    const tracks = trace.traceEvents.filter(({ name, pid }) => name === 'thread_name' && pid === 2)
    assert.deepEqual(
      tracks.map(({ args }) => args?.['name']),
      ['1 compress', '2 build', '3 tests', '4 mirror'],
    )
    for (const [job, stretches] of timelines(batch.recordNow())) {
      const slices = trace.traceEvents.filter(({ ph, pid, tid }) => ph === 'X' && pid === 2 && tid === job)
      assert.deepEqual(
        slices.map(({ name, ts, dur }) => [name, ts, dur]),
        stretches.map(({ state, from, to }) => [state, from * 1_000, (to - from) * 1_000]),
      )
    }
    const running = trace.traceEvents.find(({ name, pid, ph }) => name === 'running' && pid === 2 && ph === 'X')
    assert.deepEqual(running?.args, { cause: 'dispatched', cpus: '0', why: 'compress was next' })
  })

  test('has a track for each CPU, with the jobs that it had', () => {
    const cpus = trace.traceEvents.filter(({ name, pid }) => name === 'thread_name' && pid === 1)
    assert.deepEqual(
      cpus.map(({ args }) => args?.['name']),
      ['CPU 0', 'CPU 1'],
    )
    const total = trace.traceEvents
      .filter(({ ph, pid }) => ph === 'X' && pid === 1)
      .reduce((sum, { dur = 0 }) => sum + dur, 0)
    const ran = batch.recordNow().jobs.reduce((sum, { times }) => sum + times.running, 0)
    assert.equal(total, ran * 1_000)
  })

  test('counts those that run and those that are ready', () => {
    const counts = (name: string): number[] =>
      trace.traceEvents
        .filter((event) => event.ph === 'C' && event.name === name)
        .map(({ args }) => Number(args?.['jobs']))
    assert.ok(Math.max(...counts('running')) === 2)
    assert.equal(counts('running').at(-1), 0)
    assert.equal(counts('ready').at(-1), 0)
    assert.ok(Math.max(...counts('ready')) >= 1)
  })

  test('marks starts, ends with their outcome, and changes of the policy', async () => {
    const changed = pretendedRun(undefined, 500)
    await changed.setPolicy({ name: 'fcfs' })
    while (!changed.isOver) changed.advance(100)
    const marks = recordTrace(changed.recordNow()).traceEvents.filter(({ ph }) => ph === 'i')
    assert.equal(marks.filter(({ name }) => name === 'start').length, 4)
    const end = marks.find(({ name, tid }) => name === 'end' && tid === 3)
    assert.deepEqual(end?.args, { cause: 'ended', outcome: 'failed', exitCode: 3, why: 'exit code 3' })
    assert.deepEqual(
      marks.filter(({ s }) => s === 'g').map(({ name, ts }) => [name, ts]),
      [
        ['policy rr, quantum 100 ms', 0],
        ['policy fcfs', 500_000],
      ],
    )
  })

  test('arrows lead from one CPU to the next', () => {
    const begun = trace.traceEvents.filter(({ ph }) => ph === 's')
    assert.ok(begun.length > 0)
    for (const { id, tid } of begun) {
      const ended = trace.traceEvents.find((event) => event.ph === 'f' && event.id === id)
      assert.ok(ended !== undefined && ended.tid !== tid && ended.bp === 'e')
    }
  })

  test('a run without jobs', () => {
    check(recordTrace({ ...batch.recordNow(), jobs: [], steps: [] }))
  })
})
