/** Random lives of supervisors: whatever happens, no child runs twice at once, and nothing runs after the end. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SeededRandom } from '#lanework/testing/index.js'
import type { ChildSpec, Strategy, Supervisor } from '#lanework/process/index.js'
import { Stage, type Manner } from './actors.js'

const ids = ['a', 'b', 'c', 'd']

function pick<Item>(random: SeededRandom, items: readonly Item[]): Item {
  return items[random.integer(0, items.length - 1)] as Item
}

function manner(random: SeededRandom): Manner {
  return {
    startMs: pick(random, [0, 0, 20, 300]),
    stopMs: pick(random, [0, 10, 100, Infinity]),
    failing: random.chance(0.3) ? [random.integer(1, 4), random.integer(2, 6)] : [],
  }
}

function childOf(stage: Stage, random: SeededRandom, id: string): ChildSpec {
  const restart = pick(random, ['permanent', 'permanent', 'transient', 'temporary'] as const)
  return stage.child(id, manner(random), { restart, shutdownMs: pick(random, [0, 50, 500, 5_000]) })
}

/** Whatever it does may fail, as children come and go; how it ends is what is tested. */
async function disturb(stage: Stage, supervisor: Supervisor, random: SeededRandom): Promise<void> {
  const id = pick(random, ids)
  const calls = [
    () => stage.die(id),
    () => stage.die(id, { normal: true, reason: 'done' }),
    () => stage.clock.advance(random.integer(0, 400)),
    () => void supervisor.stopChild(id).catch(() => {}),
    () => void supervisor.restartChild(id).catch(() => {}),
    () => void supervisor.removeChild(id).catch(() => {}),
    () => void supervisor.startChild(childOf(stage, random, id)).catch(() => {}),
  ]
  await pick(random, [...calls.slice(0, 3), ...calls])()
}

async function live(seed: number): Promise<void> {
  const random = new SeededRandom(seed)
  const stage = new Stage()
  const supervisor = stage.supervisor({
    strategy: pick<Strategy>(random, ['one-for-one', 'one-for-all', 'rest-for-one']),
    children: ids.slice(0, 3).map((id) => childOf(stage, random, id)),
    intensity: { restarts: pick(random, [1, 5, 1_000]), withinMs: 1_000 },
    backoff: random.chance(0.3) ? false : { initialMs: 50, maxMs: 300 },
    random: () => random.next(),
  })
  supervisor.start().catch(() => {})
  for (let step = random.integer(1, 40); step > 0; step--) await disturb(stage, supervisor, random)
  await settles(stage, supervisor)
  assert.equal(stage.doubled, undefined)
  const starts = stage.journal.length
  await stage.close(supervisor)
  assert.deepEqual(stage.alive, [])
  assert.equal(supervisor.status().state, 'ended')
  await stage.clock.advance(60_000)
  const later = stage.journal.slice(starts).filter((line) => line.startsWith('start'))
  assert.deepEqual(later, [])
  assert.equal(stage.clock.pending, 0)
}

/** Left in peace, every child comes to rest: it runs, or it is down for good. */
async function settles(stage: Stage, supervisor: Supervisor): Promise<void> {
  await stage.clock.advance(120_000)
  const { state, children } = supervisor.status()
  assert.ok(state === 'running' || state === 'ended', `the supervisor is ${state}`)
  for (const child of children) {
    assert.ok(['running', 'stopped', 'ended'].includes(child.state), `${child.id} is ${child.state}`)
    assert.equal(stage.alive.includes(child.id), child.state === 'running', `${child.id} is ${child.state}`)
  }
}

describe('a supervisor', () => {
  it('keeps its promises over 500 random lives', async () => {
    for (let seed = 1; seed <= 500; seed++) {
      await live(seed).catch((error: unknown) => {
        throw new Error(`seed ${seed}`, { cause: error })
      })
    }
  })
})
