/** Who is answered: the most specific network decides, in both families. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { accessBy, type AccessLists } from '#lanework/services/time/ntp/access.js'

function answers(lists: AccessLists, hosts: readonly string[]): boolean[] {
  return hosts.map(accessBy(lists))
}

describe('access lists', () => {
  it('let everybody in when there is none', () => {
    assert.deepEqual(answers({}, ['192.0.2.1', '::1', '2001:db8::1']), [true, true, true])
  })

  it('refuse what is denied, and with an allow list all that is not in it', () => {
    const hosts = ['192.0.2.1', '192.0.3.1', '2001:db8::1', '2001:db9::1']
    assert.deepEqual(answers({ deny: ['192.0.2.0/24', '2001:db8::/32'] }, hosts), [false, true, false, true])
    assert.deepEqual(answers({ allow: ['192.0.2.0/24', '2001:db8::/32'] }, hosts), [true, false, true, false])
  })

  it('go by the most specific network, whatever the order', () => {
    const lists = { allow: ['10.0.0.0/8', '10.1.2.3'], deny: ['10.1.0.0/16', '0.0.0.0/0'] }
    const hosts = ['10.0.0.1', '10.1.9.9', '10.1.2.3', '192.0.2.1']
    assert.deepEqual(answers(lists, hosts), [true, false, true, false])
    assert.deepEqual(answers({ allow: ['10.0.0.1'], deny: ['10.0.0.1/32'] }, ['10.0.0.1']), [false])
  })

  it('take an IPv4 address that came through IPv6 for what it is, and ::/0 for IPv6 alone', () => {
    assert.deepEqual(answers({ deny: ['192.0.2.0/24'] }, ['::ffff:192.0.2.9', '::ffff:c000:209']), [false, false])
    assert.deepEqual(answers({ deny: ['::/0'] }, ['192.0.2.9', '2001:db8::1']), [true, false])
    assert.deepEqual(answers({ deny: ['0.0.0.0/0'] }, ['192.0.2.9', '2001:db8::1']), [false, true])
    assert.deepEqual(answers({ deny: ['fe80::/10'] }, ['fe80::1%eth0']), [false])
  })

  it('agree with a comparison of bits', () => {
    const address = fc.tuple(...Array.from({ length: 4 }, () => fc.integer({ min: 0, max: 255 })))
    fc.assert(
      fc.property(address, address, fc.integer({ min: 0, max: 32 }), (network, host, bits) => {
        const wordOf = (parts: readonly number[]): bigint => parts.reduce((sum, part) => sum * 256n + BigInt(part), 0n)
        const isInside = (wordOf(network) ^ wordOf(host)) >> BigInt(32 - bits) === 0n
        assert.deepEqual(answers({ deny: [`${network.join('.')}/${bits}`] }, [host.join('.')]), [!isInside])
      }),
    )
  })

  it('refuse what is no network: OPTION_INVALID', () => {
    for (const text of [
      '',
      'here',
      '192.0.2.1/33',
      '::1/129',
      '192.0.2.1/',
      '192.0.2.1/-1',
      '192.0.2.1/8/8',
      '1.2.3',
    ]) {
      assert.throws(() => accessBy({ allow: [text] }), { code: 'OPTION_INVALID' }, text)
      assert.throws(() => accessBy({ deny: [text] }), { code: 'OPTION_INVALID' }, text)
    }
  })
})
