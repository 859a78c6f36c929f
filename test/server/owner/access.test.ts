import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fail } from '#lanework/core/index.js'
import { LaneAccess, type AccessOptions } from '#lanework/server/owner/access.js'
import { ManualClock } from '../../support/manual-clock.ts'

type Asked = [id: number, method: string, args: readonly unknown[]]

function newAccess(options: AccessOptions = {}) {
  const asked: Asked[] = []
  const cancelled: number[] = []
  const clock = new ManualClock()
  const port = {
    ask: (...call: Asked) => void asked.push(call),
    cancel: (id: number) => void cancelled.push(id),
  }
  return { access: new LaneAccess(port, { clock, ...options }), asked, cancelled, clock }
}

describe("a lane's way to the owner", () => {
  it('gives each call its own answer or error, in any order', async () => {
    const { access, asked } = newAccess()
    const [one, two, three] = [access.call('a', 1), access.call('b', 2, 3), access.call('c')]
    assert.deepEqual(
      asked.map(([, method, args]) => [method, args]),
      [
        ['a', [1]],
        ['b', [2, 3]],
        ['c', []],
      ],
    )
    access.answer(3, 'third')
    access.refuse(1, new TypeError('first'))
    access.receive(['answer', 2, undefined])
    access.answer(2, 'again')
    await assert.rejects(one, { name: 'TypeError', message: 'first' })
    assert.equal(await two, undefined)
    assert.equal(await three, 'third')
    assert.equal(access.waiting, 0)
  })

  it('refuses the call beyond its limit: CONTROL_BUSY', async () => {
    const { access } = newAccess()
    const calls = Array.from({ length: 1_024 }, () => access.call('a'))
    const what = 'calls of a lane to shared()'
    await assert.rejects(access.call('a'), { code: 'CONTROL_BUSY', detail: { what, limit: 1_024 } })
    access.answer(1, 1)
    const next = access.call('a')
    for (let id = 2; id <= 1_025; id++) access.answer(id, id)
    await Promise.all(calls)
    assert.equal(await next, 1_025)
  })

  it('gives up after its time, tells so, and passes over the late answer: TIMED_OUT', async () => {
    const { access, cancelled, clock } = newAccess()
    const call = access.call('sleep')
    clock.advance(9_999)
    assert.equal(access.waiting, 1)
    clock.advance(1)
    await assert.rejects(call, { code: 'TIMED_OUT' })
    assert.deepEqual(cancelled, [1])
    access.answer(1, 'late')
  })

  it('fails what a dead owner had in hand, and keeps the rest for the next', async () => {
    const { access, asked } = newAccess()
    const inHand = access.call('a')
    access.ownerEnded(fail('CLOSED', { what: 'owner' }))
    await assert.rejects(inHand, { code: 'CLOSED' })
    const waits = access.call('b')
    assert.equal(asked.length, 1)
    access.ownerReady()
    assert.deepEqual(asked[1], [2, 'b', []])
    access.answer(2, 'b')
    assert.equal(await waits, 'b')
  })

  it('lets a call wait no longer than its time without an owner either', async () => {
    const { access, asked, cancelled, clock } = newAccess({ ready: false, timeoutMs: 50 })
    const call = access.call('a')
    clock.advance(50)
    await assert.rejects(call, { code: 'TIMED_OUT' })
    access.ownerReady()
    assert.deepEqual([asked, cancelled], [[], []])
  })

  it('fails a call that cannot be sent', async () => {
    const sync = new LaneAccess({
      ask: () => {
        throw new Error('sync')
      },
    })
    const later = new LaneAccess({ ask: () => Promise.reject(new Error('later')) })
    await assert.rejects(sync.call('a'), { message: 'sync' })
    await assert.rejects(later.call('a'), { message: 'later' })
  })

  it('fails everything once it is closed', async () => {
    const { access } = newAccess()
    const call = access.call('a')
    access.close()
    await assert.rejects(call, { code: 'CLOSED' })
    await assert.rejects(access.call('b'), { code: 'CLOSED' })
  })

  it('tells listeners of each snapshot, late ones of the last, and none that has ended', () => {
    const { access } = newAccess()
    assert.deepEqual([access.snapshot, access.version], [undefined, 0])
    const heard: string[] = []
    const end = access.onSnapshot((snapshot) => void heard.push(`one ${String(Buffer.from(snapshot))}`))
    access.setSnapshot(Buffer.from('a'))
    access.onSnapshot((snapshot) => void heard.push(`two ${String(Buffer.from(snapshot))}`))
    end()
    access.setSnapshot(new Uint8Array(0))
    assert.deepEqual(heard, ['one a', 'two a', 'two '])
    assert.deepEqual([access.snapshot?.length, access.version], [0, 2])
  })

  it('reports what a listener throws, now or later, and tells the others', async () => {
    const errors: unknown[] = []
    const { access } = newAccess({ onError: (error) => errors.push(error) })
    let heard = 0
    access.onSnapshot(() => {
      throw new Error('now')
    })
    access.onSnapshot((() => Promise.reject(new Error('later'))) as () => void)
    access.onSnapshot(() => void (heard += 1))
    access.setSnapshot(Buffer.from('a'))
    await Promise.resolve()
    assert.equal(heard, 1)
    assert.deepEqual(
      errors.map((error) => (error as Error).message),
      ['now', 'later'],
    )
  })

  it('tells no listener of an older snapshot after a newer one', () => {
    const { access } = newAccess()
    const heard: number[] = []
    access.onSnapshot((snapshot) => {
      if (snapshot[0] === 1) access.setSnapshot(Uint8Array.of(2))
    })
    access.onSnapshot((snapshot) => void heard.push(snapshot[0] ?? -1))
    access.setSnapshot(Uint8Array.of(1))
    assert.deepEqual(heard, [2])
  })
})
