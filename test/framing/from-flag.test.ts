import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { framingFlags, framingFromFlag } from '#lanework/framing/index.js'

/** A flag, the name of its framing, and `hi` as it goes over the wire in hex. */
const examples: readonly [flag: string, name: string, wire: string][] = [
  ['raw', 'raw', '6869'],
  ['lines', 'lines', '68690a'],
  ['lines:crlf', 'lines', '68690d0a'],
  ['delimiter:0a00', 'delimiter', '68690a00'],
  ['delimiter:FF', 'delimiter', '6869ff'],
  ['fixed:2', 'fixed', '6869'],
  ['length:1', 'length-prefix', '026869'],
  ['length:2', 'length-prefix', '00026869'],
  ['length:4le', 'length-prefix', '020000006869'],
  ['length:8', 'length-prefix', '00000000000000026869'],
  ['length:4:inclusive', 'length-prefix', '000000066869'],
  ['length:2le:inclusive', 'length-prefix', '04006869'],
  ['length:varint', 'length-prefix', '026869'],
  ['netstring', 'netstring', '323a68692c'],
  ['json', 'json-lines', '68690a'],
]

describe('framingFromFlag', () => {
  for (const [flag, name, wire] of examples) {
    it(`understands ${flag}`, () => {
      const framing = framingFromFlag(flag)
      assert.equal(framing.name, name)
      assert.equal(Buffer.from(framing.encode('hi') as string).toString('hex'), wire)
    })
  }

  it('refuses anything else and names the forms', () => {
    for (const text of [
      '',
      'line',
      'RAW',
      'lines:lf',
      'delimiter:',
      'delimiter:0',
      'delimiter:' + '00'.repeat(17),
      'length:3',
      'length:varintle',
      'length:varint:inclusive',
      'json:',
      ' raw',
    ]) {
      assert.throws(
        () => framingFromFlag(text),
        (error) => {
          assert.ok(isLaneworkError(error, 'OPTION_INVALID'))
          for (const [form] of framingFlags) assert.ok(error.message.includes(form))
          return true
        },
        text,
      )
    }
  })

  it('refuses a size out of range', () => {
    assert.throws(() => framingFromFlag('fixed:0'), { code: 'OPTION_INVALID' })
    assert.throws(() => framingFromFlag('fixed:9999999999'), { code: 'OPTION_INVALID' })
  })

  it('has a form and a meaning for each flag, for help output', () => {
    for (const [form, meaning] of framingFlags) assert.ok(form.length > 0 && meaning.length > 0 && meaning.length <= 80)
    const heads = new Set(framingFlags.map(([form]) => form.split(':')[0]))
    assert.deepEqual(heads, new Set(examples.map(([flag]) => flag.split(':')[0])))
  })
})
