/** The name that was probably meant. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { nearestName } from 'lanework/core'

describe('nearestName', () => {
  it('finds letters that were left out, added, replaced or swapped', () => {
    assert.equal(nearestName('lins', ['words', 'lines', 'bytes']), 'lines')
    assert.equal(nearestName('liines', ['words', 'lines', 'bytes']), 'lines')
    assert.equal(nearestName('limes', ['words', 'lines', 'bytes']), 'lines')
    assert.equal(nearestName('sfj', ['rr', 'sjf']), 'sjf')
  })

  it('finds a name by a part of it', () => {
    assert.equal(nearestName('stream', ['lines', 'upper-stream-large']), 'upper-stream-large')
  })

  it('says nothing when nothing is near, or nothing was said', () => {
    assert.equal(nearestName('completely different', ['lines', 'words']), undefined)
    assert.equal(nearestName('', ['lines']), undefined)
    assert.equal(nearestName('x'.repeat(1e6), ['lines']), undefined)
    assert.equal(nearestName('lines', []), undefined)
  })
})
