/** A server that reports what a test wants it to: for what shows servers, whatever they run on. */
import type { LaneStatus, ListenerStatus, Server, ServerStatus } from '#lanework/server/index.js'

const latency = { count: 1_000, p50Us: 20, p99Us: 150, p999Us: 900, maxUs: 1_500 }

export function laneStatus(changes: Partial<LaneStatus> = {}): LaneStatus {
  return {
    id: 0,
    kind: 'process',
    state: 'ready',
    inFlight: 0,
    pid: 4_711,
    generation: 1,
    restarts: 0,
    uptimeMs: 61_000,
    connections: 2,
    messages: 1_000,
    latency,
    memoryBytes: 50 * 1_048_576,
    lagMs: 0.4,
    overloaded: false,
    lastEnd: undefined,
    ...changes,
  }
}

export function listenerStatus(changes: Partial<ListenerStatus> = {}): ListenerStatus {
  return {
    address: 'udp://127.0.0.1:9001',
    spread: 'source',
    connections: 2,
    counters: { messages: 1_000, replies: 990, droppedOverload: 0 },
    kernelDrops: 0,
    latency,
    ...changes,
  }
}

export function serverStatus(changes: Partial<ServerStatus> = {}): ServerStatus {
  return {
    service: 'upper',
    network: 'native',
    pid: 4_700,
    uptimeMs: 62_000,
    state: 'serving',
    generation: 1,
    lanes: [laneStatus()],
    shared: undefined,
    listeners: [listenerStatus()],
    counters: {},
    latency,
    ...changes,
  }
}

/** The calls that it got are in `calls`. */
export function pretendedServer(changes: Partial<Server> = {}): Server & { readonly calls: unknown[][] } {
  const calls: unknown[][] = []
  let resolveClosed = (): void => {}
  const closed = new Promise<void>((resolve) => (resolveClosed = resolve))
  const report = {
    finished: 3,
    aborted: 0,
    connectionsClosed: 2,
    connectionsAborted: 0,
    bytesDropped: 0,
    bytesUnhandled: 0,
    datagramsUnhandled: 0,
    tookMs: 4,
  }
  return {
    calls,
    addresses: ['udp://127.0.0.1:9001'],
    closed,
    status: () => serverStatus(),
    on: () => () => {},
    async drain(options) {
      calls.push(['drain', options])
      resolveClosed()
      return report
    },
    async call(method, ...args) {
      calls.push(['call', { method, args }])
      return args
    },
    async reload(options) {
      calls.push(['reload', options])
      return { generation: 2, lanes: 2, tookMs: 80, drained: Promise.resolve(report) }
    },
    async close() {
      calls.push(['close'])
      resolveClosed()
    },
    async [Symbol.asyncDispose]() {
      resolveClosed()
    },
    ...changes,
  }
}
