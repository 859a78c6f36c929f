/** Servers that forward to each other: nobody asks for ever, and the client hears of it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { rcodeName } from '#lanework/services/dns/index.js'
import { ForwardBench } from '../../../support/dns-forward.js'
import { until } from '../../../support/until.js'

describe('two servers that forward to each other', () => {
  it('answer SERVFAIL in the end, after few questions', async () => {
    // The upstream of each hands its questions on to the other.
    const handTo = (other: () => ForwardBench) => ({
      answer: async ({ bytes }: { bytes: Uint8Array }) => {
        const { taken, later } = other().send('', { bytes })
        return taken === 'later' ? later : (taken ?? null)
      },
    })
    const one: ForwardBench = await ForwardBench.start(
      [{}],
      {},
      handTo(() => two),
    )
    const two: ForwardBench = await ForwardBench.start(
      [{}],
      {},
      handTo(() => one),
    )
    const asking = one.ask('a.test')
    await until('the question came back', () => two.asked.length === 1 && one.forwarder.counts.joined === 1)
    let isOver = false
    const message = asking.finally(() => (isOver = true))
    await until('it is over', async () => {
      await Promise.all([one.clock.advance(500), two.clock.advance(500)])
      return isOver
    })
    assert.equal(rcodeName((await message).rcode), 'SERVFAIL')
    const sent = one.asked.length + two.asked.length
    // Three times to each server at most.
    assert.ok(sent <= 6, `${sent} questions`)
    assert.deepEqual([one.forwarder.inFlight, one.forwarder.counts.asked, two.forwarder.counts.asked], [0, 1, 1])
    await Promise.all([one.close(), two.close()])
  })
})
