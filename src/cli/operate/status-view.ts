/** The status of a program as text: tables of lanes and listeners, latency, and warnings. Nothing of it reaches the terminal unescaped. */
import { visibleText } from '../../schedule/index.ts'
import type { LaneStatus, ListenerStatus, ProgramStatus, ServerStatus } from '../../server/index.ts'
import { table } from '../output.ts'
import { bytesText, causeText, countText, dropCount, dropsOf, durationText, microsText } from './figures.ts'

/** Two looks at the same program, for rates; `beforeMs` is how long ago the first was. */
export interface Look {
  readonly now: ProgramStatus
  readonly before: ProgramStatus | undefined
  readonly sinceMs: number
}

/** Messages a second of one lane since the look before; undefined when there was none, or the lane is another now. */
export function laneRate(look: Look, server: ServerStatus, lane: LaneStatus): number | undefined {
  const old = serverBefore(look, server)?.lanes.find((each) => isSameLane(each, lane))
  return old === undefined ? undefined : perSecond(look, old.messages, lane.messages)
}

/** A successor has the number of the lane that it replaces, and a thread its process. */
function isSameLane(one: LaneStatus, other: LaneStatus): boolean {
  return (['id', 'pid', 'generation', 'restarts'] as const).every((name) => one[name] === other[name])
}

/** The same of a counter of a listener, or of what it dropped. */
export function listenerRate(
  look: Look,
  server: ServerStatus,
  listener: ListenerStatus,
  value: (listener: ListenerStatus) => number,
): number | undefined {
  const old = serverBefore(look, server)?.listeners.find(({ address }) => address === listener.address)
  return old === undefined ? undefined : perSecond(look, value(old), value(listener))
}

function serverBefore({ now, before }: Look, server: ServerStatus): ServerStatus | undefined {
  return before?.servers[now.servers.indexOf(server)]
}

function perSecond({ sinceMs }: Look, before: number, now: number): number {
  return Math.max(0, ((now - before) * 1_000) / Math.max(1, sinceMs))
}

export function statusText(look: Look): string {
  return look.now.servers.map((server) => serverText(look, server)).join('\n\n')
}

function serverText(look: Look, server: ServerStatus): string {
  const { latency } = server
  const quantiles = `p50 ${microsText(latency.p50Us)}, p99 ${microsText(latency.p99Us)}, p99.9 ${microsText(latency.p999Us)}, highest ${microsText(latency.maxUs)}`
  return [
    titleOf(server),
    table([laneHeading, ...server.lanes.map((lane) => laneRow(look, server, lane))]),
    '',
    table([listenerHeading, ...server.listeners.map((listener) => listenerRow(listener))]),
    ...serviceLines(server),
    ...(latency.count === 0 ? [] : ['', `latency of ${countText(latency.count)} timed messages: ${quantiles}`]),
    ...warningsOf(server).map((warning) => `warning: ${warning}`),
  ].join('\n')
}

/** What the service itself counts, as far as there is any. */
function serviceLines({ counters }: ServerStatus): string[] {
  const counted = Object.entries(counters).filter(([, count]) => count > 0)
  if (counted.length === 0) return []
  return ['', `service: ${counted.map(([name, count]) => `${visibleText(name)} ${countText(count)}`).join(', ')}`]
}

export function titleOf({ service, state, pid, generation, uptimeMs, network, shared }: ServerStatus): string {
  const owner = shared === undefined ? '' : `, shared ${visibleText(shared.state)} (pid ${shared.pid})`
  const age = `generation ${generation}, up ${durationText(uptimeMs)}`
  return `${visibleText(service)}: ${visibleText(state)}, pid ${pid}, ${age}, ${visibleText(network)} sockets${owner}`
}

const laneHeading = [
  'lane',
  'kind',
  'state',
  'pid',
  'gen',
  'restarts',
  'up',
  'conns',
  'messages',
  'msg/s',
  'p99',
  'memory',
  'lag',
]

function laneRow(look: Look, server: ServerStatus, lane: LaneStatus): string[] {
  const rate = laneRate(look, server, lane)
  return [
    String(lane.id),
    visibleText(lane.kind),
    stateText(lane),
    String(lane.pid),
    String(lane.generation),
    String(lane.restarts),
    durationText(lane.uptimeMs),
    countText(lane.connections),
    countText(lane.messages),
    rate === undefined ? '?' : countText(rate),
    p99Text(lane),
    bytesText(lane.memoryBytes),
    durationText(lane.lagMs),
  ]
}

/** Nothing before the first timed message. */
function p99Text({ latency }: LaneStatus | ListenerStatus): string {
  return latency.count === 0 ? '' : microsText(latency.p99Us)
}

export function stateText({ state, overloaded }: LaneStatus): string {
  return overloaded ? `${visibleText(state)}, sheds` : visibleText(state)
}

const listenerHeading = ['listener', 'spread', 'conns', 'messages', 'replies', 'p99', 'dropped', 'causes']

function listenerRow(listener: ListenerStatus): string[] {
  const { address, protocol, spread, connections, counters } = listener
  return [
    visibleText(protocol === undefined ? address : `${address} (${protocol})`),
    visibleText(spread),
    countText(connections),
    countText(counters['messages'] ?? 0),
    countText(counters['replies'] ?? 0),
    p99Text(listener),
    countText(dropCount(listener)),
    causesText(listener),
  ]
}

/** `overload 12, kernel 3`; `kernel ?` where the system does not tell, and there are such drops. */
export function causesText(listener: ListenerStatus): string {
  const known = dropsOf(listener).map(([name, count]) => `${visibleText(causeText(name))} ${countText(count)}`)
  const isUnknown = listener.kernelDrops === undefined && listener.address.startsWith('udp:')
  return [...known, ...(isUnknown ? ['kernel ?'] : [])].join(', ')
}

/** What an operator should look at. */
export function warningsOf(server: ServerStatus): string[] {
  const lanes = server.lanes.flatMap((lane) => {
    const why = lane.lastEnd === undefined ? '' : `, the last time: ${visibleText(lane.lastEnd)}`
    return [
      ...(lane.state === 'blocked' ? [`lane ${lane.id} is blocked: its event loop stands still`] : []),
      ...(lane.state === 'dead' && server.state === 'serving' ? [`lane ${lane.id} is dead${why}`] : []),
      ...(lane.overloaded ? [`lane ${lane.id} turns work away`] : []),
      ...(lane.restarts > 0
        ? [`lane ${lane.id} was restarted ${lane.restarts === 1 ? 'once' : `${lane.restarts} times`}${why}`]
        : []),
    ]
  })
  const drops = server.listeners
    .filter((listener) => dropCount(listener) > 0)
    .map((listener) => `${visibleText(listener.address)} dropped: ${causesText(listener)}`)
  return [...lanes, ...drops]
}
