/** Owners and keepers that are killed: what must end ends, what may go on goes on, and nothing stays stopped. */
import assert from 'node:assert/strict'
import { appendFileSync, chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import { Keeper } from '#lanework/process/keeper/keeper.js'
import type { ProgramEntry } from '#lanework/process/keeper/types.js'
import { isSameProcess, readEntry } from '#lanework/process/process-table.js'
import { Program, type ProgramOptions } from '#lanework/process/program.js'
import { isNative } from '../../support/capability.ts'
import { runFixture, type Fixture } from '../../support/fixture.ts'
import { folder } from '../../support/folder.ts'
import { until } from '../../support/until.ts'

const sleeper = ['sleep', '1000'] as const
const unlessNative = isNative ? false : 'it needs the addon'
const freshFolder = (): string => mkdtempSync(join(folder, 'k'))

interface Owned {
  readonly fixture: Fixture
  readonly pids: readonly number[]
  readonly keeper: number
  readonly path: string
  readonly alive: (index: number) => boolean
}

async function owned(
  programs: readonly { argv: readonly string[]; options?: ProgramOptions }[],
  orders: object = {},
): Promise<Owned> {
  const all = programs.map(({ argv, options = {} }) => ({ argv, options }))
  const fixture = runFixture('program-owner', [JSON.stringify({ programs: all, ...orders })])
  await fixture.hear('pids')
  const said = fixture.said.find((line) => 'pids' in line) as never as { pids: number[]; keeper: number; path: string }
  const ticks = said.pids.map((pid) => readEntry(pid)?.startTicks ?? -1)
  said.pids.forEach((pid, index) => survivors.push({ pid, startTicks: ticks[index] ?? -1 }))
  return { fixture, ...said, alive: (index) => isSameProcess(said.pids[index] ?? 0, ticks[index] ?? 0) }
}

/** What a failed test leaves behind would live on. */
const survivors: { pid: number; startTicks: number }[] = []
process.on('exit', () => {
  for (const { pid, startTicks } of survivors) if (isSameProcess(pid, startTicks)) process.kill(-pid, 'SIGKILL')
})

const gone = (pid: number): boolean => readEntry(pid) === undefined || readEntry(pid)?.state === 'Z'
/** A shell that is stopped while it starts a child waits in the kernel (D) for the child, which is stopped. */
const isStopped = (pid: number): boolean => state(pid) === 'T' || state(pid) === 'D'
const state = (pid: number | undefined): string | undefined => readEntry(pid ?? 0)?.state

describe('an owner that is killed', () => {
  it('takes its programs along, deaf and stopped ones too, and the keeper goes', async () => {
    const deaf = ['sh', '-c', 'trap "" TERM; while :; do sleep 1000; done']
    const it = await owned([{ argv: sleeper }, { argv: deaf, options: { graceMs: 50 } }], { stop: true })
    await until('both are stopped', () => it.pids.every(isStopped))
    await it.fixture.stop()
    await until('both are gone', () => !it.alive(0) && !it.alive(1))
    await until('the keeper is gone, with its folder', () => gone(it.keeper) && !existsSync(dirname(it.path)))
  })

  it('leaves those that survive running, and none stopped; the keeper stays for them', async () => {
    const kept = freshFolder()
    const it = await owned(
      [
        { argv: ['sh', '-c', 'sleep 1000; exit 5'], options: { onOwnerDeath: 'survive', name: 'long' } },
        { argv: sleeper },
      ],
      { folder: kept, stop: true },
    )
    await until('both are stopped', () => it.pids.every(isStopped))
    await it.fixture.stop()
    await until('the first goes on, the second ends', () => state(it.pids[0]) === 'S' && !it.alive(1))
    const keeper = await Keeper.connect(Keeper.socket(kept))
    assert.equal(keeper.pid, it.keeper)
    const [first, second] = await keeper.list()
    assert.deepEqual([first?.name, first?.pid, first?.end], ['long', it.pids[0], undefined])
    assert.equal(first?.startTicks, readEntry(it.pids[0] ?? 0)?.startTicks)
    assert.ok(second?.end?.exitCode === -15)
    assert.equal(await keeper.signal(first?.id ?? 0, 'SIGKILL'), true)
    const end = await keeper.ended(first as ProgramEntry)
    assert.equal(end.exitCode, -9)
    await keeper.close()
    await until('nothing is left to keep', () => gone(it.keeper))
    const journal = Keeper.journal(kept)
    assert.deepEqual(
      journal.map((line) => [line.kind, line.id]),
      [
        ['start', 1],
        ['start', 2],
        ['end', 2],
        ['end', 1],
      ],
    )
  })

  it('leaves an end to be read when the program ended meanwhile', async () => {
    const kept = freshFolder()
    const it = await owned([{ argv: ['sh', '-c', 'sleep 0.1; exit 7'], options: { onOwnerDeath: 'survive' } }], {
      folder: kept,
    })
    await it.fixture.stop()
    await until('the keeper has gone', () => gone(it.keeper))
    appendFileSync(join(kept, 'journal.jsonl'), '{"kind":"end","id":9')
    const last = Keeper.journal(kept).at(-1)
    assert.ok(last?.kind === 'end' && last.exitCode === 7)
    await assert.rejects(Keeper.connect(Keeper.socket(kept)), { code: 'CONNECTION_REFUSED' })
  })

  it('is the same as one that ends by itself, and a program that was let go does not hold it', async () => {
    const it = await owned([{ argv: sleeper }], { exit: true })
    assert.equal(await it.fixture.ended, 0)
    await until('the program is gone', () => !it.alive(0))
    await until('the keeper is gone', () => gone(it.keeper))
  })
})

describe('a keeper that is killed', () => {
  it('takes programs that end with their owner along, and says KEEPER_LOST', { skip: unlessNative }, async () => {
    const it = await owned([{ argv: ['sh', '-c', 'sleep 1000 & wait'] }, { argv: sleeper }], { stop: true })
    await until('both are stopped', () => it.pids.every(isStopped))
    process.kill(it.keeper, 'SIGKILL')
    assert.equal(await it.fixture.hear('lost'), 'KEEPER_LOST')
    await until('both are gone', () => !it.alive(0) && !it.alive(1))
    await it.fixture.ended
    assert.equal(existsSync(dirname(it.path)), false)
  })

  it('leaves those that survive running and not stopped, while the owner lives', async () => {
    const it = await owned([{ argv: sleeper, options: { onOwnerDeath: 'survive' } }, { argv: sleeper }], { stop: true })
    await until('both are stopped', () => it.pids.every(isStopped))
    process.kill(it.keeper, 'SIGKILL')
    await it.fixture.hear('lost')
    await until('one goes on, one is gone', () => state(it.pids[0]) === 'S' && !it.alive(1))
    process.kill(it.pids[0] as number, 'SIGKILL')
  })

  it('and its owner with it leave nothing stopped', { skip: unlessNative }, async () => {
    const it = await owned([{ argv: sleeper, options: { onOwnerDeath: 'survive' } }, { argv: sleeper }], { stop: true })
    await until('both are stopped', () => it.pids.every(isStopped))
    process.kill(it.fixture.child.pid as number, 'SIGSTOP')
    process.kill(it.keeper, 'SIGKILL')
    await until('one goes on, one is gone', () => state(it.pids[0]) === 'S' && !it.alive(1))
    process.kill(it.pids[0] as number, 'SIGKILL')
    await it.fixture.stop()
    rmSync(dirname(it.path), { recursive: true })
  })

  it('is replaced for the next program', async () => {
    const first = await new Program(sleeper, { stdout: 'ignore', stderr: 'ignore' }).start()
    const found = readEntry(first.pid ?? 0)?.parentPid as number
    const lost = assert.rejects(first.wait(), { code: 'KEEPER_LOST', detail: { name: 'sleep', pid: first.pid } })
    process.kill(found, 'SIGKILL')
    await lost
    await until('the program went with it', () => !first.isAlive())
    assert.equal(await first.signal('SIGTERM'), false)
    const second = await new Program(['true'], { stdout: 'ignore', stderr: 'ignore' }).start()
    assert.equal((await second.wait()).exitCode, 0)
  })
})

describe('a keeper', () => {
  it('is the only one of its folder: ADDRESS_IN_USE', async () => {
    const kept = freshFolder()
    await using first = await Keeper.start({ folder: kept })
    await assert.rejects(Keeper.start({ folder: kept }), { code: 'ADDRESS_IN_USE' })
    assert.deepEqual(await first.list(), [])
  })

  it('whose folder cannot be made, or is open to others, does not start', async () => {
    const file = join(freshFolder(), 'file')
    writeFileSync(file, '')
    await assert.rejects(Keeper.start({ folder: join(file, 'below') }), { code: 'SYSTEM_ERROR' })
    const open = freshFolder()
    chmodSync(open, 0o755)
    await assert.rejects(Keeper.start({ folder: open }), { code: 'FOLDER_NOT_PRIVATE' })
  })

  it('that cannot start at all is KEEPER_NOT_STARTED', async () => {
    const { execPath } = process
    try {
      process.execPath = '/bin/false'
      await assert.rejects(Keeper.start(), { code: 'KEEPER_NOT_STARTED' })
      process.execPath = '/no/such/node'
      await assert.rejects(Keeper.start(), { code: 'KEEPER_NOT_STARTED' })
    } finally {
      process.execPath = execPath
    }
  })

  it('of another process starts programs for files only', { skip: unlessNative }, async () => {
    const kept = freshFolder()
    await using _owner = await Keeper.start({ folder: kept })
    await using guest = await Keeper.connect(Keeper.socket(kept))
    await assert.rejects(new Program(['echo'], { keeper: guest, stdout: 'pipe' }).start(), { code: 'UNSUPPORTED' })
    const path = join(kept, 'out.txt')
    const program = await new Program(['true'], { keeper: guest, stdout: { file: path }, stderr: 'ignore' }).start()
    assert.equal((await program.wait()).exitCode, 0)
  })
})
