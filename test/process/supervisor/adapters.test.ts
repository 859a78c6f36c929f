/** Functions, processes and lanes as children. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { superviseFunction, superviseLane, superviseProcess } from '#lanework/process/index.js'
import { gate } from '../../support/until.js'

describe('a supervised function', () => {
  it('ends normally with its result, and otherwise with what it threw', async () => {
    assert.deepEqual(await superviseFunction(async () => 7).ended, { normal: true, reason: 7 })
    const error = new Error('broken')
    const broken = superviseFunction(() => {
      throw error
    })
    assert.deepEqual(await broken.ended, { normal: false, reason: error })
  })

  it('is asked to stop by its signal, and may reject then', async () => {
    const supervised = superviseFunction((signal) => {
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
    })
    await Promise.resolve()
    supervised.stop(100)
    assert.equal((await supervised.ended).normal, true)
  })
})

describe('a supervised process', () => {
  it('is terminated, killed, and judged by its exit code', async () => {
    for (const exitCode of [0, 1, -9]) {
      const exit = gate()
      const calls: string[] = []
      const terminate = () => calls.push('terminate')
      const kill = () => calls.push('kill')
      const supervised = superviseProcess({ sentinel: exit.opened, exitCode, terminate, kill })
      supervised.stop(10)
      supervised.kill?.()
      assert.deepEqual(calls, ['terminate', 'kill'])
      exit.open()
      assert.deepEqual(await supervised.ended, { normal: exitCode === 0, reason: exitCode })
    }
  })

  it('gives its death as the reason', async () => {
    const death = { kind: 'signal' }
    const process = { sentinel: Promise.resolve(), exitCode: -11, death, terminate: () => {}, kill: () => {} }
    assert.equal((await superviseProcess(process).ended).reason, death)
  })
})

describe('a supervised lane', () => {
  it('is drained to stop, closed to kill, and died when its end rejects', async () => {
    const calls: unknown[] = []
    const drain = (deadlineMs: number) => calls.push(deadlineMs)
    const close = () => calls.push('close')
    const lane = superviseLane({ ended: Promise.resolve('report'), drain, close })
    lane.stop(250)
    lane.kill?.()
    assert.deepEqual(calls, [250, 'close'])
    assert.deepEqual(await lane.ended, { normal: true, reason: 'report' })
    await assert.rejects(superviseLane({ ended: Promise.reject(new Error('dead')), drain, close }).ended, /dead/)
  })
})
