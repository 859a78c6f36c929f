// A long seeded run of kills and reloads at random moments under UDP and TCP load. At the end nothing may have failed to
// connect, no reply may be wrong, and descriptors, mappings and memory of the supervisor and of the lanes must be flat.
// Replay a run with its seed:
//
//   node bench/lanes/soak.mjs --minutes 10 --seed 1 --lane-kind process

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { results } from '../lib/paths.mjs'
import { median } from '../lib/statistics.mjs'
import { buildLoads } from './build.mjs'
import { monotonicMs, seededRandom } from './disturb.mjs'
import { runLoad } from './load.mjs'
import { peersNamed } from './peers.mjs'
import { startServer } from './server.mjs'
import { treeOf, usageOf } from './tree.mjs'

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    'lane-kind': { type: 'string', default: 'process' },
    'mean-ms': { type: 'string', default: '1000' },
    rate: { type: 'string', default: '2000' },
  },
})
const minutes = Math.min(14, Math.max(0.1, Number(values.minutes)))
const meanMs = Math.min(60_000, Math.max(50, Number(values['mean-ms'])))
const seed = Number(values.seed)
const rate = Math.min(50_000, Math.max(100, Number(values.rate)))
const random = seededRandom(seed)
const kind = values['lane-kind'] === 'thread' ? 'thread' : 'process'
const sampleMs = 1_000
const allowed = { descriptors: 8, mappings: 64, residentKib: 32 * 1_024 }

const counts = { kills: 0, reloads: 0, refused: [] }
const samples = []

buildLoads()
const [peer] = peersNamed([`${kind}-2`])
const server = await startServer(peer, { transport: 'udp+tcp', handler: 'upper' })
const halt = new AbortController()
const disturbing = disturb(halt.signal)
const sampling = sample(halt.signal)
const seconds = minutes * 60
const [datagrams, streams] = await Promise.all([
  runLoad('udp', server.port, { rate, seconds, sockets: 64 }),
  runLoad('tcp', server.port, { rate, seconds, connections: 64, churn: 20, requests: 4 }),
])
halt.abort()
await Promise.all([disturbing, sampling])
await delay(3_000)
const status = await server.order('status')
const processes = treeOf(server.pid).length
const left = await server.stop()
const problems = findProblems()
const report = {
  seed,
  minutes,
  kind,
  kills: counts.kills,
  reloads: counts.reloads,
  reloadsRefused: counts.refused.length,
  datagrams: summary(datagrams),
  streams: summary(streams),
  generation: status.generation,
  lanes: status.lanes.map(({ state, restarts }) => ({ state, restarts })),
  processes,
  supervisor: figures(({ supervisor }) => supervisor),
  lane: figures(({ lanes }) => lanes),
  problems,
}
console.log(JSON.stringify(report))
if (minutes >= 10) writeFileSync(join(results, 'lanes-soak.json'), `${JSON.stringify(report, undefined, 2)}\n`)
process.exit(problems.length === 0 ? 0 : 1)

function summary({ sent, answered, unanswered, wrong, doubled, connects, refused, reset, timedOut, p99Us }) {
  return { sent, answered, unanswered, wrong, doubled, connects, refused, reset, timedOut, p99Us }
}

/** Kills three times as often as it reloads; threads cannot be killed, so they are only reloaded. */
async function disturb(signal) {
  while (!signal.aborted) {
    await delay(-Math.log(1 - random()) * meanMs, undefined, { signal }).catch(() => {})
    if (signal.aborted) return
    if (kind === 'thread' || random() < 0.25) await reloadOnce()
    else await killOne()
  }
}

async function reloadOnce() {
  try {
    await server.order('reload')
    counts.reloads += 1
  } catch (error) {
    counts.refused.push(error.message)
  }
}

/** Any lane, one that only just starts too. */
async function killOne() {
  const lanes = (await server.order('lanes')).filter(({ pid }) => pid > 0 && pid !== server.pid)
  const lane = lanes[Math.floor(random() * lanes.length)]
  if (lane === undefined) return
  try {
    process.kill(lane.pid, 'SIGKILL')
    counts.kills += 1
  } catch {
    // It has ended since it was listed.
  }
}

async function sample(signal) {
  while (!signal.aborted) {
    const [supervisor, ...others] = treeOf(server.pid).map(usageOf).filter(Boolean)
    if (supervisor?.pid === server.pid) samples.push({ atMs: monotonicMs(), supervisor, lanes: largest(others) })
    await delay(sampleMs, undefined, { signal }).catch(() => {})
  }
}

/** The most of each over all processes but the supervisor, and how many there are. */
function largest(usages) {
  const most = (pick) => Math.max(0, ...usages.map(pick))
  return {
    descriptors: most(({ descriptors }) => descriptors),
    mappings: most(({ mappings }) => mappings),
    residentKib: most(({ residentKib }) => residentKib),
  }
}

/** Medians of the second and of the last fifth of the run: the first is warming up. */
function figures(pick) {
  const fifth = Math.max(1, Math.floor(samples.length / 5))
  const middle = (part, name) => median(part.map((each) => pick(each)[name]))
  const [early, late] = [samples.slice(fifth, fifth * 2), samples.slice(-fifth)]
  return Object.fromEntries(Object.keys(allowed).map((name) => [name, [middle(early, name), middle(late, name)]]))
}

function findProblems() {
  const found = []
  for (const [who, used] of Object.entries({
    supervisor: figures(({ supervisor }) => supervisor),
    lane: figures(({ lanes }) => lanes),
  })) {
    for (const [name, [early, late]] of Object.entries(used)) {
      if (late > early + allowed[name]) found.push(`${name} of the ${who} rose from ${early} to ${late}`)
    }
  }
  const failed = streams.refused + streams.reset + streams.timedOut
  if (failed > 0) found.push(`${failed} connects failed`)
  if (datagrams.wrong + streams.wrong > 0) found.push('replies were wrong')
  if (datagrams.doubled + streams.doubled > 0) found.push('replies came twice')
  if (datagrams.unanswered > counts.kills * 64) found.push(`${datagrams.unanswered} datagrams unanswered`)
  if (status.lanes.some(({ state }) => state !== 'ready' && state !== 'running')) found.push('a lane is not back')
  if (left.length > 0) found.push(`${left.length} processes were left behind`)
  if (server.events.length > 0) found.push(...server.events.map(({ error }) => error))
  return [...found, ...new Set(counts.refused)]
}
