// Measures one scenario: all its servers run with their rooms full, and each is spoken in every round, in turn; the next round starts with
// the next one, so that a slow phase of the machine does not fall on one of them. Idle servers take no time.

import { setTimeout as delay } from 'node:timers/promises'
import { rotate } from '../lib/statistics.mjs'
import { fillRoom } from './room.mjs'
import { processorBetween, startServer } from './servers.mjs'

/** A server under full load that did not have its core to itself says nothing of the server: other work took it. */
const ownCore = 0.9
const warmUpSeconds = 1
/** At a pace: a percentile needs many messages. */
const pacedSeconds = 3
/** Members that come and go before memory is measured, so that what is needed once is in what is empty. */
const firstMembers = 200
const settleMs = 1_500

async function measureRun({ server, room }, run) {
  const before = server.processor()
  const measured = await room.run(run)
  if (measured.failure) return measured
  if (!server.isRunning()) return { failure: `under load it ${server.problem()}` }
  const used = processorBetween(before, server.processor())
  return { ...measured, processorUs: (used * 1e6) / measured.received, busyShare: used / measured.seconds }
}

/** Measures, and again as long as other work is in the way and retries are left. */
async function measureThroughput(row, { run }, options) {
  for (let retry = 0; ; retry += 1) {
    const measured = await measureRun(row, { ...run, seconds: options.seconds })
    if (measured.failure || measured.busyShare >= ownCore || retry >= options.retries) return measured
    row.repeated += 1
  }
}

function pacedRun(run, { isQuick }) {
  return { ...run, seconds: isQuick ? 1 : pacedSeconds }
}

async function measureLatency(row, { run }, options) {
  return await measureRun(row, pacedRun(run, options))
}

/** Without the flood and with it; the flood is well under way when it is measured. */
async function measureFairness(row, { run, flood }, options) {
  const quiet = await measureRun(row, pacedRun(run, options))
  if (quiet.failure) return quiet
  const before = await row.room.run({ ...run, ...flood, seconds: 1 })
  if (before.failure) return before
  const flooded = await measureRun(row, { ...pacedRun(run, options), ...flood })
  if (flooded.failure) return flooded
  return { ...flooded, quietP99Us: quiet.p99Us, quietLost: quiet.lost, ratio: flooded.p99Us / quiet.p99Us }
}

const measures = { throughput: measureThroughput, latency: measureLatency, fair: measureFairness }

function figureOf({ kind }, measured) {
  if (measured.failure) return measured.failure
  if (kind === 'idle') return `${measured.kibEach.toFixed(1)} KiB each`
  if (kind === 'throughput') return `${(measured.perSecond / 1_000).toFixed(1)} thousand/s`
  const p99 = `p99 ${(measured.p99Us / 1_000).toFixed(1)} ms`
  return kind === 'fair' ? `${p99}, ${(measured.quietP99Us / 1_000).toFixed(1)} without the flood` : p99
}

export async function measureScenario(scenario, options) {
  console.error(`\n${scenario.title}`)
  const peers = scenario.peers().filter(({ name }) => options.peers?.includes(name) ?? true)
  const rows = peers.map((peer) => ({ peer, rounds: new Map(), failures: new Map(), repeated: 0 }))
  if (scenario.kind === 'idle') {
    for (const row of rows) await measureIdle(row, scenario, options)
    return { scenario, rows }
  }
  try {
    for (const row of rows) await begin(row, scenario)
    for (let round = 0; round < options.rounds; round += 1) {
      for (const row of rotate(rows, round)) {
        if (row.room === undefined) continue
        const measured = await measures[scenario.kind](row, scenario, options)
        note(row, round, scenario, measured)
      }
    }
  } finally {
    for (const row of rows) await end(row)
  }
  return { scenario, rows }
}

function note(row, round, scenario, measured) {
  if (measured.failure) row.failures.set(measured.failure, 1)
  else row.rounds.set(round, measured)
  console.error(`round ${round + 1}  ${row.peer.name.padEnd(16)} ${figureOf(scenario, measured)}`)
}

async function begin(row, { members, roomMembers, run }) {
  const server = await startServer(row.peer)
  if (server.failure) return fail(row, server.failure)
  row.server = server
  const { transport, isEchoed } = row.peer
  const room = await fillRoom({ transport, isEchoed, members, roomMembers }, server.port)
  if (room.failure) return fail(row, room.failure)
  row.room = room
  row.joinSeconds = room.joinSeconds
  const warmedUp = await room.run({ ...run, seconds: warmUpSeconds })
  if (warmedUp.failure) fail(row, warmedUp.failure)
}

function fail(row, failure) {
  row.failures.set(failure, 1)
  console.error(`${row.peer.name}: ${failure}`)
}

async function end({ room, server }) {
  await room?.leave()
  await server?.stop()
}

/** The members that are there and say nothing, less the same server after a few have come and gone. */
async function measureIdle(row, { kind, members, roomMembers }, { isQuick }) {
  const server = await startServer(row.peer)
  if (server.failure) return fail(row, server.failure)
  const wanted = row.peer.members ?? members
  const count = isQuick ? wanted / 10 : wanted
  const { transport, isEchoed } = row.peer
  try {
    const first = await fillRoom({ transport, isEchoed, members: firstMembers, roomMembers }, server.port)
    if (first.failure) return fail(row, first.failure)
    await first.leave()
    await delay(settleMs)
    const emptyKib = server.memoryKib()
    const before = server.processor()
    const room = await fillRoom({ transport, isEchoed, members: count, roomMembers }, server.port)
    if (room.failure) return fail(row, room.failure)
    await delay(settleMs)
    const joinProcessorMs = (processorBetween(before, server.processor()) * 1_000) / count
    const fullKib = server.memoryKib()
    const open = await room.openCount()
    await room.leave()
    if (open < count) return fail(row, `holds only ${open} of ${count} connections`)
    const figures = { kibEach: (fullKib - emptyKib) / count, emptyKib, fullKib, members: count, joinProcessorMs }
    note(row, 0, { kind }, { ...figures, joinSeconds: room.joinSeconds })
  } finally {
    await server.stop()
  }
}
