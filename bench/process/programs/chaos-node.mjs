// Runs one pool while its workers are killed with SIGKILL, and compares what
// the pool answered with what the workers wrote into the ledger.

import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { judge } from './chaos-ledger.mjs'
import { filesAndMappings, liveChildren, marked, markFamily, survivorsOf, zombies } from './chaos-leftovers.mjs'
import { randomFrom } from './chaos-random.mjs'
import { identityOf, readWords, report } from './meter.mjs'
import { openPool } from './pools.mjs'

const lanes = 2
const inFlight = 8
const deadlineMs = 5_000
const closeMs = 5_000
const taskMs = 15

const words = readWords()
const kills = Number(words.kills)
const limitMs = Number(words.limit ?? 900) * 1_000
const random = randomFrom(Number(words.seed))
const folder = mkdtempSync(join(tmpdir(), 'lanework-chaos-'))
const ledger = join(folder, 'ledger')
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms))
const within = (promise, ms) => Promise.race([promise, pause(ms)])

const tasks = []
const killedAtMs = new Map()
const state = { pool: undefined, broken: 0, lastSettledMs: 0, stopping: false }

function submit() {
  const id = tasks.length
  const task = { id, submittedMs: performance.now(), outcome: undefined }
  tasks.push(task)
  const settle = (outcome, value) => {
    task.outcome = outcome
    task.value = value
    task.settledMs = state.lastSettledMs = performance.now()
  }
  const argument = [id, random() * taskMs, random() < 0.5, ledger]
  const settled = Promise.resolve()
    .then(() => state.pool.call('work', argument))
    .then(
      (value) => settle('fulfilled', value),
      (error) => settle('rejected', String(error)),
    )
  return { task, settled }
}

/** One of several users of the pool: waits for an answer, but not longer than the deadline. */
async function user() {
  while (!state.stopping) {
    const { task, settled } = submit()
    const clock = { timer: undefined }
    await Promise.race([settled, new Promise((resolve) => (clock.timer = setTimeout(resolve, deadlineMs)))])
    clearTimeout(clock.timer)
    task.hung = task.outcome === undefined
    if (task.outcome === 'rejected') await pause(1)
  }
}

async function closePool() {
  await within(
    Promise.resolve(state.pool.close()).catch(() => undefined),
    closeMs,
  )
}

/** A pool that answered nothing at all for two deadlines will not recover. */
async function replaceWhenStuck() {
  if (performance.now() - state.lastSettledMs < 2 * deadlineMs) return
  state.broken += 1
  await closePool()
  for (const pid of liveChildren()) process.kill(pid, 'SIGKILL')
  state.pool = await openPool(words.kind, lanes)
  state.lastSettledMs = performance.now()
}

/** Waits until a task has begun or ended since the last kill: workers that never get to work prove nothing. */
async function progress(sizeBefore) {
  const untilMs = performance.now() + 1_000
  while (statSync(ledger).size === sizeBefore && performance.now() < untilMs) await pause(2)
  return statSync(ledger).size
}

const exponentialMs = () => Math.min(50, Math.max(1, -10 * Math.log(1 - random())))

async function killer() {
  let size = 0
  const untilMs = performance.now() + limitMs
  while (killedAtMs.size < kills && performance.now() < untilMs) {
    size = await progress(size)
    await pause(exponentialMs())
    await replaceWhenStuck()
    const workers = state.pool.workers?.() ?? liveChildren()
    const pid = workers[Math.floor(random() * workers.length)]
    if (pid === undefined) continue
    const worker = identityOf(pid)
    if (killedAtMs.has(worker)) continue
    try {
      process.kill(pid, 'SIGKILL')
      killedAtMs.set(worker, performance.now())
    } catch {
      // It ended by itself in the meantime.
    }
    if (killedAtMs.size % 1_000 === 0) console.error(`${words.kind}: ${killedAtMs.size} kills, ${tasks.length} tasks`)
  }
}

async function main() {
  writeFileSync(ledger, '')
  markFamily(folder)
  // The first pool of a process opens what stays open for ever.
  state.pool = await openPool(words.kind, lanes)
  await within(Promise.all(Array.from({ length: inFlight }, () => submit().settled)), deadlineMs)
  await closePool()
  await pause(500)
  const before = filesAndMappings()
  const startedMs = performance.now()
  state.lastSettledMs = startedMs
  state.pool = await openPool(words.kind, lanes)
  const users = Array.from({ length: inFlight }, user)
  await killer()
  state.stopping = true
  await Promise.all(users)
  await closePool()
  await pause(1_000)
  globalThis.gc?.()
  await pause(100)
  const after = filesAndMappings()
  const result = {
    kills: killedAtMs.size,
    ...judge({ tasks, killedAtMs, ledger, attempts: Number(words.attempts) }),
    broken: state.broken,
    orphans: marked(folder).length,
    zombies: zombies(),
    leakedFiles: after.files - before.files,
    leakedMappings: after.mappings - before.mappings,
    seconds: (performance.now() - startedMs) / 1_000,
  }
  report({ ...result, survivors: await survivorsOf(words.kind) })
}

try {
  await main()
} finally {
  rmSync(folder, { recursive: true, force: true })
}
process.exit(0)
