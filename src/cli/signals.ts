/** Ctrl-C and SIGTERM: the first drains, the second stops at once. */
import type { Server } from '../server/index.ts'
import { exitCodes } from './exit-codes.ts'
import { remark } from './output.ts'

const drainMs = 5_000

/** Resolves when the servers have stopped; what a handler left running ends with the process. */
export async function serveUntilSignal(servers: readonly Server[]): Promise<void> {
  let signals = 0
  const onSignal = (): void => {
    signals++
    // At once means at once: a handler that never settles would keep the process.
    if (signals > 1) process.exit(exitCodes.failed)
    remark(`draining for at most ${drainMs / 1_000} s; once more to stop at once`)
    for (const server of servers) void server.drain({ deadlineMs: drainMs })
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  await Promise.all(servers.map((server) => server.closed))
  process.off('SIGINT', onSignal)
  process.off('SIGTERM', onSignal)
  // A handler cut off at the deadline may hold timers of its own; the server is gone, so is its process.
  process.exit()
}
