/** A reload that the service does itself: its owner has a method for it, and lanes get what that publishes. */
import { isLaneworkError, type Emitter } from '../../core/index.ts'
import { noReport } from '../supervised/drain-report.ts'
import type { ReloadReport, Server, ServerEvents } from '../types.ts'

/** Tells its report as an event, too. Undefined where the owner has no method `reload`. Rejects with what the method throws. */
export async function reloadByOwner(
  server: Pick<Server, 'call' | 'status'>,
  events: Emitter<ServerEvents>,
): Promise<ReloadReport | undefined> {
  const startedMs = performance.now()
  try {
    await server.call('reload')
  } catch (error) {
    if (isLaneworkError(error, 'METHOD_UNKNOWN') && error.detail.method === 'reload') return undefined
    throw error
  }
  const { generation, lanes } = server.status()
  const tookMs = performance.now() - startedMs
  const report = { generation, lanes: lanes.length, tookMs, drained: Promise.resolve(noReport) }
  events.emit('reloaded', report)
  return report
}
