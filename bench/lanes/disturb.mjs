// What happens to a server while it is under load: lanes are killed, or it is reloaded, at a fixed pace.

import { setTimeout as delay } from 'node:timers/promises'

/** The clock of the loads: monotonic milliseconds. */
export const monotonicMs = () => Number(process.hrtime.bigint() / 1_000n) / 1_000

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function seededRandom(seed) {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Calls `act` every so many milliseconds, never two at once, until it is stopped. */
function every(intervalMs, act) {
  const halt = new AbortController()
  const done = (async () => {
    let dueMs = monotonicMs() + intervalMs
    while (!halt.signal.aborted) {
      await delay(Math.max(0, dueMs - monotonicMs()), undefined, { signal: halt.signal }).catch(() => {})
      if (halt.signal.aborted) return
      await act()
      dueMs = Math.max(dueMs + intervalMs, monotonicMs())
    }
  })()
  return async () => {
    halt.abort()
    await done
  }
}

/** Kills a lane that is ready with SIGKILL at every interval; where none is ready the turn passes, and is counted. */
export function killLanes(server, { intervalMs, random }) {
  const result = { killsAtMs: [], passed: 0, problems: [] }
  const stop = every(intervalMs, async () => {
    try {
      const lanes = (await server.order('lanes')).filter(({ isReady }) => isReady)
      const lane = lanes[Math.floor(random() * lanes.length)]
      if (lane === undefined) {
        result.passed += 1
        return
      }
      process.kill(lane.pid, 'SIGKILL')
      result.killsAtMs.push(monotonicMs())
    } catch (error) {
      // A lane that has ended since it was listed is no problem of the server's.
      if (error.code === 'ESRCH') result.passed += 1
      else result.problems.push(error.message)
    }
  })
  return { result, stop }
}

/** Reloads at every interval, later where a reload takes longer. */
export function reloadLanes(server, { intervalMs }) {
  const result = { reloadsAtMs: [], tookMs: [], problems: [] }
  const stop = every(intervalMs, async () => {
    const beganMs = monotonicMs()
    try {
      await server.order('reload')
      result.reloadsAtMs.push(beganMs)
      result.tookMs.push(monotonicMs() - beganMs)
    } catch (error) {
      result.problems.push(error.message)
    }
  })
  return { result, stop }
}

/** Losses by the event next to which they were sent: how many at each, the most at one. */
export function lossesAt(lostAtMs, eventsAtMs) {
  const counts = eventsAtMs.map(() => 0)
  for (const lostMs of lostAtMs) {
    let nearest = 0
    for (let index = 1; index < eventsAtMs.length; index++) {
      if (Math.abs(eventsAtMs[index] - lostMs) < Math.abs(eventsAtMs[nearest] - lostMs)) nearest = index
    }
    if (counts.length > 0) counts[nearest] += 1
  }
  return { most: Math.max(0, ...counts), withLoss: counts.filter((count) => count > 0).length }
}
