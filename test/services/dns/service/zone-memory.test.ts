/** Large zones in memory of their own: made once, mapped once, gone when nobody serves them. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makerUrl, serve, type LaneKind } from '#lanework/server/index.js'
import { Zone } from '#lanework/services/dns/index.js'
import { decodeViews, encodeZones, secretBytes } from '#lanework/services/dns/service/snapshot.js'
import { OpenedZones, ZoneMemories } from '#lanework/services/dns/service/zone-memory.js'
import { isNative } from '../../../support/capability.js'
import { listen, portOf, UdpClient, written, zoneText } from '../../../support/dns-server.js'
import { until } from '../../../support/until.js'

const native = { skip: isNative ? false : 'memory with a name needs the addon' }
const large = (serial: number): string => `${zoneText('large.', serial)}$GENERATE 1-30000 host$ A 192.0.2.1\n`

describe('the memory of zones', native, () => {
  it('is made once for a large zone, and for no small one', () => {
    const memories = new ZoneMemories(1_000)
    const opened = new OpenedZones()
    const one = Zone.parse(`${zoneText('one.', 1)}$GENERATE 1-100 host$ A 192.0.2.1\n`)
    const small = Zone.parse(zoneText('small.', 1))
    const publish = (...zones: Zone[]): Uint8Array => {
      const snapshot = encodeZones(zones, [0, 1], (zone) => memories.nameOf(zone), new Uint8Array(secretBytes))
      memories.published()
      return snapshot
    }
    const take = (snapshot: Uint8Array): Zone[][] => opened.change((open) => decodeViews(snapshot, open))
    const first = publish(one, small)
    assert.ok(first.length < 1_000)
    const [[served], [other]] = take(first) as [[Zone], [Zone]]
    assert.deepEqual([served.toString(), other.toString(), memories.count], ['Zone(one.)', 'Zone(small.)', 1])
    assert.deepEqual(Buffer.from(served.image.bytes), Buffer.from(one.image.bytes))
    // The same zone of the next snapshot is the same one here.
    assert.equal(take(publish(one, Zone.parse(zoneText('small.', 2))))[0]![0], served)
    // Three snapshots without it, and its memory is gone; who serves it still has it.
    for (let round = 0; round < 3; round++) publish(small)
    assert.equal(memories.count, 0)
    take(publish(small))
    assert.equal(served.serial, 1)
    assert.throws(() => take(first), { code: 'MEMORY_NOT_FOUND' })
    opened.close()
    memories.close()
  })
})

describe('a large zone beside a small one', native, () => {
  for (const laneKind of ['inline', 'thread', 'process'] satisfies LaneKind[]) {
    it(`is served in lanes of kind ${laneKind}, and so is what comes after it`, { timeout: 120_000 }, async () => {
      const home = written({ large: large(1), small: zoneText('small.', 1) })
      const zones = [join(home, 'large'), join(home, 'small')]
      const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), { zones })
      await using server = await serve(url, { listen, laneKind })
      const client = new UdpClient(portOf(server))
      const has = (name: string, last: number): Promise<boolean> =>
        until(`${name} has come`, async () => (await client.address(name)) === `192.0.2.${last}`)
      assert.equal(await client.address('host30000.large.'), '192.0.2.1')
      for (let round = 2; round < 7; round++) {
        writeFileSync(zones[1]!, zoneText('small.', round))
        await server.reload()
        await has('www.small.', round)
        assert.equal(await client.address('www.large.'), '192.0.2.1')
      }
      writeFileSync(zones[0]!, large(8))
      await server.reload()
      await has('www.large.', 8)
      await has('www.small.', 6)
      client.close()
    })
  }
})
