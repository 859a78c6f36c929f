/** What a server tells its operator on stderr: one line for each thing that happens to a lane, whatever is in it. */
import assert from 'node:assert/strict'
import { it } from 'node:test'

import { reportEvents } from '#lanework/cli/events.js'
import { Emitter } from '#lanework/core/index.js'
import type { ServerEvents } from '#lanework/server/index.js'
import { pretendedServer } from '../support/pretended-server.ts'

function linesOf(tell: (events: Emitter<ServerEvents>) => void): string[] {
  const events = new Emitter<ServerEvents>()
  reportEvents(pretendedServer({ on: (name, listener) => events.on(name, listener) }))
  const write = process.stderr.write
  let said = ''
  process.stderr.write = (text: string | Uint8Array): boolean => {
    said += String(text)
    return true
  }
  try {
    tell(events)
  } finally {
    process.stderr.write = write
  }
  return said.trimEnd().split('\n')
}

it('lanes: started, ended, blocked, overloaded; reloads, and giving up', () => {
  const error = new Error('it was\nkilled \u001b[2J')
  const lines = linesOf((events) => {
    events.emit('laneStarted', { lane: 1, pid: 42, generation: 3 })
    events.emit('laneEnded', { lane: 1, pid: 42, reason: 'crash', error, restartMs: 100 })
    events.emit('laneEnded', { lane: 1, pid: 43, reason: 'hang', error, restartMs: undefined })
    events.emit('laneEnded', { lane: -1, pid: 44, reason: 'start', error, restartMs: 200 })
    events.emit('laneBlocked', { lane: 0, pid: 41 })
    events.emit('shedding', { lane: 0, overloaded: true, reasons: ['lag', 'memory'] })
    events.emit('shedding', { lane: 0, overloaded: false, reasons: [] })
    events.emit('reloaded', { generation: 4, lanes: 2, tookMs: 80.4, drained: new Promise(() => {}) })
    events.emit('gaveUp', { error })
  })
  assert.deepEqual(lines, [
    'lanework: lane 1 serves (pid 42, generation 3)',
    'lanework: lane 1 (pid 42) ended, crash: it was killed \\x1b[2J; its successor starts in 100 ms',
    'lanework: lane 1 (pid 43) ended, hang: it was killed \\x1b[2J; it is not started again',
    'lanework: a lane that stood by (pid 44) ended, start: it was killed \\x1b[2J; its successor starts in 200 ms',
    'lanework: lane 0 (pid 41) is blocked: its event loop stands still',
    'lanework: lane 0 turns work away: lag, memory',
    'lanework: lane 0 takes all work again',
    'lanework: reloaded: generation 4 serves with 2 lanes after 80 ms',
    'lanework: gave up: it was killed \\x1b[2J',
  ])
})

it('faults of handlers and refusals: the first of a kind only', () => {
  const peer = { scheme: 'udp', host: '127.0.0.1', port: 1 } as const
  const lines = linesOf((events) => {
    for (let n = 0; n < 3; n++) {
      events.emit('connectionRefused', { peer, reason: 'connections' })
      events.emit('handlerError', { error: 'no error at all', peer })
      events.emit('connectionRefused', { peer, reason: 'overloaded' })
      events.emit('snapshotError', { lane: 1, error: 'no use' })
    }
  })
  assert.equal(lines.length, 4)
  assert.match(lines[0] ?? '', /limits\.connections is reached \(said once/)
  assert.match(lines[1] ?? '', /the handler failed: no error at all \(said once/)
  assert.match(lines[2] ?? '', /a connection was refused: its lane turns work away \(said once/)
  assert.match(lines[3] ?? '', /a listener for snapshots failed in lane 1: no use \(said once/)
})
