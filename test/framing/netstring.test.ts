import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { netstring } from '#lanework/framing/index.js'
import { decode } from './feed.ts'

const outcome = (text: string, frameBytes = 100) => decode(netstring(), [Buffer.from(text)], frameBytes)

describe('netstring', () => {
  it('reads and writes the examples of its specification', () => {
    assert.deepEqual(netstring().encode('hello world!'), Buffer.from('12:hello world!,'))
    assert.deepEqual(netstring().encode(''), Buffer.from('0:,'))
    assert.deepEqual(outcome('12:hello world!,0:,').frames.map(String), ['hello world!', ''])
  })

  it('counts bytes and not characters', () => {
    assert.deepEqual(netstring().encode('é'), Buffer.from('2:é,'))
  })

  it('refuses what is no netstring', () => {
    for (const wrong of ['x', ':', ',', ' 5:hello,', '-1:', '5x', '05:hello,', '00:,', '5:hello;']) {
      assert.equal(outcome(wrong).refused, 'FRAME_INVALID', wrong)
    }
  })

  it('refuses a length over the limit at the digit that takes it there', () => {
    assert.equal(outcome('101').refused, 'FRAME_TOO_LONG')
    assert.equal(outcome('100').refused, 'FRAME_TRUNCATED')
    assert.equal(outcome('9'.repeat(400)).refused, 'FRAME_TOO_LONG')
  })

  it('delivers the frames before a wrong one', () => {
    const { frames, refused } = outcome('2:hi,oops')
    assert.deepEqual(frames.map(String), ['hi'])
    assert.equal(refused, 'FRAME_INVALID')
  })
})
