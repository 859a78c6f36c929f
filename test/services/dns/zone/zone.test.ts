/** Zones compiled into one buffer: what they refuse, and that all comes back. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import {
  compareNames,
  formatName,
  formatZone,
  lowerName,
  parseName,
  parseZone,
  recordOf,
  Zone,
  ZoneImage,
} from '#lanework/services/dns/index.js'
import { canonicalOrder } from '#lanework/services/dns/zone/canonical-order.js'
import { keyOf } from '#lanework/services/dns/zone/name-key.js'
import { HashedName } from '#lanework/services/dns/zone/name-hash.js'
import { NameStore } from '#lanework/services/dns/zone/name-store.js'
import { record } from '../../../support/dns-messages.js'
import { names } from '../../../support/dns-values.js'
import { drawnZone, rulesZone } from '../../../support/dns-rule-zones.js'

const head = '@ 3600 IN SOA ns admin 1 2 3 4 5\n'

const refused = (text: string, reason: RegExp, line: number) =>
  assert.throws(
    () => Zone.parse(text, { origin: 'example.', file: 'z' }),
    (error) => isLaneworkError(error, 'ZONE_INVALID') && reason.test(error.detail.reason) && error.detail.line === line,
  )

describe('a zone is refused', () => {
  it('without a SOA, or with two', () => {
    refused('@ 60 NS ns\n', /no SOA/, 1)
    refused(`${head}@ 3600 IN SOA ns admin 2 2 3 4 5\n`, /two SOA/, 1)
  })
  it('with a SOA below its name', () => refused(`${head}sub 3600 IN SOA ns admin 2 2 3 4 5\n`, /SOA record below/, 2))
  it('with data outside it, also before the SOA', () => {
    refused(`${head}a.test. 60 A 192.0.2.1\n`, /outside the zone example\./, 2)
    refused(`a.test. 60 A 192.0.2.1\n${head}`, /outside the zone example\./, 1)
    refused(`${head}aexample. 60 A 192.0.2.1\n`, /outside/, 2)
  })
  it('with CNAME beside other data, whichever comes first', () => {
    refused(`${head}a 60 CNAME b\na 60 A 192.0.2.1\n`, /CNAME beside A at a\.example\./, 3)
    refused(`${head}a 60 A 192.0.2.1\na 60 CNAME b\n`, /CNAME beside A/, 3)
    refused(`${head}a 60 CNAME b\na 60 CNAME c\n`, /a second CNAME/, 3)
    refused(`${head}a 60 DNAME b\na 60 DNAME c\n`, /a second DNAME/, 3)
  })
  it('of a class other than IN', () => refused(`${head}a 60 CH TXT "x"\n`, /class CH/, 2))
  it('where records are no records of their type', () =>
    assert.throws(
      () => Zone.fromRecords([{ name: parseName('a.'), type: 1, class: 1, ttl: 1, data: new Uint8Array(3) }]),
      (error) => isLaneworkError(error, 'DNS_DATA_INVALID'),
    ))
  it('where bytes are no image', () => {
    const { bytes } = Zone.parse(head, { origin: 'example.' }).image
    for (const wrong of [new Uint8Array(0), new Uint8Array(64), bytes.slice(0, -4), bytes.slice(4)]) {
      assert.throws(
        () => new ZoneImage(wrong),
        (error) => isLaneworkError(error, 'ZONE_INVALID'),
      )
    }
  })
})

describe('a zone', () => {
  it('gives back every record of the root zone, in canonical order', () => {
    const text = gunzipSync(readFileSync('test/fixtures/dns/root.zone.gz'))
    const zone = Zone.parse(text)
    assert.equal(zone.image.recordCount, 22_540)
    const given = parseZone(text).records.map((one) => Object.assign({}, one, { name: lowerName(one.name) }))
    assert.ok(formatZone(zone.records()) === formatZone(given), 'some record is not the same')
  })
  it('gives back drawn zones, whatever the order of their records', () =>
    fc.assert(
      fc.property(fc.nat(), fc.nat(), (seed, turn) => {
        const { records } = parseZone(drawnZone(seed), { origin: 'drawn.' })
        const turned = [...records.slice(turn % records.length), ...records.slice(0, turn % records.length)]
        assert.equal(formatZone(Zone.fromRecords(turned).records()), formatZone(records))
      }),
      { numRuns: 50 },
    ))
  it('holds a record once, and the smallest TTL of a set for all its records', () => {
    const zone = Zone.parse(`${head}a 60 A 192.0.2.1\nA 60 A 192.0.2.1\na 30 A 192.0.2.2\n`, { origin: 'example.' })
    assert.deepEqual(
      [...zone.records()].filter(({ type }) => type === 1).map(({ ttl, data }) => [ttl, data[3]]),
      [
        [30, 1],
        [30, 2],
      ],
    )
  })
  it('knows names that exist only for what is below them', () => {
    const zone = Zone.parse(`${head}a.b.c 60 A 192.0.2.1\n`, { origin: 'example.' })
    assert.equal(zone.image.nameCount, 4)
    assert.deepEqual(
      [...zone.image.nodes()].map((at) => formatName(zone.image.nameOf(at))),
      ['example.', 'c.example.', 'b.c.example.', 'a.b.c.example.'],
    )
  })
  it('tells name and serial', () => {
    const zone = Zone.parse(head.replace(' 1 ', ' 4294967295 '), { origin: 'EXAMPLE.' })
    assert.equal(formatName(zone.origin), 'example.')
    assert.equal(zone.serial, 4_294_967_295)
    assert.equal(String(zone), 'Zone(example.)')
  })
  it('works from its image alone, in shared memory and at any offset', () => {
    const { image } = Zone.parse(rulesZone, { origin: 'example.', shared: true })
    assert.ok(image.bytes.buffer instanceof SharedArrayBuffer)
    const moved = new Uint8Array(image.bytes.length + 1)
    moved.set(image.bytes, 1)
    const again = new Zone(moved.subarray(1))
    assert.equal(formatZone(again.records()), formatZone(new Zone(image).records()))
  })
  it('serves the chain of NSEC3 that NSEC3PARAM names, and keeps the others (RFC 5155 7.3)', () => {
    const owners = ['0', '1', '2', '3'].map((digit) => digit.repeat(32))
    const nsec3 = (at: number, salt: string): string =>
      `${owners[at]} 60 NSEC3 1 0 5 ${salt} ${owners[(at + 2) % 4]} A\n${owners[at]} 60 RRSIG NSEC3 13 2 60 20300101000000 20200101000000 1 example. AAAA\n`
    const chains = nsec3(0, 'aa') + nsec3(1, 'bb') + nsec3(2, 'aa') + nsec3(3, 'bb')
    const served = (parameters: string): string[] => {
      const { image } = Zone.parse(`${head}${chains}${parameters}`, { origin: 'example.' })
      assert.equal([...image.records()].filter(({ type }) => type === 50).length, 4)
      const all = [...image.nodes()].slice(image.nameCount).map((at) => formatName(image.nameOf(at))[0]!)
      assert.equal(all.length, 4)
      // The salt of the parameters is that of the chain.
      const named = image.nsec3Parameters
      assert.equal(named === undefined, image.nsec3Count === 0)
      if (named !== undefined)
        assert.equal(named[5], image.nameOf([...image.nodes()][image.nameCount]!)[1] === 0x30 ? 0xaa : 0xbb)
      return all.slice(0, image.nsec3Count)
    }
    assert.deepEqual(served('@ 0 NSEC3PARAM 1 0 5 bb\n'), ['1', '3'])
    assert.deepEqual(served('@ 0 NSEC3PARAM 1 0 5 aa\n'), ['0', '2'])
    // One that is being made has flags; one without records serves nothing.
    assert.deepEqual(served('@ 0 NSEC3PARAM 1 1 5 aa\n@ 0 NSEC3PARAM 1 0 5 bb\n'), ['1', '3'])
    assert.deepEqual(served('@ 0 NSEC3PARAM 1 0 4 bb\n@ 0 NSEC3PARAM 1 0 5 bb\n'), ['1', '3'])
    assert.deepEqual(served('@ 0 NSEC3PARAM 1 0 5 cc\n'), [])
    assert.deepEqual(served(''), [])
  })
  it('drops signatures over nothing', () => {
    const signature = 'A 13 2 60 20300101000000 20200101000000 1 example. AAAA'
    const zone = Zone.parse(`${head}a 60 RRSIG ${signature}\n`, { origin: 'example.' })
    assert.equal(zone.image.recordCount, 1)
  })
})

describe('keys of names', () => {
  it('sort as names do, and begin the keys below them', () =>
    fc.assert(
      fc.property(names, names, (a, b) => {
        const [one, other] = [keyOf(a), keyOf(b)]
        assert.equal(Math.sign(one < other ? -1 : one > other ? 1 : 0), Math.sign(compareNames(a, b)))
        if (a.length > 1) assert.ok(one.startsWith(keyOf(a.subarray(1 + a[0]!))))
      }),
    ))
})

describe('names in flat arrays', () => {
  const stored = (list: readonly Uint8Array[]): NameStore => {
    const store = new NameStore()
    const hashed = new HashedName()
    for (const name of list) if (store.find(hashed.takeName(name), 0) < 0) store.add(hashed, 0)
    return store
  }
  const alike = fc.array(
    fc.oneof(
      names,
      fc
        .constantFrom('a.', 'b.a.', '\\000.a.', '\\001.a.', 'a\\000.a.', 'A.a.', 'aaaa.', 'aaaab.', '.')
        .map((text) => parseName(text)),
    ),
    { maxLength: 60 },
  )

  it('are found by number, each once, in any case', () =>
    fc.assert(
      fc.property(alike, (list) => {
        const store = stored(list)
        assert.equal(store.count, new Set(list.map((name) => formatName(lowerName(name)))).size)
        for (const name of list) {
          const index = store.find(new HashedName().takeName(name), 0)
          assert.deepEqual(store.nameOf(index), lowerName(name))
        }
      }),
    ))
  it('are sorted as names are', () =>
    fc.assert(
      fc.property(alike, (list) => {
        const store = stored(list)
        const order = canonicalOrder(
          store,
          Int32Array.from({ length: store.count }, (_, at) => at),
        )
        const expected = Array.from(order, (index) => store.nameOf(index)).sort(compareNames)
        assert.deepEqual(
          Array.from(order, (index) => store.nameOf(index)),
          expected,
        )
        assert.equal(new Set(order).size, store.count)
      }),
    ))
  it('are sorted when there are many of them', () => {
    const list = Array.from({ length: 5_000 }, (_, at) =>
      parseName(`h${(at * 7_919) % 5_000}.${at % 3 === 0 ? 'sub.' : ''}example.`),
    )
    const store = stored(list)
    const order = canonicalOrder(
      store,
      Int32Array.from({ length: store.count }, (_, at) => at),
    )
    for (let at = 1; at < order.length; at++) {
      assert.ok(compareNames(store.nameOf(order[at - 1]!), store.nameOf(order[at]!)) < 0)
    }
  })
})

describe('an image', () => {
  it('of records made by hand answers for them', () => {
    const zone = Zone.fromRecords([
      record('x.', {
        type: 'SOA',
        primary: 'ns.x.',
        mailbox: 'm.x.',
        serial: 3,
        refresh: 1,
        retry: 1,
        expire: 1,
        minimum: 1,
      }),
      recordOf(parseName('a.x.'), 5, { type: 'A', address: '192.0.2.1' }),
    ])
    assert.equal(zone.serial, 3)
    assert.equal(String(zone.image), 'ZoneImage(x., 2 records)')
  })
})
