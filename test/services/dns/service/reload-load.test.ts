/** The root zone is loaded again and again while it is asked without a pause: every query is answered, from one version or another. */
import assert from 'node:assert/strict'
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { makerUrl, serve, type LaneKind } from '#lanework/server/index.js'
import { decodeMessage } from '#lanework/services/dns/index.js'
import { isNative } from '../../../support/capability.js'
import { listen, portOf, queryOf, UdpClient, written, zonesOf } from '../../../support/dns-server.js'
import { until } from '../../../support/until.js'

const fixtures = new URL('../../../../../test/fixtures/dns/', import.meta.url)
const inFlight = 32
const first = 2_018_080_200

describe('a reload of the root zone under load', () => {
  const kinds: LaneKind[] = isNative ? ['inline', 'process'] : ['inline']
  for (const laneKind of kinds) {
    it(`loses no query in lanes of kind ${laneKind}`, { timeout: 180_000 }, async () => {
      const root = gunzipSync(readFileSync(new URL('root.zone.gz', fixtures))).toString()
      const names = gunzipSync(readFileSync(new URL('root-queries.txt.gz', fixtures)))
        .toString()
        .split('\n')
      const file = join(written({ root }), 'root')
      const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), { zones: [file] })
      await using server = await serve(url, { listen, laneKind })
      const clients = [new UdpClient(portOf(server)), new UdpClient(portOf(server))]
      let [asked, lost] = [0, 0]
      const over = new AbortController()
      const ask = async (client: UdpClient): Promise<void> => {
        while (!over.signal.aborted) {
          const [name = '.', type = 'A'] = names[asked++ % names.length]!.split(' ')
          const query = queryOf({ name: name === '' ? '.' : name, type: type === '' ? 'A' : type })
          if ((await client.ask(query, 60_000)) === undefined) lost++
        }
      }
      const asking = clients.flatMap((client) => Array.from({ length: inFlight }, () => ask(client)))
      for (let round = 1; round <= 3; round++) {
        const before = asked
        writeFileSync(`${file}.new`, root.replace(` ${first} `, ` ${first + round} `))
        renameSync(`${file}.new`, file)
        await server.reload()
        assert.equal((await zonesOf(server))[0]!.serial, first + round)
        await until('queries go on', () => asked > before + inFlight)
      }
      over.abort()
      await Promise.all(asking)
      const soa = decodeMessage((await clients[0]!.ask(queryOf({ name: '.', type: 'SOA' })))!).answers[0]!.data
      for (const client of clients) client.close()
      assert.equal(lost, 0)
      assert.equal(Buffer.from(soa).readUInt32BE(soa.length - 20), first + 3)
    })
  }
})
