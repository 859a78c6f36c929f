/** One browser and its pace: it gets all of it, or the record anew; nothing piles up for one that does not read. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { GrowingRecord } from '#lanework/batch/seen/follow-record.js'
import { PageSession } from '#lanework/batch/seen/page/session.js'
import type { Step } from '#lanework/batch/index.js'
import { gate, until } from '../../support/until.js'
import { pretendedRun } from './pretended-batch.js'

interface Told {
  readonly kind: string
  readonly steps?: readonly Step[]
}

/** A browser that reads, or does not. */
function browser(): {
  told: Told[]
  bytes: number
  stall(): () => void
  send(text: string): boolean
  drained(): Promise<boolean>
} {
  let reads: Promise<boolean> = Promise.resolve(true)
  return {
    told: [],
    bytes: 0,
    stall() {
      const { opened, open } = gate<boolean>()
      reads = opened
      return () => open(true)
    },
    send(text) {
      this.told.push(JSON.parse(text) as Told)
      this.bytes += text.length
      return true
    },
    async drained() {
      await new Promise((resolve) => setImmediate(resolve))
      return reads
    },
  }
}

function step(at: number): Step {
  return { at, job: 1, to: at % 2 === 0 ? 'ready' : 'running', cause: 'dispatched', cpus: [0] }
}

describe('one browser', () => {
  test('hears what came of its question before the answer', async () => {
    const record = new GrowingRecord(pretendedRun(undefined, 500).recordNow())
    const peer = browser()
    const session = new PageSession(peer, record)
    const running = session.run()
    await until('it has the whole record', () => peer.told.some(({ kind }) => kind === 'whole'))
    session.take({ kind: 'step', step: step(1_000) })
    session.answer({ kind: 'answer', ref: 1 })
    await until('it has the answer', () => peer.told.some(({ kind }) => kind === 'answer'))
    assert.equal(peer.told.at(-2)?.steps?.[0]?.at, 1_000)
    session.over()
    await running
    session.answer({ kind: 'answer', ref: 2 })
    assert.deepEqual(
      peer.told.slice(-3).map(({ kind }) => kind),
      ['answer', 'over', 'answer'],
    )
  })

  test('that stalls is sent no more than one piece, and then the record anew', async () => {
    const record = new GrowingRecord(pretendedRun(undefined, 500).recordNow())
    const peer = browser()
    const session = new PageSession(peer, record)
    const running = session.run()
    await until('it has the whole record', () => peer.told.some(({ kind }) => kind === 'whole'))
    const release = peer.stall()
    const before = peer.told.length
    for (let at = 1_000; at < 31_000; at++) {
      record.take({ kind: 'step', step: step(at) })
      session.take({ kind: 'step', step: step(at) })
      if (at % 5_000 === 0) await new Promise((resolve) => setTimeout(resolve, 120))
    }
    assert.ok(peer.told.length <= before + 1, `${peer.told.length - before} messages`)
    release()
    await until('the record begins anew', () => peer.told.filter(({ kind }) => kind === 'begin').length === 2)
    await until('it is whole again', () => peer.told.filter(({ kind }) => kind === 'whole').length === 2)
    const again = peer.told.slice(peer.told.findLastIndex(({ kind }) => kind === 'begin'))
    const steps = again.flatMap(({ steps: some = [] }) => some)
    assert.equal(steps.length, 20_000)
    assert.equal(steps.at(-1)?.at, 30_999)
    session.close()
    await running
  })

  test('gets pieces that are small enough to be read at once', async () => {
    const steps = Array.from({ length: 20_000 }, (_, at) => step(at))
    const peer = browser()
    const session = new PageSession(peer, new GrowingRecord({ ...pretendedRun().recordNow(), steps }))
    session.over()
    await session.run()
    assert.ok(peer.told.every(({ steps: some = [] }) => some.length <= 1_000))
    assert.equal(peer.told.flatMap(({ steps: some = [] }) => some).length, 20_000)
    assert.equal(peer.told.at(-1)?.kind, 'over')
  })

  test('that goes while it is told is told no more', async () => {
    const steps = Array.from({ length: 20_000 }, (_, at) => step(at))
    const peer = browser()
    const session = new PageSession(
      { send: (text) => peer.send(text), drained: () => Promise.resolve(peer.told.length < 3) },
      new GrowingRecord({ ...pretendedRun().recordNow(), steps }),
    )
    await session.run()
    assert.equal(peer.told.length, 3)
  })
})
