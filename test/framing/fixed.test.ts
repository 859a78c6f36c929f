import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { fixed } from '#lanework/framing/index.js'

describe('fixed', () => {
  it('carries payloads of its size only, counted in bytes of UTF-8', () => {
    assert.equal(fixed(2).encode('é'), 'é')
    assert.throws(() => fixed(2).encode('a'), { code: 'FRAME_INVALID' })
    assert.throws(() => fixed(2).encode(new Uint8Array(3)), { code: 'FRAME_INVALID' })
  })

  it('waits in peace when nothing came, whatever the limit', () => {
    const decoder = fixed(16).decoder(8)
    assert.equal(decoder.next(), undefined)
    assert.equal(decoder.end(), undefined)
  })

  it('needs a size of at least one byte', () => {
    for (const wrong of [0, -1, 1.5, Number.NaN, 2 ** 31, '16' as never]) {
      assert.throws(() => fixed(wrong), { code: 'OPTION_INVALID' })
    }
  })
})
