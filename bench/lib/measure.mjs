// One measurement: a fresh server, a warm-up, the measured load, and what the
// server's process used meanwhile. Returns either numbers or the reason there
// are none.

import { runLoad } from './load.mjs'
import { processorNsBetween, readProcessorTime } from './process.mjs'
import { startServer } from './server.mjs'

async function measureRunning(server, scenario, options) {
  const warmUp = await runLoad(scenario.load, server.port, options.warmUpSeconds)
  if (warmUp.failure) return warmUp
  if (!server.isRunning()) return { failure: `died: ${server.problem()}` }
  const before = readProcessorTime(server.pid)
  const load = await runLoad(scenario.load, server.port, options.seconds)
  if (load.failure) return load
  if (!server.isRunning()) return { failure: `died: ${server.problem()}` }
  if (load.received === 0) return { failure: 'answered nothing' }
  const processorNs = processorNsBetween(before, readProcessorTime(server.pid))
  return {
    ...load,
    processorUsPerMessage: processorNs / 1_000 / load.received,
    busyShare: processorNs / 1e9 / load.seconds,
  }
}

export async function measureEcho(peer, scenario, options) {
  const server = await startServer(peer)
  if (server.failure) return { failure: server.failure, skipRest: true }
  try {
    return await measureRunning(server, scenario, options)
  } catch (error) {
    return { failure: server.isRunning() ? error.message : `died: ${server.problem()}` }
  } finally {
    await server.stop()
  }
}
