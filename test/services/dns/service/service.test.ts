/** The server: UDP and TCP, pipelining, zones of files in every kind of lane, and what it refuses to start with. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { makerUrl, serve, type LaneKind } from '#lanework/server/index.js'
import { decodeMessage, dnsService } from '#lanework/services/dns/index.js'
import { Zone } from '#lanework/services/dns/zone/zone.js'
import { decodeZones, encodeZones, secretBytes } from '#lanework/services/dns/service/snapshot.js'
import { isNative } from '../../../support/capability.js'
import { head, lines } from '../../../support/dns-ask.js'
import { queryOf } from '../../../support/dns-compare.js'
import { Asker } from '../../../support/dns-peers.js'
import { rulesZones } from '../../../support/dns-rule-zones.js'
import { folder } from '../../../support/folder.js'

const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0']
const portOf = (address: string | undefined): number => Number(new URL(address!).port)

function zoneFiles(): { file: string; origin: string }[] {
  const home = mkdtempSync(join(folder, 'zones-'))
  return Object.entries(rulesZones).map(([origin, text]) => {
    const file = join(home, `${origin}zone`)
    writeFileSync(file, text)
    return { file, origin }
  })
}

/** Sends queries at once over one connection; gives the answers in the order they came. */
async function askTcp(port: number, queries: readonly Uint8Array[]): Promise<Buffer[]> {
  const socket = connect(port, '127.0.0.1')
  // A server that falls silent fails the test, and does not hold it up.
  socket.setTimeout(10_000, () => socket.destroy())
  for (const query of queries) socket.write(Uint8Array.of(query.length >>> 8, query.length & 0xff, ...query))
  const answers: Buffer[] = []
  let held: Buffer = Buffer.alloc(0)
  for await (const chunk of socket) {
    held = Buffer.concat([held, chunk as Buffer])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      answers.push(held.subarray(2, 2 + held.readUInt16BE(0)))
      held = held.subarray(2 + held.readUInt16BE(0))
    }
    if (answers.length === queries.length) break
  }
  return answers
}

describe('the DNS service', () => {
  it('serves an example zone where no other is given, over UDP', async () => {
    await using server = await serve(dnsService(), { listen })
    const asker = new Asker(portOf(server.addresses[0]))
    const [answer] = await asker.ask([queryOf({ name: 'ftp.example.lan.', type: 'A' })])
    asker.close()
    assert.deepEqual(lines(decodeMessage(answer!).answers), [
      'ftp.example.lan. 3600 CNAME www.example.lan.',
      'www.example.lan. 3600 A 192.0.2.80',
    ])
  })
  it('answers pipelined queries over TCP, what is too long for UDP among them', async () => {
    await using server = await serve(dnsService({ zones: zoneFiles() }), { listen })
    const names = ['big.example.', 'www.example.', 'www.second.', 'nope.example.']
    const queries = Array.from({ length: 100 }, (_, at) =>
      queryOf({ name: names[at % 4]!, type: at % 4 === 0 ? 'TXT' : 'A' }),
    )
    queries.forEach((query, at) => (query[1] = at))
    const answers = (await askTcp(portOf(server.addresses[1]), queries)).map((bytes) => decodeMessage(bytes))
    assert.deepEqual(
      answers.map(({ id }) => id & 0xff),
      queries.map((_, at) => at),
    )
    assert.deepEqual(
      answers.slice(0, 4).map((answer) => `${head(answer)} ${answer.answers.length}`),
      ['NOERROR aa 12', 'NOERROR aa 2', 'NOERROR aa 1', 'NXDOMAIN aa 0'],
    )
  })
  for (const laneKind of ['thread', 'process'] satisfies LaneKind[]) {
    it(
      `gives lanes of kind ${laneKind} the zones that one owner loaded`,
      { skip: isNative ? false : 'such lanes need the addon' },
      async () => {
        const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), {
          zones: zoneFiles(),
        })
        await using server = await serve(url, { listen, lanes: 2, laneKind })
        const asker = new Asker(portOf(server.addresses[0]))
        const answers = await asker.ask(
          Array.from({ length: 64 }, () => queryOf({ name: 'a.wild.example.', type: 'A' })),
        )
        asker.close()
        for (const answer of answers) assert.equal(head(decodeMessage(answer!)), 'NOERROR aa')
      },
    )
  }
  it('does not start with a zone that is none, and says where', async () => {
    const file = join(mkdtempSync(join(folder, 'zones-')), 'bad.zone')
    writeFileSync(file, '$ORIGIN bad.\n@ 60 A 192.0.2.1\n')
    await assert.rejects(serve(dnsService({ zones: [file] }), { listen }), (error) =>
      isLaneworkError(error, 'ZONE_INVALID'),
    )
    await assert.rejects(
      serve(dnsService({ zones: [`${file}.gone`] }), { listen }),
      (error) => isLaneworkError(error, 'ZONE_INVALID') && /cannot be read \(ENOENT\)/.test(error.detail.reason),
    )
  })
  it('refuses options that make no sense', () => {
    for (const options of [
      { udpBytes: 511 },
      { zones: [] },
      { zones: [''] },
      { cookieSecrets: ['00'] },
      { cookieSecrets: [] },
      { nsid: '' },
      { nsid: 'x'.repeat(129) },
      { port: 53 },
    ]) {
      assert.throws(
        () => dnsService(options),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
        JSON.stringify(options),
      )
    }
  })
})

describe('a snapshot', () => {
  it('gives all zones back, at any offset', () => {
    const zones = Object.entries(rulesZones).map(([origin, text]) => Zone.parse(text, { origin }))
    const bytes = encodeZones(zones, [], () => undefined, new Uint8Array(secretBytes))
    const moved = new Uint8Array(bytes.length + 3)
    moved.set(bytes, 3)
    for (const given of [bytes, moved.subarray(3)])
      assert.deepEqual(
        decodeZones(given).map((zone) => Buffer.from(zone.image.bytes).toString('hex')),
        zones.map((zone) => Buffer.from(zone.image.bytes).toString('hex')),
      )
    assert.deepEqual(decodeZones(new Uint8Array(16)), [])
  })
})
