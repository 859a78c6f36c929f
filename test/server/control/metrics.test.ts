/** Metrics in the text format of Prometheus: names, groups, escapes, and nothing made up. */
import assert from 'node:assert/strict'
import { it } from 'node:test'

import { metricsText, type ServerStatus } from '#lanework/server/index.js'
import { laneStatus, listenerStatus, serverStatus } from '../../support/pretended-server.ts'

function text(...servers: ServerStatus[]): string {
  return metricsText({ name: 'test', pid: 1, servers })
}

const sampleLine =
  /^([a-z_][a-z0-9_]*)\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\n"])*",?)*)\} (-?\d+(\.\d+)?(e[+-]\d+)?|[+-]Inf)$/

it('every line is a sample, or the help and type before its group, once', () => {
  const two = [laneStatus(), laneStatus({ id: 1, state: 'blocked' })]
  const page = text(serverStatus({ lanes: two }), serverStatus({ service: 'echo' }))
  assert.ok(page.endsWith('\n'))
  const seen = new Set<string>()
  let current = ''
  for (const line of page.trimEnd().split('\n')) {
    const type = /^# TYPE (\S+) (counter|gauge|summary)$/.exec(line)
    if (type !== null) {
      current = type[1] as string
      assert.ok(!seen.has(current), current)
      seen.add(current)
      if (type[2] === 'counter') assert.match(current, /_total$/)
    } else if (!line.startsWith('# HELP ')) {
      const name = sampleLine.exec(line)?.[1] ?? assert.fail(`no sample: ${line}`)
      assert.ok(name === current || name === `${current}_count`, line)
    }
  }
  assert.ok(seen.has('lanework_listener_dropped_overload_total'))
})

it('carries what the status says', () => {
  const lanes = [laneStatus({ restarts: 4, lagMs: 250, overloaded: true })]
  const page = text(serverStatus({ lanes, listeners: [listenerStatus({ kernelDrops: 7 })] }))
  const address = 'listener="0",address="udp://127.0.0.1:9001"'
  for (const line of [
    'lanework_lane_restarts_total{service="upper",lane="0"} 4',
    'lanework_lane_lag_seconds{service="upper",lane="0"} 0.25',
    'lanework_lane_overloaded{service="upper",lane="0"} 1',
    'lanework_lane_state{service="upper",lane="0",state="ready"} 1',
    `lanework_listener_kernel_drops_total{service="upper",${address}} 7`,
    `lanework_listener_replies_total{service="upper",${address}} 990`,
    'lanework_handler_seconds{service="upper",quantile="0.99"} 0.00015',
    'lanework_handler_seconds_count{service="upper"} 1000',
  ]) {
    assert.ok(page.includes(`\n${line}\n`), line)
  }
})

it('has the counters of the service itself', () => {
  const page = text(serverStatus({ service: 'ntp', counters: { answers: 12, droppedShort: 3 } }))
  assert.match(page, /^lanework_service_answers_total\{service="ntp"\} 12$/m)
  assert.match(page, /^lanework_service_dropped_short_total\{service="ntp"\} 3$/m)
})

it('has each series once, also while replaced lanes finish their work', () => {
  const lanes = [
    laneStatus({ generation: 2, messages: 5 }),
    laneStatus({ id: 1, generation: 2 }),
    laneStatus({ state: 'draining', messages: 900 }),
    laneStatus({ state: 'draining', messages: 800 }),
  ]
  const samples = text(serverStatus({ lanes })).match(/^[a-z].*(?= \S+$)/gm) ?? []
  assert.deepEqual([...new Set(samples)], samples)
  const page = text(serverStatus({ lanes }))
  assert.match(page, /^lanework_lane_messages_total\{service="upper",lane="0"\} 5$/m)
  assert.match(page, /^lanework_server_retiring_lanes\{service="upper"\} 2$/m)
})

it('leaves out what nobody knows', () => {
  const latency = { count: 0, p50Us: 0, p99Us: 0, p999Us: 0, maxUs: 0 }
  const listeners = [listenerStatus({ kernelDrops: undefined, latency })]
  const page = text(serverStatus({ lanes: [laneStatus({ memoryBytes: undefined, latency })], listeners, latency }))
  assert.doesNotMatch(page, /kernel_drops|memory_bytes|quantile|undefined|NaN/)
  assert.match(page, /^lanework_handler_seconds_count\{service="upper"\} 0$/m)
})

it('escapes labels', () => {
  const page = text(serverStatus({ service: 'a"b\\c\nd', listeners: [listenerStatus({ address: 'unix:/tmp/"x"' })] }))
  assert.match(page, /service="a\\"b\\\\c\\nd"/)
  assert.match(page, /address="unix:\/tmp\/\\"x\\""/)
  for (const line of page.trimEnd().split('\n')) assert.ok(line.startsWith('# ') || sampleLine.test(line), line)
})
