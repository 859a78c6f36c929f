/** Addresses as text: what is one, and what it is. */
import assert from 'node:assert/strict'
import { isIPv6 } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatIpv6, parseIpv6 } from '#lanework/services/dns/wire/addresses.js'

/** As Node reads it, which does not know more about it than whether it is one; URL knows its short form. */
function expected(text: string): string | undefined {
  return isIPv6(text) ? new URL(`http://[${text}]`).hostname.slice(1, -1) : undefined
}

function read(text: string): string | undefined {
  const bytes = parseIpv6(text)
  return bytes && new URL(`http://[${formatIpv6(bytes)}]`).hostname.slice(1, -1)
}

describe('an IPv6 address', () => {
  it('is what Node takes for one, and the same, of drawn groups and colons', () =>
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(':', '::', '0', '1f', 'ABCD', '00001', 'g', ':1:2', '1:2:3'), { maxLength: 12 }),
        (parts) => {
          const text = parts.join('')
          assert.equal(read(text), expected(text), text)
        },
      ),
      { numRuns: 5_000 },
    ))
  it('may end as an IPv4 address', () => {
    assert.equal(read('::ffff:192.0.2.1'), expected('::ffff:192.0.2.1'))
    assert.equal(read('1:2:3:4:5:6:192.0.2.255'), expected('1:2:3:4:5:6:192.0.2.255'))
    for (const text of [
      '1:2:3:4:5:6:7:192.0.2.1',
      '::192.0.2',
      '::192.0.2.256',
      '192.0.2.1',
      '::192.0.2.1:1',
      '::1.2.3.4.5',
    ]) {
      assert.equal(read(text), undefined, text)
    }
  })
  it('comes back from its bytes', () =>
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 16 }), (bytes) => {
        assert.deepEqual(parseIpv6(formatIpv6(bytes)), bytes)
      }),
    ))
  it('is neither empty, nor too long, nor beyond ASCII', () => {
    for (const text of ['', ':', '1', '::1'.padEnd(46, '0'), '::１', '::1 '])
      assert.equal(parseIpv6(text), undefined, text)
  })
})
