/**
 * Whoever stops programs is killed, whoever could let them go on too, and nobody starts anything again: none stays stopped, whole
 * groups and what left them included. And the guard that does it stands in nobody's way.
 */
import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import { Keeper, readEntry, type ProcessIdentity } from '#lanework/process/index.js'
import { isNative } from '../../support/capability.ts'
import { runFixture, type Fixture } from '../../support/fixture.ts'
import { folder } from '../../support/folder.ts'
import { programJob, openStage } from '../../support/machine.ts'
import { membersOf } from '../../support/batch.ts'
import { childrenOf, isRunning } from '../../support/processes.ts'
import { until } from '../../support/until.ts'

/**
 * A main process, a child of its group, one with a group of its own, and one whose parent has ended (which only the addon lets a keeper
 * adopt). Then it makes a file. They end by themselves.
 */
const familyOf = (home: string): string[] => {
  const adopted = isNative ? '(setsid sleep 60 &);' : ''
  return ['sh', '-c', `sleep 60 & setsid sleep 60 & ${adopted} : > ${home}/complete; wait`]
}
const familySize = isNative ? 4 : 3

interface Owned {
  readonly home: string
  readonly fixture: Fixture
  readonly executive: number
  readonly keeper: number
}

const homes: string[] = []
after(() => {
  for (const home of homes) for (const { pid } of membersOf(home)) kill(pid)
})

function kill(pid: number, signal: NodeJS.Signals = 'SIGKILL'): void {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended.
  }
}

const freshFolder = (): string => {
  const home = mkdtempSync(join(folder, 'g'))
  homes.push(home)
  return home
}

const states = (home: string): string =>
  membersOf(home)
    .map(({ state }) => state)
    .sort()
    .join('')
const areStopped = (home: string): boolean => states(home) === 'T'.repeat(familySize)
const doGoOn = (home: string): boolean => states(home) === 'S'.repeat(familySize)

/** An executive in a process of its own, whose family is complete, and is stopped when it is told so. */
async function family(home = freshFolder()): Promise<Owned & { stop(): void }> {
  const stopAt = join(home, 'stop')
  const orders = { folder: home, jobs: [{ job: 1, plan: programJob(familyOf(home)), stopAt }] }
  const fixture = runFixture('batch-machine', [JSON.stringify(orders)])
  await fixture.hear('pids')
  const keeper = (await fixture.hear('keeper')) as number
  await until('it is complete', () => existsSync(join(home, 'complete')), 30_000)
  return { home, fixture, executive: fixture.child.pid ?? 0, keeper, stop: () => writeFileSync(stopAt, '') }
}

/** The same, stopped. */
async function stoppedFamily(): Promise<Owned> {
  const { stop, ...owned } = await family()
  stop()
  await until('all of it is stopped', () => areStopped(owned.home), 30_000)
  return owned
}

const guardsGone = (home: string): Promise<unknown> =>
  until('the guard is gone', () => Keeper.guards(home).length === 0, 30_000)

async function guardOf(home: string): Promise<ProcessIdentity> {
  return until('there is a guard', () => Keeper.guards(home).at(-1), 30_000)
}

describe('keeper and executive that are killed', () => {
  for (const first of ['keeper', 'executive'] as const) {
    it(`at the same time, the ${first} first, leave nothing of a stopped job stopped, without another start`, async () => {
      const { home, keeper, executive, fixture } = await stoppedFamily()
      const pids = first === 'keeper' ? [keeper, executive] : [executive, keeper]
      // Stopped, neither can do anything about the other's death.
      for (const pid of pids) kill(pid, 'SIGSTOP')
      for (const pid of pids) kill(pid)
      await until('all of it goes on', () => doGoOn(home), 30_000)
      await guardsGone(home)
      await fixture.stop()
    })
  }

  it(
    'leave nothing stopped that the keeper had not heard of yet',
    { skip: !isNative && 'it stops programs itself' },
    async () => {
      const { home, keeper, executive, fixture, stop } = await family()
      // It has no CPU.
      kill(keeper, 'SIGSTOP')
      stop()
      await until('it has looked for those outside the group', () => {
        const kinds = fixture.said.flatMap((words) => Object.keys(words))
        return kinds.lastIndexOf('used') > kinds.indexOf('stopped') && kinds.includes('stopped')
      })
      assert.match(states(home), /T/)
      for (const pid of [executive, keeper]) kill(pid)
      await until('all of it goes on', () => doGoOn(home), 30_000)
      await guardsGone(home)
      await fixture.stop()
    },
  )

  it('one some time after the other leave nothing stopped, and until then nothing is let go', async () => {
    const { home, keeper, executive, fixture } = await stoppedFamily()
    const guard = await guardOf(home)
    kill(executive, 'SIGSTOP')
    const main = membersOf(home).find(({ pid }) => readEntry(pid)?.parentPid === keeper)?.pid ?? 0
    kill(keeper)
    await until('the guard waits', () => childrenOf(guard.pid).length > 0, 30_000)
    // The kernel lets the main process go on when its parent dies, where the addon could ask it to.
    assert.equal(membersOf(home).filter(({ pid, state }) => state === 'S' && pid !== main).length, 0)
    kill(executive)
    await until('all of it goes on', () => doGoOn(home), 30_000)
    await guardsGone(home)
    await fixture.stop()
  })

  it('after the keeper was replaced leave nothing stopped, of either keeper', async () => {
    const { home, keeper, executive, fixture } = await stoppedFamily()
    const first = await guardOf(home)
    kill(keeper)
    const second = await until(
      'another guard came, and the first went',
      () => Keeper.guards(home).find(({ pid }) => pid !== first.pid && !isRunning(first.pid)),
      30_000,
    )
    await until('it is stopped as it was', () => areStopped(home), 30_000)
    const replaced = readEntry(second.pid)?.parentPid ?? 0
    assert.ok(replaced > 0 && replaced !== keeper)
    for (const pid of [executive, replaced]) kill(pid, 'SIGSTOP')
    for (const pid of [replaced, executive]) kill(pid)
    await until('all of it goes on', () => doGoOn(home), 30_000)
    await guardsGone(home)
    await fixture.stop()
  })
})

describe('an executive that is killed after its keeper', () => {
  it('leaves nothing stopped that the keeper had not started', async () => {
    const { home, keeper, executive, fixture } = await stoppedFamily()
    const first = await guardOf(home)
    kill(keeper)
    await until('another guard came', () => Keeper.guards(home).some(({ pid }) => pid !== first.pid), 30_000)
    await until('it is stopped as it was', () => areStopped(home), 30_000)
    kill(executive)
    await until('all of it goes on', () => doGoOn(home), 30_000)
    await guardsGone(home)
    await fixture.stop()
  })
})

describe('a keeper that is killed alone', () => {
  it('leaves stopped what must be, and no guard but one, which is no zombie', async () => {
    const { machine, run, folder: home, hear } = await openStage({ folder: freshFolder() })
    await run(1, familyOf(home))
    await until('the family is complete', () => existsSync(join(home, 'complete')), 30_000)
    const first = await guardOf(home)
    machine.stop(1)
    machine.flush()
    await until('all of it is stopped', () => areStopped(home), 30_000)
    kill(machine.keeperPid ?? 0)
    await until('the first guard is gone', () => readEntry(first.pid)?.startTicks !== first.startTicks, 30_000)
    await until('it is stopped as it was', () => areStopped(home), 30_000)
    assert.equal(Keeper.guards(home).length, 1)
    machine.go(1, [])
    machine.flush()
    await until('it obeys', () => doGoOn(home), 30_000)
    machine.end(1, 100)
    await hear('ended', 1)
  })
})

describe('a guard', () => {
  it('has a session of its own and nothing open but its pipe', async () => {
    const { machine, run, folder: home, hear } = await openStage({ folder: freshFolder() })
    await run(1, ['sleep', '60'])
    const { pid } = await guardOf(home)
    assert.equal(readEntry(pid)?.sessionId, pid)
    assert.equal(readlinkSync(`/proc/${pid}/cwd`), '/')
    // Higher ones are left open by whoever started the tests.
    const own = readdirSync(`/proc/${pid}/fd`).filter((fd) => Number(fd) < 100)
    const open = own.map((fd) => readlinkSync(`/proc/${pid}/fd/${fd}`))
    assert.deepEqual(open.map((what) => what.replace(/:.*/, '')).sort(), [
      '/dev/null',
      '/dev/null',
      isNative ? 'pipe' : 'socket',
    ])
    machine.end(1, 100)
    await hear('ended', 1)
  })

  it('survives the signals of a terminal, is replaced when it is killed, and its successor knows all', async () => {
    const { home, keeper, executive, fixture } = await stoppedFamily()
    const first = await guardOf(home)
    for (const signal of ['SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGTERM'] as const) process.kill(first.pid, signal)
    assert.equal(isRunning(first.pid), true)
    kill(first.pid)
    await until('there is another', () => Keeper.guards(home).some(({ pid }) => pid !== first.pid), 30_000)
    for (const pid of [keeper, executive]) kill(pid, 'SIGSTOP')
    for (const pid of [keeper, executive]) kill(pid)
    await until('all of it goes on', () => doGoOn(home), 30_000)
    await guardsGone(home)
    await fixture.stop()
  })

  it('goes with a keeper that ends in order', async () => {
    const { machine, run, folder: home, hear } = await openStage({ folder: freshFolder() })
    await run(1, ['true'])
    const { pid } = await guardOf(home)
    await hear('ended', 1)
    const { keeperPid = 0 } = machine
    await machine.close({ endJobs: true })
    await until('both are gone', () => !isRunning(keeperPid) && !isRunning(pid), 30_000)
  })
})
