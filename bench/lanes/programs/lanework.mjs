// lanework with lanes of any kind. So many deaths in a minute are meant here, so they neither end the server nor
// make it wait before it goes on.

import { serve } from '../../../dist/index.js'
import { given, obey, say } from './orders.mjs'

/** Longer than any connection of the load: all of them finish. */
const connectionsFinishMs = 600_000

const { transport, port, lanes, laneKind, spread, standby } = given
const server = await serve(new URL('./service.mjs', import.meta.url), {
  listen: transport.split('+').map((scheme) => `${scheme}://127.0.0.1:${port}`),
  lanes,
  laneKind,
  ...(spread === undefined ? {} : { spread }),
  limits: { connections: 16_000 },
  supervision: { restarts: 10_000, backoffMs: 0, ...(standby === undefined ? {} : { standby }) },
})
server.on('gaveUp', ({ error }) => say({ event: 'gaveUp', error: error.message }))
const drains = []
obey({
  lanes: () => server.status().lanes.map(({ pid, state, id }) => ({ id, pid, isReady: isUp(state) })),
  status: () => server.status(),
  async reload() {
    const { drained, ...report } = await server.reload({ deadlineMs: connectionsFinishMs })
    drains.push(drained)
    return report
  },
  /** What became of the old lanes' work in all reloads so far. */
  drained: async () => await Promise.all(drains),
  stop: () => server.close(),
})
say({ listening: server.addresses[0] })

function isUp(state) {
  return state === 'ready' || state === 'running' || state === 'blocked'
}
