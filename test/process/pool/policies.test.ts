/** The policies that a pool has use for: tasks wait behind a gate, and the order in which they then run is what is claimed. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { PoolOptions, RunOptions } from '#lanework/process/index.js'
import { edf, fairShare, fcfs, hrrn, lottery, mlq, priority, rr, sjf, stride } from '#lanework/schedule/index.js'
import * as tasks from '../../fixtures/pool-tasks.ts'
import { checkSums, failure, notes, withPool } from './laboratory.ts'

type Order = PoolOptions['policy'] & object

/** Names of tasks in the order in which one lane ran them, all of them submitted while it was busy. */
async function order(
  laneKind: 'inline' | 'thread',
  policy: PoolOptions['policy'],
  waiting: readonly (readonly [string, RunOptions])[],
): Promise<string> {
  return withPool({ laneKind, lanes: 1, ...(policy === undefined ? {} : { policy }) }, async (pool) => {
    const log = notes()
    const gate = pool.run(tasks.gated, [log.path, 'gate'])
    await log.has('gate')
    const all = waiting.map(([name, options]) => pool.run(tasks.note, [log.path, name], options))
    log.open()
    await Promise.all([gate, ...all])
    checkSums(pool)
    return log.lines().slice(1).join(' ')
  })
}

for (const laneKind of ['inline', 'thread'] as const) {
  describe(`a pool of ${laneKind} lanes`, () => {
    it('runs the most urgent task first, in either convention', async () => {
      const waiting = [
        ['a', { priority: 2 }],
        ['b', { priority: 1 }],
        ['c', { priority: 3 }],
        ['d', { priority: 1 }],
      ] as const
      assert.equal(await order(laneKind, priority(), waiting), 'b d a c')
      assert.equal(await order(laneKind, priority({ order: 'high-first' }), waiting), 'c a b d')
    })

    it('lets nobody starve with ageing: so fast that age decides, tasks run in order', async () => {
      const waiting = [
        ['a', { priority: 9 }],
        ['b', { priority: 0 }],
        ['c', { priority: 5 }],
      ] as const
      assert.equal(await order(laneKind, priority({ ageing: 1e9 }), waiting), 'a b c')
    })

    it('runs what is due first, and last what never is', async () => {
      const waiting = [
        ['whenever', {}],
        ['in an hour', { deadline: 3_600_000 }],
        ['in a minute', { deadline: 60_000 }],
      ] as const
      assert.equal(await order(laneKind, edf(), waiting), 'in a minute in an hour whenever')
    })

    it('serves owners in turn, however many tasks one has', async () => {
      const waiting = [
        ...Array.from({ length: 6 }, (_, index) => [`big${index}`, { owner: 'big' }] as const),
        ['small', { owner: 'small' }] as const,
      ]
      const ran = (await order(laneKind, fairShare(), waiting)).split(' ')
      assert.equal(ran.length, 7)
      assert.ok(ran.indexOf('small') <= 1, ran.join(' '))
    })

    it('waits in the queues of a multilevel queue', async () => {
      const policy: Order = mlq({
        queues: [
          { name: 'people', policy: fcfs() },
          { name: 'batch', policy: fcfs() },
        ],
      })
      const waiting = [
        ['night', { queue: 'batch' }],
        ['click', { queue: 'people' }],
        ['nameless', {}],
      ] as const
      assert.equal(await order(laneKind, policy, waiting), 'click night nameless')
    })

    it('rejects a task that says what the policy cannot use, and goes on', async () => {
      const policy: Order = mlq({ queues: [{ name: 'only', policy: fcfs() }] })
      await withPool({ laneKind, lanes: 1, policy }, async (pool) => {
        const error = await failure(pool.run(tasks.add, [1, 2], { queue: 'none' }), 'OPTION_INVALID')
        assert.equal(error.detail.option, 'job.queue')
        assert.equal(await pool.run(tasks.add, [1, 2], { queue: 'only' }), 3)
        await pool.join()
        checkSums(pool)
      })
    })
  })
}

describe('options of a task that policies look at', () => {
  it('are checked when it is submitted', async () => {
    await withPool({ laneKind: 'inline', lanes: 1 }, async (pool) => {
      for (const options of [
        { priority: NaN },
        { deadline: -1 },
        { deadline: NaN },
        { tickets: 0 },
        { tickets: Infinity },
      ])
        await failure(pool.run(tasks.add, [1, 2], options), 'OPTION_INVALID')
      assert.equal(await pool.run(tasks.add, [1, 2], { priority: -1, deadline: 0, tickets: 0.5, owner: 'me' }), 3)
      checkSums(pool)
    })
  })
})

describe('pool.policy', () => {
  it('says which of its rules a pool cannot use', async () => {
    const told: [PoolOptions['policy'], string, string][] = [
      [undefined, 'fcfs', ''],
      [sjf(), 'sjf', ''],
      [hrrn(), 'hrrn', ''],
      [fairShare(), 'fair-share', ''],
      [rr({ quantum: 4 }), 'rr', 'quantum'],
      [lottery(), 'lottery', 'quantum'],
      [stride(), 'stride', 'quantum'],
      [edf(), 'edf', 'preemption'],
      [priority({ quantum: 2, preemptive: true }), 'priority', 'quantum preemption'],
    ]
    for (const [policy, name, ignores] of told) {
      await withPool({ laneKind: 'inline', lanes: 1, ...(policy === undefined ? {} : { policy }) }, async (pool) => {
        assert.equal(pool.policy.name, name)
        assert.equal(pool.policy.ignores.join(' '), ignores)
      })
    }
  })

  it('drives any of them to the end', async () => {
    const policies: Order[] = [rr({ quantum: 1 }), lottery({ seed: 3 }), stride(), hrrn()]
    for (const policy of policies) {
      await withPool({ laneKind: 'inline', lanes: 2, policy }, async (pool) => {
        const items = Array.from({ length: 50 }, (_, index) => index)
        assert.deepEqual(
          await pool.map(tasks.double, items, { chunkSize: 1 }),
          items.map((item) => item * 2),
        )
        checkSums(pool)
      })
    }
  })
})
