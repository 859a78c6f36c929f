/** Who is restarted, when, and when it is too much; in virtual time. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import type { Strategy, SupervisorOptions } from '#lanework/process/index.js'
import { Stage, type Manner } from './actors.js'

const normally = { normal: true, reason: 'done' }

async function three(strategy: Strategy, options: SupervisorOptions = {}, manners: Record<string, Manner> = {}) {
  const stage = new Stage()
  const children = ['a', 'b', 'c'].map((id) => stage.child(id, manners[id]))
  const supervisor = stage.supervisor({ strategy, children, backoff: false, ...options })
  const started = supervisor.start()
  await stage.clock.advance(1_000)
  await started
  assert.deepEqual(stage.since(), ['start a', 'start b', 'start c'])
  return { stage, supervisor }
}

describe('strategies', () => {
  it('one-for-one restarts the one that died', async () => {
    const { stage, supervisor } = await three('one-for-one')
    await stage.die('b')
    assert.deepEqual(stage.since(), ['end b', 'start b'])
    await stage.close(supervisor)
  })

  it('one-for-all stops the others in reverse order, then starts all in order', async () => {
    const { stage, supervisor } = await three('one-for-all')
    await stage.die('b')
    const stops = ['end b', 'stop c', 'end c', 'stop a', 'end a']
    assert.deepEqual(stage.since(), [...stops, 'start a', 'start b', 'start c'])
    await stage.close(supervisor)
  })

  it('rest-for-one renews the one that died and those after it', async () => {
    const { stage, supervisor } = await three('rest-for-one')
    await stage.die('b')
    assert.deepEqual(stage.since(), ['end b', 'stop c', 'end c', 'start b', 'start c'])
    await stage.close(supervisor)
  })

  it('rest-for-one takes in an earlier child that dies while later ones are being stopped', async () => {
    const { stage, supervisor } = await three('rest-for-one', {}, { c: { stopMs: 100 } })
    await stage.die('b')
    assert.deepEqual(stage.since(), ['end b', 'stop c'])
    await stage.die('a')
    assert.deepEqual(stage.since(), ['end a'])
    await stage.clock.advance(100)
    assert.deepEqual(stage.since(), ['end c', 'start a', 'start b', 'start c'])
    assert.deepEqual(stage.alive, ['a', 'b', 'c'])
    await stage.close(supervisor)
  })

  it('rest-for-one interrupts a later child that is starting when an earlier one dies', async () => {
    const { stage, supervisor } = await three('rest-for-one', {}, { c: { startMs: 50 } })
    await stage.die('b')
    assert.deepEqual(stage.since().slice(-2), ['start b', 'start c'])
    await stage.die('a')
    assert.deepEqual(stage.since(), ['end a', 'stop b', 'end b', 'start a', 'start b', 'start c'])
    await stage.clock.advance(50)
    assert.deepEqual(stage.alive, ['a', 'b', 'c'])
    assert.equal(stage.doubled, undefined)
    assert.equal(supervisor.status().children[2]?.state, 'running')
    await stage.close(supervisor)
  })

  it('one-for-one does not make a restart wait for another child that is starting', async () => {
    const { stage, supervisor } = await three('one-for-one', {}, { a: { startMs: 1_000 } })
    await stage.die('a')
    await stage.die('b')
    assert.deepEqual(stage.since(), ['end a', 'start a', 'end b', 'start b'])
    await stage.clock.advance(1_000)
    await stage.close(supervisor)
  })
})

describe('kinds of restart', () => {
  it('permanent always, transient unless it ended normally, temporary never', async () => {
    const stage = new Stage()
    const kinds = ['permanent', 'transient', 'temporary'] as const
    const children = kinds.map((restart) => stage.child(restart, {}, { restart }))
    const supervisor = stage.supervisor({ children, backoff: false })
    await supervisor.start()
    for (const kind of kinds) await stage.die(kind)
    assert.deepEqual(stage.alive, ['permanent', 'transient'])
    for (const kind of kinds) await stage.die(kind, normally)
    assert.deepEqual(stage.alive, ['permanent'])
    const states = supervisor.status().children.map(({ id, state }) => `${id} ${state}`)
    assert.deepEqual(states, ['permanent running', 'transient ended'])
    await stage.close(supervisor)
  })

  it('stops a temporary sibling with the others, and does not start it again', async () => {
    const stage = new Stage()
    const children = [stage.child('a'), stage.child('t', {}, { restart: 'temporary' })]
    const supervisor = stage.supervisor({ strategy: 'one-for-all', children, backoff: false })
    await supervisor.start()
    await stage.die('a')
    assert.deepEqual(stage.alive, ['a'])
    assert.deepEqual(
      supervisor.status().children.map(({ id }) => id),
      ['a'],
    )
    await stage.close(supervisor)
  })

  it('leaves alone what ended for good when all others are renewed', async () => {
    const stage = new Stage()
    const children = [stage.child('job', {}, { restart: 'transient' }), stage.child('a')]
    const supervisor = stage.supervisor({ strategy: 'one-for-all', children, backoff: false })
    await supervisor.start()
    await stage.die('job', normally)
    await stage.die('a')
    assert.equal(stage.startsOf('job'), 1)
    assert.equal(stage.startsOf('a'), 2)
    await stage.close(supervisor)
  })

  it('counts an end promise that rejects as a crash', async () => {
    const stage = new Stage()
    let starts = 0
    const ended = (): Promise<never> =>
      starts++ === 0 ? Promise.reject(new Error('lost')) : new Promise<never>(() => {})
    const start = () => ({ ended: ended(), stop: () => {} })
    const supervisor = stage.supervisor({ children: [{ id: 'x', start, restart: 'transient' }], backoff: false })
    await supervisor.start()
    await stage.settle()
    assert.equal(starts, 2)
    await stage.close(supervisor)
  })
})

describe('intensity', () => {
  async function deathsAt(...timesMs: number[]) {
    const stage = new Stage()
    const intensity = { restarts: 1, withinMs: 5_000 }
    const supervisor = stage.supervisor({ children: [stage.child('a'), stage.child('b')], intensity, backoff: false })
    await supervisor.start()
    for (const atMs of timesMs) {
      await stage.clock.advance(atMs - stage.clock.monotonicMs())
      await stage.die('b')
    }
    return { stage, supervisor }
  }

  it('gives up on one restart too many, stops the others in reverse order, and says why', async () => {
    const { stage, supervisor } = await deathsAt(0, 5_000)
    const { normal, reason } = await supervisor.ended
    assert.equal(normal, false)
    assert.ok(isLaneworkError(reason, 'RESTART_INTENSITY'))
    assert.deepEqual(reason.detail, { child: 'b', restarts: 1, withinMs: 5_000, reason: 'crash' })
    assert.deepEqual(stage.alive, [])
    assert.deepEqual(stage.told.at(-1), 'gave up: RESTART_INTENSITY')
    assert.equal(supervisor.status().state, 'ended')
    await assert.rejects(supervisor.restartChild('a'), { code: 'CLOSED' })
  })

  it('forgets restarts that are older than the time', async () => {
    const { stage, supervisor } = await deathsAt(0, 5_001, 10_002)
    assert.deepEqual(stage.alive, ['a', 'b'])
    await stage.close(supervisor)
  })

  it('ends a flapping child with the default of 3 restarts in 5 seconds', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')] })
    await supervisor.start()
    for (let death = 0; death < 4; death++) {
      await stage.die('a')
      await stage.clock.advance(1_000)
    }
    assert.equal(stage.startsOf('a'), 4)
    assert.deepEqual(stage.told, [
      'restarting a 100',
      'restarting a 200',
      'restarting a 400',
      'gave up: RESTART_INTENSITY',
    ])
  })

  it('allows no restart at all when it is 0', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')], intensity: { restarts: 0 } })
    await supervisor.start()
    await stage.die('a')
    assert.equal((await supervisor.ended).normal, false)
  })
})

describe('back-off', () => {
  const patient = { restarts: 100, withinMs: 1_000 }

  it('doubles up to its limit, and begins anew after a long run', async () => {
    const stage = new Stage()
    const backoff = { initialMs: 100, factor: 2, maxMs: 500, resetAfterMs: 1_000 }
    const supervisor = stage.supervisor({ children: [stage.child('a')], intensity: patient, backoff })
    await supervisor.start()
    for (let death = 0; death < 5; death++) {
      await stage.die('a')
      await stage.clock.advance(500)
    }
    await stage.clock.advance(1_000)
    await stage.die('a')
    const delays = [100, 200, 400, 500, 500, 100].map((delayMs) => `restarting a ${delayMs}`)
    assert.deepEqual(stage.told, delays)
    await stage.close(supervisor)
  })

  it('starts the child at the end of its delay and not before', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')], backoff: { initialMs: 100 } })
    await supervisor.start()
    await stage.die('a')
    await stage.clock.advance(99)
    assert.equal(stage.startsOf('a'), 1)
    await stage.clock.advance(1)
    assert.equal(stage.startsOf('a'), 2)
    await stage.close(supervisor)
  })

  it('is shortened by chance within the jitter', async () => {
    const stage = new Stage()
    const chances = [0, 0.5, 0.999]
    const supervisor = stage.supervisor({
      children: [stage.child('a')],
      backoff: { initialMs: 1_000, factor: 1, jitter: 0.4 },
      random: () => chances.shift() ?? 0,
    })
    await supervisor.start()
    for (let death = 0; death < 3; death++) {
      await stage.die('a')
      await stage.clock.advance(1_000)
    }
    assert.deepEqual(stage.told, ['restarting a 1000', 'restarting a 800', 'restarting a 600'])
    await stage.close(supervisor)
  })

  it('ends at once when the supervisor stops, and nothing starts afterwards', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')], backoff: { initialMs: 1_000 } })
    await supervisor.start()
    await stage.die('a')
    await supervisor.stop()
    await stage.clock.advance(10_000)
    assert.equal(stage.startsOf('a'), 1)
    assert.equal(stage.clock.pending, 0)
  })

  it('counts a restart that fails as a death', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a', { failing: [2, 3] })] })
    await supervisor.start()
    await stage.die('a')
    await stage.clock.advance(1_000)
    assert.deepEqual(stage.told, ['restarting a 100', 'restarting a 200', 'restarting a 400'])
    assert.deepEqual(stage.alive, ['a'])
    await stage.close(supervisor)
  })
})
