/** Leap seconds: when they act, who is believed, and a clock that goes through one. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { simulateClock, type Leap, type SimulatedServer } from '#lanework/services/time/index.js'
import { leapMoment, leapVote } from '#lanework/services/time/clock/leap.js'

const ns = (text: string): bigint => BigInt(Date.parse(text)) * 1_000_000n

describe('a leap second', () => {
  it('acts at the end of the UTC month', () => {
    assert.equal(leapMoment(1, ns('2016-12-31T12:00:00Z')), ns('2017-01-01T00:00:00Z'))
    assert.equal(leapMoment(1, ns('2016-06-01T00:00:00Z')), ns('2016-07-01T00:00:00Z'))
    assert.equal(leapMoment(2, ns('2028-02-29T23:00:00Z')), ns('2028-02-29T23:59:59Z'))
    assert.equal(leapMoment(0, ns('2016-12-31T12:00:00Z')), 0n)
    assert.equal(leapMoment(3, ns('2016-12-31T12:00:00Z')), 0n)
  })

  it('is believed when more than half of the servers announce it', () => {
    const cases: readonly (readonly [Leap[], Leap])[] = [
      [[1], 1],
      [[0, 1, 1], 1],
      [[0, 0, 1], 0],
      [[1, 2], 0],
      [[2, 2, 1], 2],
      [[], 0],
    ]
    for (const [announced, leap] of cases) assert.equal(leapVote(announced), leap, announced.join())
  })
})

const monthEndNs = ns('2027-01-01T00:00:00Z')
const atSeconds = 700

function servers(leap: 1 | 2, announcing = 3): SimulatedServer[] {
  const acts = leap === 1 ? atSeconds : atSeconds - 1
  return ['one', 'two', 'three'].map((name, index) => ({
    name,
    lie: (at) => (at < acts ? 0 : leap === 1 ? -1 : 1),
    // Two take their announcement back a minute late.
    leap: (at) => (index < announcing && at < acts + (index === 0 ? 0 : 60) ? leap : 0),
  }))
}

describe('a clock', () => {
  for (const leap of [1, 2] as const) {
    it(leap === 1 ? 'shows the last second twice' : 'leaves the last second out', () => {
      for (let seed = 1; seed <= 20; seed++) {
        const startNs = monthEndNs - BigInt(atSeconds) * 1_000_000_000n
        const announced: number[] = []
        const leapt: number[] = []
        const { moments, clock } = simulateClock({
          seed,
          startNs,
          seconds: 2_000,
          servers: servers(leap),
          events: [
            {
              at: 0.001,
              do: (_machine, each) => void each.events.on('leap', ({ bySeconds }) => leapt.push(bySeconds)),
            },
            { at: 650, do: (_machine, each) => announced.push(each.state().leap) },
            { at: 701, do: (_machine, each) => announced.push(each.state().leap) },
            { at: 750, do: (_machine, each) => announced.push(each.state().leap) },
          ],
        })
        assert.deepEqual(announced, [leap, 0, 0], `seed ${seed}`)
        assert.deepEqual(leapt, [leap === 1 ? -1 : 1])
        for (const { at, error } of moments) {
          if (at < 210 || (at > 698 && at < 701)) continue
          const expected = at < 700 ? 0 : leap === 1 ? -1 : 1
          assert.ok(Math.abs(error - expected) < 1e-3, `seed ${seed}, ${at} s: ${error}`)
        }
        assert.equal(clock.steps, 2, 'one at the start, one by the leap second')
      }
    })
  }

  it('does not follow a single server that announces one, nor one that announces without end', () => {
    const startNs = monthEndNs - BigInt(atSeconds) * 1_000_000_000n
    const honest = ['one', 'two'].map((name) => ({ name }))
    const wrong: SimulatedServer = { name: 'wrong', leap: () => 1 }
    const { moments, clock } = simulateClock({ seed: 1, startNs, seconds: 1_500, servers: [...honest, wrong] })
    assert.equal(clock.state().leap, 0)
    assert.ok(moments.every(({ at, error }) => at < 210 || Math.abs(error) < 1e-3))
  })
})
