/** Starts that fail, orderly ends, deadlines, children that come and go, trees. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { Supervisor, superviseTree } from '#lanework/process/index.js'
import { Stage } from './actors.js'

describe('the first start', () => {
  it('waits for each child before it starts the next, and then is ready', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a', { startMs: 50 }), stage.child('b')] })
    const started = supervisor.start()
    await stage.clock.advance(49)
    assert.deepEqual(stage.journal, ['start a'])
    assert.equal(supervisor.status().state, 'starting')
    await stage.clock.advance(1)
    await started
    assert.equal(supervisor.status().state, 'running')
    await stage.close(supervisor)
  })

  it('that fails stops those already started in reverse order, and keeps the cause', async () => {
    const stage = new Stage()
    const children = [stage.child('a'), stage.child('b'), stage.child('c', { failing: [1] }), stage.child('d')]
    const supervisor = stage.supervisor({ children })
    const error = await supervisor.start().catch((thrown: unknown) => thrown)
    assert.ok(isLaneworkError(error, 'CHILD_START_FAILED'))
    assert.equal((error.cause as Error).message, 'start 1 of c failed')
    assert.deepEqual(stage.journal.slice(3), ['stop b', 'end b', 'stop a', 'end a'])
    assert.equal((await supervisor.ended).reason, error)
  })

  it('survives the death of a child that was started before', async () => {
    const stage = new Stage()
    const children = [stage.child('a'), stage.child('b', { startMs: 100 }), stage.child('c')]
    const supervisor = stage.supervisor({ strategy: 'one-for-all', children, backoff: false })
    const started = supervisor.start()
    await stage.clock.advance(50)
    await stage.die('a')
    await stage.clock.advance(200)
    await started
    assert.deepEqual(stage.alive, ['a', 'b', 'c'])
    assert.deepEqual([stage.startsOf('a'), stage.startsOf('b'), stage.startsOf('c')], [2, 2, 1])
    await stage.close(supervisor)
  })

  it('is refused with CLOSED when the supervisor is stopped meanwhile, and after', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a', { startMs: Infinity }), stage.child('b')] })
    const started = supervisor.start()
    const refused = assert.rejects(started, { code: 'CLOSED' })
    await stage.settle()
    await stage.close(supervisor)
    await refused
    assert.deepEqual(stage.journal, ['start a'])
    await assert.rejects(supervisor.startChild(stage.child('late')), { code: 'CLOSED' })
    const unused = stage.supervisor({ children: [stage.child('z')] })
    await unused.stop()
    await assert.rejects(unused.start(), { code: 'CLOSED' })
    assert.equal(stage.startsOf('z'), 0)
  })

  it('refuses what cannot be supervised', async () => {
    const supervisor = new Supervisor({ children: [{ id: 'x', start: () => ({}) as never }] })
    const error = await supervisor.start().catch((thrown: unknown) => thrown)
    assert.ok(isLaneworkError(error, 'CHILD_START_FAILED'))
    assert.ok(isLaneworkError(error.cause, 'OPTION_INVALID'))
  })
})

describe('shutdown', () => {
  it('goes in reverse order, one after the other', async () => {
    const stage = new Stage()
    const children = ['a', 'b', 'c'].map((id) => stage.child(id, { stopMs: 10 }))
    const supervisor = stage.supervisor({ children })
    await supervisor.start()
    stage.since()
    void supervisor.stop()
    await stage.clock.advance(10)
    assert.deepEqual(stage.since(), ['stop c', 'end c', 'stop b'])
    await stage.clock.advance(20)
    assert.deepEqual(stage.since(), ['end b', 'stop a', 'end a'])
    assert.deepEqual(await supervisor.ended, { normal: true, reason: 'stopped' })
  })

  it('kills a child that ignores stop when its time is over, and one with time 0 at once', async () => {
    const stage = new Stage()
    const children = [
      stage.child('deaf', { stopMs: Infinity }, { shutdownMs: 200 }),
      stage.child('brutal', { stopMs: Infinity }, { shutdownMs: 0 }),
    ]
    const supervisor = stage.supervisor({ children })
    await supervisor.start()
    stage.since()
    const stopped = supervisor.stop()
    await stage.clock.advance(199)
    assert.deepEqual(stage.since(), ['kill brutal', 'end brutal', 'stop deaf'])
    await stage.clock.advance(1)
    await stopped
    assert.deepEqual(stage.since(), ['kill deaf', 'end deaf'])
    assert.deepEqual(stage.told, ['killed deaf after 200'])
  })

  it('kills all that are left when the time for the whole is over', async () => {
    const stage = new Stage()
    const manner = { stopMs: Infinity }
    const children = ['a', 'b'].map((id) => stage.child(id, manner, { shutdownMs: Infinity }))
    const supervisor = stage.supervisor({ children })
    await supervisor.start()
    const stopped = supervisor.stop(300)
    await stage.clock.advance(300)
    await stopped
    assert.deepEqual(stage.alive, [])
  })

  it('ends without a child that survives its kill, and reports it', async () => {
    const stage = new Stage()
    const children = [stage.child('a'), stage.child('undead', { stopMs: Infinity, immortal: true })]
    const supervisor = stage.supervisor({ children, killMs: 1_000 })
    await supervisor.start()
    await stage.close(supervisor)
    const { reason } = await supervisor.ended
    assert.ok(isLaneworkError(reason, 'CHILD_STUCK'))
    assert.deepEqual(stage.alive, ['undead'])
    assert.equal(supervisor.status().children[1]?.state, 'stuck')
  })

  it('never puts a second one beside a child that survives its kill', async () => {
    const stage = new Stage()
    const children = [stage.child('a'), stage.child('undead', { stopMs: Infinity, immortal: true })]
    const supervisor = stage.supervisor({ strategy: 'one-for-all', children, backoff: false })
    await supervisor.start()
    await stage.die('a')
    await stage.clock.advance(60_000)
    assert.equal(isLaneworkError((await supervisor.ended).reason, 'CHILD_STUCK'), true)
    assert.equal(stage.startsOf('undead'), 1)
  })

  it('takes a death meanwhile as it comes, and restarts nothing', async () => {
    const stage = new Stage()
    const children = [stage.child('a'), stage.child('b', { stopMs: 100 })]
    const supervisor = stage.supervisor({ children, backoff: false })
    await supervisor.start()
    const stopped = supervisor.stop()
    await stage.die('a')
    await stage.die('b')
    await stopped
    assert.deepEqual([stage.startsOf('a'), stage.startsOf('b')], [1, 1])
  })

  it('does not let a start that hangs come to life afterwards', async () => {
    const stage = new Stage()
    let arrive: (supervised: unknown) => void = () => {}
    const start = () => new Promise((resolve) => (arrive = resolve)) as never
    const supervisor = stage.supervisor({ children: [{ id: 'x', start, shutdownMs: 100 }], killMs: 100 })
    supervisor.start().catch(() => {})
    await stage.settle()
    await stage.close(supervisor)
    let killed = 0
    arrive({ ended: new Promise(() => {}), stop: () => {}, kill: () => killed++ })
    await stage.settle()
    assert.equal(killed, 1)
    assert.equal(supervisor.status().children[0]?.runs, 0)
  })

  it('kills a child whose stop throws', async () => {
    const stage = new Stage()
    let end: (value: { normal: boolean; reason: unknown }) => void = () => {}
    const ended = new Promise<{ normal: boolean; reason: unknown }>((resolve) => (end = resolve))
    const stop = (): never => {
      throw new Error('no')
    }
    const start = () => ({ ended, stop, kill: () => end({ normal: false, reason: 'killed' }) })
    const supervisor = stage.supervisor({ children: [{ id: 'x', start }] })
    await supervisor.start()
    await supervisor.stop()
    assert.equal(supervisor.status().state, 'ended')
  })

  it('happens at the end of an await using block', async () => {
    const stage = new Stage()
    {
      await using supervisor = stage.supervisor({ children: [stage.child('a')] })
      await supervisor.start()
    }
    assert.deepEqual(stage.alive, [])
  })
})

describe('children that come and go', () => {
  it('are added as the last, stopped, started again and removed', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')] })
    await supervisor.start()
    await supervisor.startChild(stage.child('b'))
    await supervisor.stopChild('b')
    await supervisor.stopChild('b')
    assert.equal(supervisor.status().children[1]?.state, 'stopped')
    await supervisor.restartChild('b')
    await supervisor.restartChild('b')
    assert.equal(stage.startsOf('b'), 3)
    await supervisor.removeChild('a')
    assert.deepEqual(
      supervisor.status().children.map(({ id }) => id),
      ['b'],
    )
    await stage.close(supervisor)
    assert.equal(stage.doubled, undefined)
  })

  it('are forgotten when their first start fails, and kept when a later one asked for does', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a', { failing: [2] })] })
    await supervisor.start()
    await assert.rejects(supervisor.startChild(stage.child('b', { failing: [1] })), { code: 'CHILD_START_FAILED' })
    await assert.rejects(supervisor.restartChild('a'), { code: 'CHILD_START_FAILED' })
    const states = supervisor.status().children.map(({ id, state }) => `${id} ${state}`)
    assert.deepEqual(states, ['a stopped'])
    assert.equal(supervisor.status().state, 'running')
    await stage.close(supervisor)
  })

  it('that back off are stopped at once, and started at once when asked', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')], backoff: { initialMs: 1_000 } })
    await supervisor.start()
    await stage.die('a')
    await supervisor.restartChild('a')
    assert.equal(stage.startsOf('a'), 2)
    await stage.die('a')
    await supervisor.stopChild('a')
    await stage.clock.advance(5_000)
    assert.equal(stage.startsOf('a'), 2)
    await stage.close(supervisor)
  })

  it('must be known, and their ids unique', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({ children: [stage.child('a')] })
    await supervisor.start()
    for (const call of [supervisor.stopChild('x'), supervisor.restartChild('x'), supervisor.removeChild('x')]) {
      await assert.rejects(call, { code: 'CHILD_UNKNOWN' })
    }
    await assert.rejects(supervisor.startChild(stage.child('a')), { code: 'OPTION_INVALID' })
    assert.deepEqual(stage.alive, ['a'])
    await stage.close(supervisor)
  })

  it('rejects the start of a child that is stopped meanwhile', async () => {
    const stage = new Stage()
    const supervisor = stage.supervisor({})
    await supervisor.start()
    const added = assert.rejects(supervisor.startChild(stage.child('a', { startMs: 100 })), { code: 'CLOSED' })
    await stage.settle()
    await supervisor.stopChild('a')
    await added
    assert.deepEqual(stage.alive, [])
    await stage.close(supervisor)
  })
})

describe('significant children', () => {
  const done = { normal: true, reason: 'done' }

  for (const [autoShutdown, endsAfter] of [
    ['any-significant', 1],
    ['all-significant', 2],
  ] as const) {
    it(`end the supervisor after ${endsAfter} of 2 with ${autoShutdown}`, async () => {
      const stage = new Stage()
      const spec = { restart: 'transient', significant: true } as const
      const children = [stage.child('s', {}, spec), stage.child('t', {}, spec), stage.child('other')]
      const supervisor = stage.supervisor({ children, autoShutdown })
      await supervisor.start()
      await stage.die('s', done)
      assert.equal(supervisor.status().state, endsAfter === 1 ? 'ended' : 'running')
      await stage.die('t', done)
      assert.equal((await supervisor.ended).normal, true)
      assert.deepEqual(stage.alive, [])
    })
  }

  it('may be stopped by hand without that', async () => {
    const stage = new Stage()
    const spec = { restart: 'transient', significant: true } as const
    const supervisor = stage.supervisor({ children: [stage.child('s', {}, spec)], autoShutdown: 'any-significant' })
    await supervisor.start()
    await supervisor.stopChild('s')
    assert.equal(supervisor.status().state, 'running')
    await stage.close(supervisor)
  })
})

describe('trees', () => {
  it('restart a supervisor that gave up, with all its children, and stop from the leaves', async () => {
    const stage = new Stage()
    const { clock } = stage
    const start = superviseTree({ children: [stage.child('leaf')], intensity: { restarts: 0 }, clock })
    const children = [{ id: 'branch', start, shutdownMs: Infinity }, stage.child('other')]
    const supervisor = stage.supervisor({ children, backoff: false })
    await supervisor.start()
    await stage.die('leaf')
    await stage.settle()
    assert.deepEqual(stage.alive, ['leaf', 'other'])
    assert.equal(supervisor.status().children[0]?.restarts, 1)
    stage.since()
    await stage.close(supervisor)
    assert.deepEqual(stage.since(), ['stop other', 'end other', 'stop leaf', 'end leaf'])
  })

  it('are stopped also while they start', async () => {
    const stage = new Stage()
    const children = [stage.child('leaf', { startMs: 1_000 })]
    const start = superviseTree({ children, clock: stage.clock })
    const supervisor = stage.supervisor({ children: [{ id: 'branch', start, shutdownMs: Infinity }] })
    supervisor.start().catch(() => {})
    await stage.settle()
    await supervisor.stop()
    assert.deepEqual(stage.alive, [])
  })
})

describe('options', () => {
  it('that make no sense are refused', () => {
    const start = () => ({ ended: new Promise<never>(() => {}), stop: () => {} })
    const wrong = [
      { strategy: 'one-for-two' },
      { intensity: { restarts: -1 } },
      { intensity: { withinMs: NaN } },
      { backoff: { factor: 0.5 } },
      { backoff: { jitter: 2 } },
      { backoff: { initialMs: NaN } },
      { autoShutdown: 'always' },
      { killMs: 0 },
      { childs: [] },
      { children: [{ id: '', start }] },
      { children: [{ id: 'a' }] },
      { children: [{ id: 'a', start, restart: 'sometimes' }] },
      { children: [{ id: 'a', start, shutdownMs: -1 }] },
      { children: [{ id: 'a', start, significant: true }] },
      { children: [{ id: 'a', start, significant: true }], autoShutdown: 'any-significant' },
      {
        children: [
          { id: 'a', start },
          { id: 'a', start },
        ],
      },
    ]
    for (const options of wrong) {
      assert.throws(() => new Supervisor(options as never), { code: 'OPTION_INVALID' }, JSON.stringify(options))
    }
  })
})
