/** What a zone answers, rule by rule. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { dnsType, formatName, Zone } from '#lanework/services/dns/index.js'
import { ask, head, lines } from '../../../support/dns-ask.js'
import { rulesZone, secondZone } from '../../../support/dns-rule-zones.js'

const zone = Zone.parse(rulesZone, { origin: 'example.' })
const second = Zone.parse(secondZone, { origin: 'second.' })
const zones = [zone, second]
const soa = 'example. 300 SOA ns.example. admin.example. 7 7200 900 1209600 300'

describe('a name that exists (RFC 1034 4.3.2)', () => {
  it('gives its records, with authority', () => {
    const answer = ask(zones, 'www.example.')
    assert.equal(head(answer), 'NOERROR aa')
    assert.deepEqual(lines(answer.answers), ['www.example. 300 A 192.0.2.3', 'www.example. 300 A 192.0.2.4'])
    assert.deepEqual(answer.authorities, [])
  })
  it('gives the SOA where it has no such type, for the smaller of TTL and MINIMUM (RFC 2308)', () => {
    const answer = ask(zones, 'www.example.', 'MX')
    assert.equal(head(answer), 'NOERROR aa')
    assert.deepEqual(lines(answer.authorities), [soa])
  })
  it('is found in any case, and comes back in the case that was asked', () => {
    const answer = ask(zones, 'uPpEr.ExAmPlE.')
    assert.deepEqual(lines(answer.answers), ['uPpEr.ExAmPlE. 3600 A 192.0.2.12'])
    assert.equal(formatName(answer.questions[0]!.name), 'uPpEr.ExAmPlE.')
  })
  it('brings the addresses of the hosts it names', () => {
    assert.deepEqual(lines(ask(zones, 'example.', 'MX').additionals), ['mail.example. 3600 A 192.0.2.2'])
    assert.deepEqual(lines(ask(zones, '_sip._tcp.example.', 'SRV').additionals), [
      'www.example. 300 A 192.0.2.3',
      'www.example. 300 A 192.0.2.4',
    ])
  })
  it('gives ANY one of its sets (RFC 8482)', () => {
    const { answers } = ask(zones, 'www.example.', 'ANY')
    assert.deepEqual([...new Set(answers.map(({ type }) => type))], [dnsType.A])
  })
  it('with data of a type nobody knows gives that as it is (RFC 3597)', () =>
    assert.deepEqual(lines(ask(zones, 'unknown.example.', 'TYPE65400').answers), [
      'unknown.example. 3600 TYPE65400 \\# 3 010203',
    ]))
  it('may hold any byte', () =>
    assert.deepEqual(lines(ask(zones, '\\000odd.example.', 'TXT').answers), [
      '\\000odd.example. 3600 TXT "a byte of zero"',
    ]))
})

describe('a name that does not exist', () => {
  it('gives NXDOMAIN and the SOA', () => {
    const answer = ask(zones, 'nope.example.')
    assert.equal(head(answer), 'NXDOMAIN aa')
    assert.deepEqual(lines(answer.authorities), [soa])
  })
  it('exists where something is below it (RFC 8020)', () => {
    for (const name of ['ent.example.', 'b.ent.example.', 'z.ent2.example.'])
      assert.equal(head(ask(zones, name)), 'NOERROR aa', name)
    assert.equal(head(ask(zones, 'c.b.ent.example.')), 'NXDOMAIN aa')
  })
  it('below a name of the zone is not another name of it', () =>
    assert.equal(head(ask(zones, `${'a.'.repeat(100)}www.example.`)), 'NXDOMAIN aa'))
})

describe('a wildcard (RFC 4592)', () => {
  it('stands in for what does not exist, however deep', () => {
    assert.deepEqual(lines(ask(zones, 'Any.thing.wild.example.').answers), ['Any.thing.wild.example. 3600 A 192.0.2.5'])
  })
  it('without the type gives NODATA', () => {
    const answer = ask(zones, 'a.wild.example.', 'TXT')
    assert.equal(head(answer), 'NOERROR aa')
    assert.deepEqual(lines(answer.authorities), [soa])
  })
  it('does not stand in below a name that exists, nor below an empty one', () => {
    assert.equal(head(ask(zones, 'a.host.wild.example.')), 'NXDOMAIN aa')
    assert.equal(head(ask(zones, 'host.wild.example.')), 'NOERROR aa')
  })
  it('may be a CNAME, and may be asked for itself', () => {
    assert.deepEqual(lines(ask(zones, 'x.cwild.example.').answers), [
      'x.cwild.example. 3600 CNAME www.example.',
      'www.example. 300 A 192.0.2.3',
      'www.example. 300 A 192.0.2.4',
    ])
    assert.deepEqual(lines(ask(zones, '*.wild.example.').answers), ['*.wild.example. 3600 A 192.0.2.5'])
  })
})

describe('CNAME (RFC 1034 3.6.2, RFC 6604)', () => {
  it('is followed, link after link, but where it is asked for', () => {
    assert.deepEqual(lines(ask(zones, 'alias2.example.').answers).slice(0, 3), [
      'alias2.example. 3600 CNAME alias.example.',
      'alias.example. 3600 CNAME www.example.',
      'www.example. 300 A 192.0.2.3',
    ])
    assert.deepEqual(lines(ask(zones, 'alias2.example.', 'CNAME').answers), [
      'alias2.example. 3600 CNAME alias.example.',
    ])
  })
  it('takes the response code of what it ends at', () => {
    assert.equal(head(ask(zones, 'dangling.example.')), 'NXDOMAIN aa')
    assert.equal(head(ask(zones, 'toempty.example.')), 'NOERROR aa')
    assert.equal(head(ask(zones, 'q.nwild.example.')), 'NXDOMAIN aa')
  })
  it('ends where it leaves the zones, and goes on in another one that is here', () => {
    assert.deepEqual(lines(ask(zones, 'out.example.').answers), ['out.example. 3600 CNAME www.elsewhere.test.'])
    assert.equal(head(ask(zones, 'out.example.')), 'NOERROR aa')
    assert.deepEqual(lines(ask(zones, 'toother.example.').answers), [
      'toother.example. 3600 CNAME www.second.',
      'www.second. 3600 A 192.0.2.22',
    ])
    assert.deepEqual(lines(ask([zone], 'toother.example.').answers), ['toother.example. 3600 CNAME www.second.'])
  })
  it('into a delegation brings the referral, with authority for the first name', () => {
    const answer = ask(zones, 'tochild.example.')
    assert.equal(head(answer), 'NOERROR aa')
    assert.deepEqual([...new Set(answer.authorities.map(({ type }) => type))], [dnsType.NS])
  })
  it('in a circle ends after one turn, and a long chain after 16 records', () => {
    assert.deepEqual(lines(ask(zones, 'loop1.example.').answers), [
      'loop1.example. 3600 CNAME loop2.example.',
      'loop2.example. 3600 CNAME loop1.example.',
    ])
    assert.deepEqual(lines(ask(zones, 'self.example.').answers), ['self.example. 3600 CNAME self.example.'])
    const links = Array.from({ length: 40 }, (_, at) => `c${at} CNAME c${at + 1}`).join('\n')
    const long = Zone.parse(`$TTL 9\n@ SOA ns m 1 2 3 4 5\n${links}\n`, { origin: 'l.' })
    assert.equal(ask([long], 'c0.l.', 'A', { udpBytes: 4096 }).answers.length, 16)
  })
})

describe('DNAME (RFC 6672)', () => {
  it('gives itself and the CNAME that it means, and is followed', () => {
    const answer = ask(zones, 'www.dn.example.')
    assert.deepEqual(lines(answer.answers), [
      'dn.example. 3600 DNAME target.example.',
      'www.dn.example. 3600 CNAME www.target.example.',
      'www.target.example. 3600 A 192.0.2.11',
    ])
  })
  it('does not hide its own name', () =>
    assert.deepEqual(lines(ask(zones, 'dn.example.', 'TXT').answers), ['dn.example. 3600 TXT "beside"']))
  it('gives YXDOMAIN where the new name would be too long', () => {
    const label = 'x'.repeat(60)
    const answer = ask(zones, `${label}.${label}.dnlong.example.`)
    assert.equal(head(answer), 'YXDOMAIN aa')
    assert.deepEqual(
      answer.answers.map(({ type }) => type),
      [dnsType.DNAME],
    )
  })
})

describe('a delegation', () => {
  it('gives a referral without authority, with the addresses below it first', () => {
    for (const name of ['sub.example.', 'host.sub.example.', 'a.b.c.sub.example.']) {
      const answer = ask(zones, name)
      assert.equal(head(answer), 'NOERROR', name)
      assert.deepEqual(answer.answers, [])
      assert.deepEqual(
        lines(answer.authorities).map((line) => line.split(' ')[3]),
        ['ns.sub.example.', 'ns.example.', 'ns2.sub.example.'],
      )
      assert.deepEqual(lines(answer.additionals), [
        'ns.sub.example. 3600 A 192.0.2.7',
        'ns2.sub.example. 3600 AAAA 2001:db8::2',
        'ns.example. 3600 A 192.0.2.1',
        'ns.example. 3600 AAAA 2001:db8::1',
      ])
    }
  })
  it('brings addresses that lie below another one', () =>
    assert.deepEqual(lines(ask(zones, 'sibling.example.').additionals), ['ns.sub.example. 3600 A 192.0.2.7']))
  it('does not answer for DS, which is here (RFC 4035 3.1.4.1)', () => {
    assert.equal(head(ask(zones, 'secure.example.', 'DS')), 'NOERROR aa')
    assert.equal(ask(zones, 'secure.example.', 'DS').answers.length, 1)
    assert.deepEqual(lines(ask(zones, 'sub.example.', 'DS').authorities), [soa])
    assert.equal(head(ask(zones, 'a.sub.example.', 'DS')), 'NOERROR')
  })
  it('ends where the zone below is here too, but for its DS', () => {
    const child = Zone.parse('$TTL 60\n@ SOA ns m 1 2 3 4 5\nhost A 192.0.2.99\n', { origin: 'secure.example.' })
    assert.deepEqual(lines(ask([zone, child], 'host.secure.example.').answers), [
      'host.secure.example. 60 A 192.0.2.99',
    ])
    assert.equal(ask([zone, child], 'secure.example.', 'DS').answers.length, 1)
    assert.equal(head(ask([child], 'secure.example.', 'DS')), 'NOERROR aa')
  })
})
