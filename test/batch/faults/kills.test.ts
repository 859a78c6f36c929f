/**
 * Executive and keeper are killed at random, one or both, also while they start; jobs go on being handed in. In the end every job
 * that was taken ran exactly once, ended as it should, used what its keeper wrote down, and nothing of it is left, stopped or otherwise.
 *
 * The seed is printed; LANEWORK_SEED repeats a run (as far as time can be repeated), 200 kills are meant, as many as 45 s
 * have room for; LANEWORK_BATCH_KILLS=200 makes them all, however long that takes.
 */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'

import {
  connectBatch,
  History,
  startBatch,
  stopBatch,
  type Batch,
  type JobRequest,
  type JobStatus,
} from '#lanework/batch/index.js'
import { isLaneworkError } from '#lanework/core/index.js'
import { Keeper, type EndRecord } from '#lanework/process/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { batchFolder, ledgerJob, membersOf, readLedger, serversOf } from '../../support/batch.ts'
import { isNative } from '../../support/capability.ts'
import { unlessProgram } from '../../support/program.ts'
import { until } from '../../support/until.ts'

const seed = Number(process.env['LANEWORK_SEED'] ?? Date.now() % 1_000_000)
const given = process.env['LANEWORK_BATCH_KILLS']
const kills = Number(given ?? 200)
/** Unless a number was given: a machine that has much else to do gets fewer, but never fewer than these. */
const [longestMs, leastKills] = given === undefined ? [45_000, 20] : [Infinity, kills]
const jobsAtOnce = 20
/** Between two kills. */
const [leastMs, mostMs] = [20, 220]
/** By so much the clocks of executives may differ: each reads the date when it starts, and counts on from there. */
const clockMs = 50

const random = new SeededRandom(seed)
const folder = batchFolder()
const ledger = join(folder, 'ledger')
const settings = { policy: { name: 'rr', options: { quantum: 20 } } }

/** How each job should end. */
const expected = new Map<string, number>()
/** Those whose `add` was answered. */
const taken = new Set<string>()
const keeperKills: number[] = []
const executiveKills: number[] = []

const kinds: readonly { readonly work: string; readonly exitCode: number }[] = [
  { work: 'i=0; while [ $i -lt 8000 ]; do i=$((i+1)); done', exitCode: 0 },
  { work: 'sleep 0.1', exitCode: 0 },
  { work: '(sleep 0.05; :) & wait; echo out; echo err >&2', exitCode: 0 },
  { work: 'i=0; while [ $i -lt 2000 ]; do i=$((i+1)); done', exitCode: 3 },
  { work: ':', exitCode: 0 },
  // Out of the group that is stopped and continued.
  { work: 'setsid sh -c "i=0; while [ \\$i -lt 3000 ]; do i=\\$((i+1)); done"', exitCode: 0 },
  { work: 'timeout 30 sh -c "sleep 0.05; exit 4"', exitCode: 4 },
]

function newRequests(count: number): JobRequest[] {
  return Array.from({ length: count }, () => {
    const { work, exitCode } = kinds[random.integer(0, kinds.length - 1)]!
    const before = [...taken].at(-random.integer(1, 10))
    const name = `j${expected.size + 1}`
    expected.set(name, exitCode)
    const dependsOn = random.chance(0.2) && before !== undefined ? [{ job: before, on: 'any' as const }] : []
    return {
      argv: ledgerJob(ledger, work, exitCode),
      name,
      after: dependsOn,
      retries: 0,
      env: { PATH: process.env['PATH'] ?? '' },
    }
  })
}

/** Dies with what was killed; what was not answered may or may not be taken. */
async function feed(batch: Batch): Promise<void> {
  const { counts } = await batch.status()
  const unended = Object.values(counts).reduce((sum, count) => sum + count, 0) - counts.ended
  if (unended >= jobsAtOnce) return
  const added = await batch.add(newRequests(Math.min(5, jobsAtOnce - unended)))
  for (const { name } of added) taken.add(name)
}

/** While something is being killed, calls fail: with these errors and no other. */
async function unlessKilled<Value>(call: () => Promise<Value>): Promise<Value | undefined> {
  try {
    return await call()
  } catch (error) {
    const isExpected = [
      'CLOSED',
      'CONNECTION_RESET',
      'BATCH_NOT_FOUND',
      'PROGRAM_NOT_STARTED',
      'KEEPER_LOST',
      'KEEPER_NOT_STARTED',
    ]
    if (isLaneworkError(error) && isExpected.includes(error.code)) return undefined
    throw error
  }
}

function kill(pid: number | undefined): void {
  try {
    if (pid !== undefined && pid > 0) process.kill(pid, 'SIGKILL')
  } catch {
    // It was faster.
  }
}

/** Feeds the batch for a while. */
async function spend(batch: Batch, ms: number): Promise<void> {
  const end = performance.now() + ms
  while (performance.now() < end) {
    await unlessKilled(() => feed(batch))
    await sleep(Math.min(20, Math.max(1, end - performance.now())))
  }
}

let batch: Batch | undefined

async function connected(): Promise<Batch> {
  return until(
    'the batch runs',
    async () => {
      await unlessKilled(() => startBatch(folder, settings)).catch((error: unknown) => {
        if (!isLaneworkError(error, 'BATCH_RUNS')) throw error
      })
      return unlessKilled(() => connectBatch(folder))
    },
    30_000,
  )
}

async function round(): Promise<void> {
  batch ??= await connected()
  const current = batch
  await spend(current, random.integer(leastMs, mostMs))
  const status = await unlessKilled(() => current.status())
  const what = random.next()
  if (what < 0.65) executiveKills.push(Date.now())
  if (what < 0.2) {
    // Both, in either order.
    keeperKills.push(Date.now())
    for (const pid of random.chance(0.5) ? [status?.pid, status?.keeperPid] : [status?.keeperPid, status?.pid])
      kill(pid)
  } else if (what < 0.65) kill(status?.pid)
  else {
    keeperKills.push(Date.now())
    kill(status?.keeperPid)
    return
  }
  await current.close().catch(() => {})
  batch = undefined
  if (!random.chance(0.2)) return
  // The next one is killed while it starts.
  const starting = unlessKilled(() => startBatch(folder, settings))
  await sleep(random.integer(30, 300))
  executiveKills.push(Date.now())
  for (const pid of serversOf(folder)) if (pid !== status?.keeperPid || random.chance(0.3)) kill(pid)
  keeperKills.push(Date.now())
  await starting
}

function problemsOf(jobs: readonly JobStatus[]): string[] {
  const lines = readLedger(ledger)
  const byJob = groupsOf(lines)
  return jobs.flatMap((job) => {
    const own = byJob.get(job.id) ?? []
    const begins = own.filter(({ word }) => word === 'begin')
    const ends = own.filter(({ word }) => word === 'end')
    const code = expected.get(job.name)
    const said = `${job.name} (${job.id}, ${job.outcome}, ${job.why}, attempt ${job.attempt})`
    const isUnknownRightly =
      job.outcome === 'unknown' && wasAlone(Math.min(job.startedAt ?? Infinity, begins[0]?.at ?? 0), ends[0]?.at ?? 0)
    return [
      ...(begins.length === 1 ? [] : [`${said} began ${begins.length} times`]),
      ...(ends.length === 1 ? [] : [`${said} came to its end ${ends.length} times`]),
      ...(job.exitCode === code || isUnknownRightly
        ? []
        : [`${said} has exit code ${job.exitCode}, not ${code}; ${timesOf(job, own)}`]),
    ]
  })
}

/** What the keepers wrote down of ends is what is told of them, and nobody's times are longer than its life. */
function accountProblemsOf(jobs: readonly JobStatus[]): string[] {
  const ends = endsByName()
  return jobs.flatMap((job) => {
    const { id, name, attempt, times, use, submittedAt, startedAt = 0, endedAt = 0, outcome } = job
    const end = ends.get(`${id}.${attempt}`)
    const sum = Object.values(times).reduce((total, ms) => total + ms, 0)
    const programEnd = end?.endedAt ?? 0
    const cpuMs = (end?.resources?.userMs ?? 0) + (end?.resources?.systemMs ?? 0)
    const isSeen = outcome !== 'unknown'
    return [
      ...(submittedAt <= startedAt && startedAt <= endedAt
        ? []
        : [`${name}: ${submittedAt}, ${startedAt}, ${endedAt}`]),
      // Each executive reads the date once, when it starts.
      ...(sum <= endedAt - submittedAt + clockMs ? [] : [`${name}: ${sum} ms in ${endedAt - submittedAt} ms`]),
      ...(!isSeen || endedAt >= programEnd - clockMs
        ? []
        : [`${name} ended ${programEnd - endedAt} ms before its program`]),
      ...(!isSeen || (use?.userMs ?? 0) + (use?.systemMs ?? 0) >= cpuMs - 1
        ? []
        : [`${name} used ${cpuMs} ms, not told`]),
    ]
  })
}

function endsByName(): Map<string, EndRecord> {
  const names = new Map<string, string>()
  const ends = new Map<string, EndRecord>()
  for (const line of Keeper.journal(folder)) {
    const program = `${line.id} ${line.pid}`
    const name = names.get(program)
    if (line.kind === 'start') names.set(program, line.name)
    else if (name !== undefined) ends.set(name, line)
  }
  return ends
}

/** Each run that was learned is that of a job that ended well: with its time on CPUs. */
function historyProblemsOf(jobs: readonly JobStatus[]): string[] {
  const history = History.open(folder)
  return history.keys().flatMap((key) => {
    const known = jobs.filter(({ outcome, request }) => outcome === 'ok' && request.key === key)
    return history
      .runsOf(key)
      .filter(({ cpuMs }) => !known.some(({ times }) => Math.abs(times.running - cpuMs) < 1))
      .map(({ cpuMs }) => `${key}: ${cpuMs} ms were learned of no job`)
  })
}

/** For people: how long before its end things happened. */
function timesOf(
  { id, startedAt = 0 }: JobStatus,
  lines: readonly { readonly word: string; readonly at: number }[],
): string {
  const end = lines.find(({ word }) => word === 'end')?.at ?? Date.now()
  const since = (at: number): number => Math.round(at - end)
  const near = (at: number): boolean => Math.abs(at - end) < 5_000
  const [keepers, executives] = [keeperKills.filter(near).map(since), executiveKills.filter(near).map(since)]
  const own = lines.map(({ word, at }) => `${word} ${since(at)}`).join(', ')
  const times = `started ${since(startedAt)}, ${own}; keepers killed ${keepers.join(' ')}; executives ${executives.join(' ')} (ms)`
  return [times, ...writtenOf(id)].join('\n  ')
}

/** What the journals and the marks say of a job. */
function writtenOf(id: number): string[] {
  const lines = ['batch.journal', 'journal.jsonl', 'marks'].flatMap((name) =>
    readFileSync(join(folder, name), 'utf8').split('\n'),
  )
  const mine = new RegExp(`"name":"${id}\\.|^${id}\\.|"job":${id},`)
  const pidOf = (line: string): string => /"pid":(\d+)/.exec(line)?.[1] ?? ''
  const pids = new Set(lines.filter((line) => mine.test(line)).map(pidOf))
  return lines
    .filter((line) => mine.test(line) || (pidOf(line) !== '' && pids.has(pidOf(line))))
    .map((line) => line.slice(0, 300))
}

function groupsOf<Line extends { readonly job: number }>(lines: readonly Line[]): Map<number, Line[]> {
  const groups = new Map<number, Line[]>()
  for (const line of lines) groups.set(line.job, [...(groups.get(line.job) ?? []), line])
  return groups
}

/** Both of its possible parents were killed while it ran, or just before its end was written down. */
function wasAlone(begin: number, end: number): boolean {
  const isMeanwhile = (at: number): boolean => at >= begin - 200 && at <= end + 3_000
  return keeperKills.some(isMeanwhile) && executiveKills.some(isMeanwhile)
}

const skip = isNative
  ? unlessProgram('bash') || unlessProgram('setsid') || unlessProgram('timeout')
  : 'without the addon a program whose start was interrupted cannot be told'

describe(`a batch that is killed at random, seed ${seed}`, { skip }, () => {
  after(async () => {
    await batch?.close()
    await stopBatch(folder, { endJobs: true }).catch(() => {})
  })

  it('loses, doubles and leaves nothing', async () => {
    const end = performance.now() + longestMs
    let count = 0
    for (; count < kills && (count < leastKills || performance.now() < end); count++) await round()
    batch ??= await connected()
    await feed(batch)
    const last = batch
    const signal = AbortSignal.timeout(30_000)
    await last.wait({ all: true }, { signal }).catch(async (cause: unknown) => {
      const left = (await last.jobs({ all: true })).map(({ name, state, why, pid }) => `${name} ${state} ${why} ${pid}`)
      throw new Error(`seed ${seed}: these do not end: ${left.join('; ')}`, { cause })
    })
    const jobs = await last.jobs()
    const names = new Set(jobs.map(({ name }) => name))
    const unknown = jobs.filter(({ outcome }) => outcome === 'unknown').length
    console.log(
      `${count} times, ${jobs.length} jobs, ${keeperKills.length} kills of keepers, ${executiveKills.length} of executives; ${unknown} ended unseen`,
    )
    assert.deepEqual(
      [...taken].filter((name) => !names.has(name)),
      [],
      `seed ${seed}: taken and lost`,
    )
    assert.deepEqual(problemsOf(jobs), [], `seed ${seed}`)
    assert.deepEqual(accountProblemsOf(jobs), [], `seed ${seed}`)
    await until('no program is left', () => membersOf(folder).length === 0, 5_000).catch(() => {})
    assert.deepEqual(membersOf(folder), [], `seed ${seed}: left behind`)
    await last.close()
    batch = undefined
    await stopBatch(folder)
    await until('executive and keeper are gone', () => serversOf(folder).length === 0)
    assert.deepEqual(historyProblemsOf(jobs), [], `seed ${seed}`)
  })
})
