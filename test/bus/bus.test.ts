/** Each kind of bus keeps the contract: in one thread, at a hub's own side, and over sockets between processes. */
import { after } from 'node:test'
import { connectBus, localBus, startHub } from '#lanework/bus/index.js'
import { busProcess } from '../support/bus.js'
import { freshControlPath } from '../support/control-path.js'
import { busConformance } from './conformance.js'

busConformance('a bus of one thread', async () => {
  const bus = localBus()
  return { a: bus, b: bus, close: () => bus.close() }
})

busConformance('a hub and an end in its thread', async () => {
  const hub = await startHub()
  const b = await connectBus(hub.path)
  return { a: hub.bus, b, close: () => hub.close() }
})

/** One hub for all scenarios: each leaves nothing behind. */
const path = freshControlPath()
const hub = await busProcess('bus-hub', path)
after(() => hub.kill())

busConformance('two ends of a hub in another process', async () => {
  const [a, b] = await Promise.all([connectBus(path), connectBus(path)])
  return {
    a,
    b,
    close: async () => {
      await Promise.all([a.close(), b.close()])
    },
  }
})

busConformance('one end of a hub in another process', async () => {
  const bus = await connectBus(path)
  return { a: bus, b: bus, close: () => bus.close() }
})
