/** Pages on a listener of their own. */
import { systemClock } from '../../core/index.ts'
import { formatAddress, isInternet, parseAddress, type Address } from '../address.ts'
import type { PageServer, PageServerOptions } from '../http.ts'
import { systemNetwork } from '../network.ts'
import { VisitTiming } from '../visit-timing.ts'
import type { StreamConnection } from '../types.ts'
import { readPages } from './pages.ts'
import { httpOver, type HttpVisit } from './server.ts'

const sweepMs = 250

export async function startPages(
  address: string | Address,
  folder: URL,
  {
    connections = 256,
    askMs = 10_000,
    idleMs = 60_000,
    network = systemNetwork(),
    clock = systemClock,
  }: PageServerOptions,
): Promise<PageServer> {
  const accept = httpOver({ pages: readPages(folder) })
  const visits = new Map<HttpVisit, VisitTiming>()
  const counts = { statuses: {} as Record<number, number>, refused: 0, givenUp: 0 }
  const countStatus = (status: number): void => {
    counts.statuses[status] = (counts.statuses[status] ?? 0) + 1
  }

  const onConnection = (connection: StreamConnection): void => {
    if (visits.size >= connections) {
      counts.refused++
      connection.destroy(true)
      return
    }
    const visit: HttpVisit = accept(connection, {
      onAnswered: countStatus,
      onRefused: countStatus,
      onClose: () => void visits.delete(visit),
    })
    visits.set(visit, new VisitTiming(clock.monotonicMs()))
  }
  const listener = await network.listenStream(parseAddress(address), { onConnection, onAcceptError: () => {} })

  const sweep = clock.every(sweepMs, () => {
    const nowMs = clock.monotonicMs()
    for (const [visit, timing] of visits) {
      const overdue = timing.overdue(visit, { askMs, idleMs }, nowMs)
      if (overdue === undefined) continue
      if (overdue !== 'leaving' && overdue !== 'resting') counts.givenUp++
      VisitTiming.end(visit, overdue)
    }
  })
  const close = async (): Promise<void> => {
    sweep.cancel()
    await listener.close()
    for (const visit of visits.keys()) visit.destroy()
  }
  return {
    address: listener.address,
    url: isInternet(listener.address) ? `${formatAddress(listener.address).replace('tcp:', 'http:')}/` : undefined,
    get connections() {
      return visits.size
    },
    counts,
    close,
    [Symbol.asyncDispose]: close,
  }
}
