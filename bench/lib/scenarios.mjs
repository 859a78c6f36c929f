// What is asked of the servers. The kind decides what a row shows: a rate for
// "throughput", percentiles for "latency", memory for "idle".

const messageBytes = 32

export const scenarios = [
  {
    title: 'udp echo 32 B, 256 in flight over 8 sockets',
    kind: 'throughput',
    transport: 'udp',
    load: ['udp-load', '--sockets', '8', '--in-flight', '256', '--size', `${messageBytes}`],
  },
  {
    title: 'udp echo 32 B at 1,000 messages a second',
    kind: 'latency',
    transport: 'udp',
    load: ['udp-load', '--sockets', '8', '--rate', '1000', '--size', `${messageBytes}`],
    peerNames: ['c-udp', 'node-dgram', 'lanework-udp'],
  },
  {
    title: 'tcp echo 32 B, 64 connections, 1 in flight',
    kind: 'throughput',
    transport: 'tcp',
    load: ['tcp-load', '--connections', '64', '--in-flight', '1', '--size', `${messageBytes}`],
  },
  {
    title: 'tcp echo 32 B, 64 connections, 16 in flight',
    kind: 'throughput',
    transport: 'tcp',
    load: ['tcp-load', '--connections', '64', '--in-flight', '16', '--size', `${messageBytes}`],
  },
  {
    title: 'idle TCP connections',
    kind: 'idle',
    transport: 'tcp',
    peerNames: ['c-tcp', 'node-net', 'lanework-tcp', 'lanework-plain-tcp'],
  },
]

export function selectScenarios(only) {
  if (only === undefined) return scenarios
  if (only === 'idle') return scenarios.filter((scenario) => scenario.kind === 'idle')
  return scenarios.filter((scenario) => scenario.transport === only && scenario.kind !== 'idle')
}
