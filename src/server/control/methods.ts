/** The methods of a server's control socket: each checks what it is given, and speaks to all servers of the program. */
import { setTimeout as sleep } from 'node:timers/promises'

import { fail } from '../../core/index.ts'
import type { CallContext } from '../../process/index.ts'
import type { Server, ServerStatus } from '../types.ts'
import { metricsText } from './metrics.ts'
import { callParam, integerParam, limitsParam, paramsOf } from './params.ts'
import type { DrainedServer, OperatorMethods, ProgramStatus, ReloadedServer, UpgradeReport } from './types.ts'

export interface Operated {
  readonly name: string
  readonly servers: readonly Server[]
  readonly upgrade: (() => Promise<UpgradeReport>) | undefined
  /** Told before a call that ends the program, with what its answer must be out for. */
  readonly onFinal: (context: CallContext) => void
}

const [shortestMs, longestMs, usualMs] = [100, 60_000, 1_000]
/** Asked for more often, the same status is given again: a crowd of watchers costs what one does. */
const freshMs = 50

/** With parameters as they come: unknown until they are checked. */
export type CheckedMethods = {
  readonly [Name in keyof OperatorMethods]: (params: unknown, context: CallContext) => unknown
}

export function operatorMethods(operated: Operated): CheckedMethods {
  const { name, servers, onFinal } = operated
  const status = statusOf(operated)
  const stopped = new AbortController()
  void Promise.all(servers.map((server) => server.closed)).then(() => stopped.abort())
  return {
    ping(params) {
      paramsOf('ping', params, [])
      const found = status().servers
      const ends = found.every(({ state }) => state === 'draining' || state === 'stopped')
      return { name, pid: process.pid, services: found.map(({ service }) => service), ends }
    },
    status(params) {
      paramsOf('status', params, [])
      return status()
    },
    watch(params, { signal }) {
      const given = paramsOf('watch', params, ['intervalMs'])
      const intervalMs = integerParam('watch.intervalMs', given.intervalMs, shortestMs, longestMs) ?? usualMs
      return statuses(status, intervalMs, signal, stopped.signal)
    },
    metrics(params) {
      paramsOf('metrics', params, [])
      return metricsText(status())
    },
    async drain(params, context) {
      const given = paramsOf('drain', params, ['deadlineMs'])
      const deadlineMs = integerParam('drain.deadlineMs', given.deadlineMs, 0, 2 ** 31 - 1)
      onFinal(context)
      return drainAll(servers, deadlineMs)
    },
    async reload(params) {
      const limits = limitsParam(paramsOf('reload', params, ['limits']).limits)
      return reloadAll(servers, limits === undefined ? {} : { limits })
    },
    async call(params) {
      const { method, args, service } = callParam(params)
      const server = servers.find((each) => service === undefined || each.status().service === service)
      if (server === undefined) throw fail('SERVICE_UNKNOWN', { name: String(service), known: namesOf(servers) })
      return await server.call(method, ...args)
    },
    async stop(params, context) {
      paramsOf('stop', params, [])
      onFinal(context)
      await Promise.all(servers.map((server) => server.close()))
    },
    async upgrade(params, context) {
      paramsOf('upgrade', params, [])
      if (operated.upgrade === undefined) {
        throw fail('UNSUPPORTED', { feature: 'an upgrade', reason: 'this program does not offer it' })
      }
      onFinal(context)
      return operated.upgrade()
    },
  }
}

function namesOf(servers: readonly Server[]): string {
  return servers.map((server) => server.status().service).join(', ')
}

/** `anew` for one that must not be old. */
type AskStatus = (anew?: 'anew') => ProgramStatus

function statusOf({ name, servers }: Operated): AskStatus {
  let found: ProgramStatus | undefined
  let foundMs = 0
  return (anew) => {
    const nowMs = performance.now()
    if (found === undefined || anew !== undefined || nowMs - foundMs >= freshMs) {
      found = { name, pid: process.pid, servers: servers.map((server): ServerStatus => server.status()) }
      foundMs = nowMs
    }
    return found
  }
}

async function* statuses(
  status: AskStatus,
  intervalMs: number,
  signal: AbortSignal,
  stopped: AbortSignal,
): AsyncGenerator<ProgramStatus, void> {
  const either = AbortSignal.any([signal, stopped])
  while (!signal.aborted) {
    const isOver = stopped.aborted
    yield status(isOver ? 'anew' : undefined)
    if (isOver) return
    // Cut short when the client is gone, and when all have stopped.
    await sleep(intervalMs, undefined, { signal: either }).catch(() => {})
  }
}

async function drainAll(servers: readonly Server[], deadlineMs: number | undefined): Promise<DrainedServer[]> {
  const options = deadlineMs === undefined ? {} : { deadlineMs }
  return Promise.all(
    servers.map(async (server) => ({ service: server.status().service, report: await server.drain(options) })),
  )
}

/** One after the other: where one does not get ready, those after it are left alone. */
async function reloadAll(
  servers: readonly Server[],
  options: NonNullable<Parameters<Server['reload']>[0]>,
): Promise<ReloadedServer[]> {
  const reloaded: ReloadedServer[] = []
  for (const server of servers) {
    const { generation, lanes, tookMs } = await server.reload(options)
    reloaded.push({ service: server.status().service, generation, lanes, tookMs })
  }
  return reloaded
}
