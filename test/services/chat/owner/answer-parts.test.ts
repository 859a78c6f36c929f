/** Answers that are too long for one message are kept for a moment, and no more than a bound of them. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { AnswerParts } from '#lanework/services/chat/owner/answer-parts.js'
import { fromBytes, type InParts } from '#lanework/services/chat/messages.js'
import { ManualClock } from '../../../support/manual-clock.ts'

const mebibyte = 1_048_576

describe('a long answer', () => {
  it('is fetched part by part, once', () => {
    const parts = new AnswerParts(new ManualClock())
    const short = Buffer.alloc(mebibyte / 2, 1)
    assert.equal(parts.sent(short), short)
    const long = Buffer.from(Array.from({ length: 1_300_000 }, (_, index) => index % 251))
    const { id, count } = fromBytes<InParts>(parts.sent(long)).inParts
    assert.equal(count, 3)
    const fetched = Buffer.concat(Array.from({ length: count }, (_, index) => parts.part(id, index)))
    assert.ok(fetched.equals(long))
    assert.equal(parts.part(id, 0).length, 0)
    assert.equal(parts.bytes, 0)
  })

  it('that nobody fetches is forgotten after ten seconds, or when there are too many', () => {
    const clock = new ManualClock()
    const parts = new AnswerParts(clock)
    const { id: first } = fromBytes<InParts>(parts.sent(Buffer.alloc(10 * mebibyte))).inParts
    for (let count = 0; count < 6; count++) parts.sent(Buffer.alloc(10 * mebibyte))
    assert.equal(parts.part(first, 0).length, 0, 'the oldest goes')
    assert.ok(parts.bytes <= 64 * mebibyte)
    clock.advance(10_000)
    assert.equal(parts.bytes, 0)
  })
})
