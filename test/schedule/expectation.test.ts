/** The exponential average of burst lengths. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Expectation } from '#lanework/schedule/index.js'

describe('Expectation', () => {
  it('predicts 10, 8, 6, 6, 5, 9, 11, 12 for Silberschatz, tau0 10, alpha 1/2, bursts 6, 4, 6, 4, 13, 13, 13', () => {
    const expectation = new Expectation({ alpha: 0.5, initial: 10 })
    const predicted = [6, 4, 6, 4, 13, 13, 13].map((burst) => {
      const before = expectation.of('P')
      expectation.learn('P', burst)
      return before
    })
    assert.deepEqual([...predicted, expectation.of('P')], [10, 8, 6, 6, 5, 9, 11, 12])
  })

  it('never learns with alpha 0, and only remembers the last burst with alpha 1', () => {
    const [fixed, last] = [new Expectation({ alpha: 0, initial: 7 }), new Expectation({ alpha: 1, initial: 7 })]
    for (const burst of [1, 2, 3]) for (const each of [fixed, last]) each.learn('P', burst)
    assert.deepEqual([fixed.of('P'), last.of('P')], [7, 3])
  })

  it('knows nothing of a key before its first burst, and takes that one as it is', () => {
    const expectation = new Expectation()
    assert.equal(expectation.of('P'), undefined)
    assert.equal(expectation.average, undefined)
    expectation.learn('P', 12)
    assert.equal(expectation.of('P'), 12)
    assert.equal(expectation.of('Q'), undefined)
    expectation.learn('Q', 4)
    assert.equal(expectation.average, 8)
  })

  it('forgets the oldest key beyond its limit', () => {
    const expectation = new Expectation({ keys: 2 })
    for (const key of ['a', 'b', 'a', 'c']) expectation.learn(key, 1)
    assert.deepEqual([expectation.of('a'), expectation.of('b'), expectation.of('c')], [undefined, 1, 1])
  })

  it('refuses a burst that is no length of time, and keeps what it knew', () => {
    const expectation = new Expectation()
    expectation.learn('P', 3)
    for (const burst of [NaN, -1, Infinity]) {
      assert.throws(() => expectation.learn('P', burst), { code: 'OPTION_INVALID' })
    }
    assert.equal(expectation.of('P'), 3)
  })
})
