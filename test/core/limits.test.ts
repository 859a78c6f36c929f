import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { checkChoice, checkInteger, checkKnownKeys, isLaneworkError } from '#lanework/core/index.js'

function messageOf(action: () => unknown): string {
  try {
    action()
  } catch (error) {
    assert.ok(isLaneworkError(error, 'OPTION_INVALID'))
    return error.message
  }
  return 'nothing was thrown'
}

describe('checkInteger', () => {
  it('returns exactly the integers of its range', () => {
    const property = fc.property(fc.integer(), fc.integer(), fc.integer(), (value, one, other) => {
      const [least, most] = [Math.min(one, other), Math.max(one, other)]
      if (value >= least && value <= most) assert.equal(checkInteger('size', value, least, most), value)
      else assert.throws(() => checkInteger('size', value, least, most), { code: 'OPTION_INVALID' })
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('refuses everything that is no integer, whatever it is', () => {
    const property = fc.property(fc.anything({ withNullPrototype: true, withBigInt: true }), (value) => {
      if (Number.isSafeInteger(value)) return
      assert.throws(() => checkInteger('size', value, -Infinity, Infinity), { code: 'OPTION_INVALID' })
    })
    fc.assert(property, { numRuns: 200 })
    assert.throws(() => checkInteger('size', 2 ** 53, 0, Infinity), { code: 'OPTION_INVALID' })
  })

  it('names the option, the rule and the value', () => {
    const message = messageOf(() => checkInteger('limits.frameBytes', '8', 1, 16))
    assert.equal(message, 'Option limits.frameBytes must be an integer from 1 to 16; got "8" (string).')
    assert.match(
      messageOf(() => checkInteger('a', null, 1, 16)),
      /got null\.$/,
    )
    assert.match(
      messageOf(() => checkInteger('a', {}, 1, 16)),
      /got an object\.$/,
    )
    assert.match(
      messageOf(() => checkInteger('a', [1], 1, 16)),
      /got an array\.$/,
    )
    assert.match(
      messageOf(() => checkInteger('a', 1.5, 1, 16)),
      /got 1\.5 \(number\)\.$/,
    )
  })
})

describe('checkChoice', () => {
  it('returns a choice and names all of them when it refuses', () => {
    assert.equal(checkChoice('order', 'big', ['big', 'little']), 'big')
    const message = messageOf(() => checkChoice('order', 'middle', ['big', 'little']))
    assert.equal(message, 'Option order must be one of big, little; got "middle" (string).')
  })
})

describe('checkKnownKeys', () => {
  it('finds a misspelt option', () => {
    checkKnownKeys('limits', { idleMs: 1 }, ['idleMs', 'frameBytes'])
    const message = messageOf(() => checkKnownKeys('limits', { idleMS: 1 }, ['idleMs', 'frameBytes']))
    assert.equal(
      message,
      'Option limits.idleMS must be one of idleMs, frameBytes (did you mean idleMs?); got "idleMS".',
    )
    assert.equal(
      messageOf(() => checkKnownKeys('limits', { pace: 1 }, ['idleMs', 'frameBytes'])),
      'Option limits.pace must be one of idleMs, frameBytes; got "pace".',
    )
  })

  it('wants an object that has options', () => {
    for (const value of [2, 'idleMs', null, [1], () => {}, AbortSignal.abort()])
      assert.throws(() => checkKnownKeys('limits', value, ['idleMs']), { code: 'OPTION_INVALID' })
    checkKnownKeys('limits', Object.create(null), ['idleMs'])
    checkKnownKeys('limits', Object.create({ idleMs: 1 }), ['idleMs'])
    assert.equal(
      messageOf(() => checkKnownKeys('limits', 2, ['idleMs', 'frameBytes'])),
      'Option limits must be an object with idleMs, frameBytes; got 2 (number).',
    )
  })
})
