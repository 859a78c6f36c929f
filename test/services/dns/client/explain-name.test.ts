/** What is said about an answer is what the engine answers, over zones that hold every rule. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { explainName, formatName, parseName, rcodeName, typeNumber, Zone } from '#lanework/services/dns/index.js'
import { ask } from '../../../support/dns-ask.js'
import { rulesZones } from '../../../support/dns-rule-zones.js'

const zones = Object.entries(rulesZones).map(([origin, text]) => Zone.parse(text, { origin }))
const explain = (name: string, type = 'A', from = zones) => explainName(from, parseName(name), typeNumber(type)!)

describe('the explanation of an answer', () => {
  it('ends as the answer does, for every name of the zones, names beside and below them, and several types', () => {
    const names = zones.flatMap((zone) => [...new Set([...zone.records()].map(({ name }) => formatName(name)))])
    const more = names
      .filter((name) => name.length < 200)
      .flatMap((name) => [`nope.${name}`, name.replace(/^[^.]+\./, 'beside.')])
    let compared = 0
    for (const name of new Set([...names, ...more, 'elsewhere.', '.'])) {
      for (const type of ['A', 'MX', 'TXT', 'NS', 'CNAME']) {
        const steps = explain(name, type)
        const last = steps.at(-1)!
        const answer = ask(zones, name, type)
        const code = rcodeName(answer.rcode)
        const what = `${name} ${type}: ${code}; ${last.kind}: ${last.because}`
        compared++
        if (last.kind === 'loop') continue
        // An alias that leads out of the zones is followed as far as the zones go.
        if (last.kind === 'no-zone') assert.ok(steps.length > 1 ? code === 'NOERROR' : code === 'REFUSED', what)
        else assert.equal(code, last.kind === 'no-name' ? 'NXDOMAIN' : 'NOERROR', what)
        if (last.kind === 'data') assert.ok(answer.tc || answer.answers.length >= last.records.length, what)
        if (last.kind === 'no-data' && steps.length === 1) assert.equal(answer.answers.length, 0, what)
        if (last.kind === 'delegation' && steps.length === 1) assert.equal(answer.aa, false, what)
        if (steps[0]!.kind === 'alias') assert.equal(answer.answers[0]?.type, typeNumber('CNAME'), what)
        if (steps[0]!.kind === 'redirect') assert.equal(answer.answers[0]?.type, typeNumber('DNAME'), what)
      }
    }
    assert.ok(compared > 300, `${compared} compared`)
  })
  it('says what it is: data, aliases, wildcards, other names below a DNAME, other servers', () => {
    const zone = Zone.parse(
      '@ 60 SOA ns a 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nftp CNAME ns\n*.w TXT x\nd DNAME e\nx.e A 192.0.2.2\nsub NS ns.sub\nns.sub A 192.0.2.3\nl CNAME m\nm CNAME l\na.b A 192.0.2.4\n',
      { origin: 'z.' },
    )
    const said = (name: string, type = 'A') =>
      explain(name, type, [zone]).map(({ kind, because }) => `${kind}: ${because}`)
    assert.deepEqual(said('ftp.z.'), [
      'alias: ftp.z. is another name for ns.z. (CNAME)',
      'data: ns.z. has a record of type A',
    ])
    assert.deepEqual(said('q.w.z.', 'TXT'), [
      'data: q.w.z. does not exist, so *.w.z. stands for it: it has a record of type TXT',
    ])
    assert.deepEqual(said('x.d.z.'), [
      'redirect: all names below d.z. are those below e.z. (DNAME), so it is x.e.z.',
      'data: x.e.z. has a record of type A',
    ])
    assert.deepEqual(said('www.sub.z.'), ['delegation: sub.z. is a zone of its own; its servers answer: ns.sub.z.'])
    assert.deepEqual(said('ns.z.', 'MX'), ['no-data: ns.z. has no record of type MX; it has A'])
    assert.deepEqual(said('b.z.'), ['no-data: b.z. has no record of type A; there are only names below it'])
    assert.deepEqual(said('x.ns.z.'), [
      'no-name: x.ns.z. does not exist: below ns.z. there is no such name, and no wildcard',
    ])
    assert.deepEqual(said('l.z.').at(-1), 'loop: l.z. was there before, or the way is too long')
    assert.deepEqual(said('other.'), ['no-zone: no zone here holds other.'])
  })
})
