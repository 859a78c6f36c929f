/** What is found wrong with zones, rule by rule; and that a sound zone is let alone. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import {
  checkZone,
  formatName,
  parseName,
  parseZone,
  recordOf,
  type RecordValue,
  type ResourceRecord,
  type ZoneRule,
  zoneRules,
} from '#lanework/services/dns/index.js'

const head = '$TTL 60\n@ SOA ns mail 1 2h 15m 2w 1h\n@ NS ns\nns A 192.0.2.1\n'

const checkText = (text: string) => checkZone(parseZone(text, { origin: 'example.' }).records, { now: 1_700_000_000 })

/** Rules and lines that a zone with these entries behind its head breaks. */
function found(entries: string): string[] {
  return checkText(head + entries).findings.map(({ rule, line }) => `${rule}${line === undefined ? '' : ` ${line}`}`)
}

const seen = new Set<ZoneRule>()

function breaks(title: string, entries: string, ...wanted: readonly string[]): void {
  it(title, () => {
    const rules = found(entries)
    for (const rule of rules) seen.add(rule.split(' ')[0] as ZoneRule)
    assert.deepEqual(rules, wanted)
  })
}

describe('a sound zone', () => {
  const sound: Readonly<Record<string, string>> = {
    'with nothing but SOA, NS and address': '',
    'with aliases to within and without': 'www CNAME ns\nother CNAME elsewhere.test.\n',
    'with a delegation and its glue': 'child NS ns.child\nns.child A 192.0.2.2\nchild NS ns\nchild DS 1 8 2 AB\n',
    'with glue for a sibling': 'child NS ns.sibling\nsibling NS ns.sibling\nns.sibling A 192.0.2.2\n',
    'with a redirection and data beside it': 'old DNAME new\nold MX 10 ns\n',
    'with targets that a wildcard answers': '*.pool A 192.0.2.3\n@ MX 10 a.pool\n',
    'with no mail and no service': '@ MX 0 .\n_x._tcp SRV 0 0 0 .\n',
  }
  for (const [title, entries] of Object.entries(sound)) it(title, () => assert.deepEqual(found(entries), []))
})

describe('a zone breaks a rule', () => {
  it('no-soa, no-apex-ns', () => {
    const { findings, errors } = checkZone(parseZone('a.example. 1 A 192.0.2.1').records, {
      origin: parseName('example.'),
    })
    assert.deepEqual([findings.map(({ rule }) => rule), errors], [['no-soa', 'no-apex-ns'], 2])
    for (const { rule } of findings) seen.add(rule)
  })
  breaks('several-soas', '@ SOA ns mail 2 2h 15m 2w 1h\n', 'several-soas 5')
  breaks('soa-below-apex', 'a SOA ns mail 2 2h 15m 2w 1h\n', 'soa-below-apex 5')
  breaks('out-of-zone', 'a.test. A 192.0.2.1\nnotexample. A 192.0.2.1\n', 'out-of-zone 5', 'out-of-zone 6')
  breaks('other-class', 'a CH TXT x\n', 'other-class 5')
  breaks('cname-and-other', 'a CNAME ns\na TXT x\n', 'cname-and-other 5')
  breaks('several-cnames', 'a CNAME ns\na CNAME @\n', 'several-cnames 6')
  breaks('several-dnames', 'a DNAME b\na DNAME c\n', 'several-dnames 6')
  breaks('below-dname', 'a DNAME b\nx.a A 192.0.2.1\n', 'below-dname 6')
  breaks('missing-glue of a delegation', 'child NS ns.child\n', 'missing-glue 5')
  breaks('missing-glue of the zone itself', '@ NS ns2\n', 'missing-glue 5')
  breaks('ns-to-alias', 'a CNAME ns\n@ NS a\nb DNAME c\nchild NS x.b\n', 'ns-to-alias 6', 'ns-to-alias 8')
  breaks('target-is-alias', 'a CNAME ns\n@ MX 1 a\n_x._tcp SRV 0 0 1 a\n', 'target-is-alias 6', 'target-is-alias 7')
  breaks('target-without-address', 'a TXT x\n@ MX 1 a\n', 'target-without-address 6')
  breaks('target-without-name', '@ MX 1 a\n', 'target-without-name 5')
  breaks('occluded', 'child NS ns\nx.child TXT x\ny.child A 192.0.2.1\n', 'occluded 6')
  breaks('beside-delegation', 'child NS ns\nchild TXT x\n', 'beside-delegation 6')
  breaks('ds-without-ns', 'a DS 1 8 2 AB\n@ DS 1 8 2 AB\n', 'ds-without-ns 5', 'ds-without-ns 6')
  breaks('wildcard-ns', '*.a NS ns\n', 'wildcard-ns 5')
  breaks('ttl-differs', 'a 5 A 192.0.2.1\na 6 A 192.0.2.2\n', 'ttl-differs 6')
  breaks('twice', 'a A 192.0.2.1\nA A 192.0.2.1\n', 'twice 6')
  it('bad-data, as it may come by transfer', () => {
    const good: ResourceRecord = recordOf(parseName('example.'), 1, { type: 'NS', host: 'ns.test.' })
    const { findings } = checkZone([{ ...good, data: Uint8Array.of(5, 1) }], { origin: parseName('example.') })
    assert.deepEqual(
      findings.map(({ rule, name }) => [rule, name]),
      [
        ['no-soa', 'example.'],
        ['bad-data', 'example.'],
      ],
    )
    seen.add('bad-data')
  })
})

const signature = (covered: string, signer = 'example.', expiration = 1_800_000_000, inception = 1_600_000_000) =>
  `RRSIG ${covered} 8 1 60 ${expiration} ${inception} 1 ${signer} AQID`

describe('signatures', () => {
  breaks('rrsig-expired', `@ ${signature('SOA', 'example.', 1_650_000_000)}\n`, 'rrsig-expired 5')
  breaks(
    'rrsig-not-yet-valid',
    `@ ${signature('SOA', 'example.', 1_800_000_000, 1_750_000_000)}\n`,
    'rrsig-not-yet-valid 5',
  )
  breaks('rrsig-without-set', `@ ${signature('MX')}\n`, 'rrsig-without-set 5')
  breaks('rrsig-signer', `@ ${signature('SOA', 'test.')}\n`, 'rrsig-signer 5')
  breaks('rrsig-ttl', `@ 61 ${signature('SOA')}\n`, 'rrsig-ttl 5')
  breaks(
    'rrsig-missing of every set that the zone answers for, and of no other',
    `@ ${signature('SOA')}\n@ ${signature('DNSKEY')}\n@ ${signature('NS')}\n@ DNSKEY 256 3 8 AQID\nchild NS ns.child\nchild DS 1 8 2 AB\nns.child A 192.0.2.2\n`,
    'rrsig-missing 4',
    'rrsig-missing 10',
  )
  it('are compared as serial numbers: from 2100 on those of before 2106 still count', () => {
    const text = `${head}@ ${signature('SOA', 'example.', 100, 4_294_000_000)}\n`
    const { findings } = checkZone(parseZone(text, { origin: 'example.' }).records, { now: 4_294_967_000 })
    assert.deepEqual(findings, [])
  })
})

describe('the chain of denial', () => {
  const chain = '@ NSEC ns NS SOA NSEC\nns NSEC @ A NSEC\n'
  it('that is whole is let alone', () => assert.deepEqual(found(chain), []))
  breaks('nsec-missing', `${chain}a TXT x\n`, 'nsec-missing 7')
  breaks('nsec-chain', '@ NSEC @ NS SOA NSEC\nns NSEC @ A NSEC\n', 'nsec-chain 5')
  breaks('nsec-types', '@ NSEC ns NS SOA NSEC MX\nns NSEC @ NSEC\n', 'nsec-types 5', 'nsec-types 6')
  breaks(
    'below a delegation does not matter',
    `@ NSEC child NS SOA NSEC\nchild NSEC ns NS NSEC\nns NSEC @ A NSEC\nchild NS ns.child\nns.child A 192.0.2.2\n`,
  )
  const [one, other] = ['0p9mhaveqvm6t7vbl5lop2u3t2rp3tom', '2t7b4g4vsa5smi47k61mv5bv1a22bojr']
  const hashed = `@ NSEC3PARAM 1 0 12 aabbccdd\n${one} NSEC3 1 0 12 aabbccdd ${other} NS SOA\n`
  it('of hashes that is whole is let alone', () => {
    assert.deepEqual(found(`${hashed}${other} NSEC3 1 0 12 aabbccdd ${one} A\n`), [])
  })
  breaks('nsec-chain of hashes', `${hashed}${other} NSEC3 1 0 12 aabbccdd ${other} A\n`, 'nsec-chain 7')
  breaks('nsec3-param', `${hashed}${other} NSEC3 1 0 13 aabbccdd ${one} A\n`, 'nsec3-param 7')
  it('nsec3-param, where there is none', () => {
    assert.deepEqual(found(`${one} NSEC3 1 0 12 - ${one} NS SOA\n`), ['nsec3-param'])
  })
})

describe('the check', () => {
  it('has a test for each of its rules', () => {
    assert.deepEqual([...seen].toSorted(), Object.keys(zoneRules).toSorted())
  })
  it('counts beyond its limit', () => {
    const { records } = parseZone(`${head}${'a A 192.0.2.1\n'.repeat(10)}`, { origin: 'example.' })
    const check = checkZone(records, { limit: 3 })
    assert.deepEqual([check.findings.length, check.warnings, check.records], [3, 9, 13])
    assert.throws(() => checkZone([], { limit: -1 }), { code: 'OPTION_INVALID' })
  })
  it('takes records without places', () => {
    const values: RecordValue[] = [{ type: 'NS', host: 'ns.test.' }]
    const check = checkZone(
      values.map((value) => recordOf(parseName('example.'), 1, value)),
      { origin: parseName('example.') },
    )
    assert.deepEqual(
      check.findings.map(({ rule, line }) => [rule, line]),
      [['no-soa', undefined]],
    )
    assert.equal(formatName(check.origin), 'example.')
  })
  it('finds the root zone of 2018 sound in 2018, and its signatures expired today', () => {
    const { records } = parseZone(gunzipSync(readFileSync('test/fixtures/dns/root.zone.gz')))
    const then = checkZone(records, { now: Date.UTC(2018, 7, 3) / 1000 })
    assert.deepEqual([then.findings, then.records], [[], 22_540])
    const today = checkZone(records)
    assert.deepEqual([today.errors, today.warnings, today.findings.length], [0, 2942, 1000])
  })
})
