/** `least-connections`: connections that come at once are spread as evenly as those that come one by one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect } from '#lanework/io/index.js'
import { serve } from '#lanework/server/index.js'
import { LeastConnections } from '#lanework/server/supervised/least-connections.js'
import { unless } from '../../support/capability.ts'
import { until } from '../../support/until.ts'

const lanes = [{ name: 'first' }, { name: 'second' }, { name: 'third' }]

/** Counters that say what the test wants. */
function pickerOf(counters: readonly { held: number; taken: number }[]): {
  pick: (nowMs: number) => string | undefined
} {
  const picker = new LeastConnections<{ name: string }>((lane) => counters[lanes.indexOf(lane)])
  return { pick: (nowMs) => picker.pick(lanes.slice(0, counters.length), nowMs)?.name }
}

function countNames(names: readonly (string | undefined)[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[String(name)] = (counts[String(name)] ?? 0) + 1
  return counts
}

describe('the lane with the fewest connections', () => {
  it('is not the same for all that come before its counters show any', () => {
    const { pick } = pickerOf([
      { held: 0, taken: 0 },
      { held: 0, taken: 0 },
      { held: 0, taken: 0 },
    ])
    const names = Array.from({ length: 300 }, (_, index) => pick(index / 10))
    assert.deepEqual(countNames(names), { first: 100, second: 100, third: 100 })
  })

  it('makes up for what lanes hold already', () => {
    const { pick } = pickerOf([
      { held: 10, taken: 40 },
      { held: 4, taken: 90 },
    ])
    assert.deepEqual(countNames(Array.from({ length: 10 }, () => pick(0))), { first: 2, second: 8 })
  })

  it('counts a connection once: given, then held, then gone', () => {
    const counters = [
      { held: 0, taken: 0 },
      { held: 3, taken: 0 },
    ]
    const { pick } = pickerOf(counters)
    assert.equal(pick(0), 'first')
    assert.equal(pick(0), 'first')
    counters[0] = { held: 2, taken: 2 }
    assert.equal(pick(10), 'first')
    counters[0] = { held: 0, taken: 3 }
    assert.deepEqual([pick(20), pick(20), pick(20)], ['first', 'first', 'first'])
    assert.equal(pick(20), 'first', 'both have three, and the first comes first')
    assert.equal(pick(20), 'second')
  })

  it('forgets what a lane never counted', () => {
    const counters = [
      { held: 0, taken: 0 },
      { held: 1, taken: 0 },
    ]
    const { pick } = pickerOf(counters)
    assert.deepEqual([pick(0), pick(0), pick(0)], ['first', 'first', 'second'])
    assert.equal(pick(5_000), 'first')
  })

  it('passes over lanes without counters, and is nobody when there is no lane', () => {
    const picker = new LeastConnections<{ name: string }>((lane) =>
      lane.name === 'first' ? undefined : { held: 9, taken: 9 },
    )
    assert.equal(picker.pick(lanes.slice(0, 2), 0)?.name, 'second')
    assert.equal(picker.pick([], 0), undefined)
    assert.equal(picker.pick(lanes.slice(0, 1), 0), undefined)
  })
})

describe('a server with least-connections', { skip: unless('lanes') }, () => {
  for (const laneKind of ['thread', 'process'] as const) {
    it(`gives ${laneKind} lanes equal shares of a crowd`, async () => {
      const echo = new URL(`${import.meta.resolve('#lanework/services/echo/index.js')}#echo`)
      const server = await serve(echo, {
        listen: 'tcp://127.0.0.1:0',
        lanes: 2,
        laneKind,
        spread: 'least-connections',
      })
      const address = String(server.addresses[0])
      const clients = await Promise.all(Array.from({ length: 200 }, () => connect(address)))
      const shares = await until('all are taken', () => {
        const held = server.status().lanes.map(({ connections }) => connections)
        return held.reduce((sum, count) => sum + count, 0) === clients.length && held
      })
      await Promise.all(clients.map((client) => client.close()))
      await server.close()
      for (const share of shares) assert.ok(share >= 80 && share <= 120, `shares are ${shares.join(', ')}`)
    })
  }
})
