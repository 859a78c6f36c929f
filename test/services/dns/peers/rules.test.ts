/** Hand-written and drawn zones, plain and signed: where NSD and Knot say the same, so do we; docs/dns-differences.md has the rest. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { unlessPeers, type ZoneTexts } from '../../../support/dns-peers.js'
import { type Denial, drawnZone, namesFor, rulesZones, signed } from '../../../support/dns-rule-zones.js'
import { unlessProgram } from '../../../support/program.js'
import { compareWithPeers } from './compare-with-peers.js'

const types = ['A', 'AAAA', 'NS', 'CNAME', 'SOA', 'TXT', 'MX', 'DS', 'DNAME', 'TYPE65400']
const kinds: readonly ('plain' | Denial)[] = ['plain', 'nsec', 'nsec3', 'opt-out']
const seeds = [1, 2, 3, 4, 5, 6]

async function agree(texts: ZoneTexts, kind: 'plain' | Denial): Promise<void> {
  const asked = namesFor(texts)
    .filter((name) => name.length < 250)
    .flatMap((name) => types.map((type) => ({ name, type, dnssec: kind !== 'plain' })))
  const entries = Object.entries(texts).map(([origin, text]): [string, string] => [
    origin,
    kind === 'plain' ? text : signed(origin, text, kind),
  ])
  const { wrong, divided } = await compareWithPeers(Object.fromEntries(entries), asked)
  assert.equal(wrong.length, 0, `${wrong.length} of ${asked.length}, the first:\n${wrong[0]}`)
  const dividedCount = [...divided.values()].reduce((sum, list) => sum + list.length, 0)
  // If most were divided, agreement would mean nothing.
  assert.ok(dividedCount * 5 < asked.length, `NSD and Knot differ on ${dividedCount} of ${asked.length}`)
}

for (const kind of kinds) {
  const without = unlessPeers() || (kind === 'plain' ? false : unlessProgram('dnssec-signzone'))
  describe(`answers are those of NSD and Knot, ${kind}`, { skip: without }, () => {
    it('over zones that hold every rule', () => agree(rulesZones, kind))
    for (const seed of seeds)
      it(`over the zone drawn with seed ${seed}`, () => agree({ 'drawn.': drawnZone(seed) }, kind))
  })
}
