/**
 * Signals of a running server. Ctrl-C and SIGTERM: the first drains, the second stops at once. SIGHUP reloads, unless it says that the
 * terminal was closed, which drains; SIGUSR2 upgrades. What goes wrong with these is a remark, and the server goes on.
 */
import { isatty } from 'node:tty'
import { isLaneworkError } from '../core/index.ts'
import type { Server } from '../server/index.ts'
import type { Operated } from './control.ts'
import { exitCodes } from './exit-codes.ts'
import { remark } from './output.ts'

const drainMs = 5_000

/**
 * Takes signals from the moment that it is called. Resolves when the servers have stopped; what a handler left running ends with the
 * process. A control socket that does not open closes them.
 */
export async function serveUntilSignal(servers: readonly Server[], opening: Promise<Operated>): Promise<void> {
  let failed = false
  for (const server of servers) server.on('gaveUp', () => (failed = true))
  const handlers = handlersOf(servers, opening)
  for (const [signal, handler] of handlers) process.on(signal, handler)
  try {
    const { socket } = await opening
    await Promise.all(servers.map((server) => server.closed))
    await socket?.close()
  } catch (error) {
    await Promise.all(servers.map((server) => server.close()))
    throw error
  } finally {
    for (const [signal, handler] of handlers) process.off(signal, handler)
  }
  // A handler cut off at the deadline may hold timers of its own; the server is gone, so is its process.
  process.exit(failed ? exitCodes.failed : exitCodes.ok)
}

function handlersOf(servers: readonly Server[], opening: Promise<Operated>): (readonly [NodeJS.Signals, () => void])[] {
  let signals = 0
  const onEnd = (): void => {
    signals++
    // At once means at once: a handler that never settles would keep the process.
    if (signals > 1) process.exit(exitCodes.failed)
    remark(`draining for at most ${drainMs / 1_000} s; once more to stop at once`)
    for (const server of servers) void server.drain({ deadlineMs: drainMs })
  }
  const onReload = (): void => {
    for (const server of servers) void saying('reload', server.reload())
  }
  const terminals = [0, 1, 2].filter((fd) => isatty(fd))
  // A server that was started with nohup, or without a terminal, has none to lose.
  const onHangUp = (): void => (terminals.every((fd) => isatty(fd)) ? onReload() : onEnd())
  const onUpgrade = (): void => {
    const upgraded = opening.then((operated) => operated.upgrade())
    void saying('upgrade', upgraded)
  }
  return [
    ['SIGINT', onEnd],
    ['SIGTERM', onEnd],
    ['SIGHUP', onHangUp],
    ['SIGUSR2', onUpgrade],
  ]
}

async function saying(what: string, outcome: Promise<unknown>): Promise<void> {
  try {
    await outcome
  } catch (error) {
    const text = isLaneworkError(error) ? `${error.message} ${error.fix}` : String(error)
    remark(`lanework: no ${what}: ${text}`)
  }
}
