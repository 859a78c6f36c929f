/** Whom to believe among servers that contradict each other. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'

import { combine, select, type Candidate } from '#lanework/services/time/index.js'
import { intersect } from '#lanework/services/time/client/select.js'

function server(name: string, offset: number, rootDistance: number, jitter = 1e-3, stratum = 2): Candidate {
  return { name, offset, rootDistance, jitter, stratum }
}

function verdicts(candidates: readonly Candidate[], options = {}): Record<string, string> {
  return Object.fromEntries(
    select(candidates, options).judged.map(({ candidate, verdict }) => [candidate.name, verdict]),
  )
}

describe('intersection', () => {
  it('finds the moments that all share, or the largest majority', () => {
    assert.deepEqual(intersect([server('a', 0, 2), server('b', 1, 2), server('c', 0.5, 2)]), { low: -1, high: 2 })
    assert.deepEqual(intersect([server('a', 0, 1), server('b', 0.5, 1), server('c', 9, 1)]), { low: -0.5, high: 1 })
  })

  it('does not mind a server that is unsure, and far off for that reason', () => {
    const candidates = [server('a', 0, 1), server('b', 0.1, 1), server('unsure', 6, 8), server('liar', 50, 1)]
    assert.deepEqual(intersect(candidates), { low: -0.9, high: 1 })
  })

  it('finds none where half of them contradict the other half', () => {
    assert.equal(intersect([server('a', 0, 1), server('b', 5, 1)]), undefined)
    assert.equal(intersect([server('a', 0, 1), server('b', 0, 1), server('c', 9, 1), server('d', 9, 1)]), undefined)
    assert.equal(intersect([]), undefined)
  })

  it('is shared with somebody who tells the truth, and by more than half, however the others lie', () => {
    const within = (most: number): fc.Arbitrary<number> => fc.double({ min: -most, max: most, noNaN: true })
    const width = fc.double({ min: 1e-6, max: 2, noNaN: true })
    const truths = fc.array(fc.record({ share: within(1), width }), { minLength: 1, maxLength: 6 })
    const lies = fc.array(fc.record({ offset: within(50), width }), { maxLength: 5 })
    const property = fc.property(truths, lies, (honest, lying) => {
      fc.pre(lying.length < honest.length)
      const candidates = [
        ...honest.map((each, index) => server(`true-${index}`, each.share * each.width, each.width)),
        ...lying.map((each, index) => server(`lie-${index}`, each.offset, each.width)),
      ]
      const interval = intersect(candidates)
      assert.ok(interval !== undefined, 'all who tell the truth share the moment 0')
      const { low, high } = interval
      const agreeing = candidates.filter((each) => {
        return each.offset + each.rootDistance >= low && each.offset - each.rootDistance <= high
      })
      assert.ok(2 * agreeing.length > candidates.length)
      assert.ok(agreeing.some(({ name }) => name.startsWith('true')))
      // Where nobody lies the truth itself is in there.
      if (lying.length === 0) assert.ok(low <= 0 && 0 <= high)
    })
    fc.assert(property, { numRuns: 500 })
  })
})

describe('selection', () => {
  it('names the falseticker and what it says', () => {
    const found = select([server('a', 0.001, 0.01), server('b', -0.002, 0.02), server('liar', 0.5, 0.01)])
    const liar = found.judged.find(({ candidate }) => candidate.name === 'liar')
    assert.equal(liar?.verdict, 'falseticker')
    assert.equal(liar.reason, 'says 490.000 ms to 510.000 ms, the majority -9.000 ms to 11.000 ms')
    assert.deepEqual(
      found.survivors.map(({ name }) => name),
      ['a', 'b'],
    )
  })

  it('takes one server alone at its word, and none where one of two must lie', () => {
    assert.deepEqual(verdicts([server('a', 3, 0.1)]), { a: 'system' })
    assert.deepEqual(verdicts([server('a', 3, 0.1), server('b', 4, 0.1)]), { a: 'falseticker', b: 'falseticker' })
    const { judged } = select([server('a', 3, 0.1), server('b', 4, 0.1)])
    assert.match(judged[0]?.reason ?? '', /no majority of the 2 servers agrees/)
  })

  it('leaves out who is too far from a primary source', () => {
    const { judged, survivors } = select([server('a', 0, 5), server('b', 0, 0.1)])
    assert.deepEqual(
      judged.map(({ verdict }) => verdict),
      ['unusable', 'system'],
    )
    assert.equal(judged[0]?.reason, 'root distance 5.000 s is beyond 3.000 s')
    assert.equal(survivors.length, 1)
  })

  it('wants as many to agree as it is told to', () => {
    const { judged, survivors, interval } = select([server('a', 0, 0.1), server('b', 0, 0.1)], { atLeast: 3 })
    assert.deepEqual([survivors.length, interval], [0, undefined])
    assert.equal(judged[0]?.reason, 'only 2 servers agree, 3 must')
  })

  it('puts the lowest stratum first, then the least distance', () => {
    const { survivors } = select([
      server('far', 0, 0.2, 1e-3, 1),
      server('near', 0, 0.1, 1e-3, 3),
      server('mid', 0, 0.15, 1e-3, 2),
    ])
    assert.deepEqual(
      survivors.map(({ name }) => name),
      ['far', 'mid', 'near'],
    )
  })

  it('drops outliers for as long as they differ by more than each from itself, and keeps three', () => {
    const tight = [0, 1e-4, 2e-4].map((offset, index) => server(`t${index}`, offset, 0.1, 1e-4))
    assert.deepEqual(verdicts([...tight, server('wide', 0.05, 0.1, 1e-4)]), {
      t0: 'system',
      t1: 'combined',
      t2: 'combined',
      wide: 'outlier',
    })
    const { judged } = select([...tight, server('wide', 0.05, 0.1, 1e-4)])
    assert.match(judged[3]?.reason ?? '', /from the others, who vary by 100\.0 us each/)
    const noisy = [0, 1e-4, 2e-4, 0.05].map((offset, index) => server(`n${index}`, offset, 0.1, 0.2))
    assert.ok(!Object.values(verdicts(noisy)).includes('outlier'))
  })
})

describe('combining', () => {
  it('weighs by the inverse of the distance, and is bounded by what all can vouch for', () => {
    const { offset, rootDistance, jitter } = combine([server('a', 0, 0.1, 1e-3), server('b', 0.04, 0.3, 1e-3)])
    assert.ok(Math.abs(offset - 0.01) < 1e-12)
    assert.ok(Math.abs(rootDistance - 0.11) < 1e-12)
    assert.ok(jitter > 0.001)
  })

  it('of nothing is unbounded', () => {
    assert.equal(combine([]).rootDistance, Infinity)
  })
})
