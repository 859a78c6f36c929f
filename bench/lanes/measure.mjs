// One measurement of each kind: a fresh server, a warm-up, the load, and what happens to it meanwhile.

import { setTimeout as delay } from 'node:timers/promises'
import { killLanes, lossesAt, reloadLanes, seededRandom } from './disturb.mjs'
import { runLoad, startSlowClients } from './load.mjs'
import { startServer } from './server.mjs'
import { processorSeconds } from './tree.mjs'

const mostRatePerSecond = 400_000

/** Load with the processor time that the server's processes took for it. */
async function accounted(server, transport, settings) {
  const before = processorSeconds(server.pid)
  const load = await runLoad(transport, server.port, settings)
  if (load.answered === 0) throw new Error('answered nothing')
  const used = processorSeconds(server.pid) - before
  return {
    ...load,
    cpuPerMillion: (used / load.answered) * 1e6,
    loadCpuPerMillion: (load.loadCpuSeconds / load.answered) * 1e6,
  }
}

async function scale(server, { transport, load }, _row, options) {
  await runLoad(transport, server.port, { ...load, seconds: options.warmUpSeconds })
  return accounted(server, transport, { ...load, seconds: options.seconds })
}

async function balance(server, { transport }, row, options) {
  const settings = { ...row.load, rate: 8_000, seconds: options.seconds, stamped: 1 }
  const load = await runLoad(transport, server.port, settings)
  const counts = Object.values(load.stamps).toSorted((left, right) => right - left)
  while (counts.length < row.settings.lanes) counts.push(0)
  return { ...load, shares: counts.map((count) => count / load.answered) }
}

/** Half of what this server can do, undisturbed. */
async function halfLoad(server, { transport, saturated }, options) {
  const { perSecond } = await runLoad(transport, server.port, { ...saturated, seconds: options.warmUpSeconds * 2 })
  return Math.min(mostRatePerSecond, Math.max(100, Math.round(perSecond / 2)))
}

/** Peers are disturbed for a shorter time: what they lose is plain soon. */
function secondsOf({ peer }, { disturbedSeconds, peerSeconds }) {
  return peer.program === 'lanework' ? disturbedSeconds : Math.min(disturbedSeconds, peerSeconds)
}

async function disturbed(server, scenario, row, options, disturb) {
  const seconds = secondsOf(row, options)
  const rate = scenario.rate === 'half' ? await halfLoad(server, scenario, options) : scenario.rate
  await delay(300)
  const { result, stop } = disturb()
  const settings = { ...scenario.load, rate, seconds }
  // The load waits for late answers; nothing happens to the server any more then.
  const over = delay(seconds * 1_000).then(stop)
  const load = await accounted(server, scenario.transport, settings)
  await over
  return { rate, load: { ...load, kernelDrops: await kernelDropsOf(server) }, result }
}

/** Datagrams that found their socket full; only lanework's servers tell. */
async function kernelDropsOf(server) {
  const status = await server.order('status').catch(() => undefined)
  return status?.listeners.reduce((sum, { kernelDrops = 0 }) => sum + kernelDrops, 0)
}

async function kill(server, scenario, row, options) {
  const disturb = () => killLanes(server, { intervalMs: options.killMs, random: seededRandom(options.seed) })
  const { rate, load, result } = await disturbed(server, scenario, row, options, disturb)
  const losses = lossesAt(load.lostAtMs, result.killsAtMs)
  const measured = { ...load, ...losses, rate, kills: result.killsAtMs.length, passed: result.passed }
  return { ...measured, lostAtMs: undefined, problems: problemsOf(server, result) }
}

async function reload(server, scenario, row, options) {
  const disturb = () => reloadLanes(server, { intervalMs: options.reloadMs })
  const { rate, load, result } = await disturbed(server, scenario, row, options, disturb)
  const losses = lossesAt(load.lostAtMs, result.reloadsAtMs)
  const slowestReloadMs = Math.max(0, ...result.tookMs)
  const measured = { ...load, ...losses, rate, reloads: result.reloadsAtMs.length, slowestReloadMs }
  return { ...measured, lostAtMs: undefined, problems: problemsOf(server, result) }
}

function problemsOf(server, { problems }) {
  const said = [...problems, ...server.events.map(({ error }) => error)]
  return [...new Set(said)].map((text) => `${said.filter((each) => each === text).length}x ${text}`)
}

async function slow(server, scenario, _row, options) {
  const rate = await halfLoad(server, scenario, options)
  const settings = { ...scenario.load, rate, seconds: options.seconds * 2 }
  const without = await runLoad(scenario.transport, server.port, settings)
  const clients = await startSlowClients(server.port, { clients: options.slowClients })
  await delay(500)
  const among = await runLoad(scenario.transport, server.port, settings)
  return { rate, without, among, slow: await clients.leave() }
}

const kinds = {
  scale,
  balance,
  'kill-udp': kill,
  'kill-tcp': kill,
  'reload-udp': reload,
  'reload-tcp': reload,
  slow,
}

/** `{ failure }` is the reason for an empty row; everything else is measured. */
export async function measure(scenario, row, options) {
  let server
  try {
    const { transport, handler } = scenario
    server = await startServer(row.peer, { ...row.settings, transport, handler })
    const measured = await kinds[scenario.kind](server, scenario, row, options)
    const left = await server.stop()
    server = undefined
    return { ...measured, left: left.length }
  } catch (error) {
    return { failure: error.message }
  } finally {
    await server?.stop()
  }
}
