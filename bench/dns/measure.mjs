// Measures one scenario: all its servers run, and each is loaded in every round, in turn; the next round starts with the next one, so
// that a slow phase of the machine does not fall on one of them. Idle servers take no time.

import { setTimeout as delay } from 'node:timers/promises'
import { runLoad } from '../lib/load.mjs'
import { rotate } from '../lib/statistics.mjs'
import { nextRootZone } from './data.mjs'
import { askOnce, processorNs, startServer } from './servers.mjs'

/** A server under full load that did not have its core to itself says nothing of the server: other work took it. */
const ownCore = 0.9
const reloadMs = 500
const serialMs = 10_000

function loadOf(row, data) {
  return ['dns-load', ...data.load, ...(row.peer.isReflector ? ['--reflected', '1'] : [])]
}

async function measureOnce({ server }, load, seconds) {
  const before = server.processor()
  const measured = await runLoad(load, server.port, seconds)
  if (measured.failure) return measured
  if (!server.isRunning()) return { failure: `under load it ${server.problem()}` }
  if (measured.received === 0) return { failure: 'answered nothing' }
  const usedNs = processorNs(before, server.processor())
  return {
    ...measured,
    processorUsPerMessage: usedNs / 1_000 / measured.received,
    busyShare: usedNs / 1e9 / measured.seconds,
  }
}

/** Measures, and again as long as other work is in the way and retries are left. */
async function measure(row, load, options) {
  for (let retry = 0; ; retry += 1) {
    const measured = await measureOnce(row, load, options.seconds)
    if (measured.failure || measured.busyShare >= ownCore || retry >= options.retries) return measured
    row.repeated += 1
  }
}

/** Under load, the zone's next version every half second, told by SIGHUP; then the last one must be served. */
async function measureReloads(row, data, load, options) {
  const { server } = row
  const serial = () => nextRootZone(data.zones[0], (data.serial = (data.serial ?? 2_100_000_000) + 1))
  let reloads = 0
  const reloading = setInterval(() => {
    serial()
    server.signal('SIGHUP')
    reloads += 1
  }, reloadMs)
  const measured = await measureOnce(row, load, Math.max(3, options.seconds * 3))
  clearInterval(reloading)
  if (measured.failure) return measured
  const untilMs = performance.now() + serialMs
  while (performance.now() < untilMs) {
    const answer = await askOnce(server.port, data.probe)
    if (answer !== undefined && serialIn(answer) === data.serial) return { ...measured, reloads }
    await delay(reloadMs)
    // Some pass over a signal that comes while they load.
    server.signal('SIGHUP')
  }
  return { failure: `serves an older version than ${data.serial}` }
}

/** The serial in an answer with one SOA: behind two names, of which the second may be a pointer. */
function serialIn(answer) {
  const at = answer.indexOf(Buffer.from([0, 6, 0, 1]), 17)
  if (at < 0) return undefined
  let next = at + 10
  for (let names = 0; names < 2; names++) {
    while (answer[next] > 0 && answer[next] < 0xc0) next += 1 + answer[next]
    next += answer[next] >= 0xc0 ? 2 : 1
  }
  return answer.readUInt32BE(next)
}

export async function measureScenario(scenario, options, empty) {
  console.error(`\n${scenario.title}`)
  const missing = scenario.missing?.()
  if (missing) {
    console.error(missing)
    return { scenario, missing, rows: [] }
  }
  const data = await scenario.prepare()
  const rows = data.peers.map((peer) => ({ peer, rounds: new Map(), failures: new Map(), repeated: 0 }))
  const upstream = data.upstream ? await startServer(data.upstream, data.probe) : undefined
  if (upstream?.failure) return { scenario, missing: `the server to ask ${upstream.failure}`, rows: [] }
  try {
    for (const row of rows) await begin(row, data, options)
    const measureRow = scenario.reload ? (row, load) => measureReloads(row, data, load, options) : measure
    const rounds = scenario.reload ? Math.min(2, options.rounds) : options.rounds
    for (let round = 0; round < rounds; round += 1) {
      for (const row of rotate(rows, round)) {
        if (row.server === undefined) continue
        const measured = await measureRow(row, loadOf(row, data), options)
        if (measured.failure) row.failures.set(measured.failure, 1)
        else row.rounds.set(round, measured)
        const figure = measured.failure ?? `${(measured.perSecond / 1_000).toFixed(1)} thousand/s`
        console.error(`round ${round + 1}  ${row.peer.name.padEnd(18)} ${figure}`)
      }
    }
    for (const row of rows) if (scenario.memory) memoryOf(row, data, empty)
  } finally {
    for (const { server } of rows) await server?.stop()
    await upstream?.stop?.()
  }
  return { scenario, rows }
}

async function begin(row, data, options) {
  const server = await startServer(row.peer, data.probe)
  if (server.failure) {
    row.failures.set(server.failure, 1)
    console.error(`${row.peer.name}: ${server.failure}`)
    return
  }
  row.server = server
  const warmedUp = await runLoad(loadOf(row, data), server.port, data.warmUpSeconds ?? options.warmUpSeconds)
  if (warmedUp.failure) row.failures.set(warmedUp.failure, 1)
}

/** After the load, when what the loading left is gone; beside the same server without names. */
function memoryOf(row, data, empty) {
  const { peer, server } = row
  const base = empty.get(peer.name)
  if (server === undefined || base === undefined) return
  const bytes = server.memory()
  row.memory = { bytes, emptyBytes: base, perName: (bytes - base) / data.names, readyMs: server.readyMs }
}

/** What each server takes with next to nothing to serve, by its name. */
export async function emptyMemory({ probe, peers }) {
  const found = new Map()
  for (const peer of peers) {
    const server = await startServer(peer, probe)
    if (server.failure) continue
    await delay(500)
    found.set(peer.name, server.memory())
    await server.stop()
  }
  return found
}
