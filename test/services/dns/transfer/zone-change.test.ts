/** Changes between versions: found, written, read, applied, and refused where they do not fit. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { changeBetween, type ResourceRecord, Zone } from '#lanework/services/dns/index.js'
import { decodeChanges, encodeChanges } from '#lanework/services/dns/transfer/change-list.js'
import { decodeChange, encodeChange } from '#lanework/services/dns/transfer/zone-change.js'
import { ZoneEdit } from '#lanework/services/dns/transfer/zone-edit.js'
import { records } from '../../../support/dns-messages.js'
import { texts, zoneOf } from '../../../support/dns-transfer.js'

const line = fc
  .tuple(fc.integer({ min: 0, max: 12 }), fc.integer({ min: 0, max: 3 }), fc.constantFrom(60, 90))
  .map(([name, value, ttl]) => `n${name}.${name % 3 === 0 ? 'deep.' : ''}x ${ttl} A 192.0.2.${value}`)
const zoneLines = fc.array(line, { maxLength: 25 })

function applied(zone: Zone, ...changes: ReturnType<typeof changeBetween>[]): Zone {
  const edit = new ZoneEdit(zone)
  for (const change of changes) edit.apply(change)
  return edit.zone()
}

describe('a change', () => {
  it('leads from any version to any other, through bytes', () => {
    fc.assert(
      fc.property(zoneLines, zoneLines, zoneLines, (a, b, c) => {
        const [one, two, three] = [zoneOf(1, a), zoneOf(2, b), zoneOf(3, c)]
        const [first, second] = [changeBetween(one, two), changeBetween(two, three)]
        assert.deepEqual(texts(applied(one, decodeChange(encodeChange(first)))), texts(two))
        assert.deepEqual(texts(applied(one, ...decodeChanges(encodeChanges([first, second])))), texts(three))
        assert.deepEqual([first.from, first.to, second.to], [1, 2, 3])
      }),
    )
  })
  it('holds records of any type', () => {
    fc.assert(
      fc.property(fc.array(records, { maxLength: 5 }), (some: ResourceRecord[]) => {
        const change = changeBetween(zoneOf(1), zoneOf(2))
        const more = { ...change, added: [...change.added, ...some] }
        assert.deepEqual(decodeChange(encodeChange(more)).added.length, more.added.length)
        assert.deepEqual(
          decodeChange(encodeChange(more)).added.map(({ data }) => Buffer.from(data).toString('hex')),
          more.added.map(({ data }) => Buffer.from(data).toString('hex')),
        )
      }),
    )
  })
  it('finds owners of NSEC3 too, which no query finds', () => {
    const owner = '0p9mhaveqvm6t7vbl5lop2u3t2rp3tom'
    const nsec3 = (next: string): string => `${owner} NSEC3 1 0 1 AB ${next} A RRSIG`
    const parameters = '@ NSEC3PARAM 1 0 1 AB'
    const one = zoneOf(1, [
      parameters,
      nsec3('2t7b4g4vsa5smi47k61mv5bv1a22bojr'),
      '1111haveqvm6t7vbl5lop2u3t2rp3tom NSEC3 1 0 9 CD 2t7b4g4vsa5smi47k61mv5bv1a22bojr A',
    ])
    const two = zoneOf(2, [parameters, nsec3('35mthgpgcu1qg68fab165klnsnk3dpvl')])
    const change = changeBetween(one, two)
    assert.equal(change.removed.length, 3)
    assert.deepEqual(texts(applied(one, change)), texts(two))
  })
  const change = changeBetween(zoneOf(1, ['a A 192.0.2.1']), zoneOf(2, ['b A 192.0.2.1']))
  const wrong: [string, Zone][] = [
    ['begins with another version', zoneOf(3, ['a A 192.0.2.1'])],
    ['takes away what is not there', zoneOf(1, [])],
    ['brings what is there', zoneOf(1, ['a A 192.0.2.1', 'b A 192.0.2.1'])],
  ]
  for (const [what, zone] of wrong) {
    it(`that ${what} is refused, and the zone stays`, () => {
      const before = texts(zone)
      assert.throws(
        () => applied(zone, change),
        (error) => isLaneworkError(error, 'ZONE_INVALID'),
      )
      assert.deepEqual(texts(zone), before)
    })
  }
  it('whose bytes are cut anywhere is refused', () => {
    const bytes = encodeChange(change)
    for (let size = 0; size < bytes.length; size++) {
      assert.throws(
        () => decodeChange(bytes.subarray(0, size)),
        (error) => isLaneworkError(error, 'DNS_MESSAGE_INVALID'),
        `${size} bytes`,
      )
    }
  })
})
