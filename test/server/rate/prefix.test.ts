import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { prefixKey } from '#lanework/index.js'

/** Ways to write the same IPv6 address: groups with and without zeros in front, upper case, one run of zeros left out. */
const written = fc
  .tuple(
    fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), { minLength: 8, maxLength: 8 }),
    fc.nat(),
    fc.boolean(),
    fc.boolean(),
  )
  .map(([groups, start, padded, upper]) => {
    const texts = groups.map((group) => (padded ? group.toString(16).padStart(4, '0') : group.toString(16)))
    const from = start % 8
    let end = from
    while (end < 8 && groups[end] === 0) end++
    const short = end > from ? `${texts.slice(0, from).join(':')}::${texts.slice(end).join(':')}` : texts.join(':')
    return { groups, text: upper ? short.toUpperCase() : short }
  })

/** What Node makes of it. */
function canonical(host: string): string {
  return new URL(`http://[${host}]/`).hostname.slice(1, -1)
}

describe('prefixKey', () => {
  it('gives the /32 of IPv4 and the /64 of IPv6, or as many bits as are asked for', () => {
    assert.equal(prefixKey('203.0.113.7'), '203.0.113.7/32')
    assert.equal(prefixKey('203.0.113.7', { ipv4Bits: 22 }), '203.0.112.0/22')
    assert.equal(prefixKey('203.0.113.7', { ipv4Bits: 0 }), '0.0.0.0/0')
    assert.equal(prefixKey('2001:db8:1:2:3:4:5:6'), '2001:db8:1:2::/64')
    assert.equal(prefixKey('2001:db8:1:2:3:4:5:6', { ipv6Bits: 56 }), '2001:db8:1::/56')
    assert.equal(prefixKey('2001:db8:1:2:3:4:5:6', { ipv6Bits: 128 }), '2001:db8:1:2:3:4:5:6/128')
  })

  it('takes an IPv4-mapped address for the IPv4 address, however it is written', () => {
    for (const host of ['::ffff:192.0.2.7', '::FFFF:c000:207', '0:0:0:0:0:ffff:192.0.2.7', '::ffff:192.0.2.7%eth0']) {
      assert.equal(prefixKey(host), '192.0.2.7/32')
    }
    assert.equal(prefixKey('::ffff:0:192.0.2.7', { ipv6Bits: 128 }), '::ffff:0:c000:207/128')
  })

  it('leaves the scope of a link-local address out', () => {
    assert.equal(prefixKey('fe80::1%eth0', { ipv6Bits: 128 }), 'fe80::1/128')
  })

  it('gives one key for every way to write an address, as the URL standard writes it', () => {
    const property = fc.property(written, ({ text, groups }) => {
      const isMapped = groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff
      if (isMapped) return
      assert.equal(isIP(text), 6)
      assert.equal(prefixKey(text, { ipv6Bits: 128 }), `${canonical(text)}/128`)
    })
    fc.assert(property, { numRuns: 1_000 })
  })

  it('gives two addresses the same key exactly if their first bits are the same', () => {
    const address = fc.integer({ min: 0, max: 0xffff_ffff })
    const property = fc.property(address, address, fc.integer({ min: 0, max: 32 }), (one, other, bits) => {
      const [first, second] = [one, other].map((word) => {
        const host = [24, 16, 8, 0].map((shift) => (word >>> shift) & 255).join('.')
        return prefixKey(host, { ipv4Bits: bits })
      })
      const same = bits === 0 || one >>> (32 - bits) === other >>> (32 - bits)
      assert.equal(first === second, same)
    })
    fc.assert(property)
    fc.assert(
      fc.property(address, fc.integer({ min: 0, max: 31 }), (word, flipped) => {
        const hosts = [word, (word ^ (1 << flipped)) >>> 0].map((each) =>
          [24, 16, 8, 0].map((shift) => (each >>> shift) & 255).join('.'),
        )
        const [one, other] = hosts.map((host) => prefixKey(host, { ipv4Bits: 32 - flipped }))
        assert.notEqual(one, other)
      }),
    )
  })

  it('refuses exactly what Node does not take for an address', () => {
    const almost = fc.array(fc.constantFrom(':', '::', '.', '0', '1', '255', '256', 'ffff', '01', 'g', '1.2.3.4'), {
      maxLength: 12,
    })
    const property = fc.property(almost, (parts) => {
      const host = parts.join('')
      if (isIP(host) === 0) assert.throws(() => prefixKey(host), { code: 'ADDRESS_INVALID' })
      else assert.match(prefixKey(host), /\/(32|64)$/)
    })
    fc.assert(property, { numRuns: 5_000 })
  })

  it('refuses bits that there are not', () => {
    assert.throws(() => prefixKey('192.0.2.1', { ipv4Bits: 33 }), { code: 'OPTION_INVALID' })
    assert.throws(() => prefixKey('::1', { ipv6Bits: 129 }), { code: 'OPTION_INVALID' })
    assert.throws(() => prefixKey('::1', { bits: 64 } as never), { code: 'OPTION_INVALID' })
  })
})
