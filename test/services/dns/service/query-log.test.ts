/** What a server writes down and counts: the query log with its rotation and bounds, and the statistics of all lanes. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makerUrl, serve, type Server } from '#lanework/server/index.js'
import type { QueryLogOptions, StatisticsRow } from '#lanework/services/dns/index.js'
import { counterNames } from '#lanework/services/dns/service/counters.js'
import { LineFile } from '#lanework/services/dns/service/line-file.js'
import { LaneStatistics, statisticsCell, StatisticsTable } from '#lanework/services/dns/service/statistics.js'
import { isNative } from '../../../support/capability.js'
import {
  listen,
  portOf,
  queryOf,
  serveDns,
  TcpClient,
  UdpClient,
  written,
  zoneText,
} from '../../../support/dns-server.js'
import { ManualClock } from '../../../support/manual-clock.js'
import { gate, turns, until } from '../../../support/until.js'

async function logging(
  log: Omit<QueryLogOptions, 'file'>,
  run: (client: UdpClient, file: string, server: Server, clock: ManualClock) => Promise<void>,
): Promise<void> {
  const home = written({ one: zoneText('one.', 1) })
  const file = join(home, 'queries.log')
  const clock = new ManualClock()
  const server = await serveDns({ zones: [join(home, 'one')], queryLog: { ...log, file } }, { clock })
  const client = new UdpClient(portOf(server))
  try {
    await run(client, file, server, clock)
  } finally {
    client.close()
    await server.close()
  }
}

const linesOf = (file: string): string[] =>
  existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : []

describe('the query log', () => {
  it('has a line for each answer: who asked what, how, and what came of it', async () => {
    const later = gate<readonly string[]>()
    const home = written({ one: zoneText('one.', 1) })
    const file = join(home, 'log')
    const scripts = [{ name: 'later.one.', answer: () => later.opened }]
    const clock = new ManualClock()
    const server = await serveDns({ zones: [join(home, 'one')], scripts, queryLog: { file } }, { clock })
    const client = new UdpClient(portOf(server))
    const waits = client.ask(queryOf({ name: 'later.one.', rd: true, edns: true }))
    await client.ask(queryOf({ name: 'WWW.one.', rd: true }))
    await client.ask(queryOf({ name: 'a\\"\\010b.one.', type: 'AAAA', edns: true }))
    await client.ask(Buffer.from(queryOf({ name: 'one.' }).subarray(0, 14)))
    later.open(['A 192.0.2.1'])
    await waits
    client.close()
    await server.close()
    const said = linesOf(file).map((line) => line.replace(/^\S+Z (\S+) 127\.0\.0\.1#\d+/, '$1'))
    assert.deepEqual(said, [
      'udp WWW.one. IN A + NOERROR 41',
      'udp a\\"\\010b.one. IN AAAA -E NXDOMAIN 82',
      'udp - - - - FORMERR 12',
      'udp later.one. IN A +E NOERROR 54',
    ])
    assert.match(linesOf(file)[0]!, /^2023-11-14T22:13:21\.000Z udp 127\.0\.0\.1#\d+ WWW/)
  })

  it('samples', async () => {
    await logging({ sample: 10 }, async (client, file, server) => {
      for (let round = 0; round < 25; round++) await client.query('www.one.')
      assert.equal(server.status().counters['logged'], 3)
      await server.close()
      assert.equal(linesOf(file).length, 3)
    })
  })

  it('goes on in a new file when somebody renames it', async () => {
    await logging({}, async (client, file, _server, clock) => {
      await client.query('www.one.')
      clock.advance(100)
      await until('it is written', () => linesOf(file).length === 1)
      renameSync(file, `${file}.1`)
      clock.advance(1_000)
      await client.query('ns.one.')
      clock.advance(100)
      await until('it is in the new one', () => linesOf(file).length === 1)
      assert.match(linesOf(file)[0]!, / ns\.one\. /)
      assert.equal(linesOf(`${file}.1`).length, 1)
    })
  })

  it('drops lines, counted, when the disk does not take them, and answers on', async () => {
    const home = written({ one: zoneText('one.', 1) })
    const folder = join(home, 'missing')
    const file = join(folder, 'log')
    const clock = new ManualClock()
    const queryLog = { file, bufferBytes: 4_096 }
    const server = await serveDns({ zones: [join(home, 'one')], queryLog }, { clock })
    const client = new UdpClient(portOf(server))
    for (let round = 0; round < 60; round++) {
      assert.equal(await client.address('www.one.'), '192.0.2.1')
      clock.advance(100)
    }
    const { logged = 0, logDropped = 0 } = server.status().counters
    assert.ok(logged > 5 && logDropped > 5 && logged + logDropped === 60, `${logged} ${logDropped}`)
    mkdirSync(folder)
    clock.advance(2_000)
    await until('what waited is written', () => linesOf(file).length === logged)
    client.close()
    await server.close()
  })
})

describe('a file of lines', () => {
  it('keeps lines whole and in order, and knows how many it lost', async () => {
    const file = join(written({}), 'lines')
    const clock = new ManualClock()
    let lost = 0
    const lines = new LineFile({ file, bufferBytes: 256, clock, onDrop: (count) => (lost += count) })
    const added: string[] = []
    for (let at = 0; at < 40; at++) {
      const line = `line ${at} ${'é'.repeat(at % 7)}`
      if (lines.add(line)) added.push(line)
      if (at % 3 === 0) clock.advance(100)
      await turns(1)
    }
    await until('what was written is there', () => {
      clock.advance(100)
      return linesOf(file).length === added.length
    })
    lines.close()
    assert.deepEqual(linesOf(file), added)
    assert.equal(added.length + lost, 40)
  })
})

describe('statistics', () => {
  it('count by transport, type and response code, and tell again what could not be told', async () => {
    const clock = new ManualClock()
    const table = new StatisticsTable()
    let fails = true
    const lane = new LaneStatistics({
      clock,
      tell: async (counts) => {
        if (fails) throw new Error('no owner')
        table.add(counts)
      },
    })
    const count = (...args: Parameters<typeof statisticsCell>): void => {
      const cell = statisticsCell(...args)
      lane.cells[cell] = lane.cells[cell]! + 1
    }
    for (let round = 0; round < 3; round++) count('udp', 1, 0)
    count('tcp', 28, 3)
    count('udp', 65_280, 5)
    await lane.tell()
    assert.deepEqual(table.rows(), [])
    fails = false
    clock.advance(1_000)
    await until('it is told', () => table.rows().length === 3)
    count('udp', 1, 0)
    await lane.stop()
    assert.deepEqual(table.rows(), [
      { transport: 'udp', type: 'A', rcode: 'NOERROR', answers: 4 },
      { transport: 'udp', type: 'other', rcode: 'REFUSED', answers: 1 },
      { transport: 'tcp', type: 'AAAA', rcode: 'NXDOMAIN', answers: 1 },
    ])
    table.add([-1, 5, 1e9, 5, 1.5, 5])
    assert.equal(table.rows().length, 3)
  })

  it('are counters of the server, too, 32 at most', async () => {
    assert.ok(counterNames.length <= 32)
    const home = written({ one: zoneText('one.', 1) })
    await using server = await serveDns({ zones: [join(home, 'one')] })
    const client = new UdpClient(portOf(server))
    await client.query('www.one.')
    await client.query('no.one.')
    await client.query('other.')
    const tcp = new TcpClient(portOf(server, 1))
    tcp.send(queryOf({ name: 'www.one.', type: 'MX' }))
    await until('it is answered', () => tcp.answers.length === 1)
    tcp.close()
    client.close()
    const { counters } = server.status()
    const { queries, noError, nxDomain, refused, overTcp } = counters
    assert.deepEqual([queries, noError, nxDomain, refused, overTcp], [4, 2, 1, 1, 1])
  })

  it('of all lanes come together at the owner', { skip: isNative ? false : 'such lanes need the addon' }, async () => {
    const home = written({ one: zoneText('one.', 1) })
    const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), {
      zones: [join(home, 'one')],
    })
    await using server = await serve(url, { listen: listen[0]!, lanes: 2, laneKind: 'process', spread: 'round-robin' })
    const client = new UdpClient(portOf(server))
    for (let round = 0; round < 20; round++) await client.query('www.one.')
    const expected: StatisticsRow[] = [{ transport: 'udp', type: 'A', rcode: 'NOERROR', answers: 20 }]
    await until('all is told', async () => {
      const rows = (await server.call('statistics')) as readonly StatisticsRow[]
      return rows[0]?.answers === 20 && rows
    }).then((rows) => assert.deepEqual(rows, expected))
    client.close()
  })
})
