/**
 * Replaces the running program by a new process of the same program, without a moment in which nobody serves: the new one gets the
 * bound sockets, and once it serves them this one drains and ends. If it does not come so far, this one goes on.
 *
 *    this program                            its successor
 *    start it, send the sockets    ──▶       takes them in serve()
 *    serves                                  serves too, the same sockets
 *    drains                        ◀──       ready
 *    ends
 */
import { fail, isLaneworkError } from '../../core/index.ts'
import { receiveDescriptors } from '../../io/index.ts'
import { startSuccessor, type Successor } from '../../process/index.ts'
import type { UpgradeReport } from '../control/types.ts'
import type { Server } from '../types.ts'
import { readyWord, sendSockets } from './messages.ts'
import type { HandOver } from './types.ts'

export interface UpgradeOptions {
  /** The program's file and arguments: `process.argv.slice(1)`. */
  readonly args: readonly string[]
  /** The successor must serve after so long. @default 30_000 */
  readonly readyMs?: number
}

const readyMsDefault = 30_000
const givers = new WeakMap<Server, () => HandOver>()
let isUpgrading = false

/** Says how a server gives its sockets away; a supervised server does when it starts. */
export function offerHandOver(server: Server, give: () => HandOver): void {
  givers.set(server, give)
}

/**
 * Hands all sockets of these servers to a successor; resolves once it serves them. The servers still run then: drain them, and end.
 * Throws UPGRADE_FAILED when it does not get ready (it is killed, and the servers go on), when a server keeps its
 * sockets to itself (inline lanes) or stops already, and UNSUPPORTED without the addon.
 *
 * @example
 * process.on('SIGUSR2', async () => {
 *   await upgrade([server], { args: process.argv.slice(1) })
 *   await server.drain()
 * })
 */
export async function upgrade(servers: readonly Server[], options: UpgradeOptions): Promise<UpgradeReport> {
  if (isUpgrading) throw fail('UPGRADE_FAILED', { reason: 'another upgrade is under way' })
  isUpgrading = true
  const startedMs = performance.now()
  try {
    const handOvers = servers.map((server) => handOverOf(server))
    const successor = await startSuccessor({ args: options.args })
    try {
      await handTo(successor, handOvers, options.readyMs ?? readyMsDefault)
    } finally {
      successor.close()
    }
    for (const handOver of handOvers) handOver.release()
    return { pid: successor.pid, tookMs: Math.round(performance.now() - startedMs) }
  } finally {
    isUpgrading = false
  }
}

function handOverOf(server: Server): HandOver {
  const { service, state } = server.status()
  if (state === 'draining' || state === 'stopped') {
    throw fail('UPGRADE_FAILED', { reason: `${service} is ${state} already` })
  }
  const give = givers.get(server)
  if (give === undefined) {
    throw fail('UPGRADE_FAILED', {
      reason: `the lanes of ${service} run inside this process, which cannot give them away`,
    })
  }
  return give()
}

async function handTo(successor: Successor, handOvers: readonly HandOver[], readyMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`it was not ready after ${readyMs} ms`), readyMs)
  })
  const ended = successor.ended.then((how) => `it ended: ${how}`)
  const talking = talk(successor, handOvers)
  const problem = await Promise.race([late, ended, talking])
  clearTimeout(timer)
  if (problem === undefined) return
  successor.kill()
  await successor.ended
  await talking // It hears the other end close, and then nobody uses the descriptor any more.
  throw fail('UPGRADE_FAILED', { reason: problem })
}

/** Undefined when it is ready, else what was wrong. */
async function talk({ descriptor, ended }: Successor, handOvers: readonly HandOver[]): Promise<string | undefined> {
  try {
    await sendSockets(
      descriptor,
      handOvers.flatMap(({ sockets }) => sockets),
    )
    let said = ''
    while (said.length < readyWord.length) {
      const { bytes } = await receiveDescriptors(descriptor, readyWord.length)
      // How it ended says more than that it hung up.
      if (bytes.length === 0) return `it gave up: ${await ended}`
      said += bytes.toString('latin1')
    }
    return said === readyWord ? undefined : 'it said something else than that it is ready'
  } catch (error) {
    // What it has not read when it ends makes a reset of the end.
    if (isLaneworkError(error, 'CONNECTION_RESET')) return `it gave up: ${await ended}`
    return isLaneworkError(error) ? error.message : String(error)
  }
}
