/** What a keeper remembers of its programs: little of each, and told in pieces, however many and however long they are. */
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { describe, it } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { Children, type Child } from '#lanework/process/keeper/children.js'
import { Guard } from '#lanework/process/keeper/guard.js'
import { Keeper } from '#lanework/process/keeper/keeper.js'
import type { Spawner } from '#lanework/process/keeper/spawner.js'
import type { ProgramPlan } from '#lanework/process/keeper/types.js'
import { until } from '../../support/until.ts'

const ignored = { kind: 'ignore' } as const
const exited = { exitCode: 0, resources: undefined }

function planOf(argv: readonly string[], env: Record<string, string> = {}): ProgramPlan {
  const streams = [ignored, ignored, ignored] as const
  return { argv, env, streams, cwd: '/', parcel: 0, name: 'job', group: true, survives: false, graceMs: 100 }
}

/** Programs that only have a number. */
function pretendedChildren(before: () => Promise<void> = async () => {}): {
  children: Children
  end: (pid: number) => void
} {
  let pid = 2_000_000_000
  const start = (): Promise<{ pid: number }> => before().then(() => ({ pid: ++pid }))
  const spawner: Spawner = { start, ownerGone: () => {}, onEnd: () => {} }
  const children = new Children(spawner, new Guard(spawner, undefined, () => {}), {
    onStart: () => {},
    onEnd: () => {},
    onIdle: () => {},
  })
  return { children, end: (which) => spawner.onEnd(which, exited) }
}

describe('the list of a keeper', () => {
  it('comes whole when it is longer than a frame', async () => {
    await using keeper = await Keeper.start()
    const mostCharacters = 4_100
    const env = { PATH: process.env['PATH'] ?? '/usr/bin:/bin' }
    const long = 'x'.repeat(100_000)
    const runs = await keeper.spawn(planOf(['sh', '-c', 'sleep 30', long], env), [])
    const programs = await Promise.all(
      Array.from({ length: 180 }, () => keeper.spawn({ ...planOf(['sh', '-c', ':', long], env), name: long }, [])),
    )
    for (const program of programs) assert.equal((await keeper.ended(program)).exitCode, 0)
    const list = await keeper.list()
    assert.deepEqual(
      list.map(({ id }) => id),
      [runs, ...programs].map(({ id }) => id),
    )
    assert.ok(list.every(({ argv }) => argv.join('').length < mostCharacters && argv.at(-1)?.endsWith('…')))
    await keeper.signal(runs.id, 'SIGKILL')
  })

  it('waits for what is being started, by whomever', async () => {
    const gates: { open(): void; fail(error: Error): void }[] = []
    const { children } = pretendedChildren(
      () => new Promise((resolve, reject) => gates.push({ open: resolve, fail: reject })),
    )
    const starting = children.start(planOf(['make']), [])
    const failing = children.start(planOf(['fail']), [])
    const listed = children.started().then(() => children.list().map(({ argv }) => argv[0]))
    assert.deepEqual([children.list().length, children.isIdle], [0, false])
    gates[0]?.open()
    await starting
    gates[1]?.fail(new Error('no'))
    await assert.rejects(failing, /no/)
    assert.deepEqual(await listed, ['make'])
    await children.started()
  })

  it('has no environments, and of the arguments only the beginning', async () => {
    setFlagsFromString('--expose-gc')
    const collect = runInNewContext('gc') as () => void
    const { children, end } = pretendedChildren()
    const plans: WeakRef<object>[] = []
    const start = async (): Promise<number> => {
      const plan = planOf(['make', '-j', '…'.repeat(100_000), 'last'], { BIG: 'x' })
      plans.push(new WeakRef(plan.env), new WeakRef(plan.argv))
      return (await children.start(plan, [])).entry.pid
    }
    await start()
    end(await start())
    const [running, ended] = children.list()
    assert.deepEqual(
      running?.argv.map((word) => word.length),
      [4, 2, 4_089],
    )
    assert.deepEqual(ended?.argv.slice(0, 2), ['make', '-j'])
    assert.ok((ended?.argv[2]?.length ?? 0) < 300)
    await until('the plans are forgotten', () => {
      collect()
      return plans.every((plan) => plan.deref() === undefined)
    })
  })
})

describe('many programs that are ended at once', () => {
  it('cost one look at the table of processes at most', async (t) => {
    const { children, end } = pretendedChildren()
    for (let count = 0; count < 50; count++) await children.start(planOf(['sleep', '30']), [])
    const scans = t.mock.method(fs, 'readdirSync')
    syncBuiltinESMExports()
    try {
      for (const { id } of children.list()) children.terminate(children.get(id) as Child, 60_000, true)
      const tables = scans.mock.calls.filter(({ arguments: [path] }) => path === '/proc')
      assert.ok(tables.length <= 1, `${tables.length} looks`)
    } finally {
      scans.mock.restore()
      syncBuiltinESMExports()
      for (const { pid } of children.list()) end(pid)
    }
  })
})
