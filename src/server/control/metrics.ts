/**
 * A program's status in the text format of Prometheus, version 0.0.4
 * (https://prometheus.io/docs/instrumenting/exposition_formats/): one group a metric, labels escaped, base units. What nobody
 * knows is left out, as 0 would be a claim.
 */
import type { LaneStatus, ListenerStatus, ServerStatus } from '../types.ts'
import type { ProgramStatus } from './types.ts'

type Labels = Readonly<Record<string, string>>

interface Family {
  readonly type: 'counter' | 'gauge' | 'summary'
  readonly help: string
  readonly samples: string[]
}

/** The content type to serve it with. */
export const metricsContentType = 'text/plain; version=0.0.4; charset=utf-8'

export function metricsText(program: ProgramStatus): string {
  const page = new Page()
  for (const server of program.servers) addServer(page, server)
  return page.text()
}

class Page {
  readonly #families = new Map<string, Family>()

  add(type: Family['type'], name: string, help: string, labels: Labels, value: number | undefined, suffix = ''): void {
    if (value === undefined || Number.isNaN(value)) return
    const family = this.#families.get(name) ?? { type, help, samples: [] }
    this.#families.set(name, family)
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeLabel(text)}"`)
    family.samples.push(`${name}${suffix}{${pairs.join(',')}} ${numberText(value)}`)
  }

  text(): string {
    const groups = [...this.#families].map(([name, { type, help, samples }]) =>
      [`# HELP ${name} ${escapeHelp(help)}`, `# TYPE ${name} ${type}`, ...samples].join('\n'),
    )
    return groups.length === 0 ? '' : `${groups.join('\n')}\n`
  }
}

function addServer(page: Page, server: ServerStatus): void {
  const labels = { service: server.service }
  page.add('gauge', 'lanework_server_up', '1 while it serves, 0 while it drains or has stopped.', labels, isUp(server))
  page.add('gauge', 'lanework_server_uptime_seconds', 'Since it started.', labels, server.uptimeMs / 1_000)
  page.add('gauge', 'lanework_server_generation', 'One more for each reload.', labels, server.generation)
  if (server.shared !== undefined) {
    const { restarts } = server.shared
    page.add('counter', 'lanework_shared_restarts_total', 'Restarts of the place that runs shared().', labels, restarts)
  }
  // Behind the lane of a seat may stand those that it has replaced, under the same number, until they have finished their work.
  const seated = server.lanes.filter(({ id }, at) => at === server.lanes.findIndex((each) => each.id === id))
  for (const lane of seated) addLane(page, { ...labels, lane: String(lane.id) }, lane)
  const others = server.lanes.length - seated.length
  page.add('gauge', 'lanework_server_retiring_lanes', 'Replaced lanes that finish their work.', labels, others)
  for (const [index, listener] of server.listeners.entries()) {
    addListener(page, { ...labels, listener: String(index), address: listener.address }, listener)
  }
  for (const [name, value] of Object.entries(server.counters)) {
    page.add('counter', `lanework_service_${snakeCase(name)}_total`, `The service's counter ${name}.`, labels, value)
  }
  addLatency(page, 'lanework_handler_seconds', labels, server)
}

function isUp({ state }: ServerStatus): number {
  return state === 'serving' || state === 'reloading' ? 1 : 0
}

function addLane(page: Page, labels: Labels, lane: LaneStatus): void {
  const gauge = (name: string, help: string, value: number | undefined): void =>
    page.add('gauge', `lanework_lane_${name}`, help, labels, value)
  page.add('gauge', 'lanework_lane_state', '1 for the state that the lane is in.', { ...labels, state: lane.state }, 1)
  page.add('counter', 'lanework_lane_restarts_total', 'How often it died and was started again.', labels, lane.restarts)
  page.add('counter', 'lanework_lane_messages_total', 'Messages that it handled.', labels, lane.messages)
  gauge('connections', 'Open connections.', lane.connections)
  gauge('in_flight', 'Handler calls that have not settled.', lane.inFlight)
  gauge('memory_bytes', 'Resident memory of a process, heap of a thread.', lane.memoryBytes)
  gauge('lag_seconds', 'How late its event loop was last.', lane.lagMs / 1_000)
  gauge('overloaded', '1 while it turns new work away.', lane.overloaded ? 1 : 0)
  gauge('uptime_seconds', 'Since it became ready.', lane.uptimeMs / 1_000)
  addLatency(page, 'lanework_lane_handler_seconds', labels, lane)
}

function addListener(page: Page, labels: Labels, listener: ListenerStatus): void {
  const { connections, counters, kernelDrops } = listener
  page.add('gauge', 'lanework_listener_connections', 'Open connections, or datagram sessions.', labels, connections)
  for (const [name, value] of Object.entries(counters)) {
    const metric = `lanework_listener_${snakeCase(name)}_total`
    page.add('counter', metric, `The counter ${name} of the listener.`, labels, value)
  }
  const help = 'Datagrams that the kernel dropped as its buffer was full.'
  page.add('counter', 'lanework_listener_kernel_drops_total', help, labels, kernelDrops)
  addLatency(page, 'lanework_listener_handler_seconds', labels, listener)
}

/** A summary without its sum, which nobody adds up; quantiles only when there is something to take them of. */
function addLatency(page: Page, name: string, labels: Labels, { latency }: Pick<ServerStatus, 'latency'>): void {
  const { count, p50Us, p99Us, p999Us, maxUs } = latency
  const help = 'From a message to its answer.'
  if (count > 0) {
    const quantiles = { '0.5': p50Us, '0.99': p99Us, '0.999': p999Us, '1': maxUs }
    for (const [quantile, us] of Object.entries(quantiles).sort(([a], [b]) => Number(a) - Number(b))) {
      page.add('summary', name, help, { ...labels, quantile }, us / 1_000_000)
    }
  }
  page.add('summary', name, help, labels, count, '_count')
}

function snakeCase(name: string): string {
  const plain = name.replace(/[^A-Za-z0-9_]/g, '_')
  return plain.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase()
}

function escapeLabel(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n').replace(/"/g, '\\"')
}

function escapeHelp(text: string): string {
  return text.replace(/\\/g, '\\\\').replace(/\n/g, '\\n')
}

function numberText(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
