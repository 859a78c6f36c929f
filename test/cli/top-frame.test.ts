/** The picture of `lanework top` and the tables of `lanework status`: whatever a server reports, they fit and are harmless. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { sparkline, topFrame, type FrameOptions } from '#lanework/cli/operate/top-frame.js'
import { bytesText, countText, durationText, microsText } from '#lanework/cli/operate/figures.js'
import { statusText, warningsOf, type Look } from '#lanework/cli/operate/status-view.js'
import type { ServerStatus } from '#lanework/server/index.js'
import { laneStatus, listenerStatus, serverStatus } from '../support/pretended-server.ts'

const usual: FrameOptions = { columns: 80, rows: 24, color: false, sort: 'lane', descending: false, history: [] }

function look(now: ServerStatus, before?: ServerStatus): Look {
  const program = (server: ServerStatus) => ({ name: 'test', pid: 1, servers: [server] })
  return { now: program(now), before: before === undefined ? undefined : program(before), sinceMs: 500 }
}

/** Without its escape sequences of colour. */
function plain(line: string): string {
  // oxlint-disable-next-line no-control-regex -- escape sequences begin with one
  return line.replace(/\u001b\[\d+m/g, '')
}

describe('the picture', () => {
  it('fits the terminal, whatever its size', () => {
    const lanes = Array.from({ length: 40 }, (_, id) => laneStatus({ id, memoryBytes: undefined }))
    const listeners = [listenerStatus({ address: `unix:/${'long/'.repeat(30)}` })]
    for (const [columns, rows] of [
      [80, 24],
      [40, 5],
      [200, 60],
      [1, 1],
    ] as const) {
      for (const color of [false, true]) {
        const history = [Array.from({ length: 60 }, (_, index) => index)]
        const lines = topFrame(look(serverStatus({ lanes, listeners })), { ...usual, columns, rows, color, history })
        assert.ok(lines.length <= rows)
        for (const line of lines) assert.ok(plain(line).length <= columns, `${columns}: ${line}`)
      }
    }
  })

  it('shows rates of the time between two looks', () => {
    const counters = { messages: 500, replies: 0, droppedOverload: 30 }
    const now = serverStatus({ lanes: [laneStatus({ messages: 1_500 })], listeners: [listenerStatus({ counters })] })
    const first = { messages: 0, replies: 0, droppedOverload: 10 }
    const before = serverStatus({ lanes: [laneStatus()], listeners: [listenerStatus({ counters: first })] })
    const lines = topFrame(look(now, before), usual)
    assert.match(lines.find((line) => line.includes('ready')) ?? '', / 1\.0k /)
    assert.match(lines.find((line) => line.startsWith('udp:')) ?? '', / 1\.0k +40 +overload 30$/)
  })

  it('shows no rate of a lane that is another one now', () => {
    const before = serverStatus({ lanes: [laneStatus({ messages: 9_000 })] })
    for (const change of [{ pid: 5 }, { generation: 2 }, { restarts: 1 }]) {
      const lines = topFrame(look(serverStatus({ lanes: [laneStatus({ messages: 100, ...change })] }), before), usual)
      assert.match(lines.find((line) => line.includes('ready')) ?? '', / \? +50 MiB/)
    }
  })

  it('sorts the lanes by a column, either way', () => {
    const lanes = [3, 9, 6].map((connections, id) => laneStatus({ id, connections }))
    const order = (descending: boolean): string[] =>
      topFrame(look(serverStatus({ lanes })), { ...usual, sort: 'conns', descending })
        .filter((line) => line.includes('ready'))
        .map((line) => line.trim().charAt(0))
    assert.deepEqual(order(false), ['0', '2', '1'])
    assert.deepEqual(order(true), ['1', '2', '0'])
  })

  it('lets nothing of a server steer the terminal', () => {
    const evil = '\u001b]0;owned\u0007\u001b[2J\n\r\u009b31m'
    const now = serverStatus({
      service: evil,
      lanes: [laneStatus({ lastEnd: evil, restarts: 1, state: evil as 'ready', kind: evil as 'thread' })],
      listeners: [listenerStatus({ address: evil, counters: { messages: 1, [`dropped${evil}`]: 5 } })],
      counters: { [evil]: 3 },
    })
    const texts = [topFrame(look(now), usual).join(''), statusText(look(now)).replaceAll('\n', '')]
    // oxlint-disable-next-line no-control-regex -- control characters are what it looks for
    for (const text of texts) assert.doesNotMatch(text, /[\u0000-\u001f\u007f-\u009f]/)
  })

  it('draws the highest rate as the highest bar', () => {
    assert.equal(sparkline([0, 1, 4, 8]), '▁▁▄█')
    assert.equal(sparkline([0, 0]), '▁▁')
    assert.equal(sparkline([]), '')
  })
})

describe('the tables', () => {
  it('have what is unknown as ?, and the causes of drops', () => {
    const listeners = [
      listenerStatus({ kernelDrops: 1_200, counters: { messages: 1, droppedOverload: 12, droppedLoop: 0 } }),
    ]
    const text = statusText(look(serverStatus({ lanes: [laneStatus({ memoryBytes: undefined })], listeners })))
    assert.match(text, /^0 .* \? +150 us +\? +0 ms$/m)
    assert.match(text, /1\.2k +kernel 1\.2k, overload 12$/m)
    const silent = listenerStatus({ kernelDrops: undefined })
    assert.match(statusText(look(serverStatus({ listeners: [silent] }))), /990 +150 us +0 +kernel \?$/m)
    const shed = listenerStatus({
      counters: { messages: 1, connectionsShed: 3, connectionsRefused: 2, droppedShed: 4 },
    })
    assert.match(
      statusText(look(serverStatus({ listeners: [shed] }))),
      /9 +shed 4, connections shed 3, connections refused 2$/m,
    )
    assert.match(text, /warning: udp:\/\/127\.0\.0\.1:9001 dropped: kernel 1\.2k, overload 12/)
  })

  it('have what the service itself counts, as far as there is any', () => {
    const text = statusText(look(serverStatus({ counters: { answers: 1_200, droppedShort: 3, droppedMode: 0 } })))
    assert.match(text, /^service: answers 1\.2k, droppedShort 3$/m)
    assert.doesNotMatch(statusText(look(serverStatus())), /^service:/m)
  })

  it('warn of lanes that are blocked, dead, overloaded or restarted, and of nothing else', () => {
    assert.deepEqual(warningsOf(serverStatus()), [])
    const lanes = [
      laneStatus({ id: 0, state: 'blocked' }),
      laneStatus({ id: 1, state: 'dead', lastEnd: 'SIGKILL' }),
      laneStatus({ id: 2, overloaded: true, restarts: 3 }),
    ]
    const warnings = warningsOf(serverStatus({ lanes })).join('\n')
    assert.match(warnings, /lane 0 is blocked/)
    assert.match(warnings, /lane 1 is dead, the last time: SIGKILL/)
    assert.match(warnings, /lane 2 turns work away\nlane 2 was restarted 3 times/)
  })
})

it('figures are short, and round to the next unit', () => {
  assert.deepEqual([0, 7, 999, 1_000, 9_949, 9_950, 999_499, 999_500, 12e6, 5e15].map(countText), [
    '0',
    '7',
    '999',
    '1.0k',
    '9.9k',
    '10k',
    '999k',
    '1.0M',
    '12M',
    '5000T',
  ])
  assert.deepEqual([undefined, 0, 1_048_576, 20 * 1_073_741_824].map(bytesText), ['?', '0 KiB', '1 MiB', '20.0 GiB'])
  assert.deepEqual([0, 999, 1_500, 61_000, 3_600_000, 90_000_000].map(durationText), [
    '0 ms',
    '999 ms',
    '1.5 s',
    '1 m 1 s',
    '1 h 0 m',
    '1 d 1 h',
  ])
  assert.deepEqual([5, 1_500, 15_000, 2_500_000].map(microsText), ['5 us', '1.5 ms', '15 ms', '2.5 s'])
})
