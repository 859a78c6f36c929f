/** The forwarder in a server: behind the zones, over UDP and TCP, in lanes of every kind. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { makerUrl, serve, type LaneKind } from '#lanework/server/index.js'
import { dnsService, formatData, MockDns, rcodeName, Resolver } from '#lanework/services/dns/index.js'
import { forwarderCounts } from '#lanework/services/dns/forward/forwarder-counts.js'
import { counterAt, counterNames } from '#lanework/services/dns/service/counters.js'
import { isNative } from '../../../support/capability.js'
import { folder } from '../../../support/folder.js'
import { until } from '../../../support/until.js'

const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0']
const table = {
  'a.test': { A: ['192.0.2.1'] },
  'big.test': { TXT: Array.from({ length: 40 }, (_, at) => `"${'x'.repeat(60)}${at}"`) },
  'www.example.lan': { A: ['192.0.2.66'] },
}
const timeoutMs = 60_000
const patient = { timeoutMs: 60_000, deadlineMs: 60_000 }

describe('a DNS server that forwards', () => {
  it('counts in the cells of its lane, each in its own', () => {
    const first = counterAt('forwardHits')
    assert.deepEqual(
      forwarderCounts.map((name) => `forward${name[0]!.toUpperCase()}${name.slice(1)}`),
      counterNames.slice(first, first + forwarderCounts.length),
    )
  })
  it('answers from its zones first, and asks others for the rest, over UDP and TCP', async () => {
    await using mock = await MockDns.start(table)
    await using server = await serve(dnsService({ forward: { servers: [mock.address], ...patient } }), { listen })
    for (const address of server.addresses) {
      const resolver = new Resolver({ servers: [address], timeoutMs })
      const own = (await resolver.query('www.example.lan')).message
      assert.deepEqual([own.aa, formatData(own.answers[0]!)], [true, '192.0.2.80'])
      const foreign = (await resolver.query('a.test')).message
      assert.deepEqual([foreign.aa, foreign.ra, formatData(foreign.answers[0]!)], [false, true, '192.0.2.1'])
      const big = (await resolver.query('big.test', 'TXT', { keepTruncated: true })).message
      assert.deepEqual([big.tc, big.answers.length], address.startsWith('tcp') ? [false, 40] : [true, 0])
      assert.equal(rcodeName((await resolver.query('a.test', 'A', { rd: false })).message.rcode), 'REFUSED')
    }
    assert.equal(mock.queries.filter(({ name }) => name === 'a.test.').length, 1)
    const { forwardHits, forwardAsked, forwardFailed } = server.status().counters
    assert.deepEqual([forwardHits, forwardAsked, forwardFailed], [2, 2, 0])
  })
  it('gives cookies with answers from elsewhere too, at once and later', async () => {
    await using mock = await MockDns.start(table)
    await using server = await serve(dnsService({ forward: { servers: [mock.address], ...patient } }), { listen })
    const resolver = new Resolver({ servers: [server.addresses[0]!], timeoutMs })
    const options = [{ code: 10, data: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) }]
    for (let round = 0; round < 2; round++) {
      const { message } = await resolver.query('a.test', 'A', { options })
      assert.deepEqual(
        message.edns?.options.map(({ code, data }) => [code, data.length]),
        [[10, 24]],
      )
    }
  })
  it('answers what is pipelined over one connection as the answers come', async () => {
    let open = (): void => {}
    const opened = new Promise<void>((resolve) => (open = resolve))
    await using slow = await MockDns.start(table, {
      answer: async ({ name }) => {
        if (name === 'slow.test.') await opened
        return undefined
      },
    })
    await using server = await serve(dnsService({ forward: { servers: [slow.address], ...patient } }), { listen })
    const resolver = new Resolver({ servers: [server.addresses[1]!], timeoutMs })
    const late = resolver.query('slow.test')
    assert.equal((await resolver.query('a.test')).message.answers.length, 1)
    open()
    assert.equal(rcodeName((await late).message.rcode), 'NXDOMAIN')
  })
  it('blocks what its lists say in every lane, and takes new ones at a reload', async () => {
    const home = mkdtempSync(join(folder, 'lists-'))
    const [block, hosts] = [join(home, 'block'), join(home, 'hosts')]
    writeFileSync(block, '||a.test^\n')
    writeFileSync(hosts, '192.0.2.7 box.lan\n')
    await using mock = await MockDns.start(table)
    const forward = { servers: [mock.address], block: [block], hosts: [hosts], ...patient }
    const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), { forward })
    const kind = isNative ? ({ lanes: 2, laneKind: 'process' } as const) : {}
    await using server = await serve(url, { listen, ...kind })
    const resolver = new Resolver({ servers: [server.addresses[0]!], timeoutMs })
    const short = async (name: string): Promise<string[]> => {
      const { message } = await resolver.query(name)
      return [rcodeName(message.rcode), ...message.answers.map((record) => formatData(record))]
    }
    assert.deepEqual([await short('x.a.test'), await short('box.lan')], [['NXDOMAIN'], ['NOERROR', '192.0.2.7']])
    writeFileSync(block, '||other.test^\n||more.test^\n')
    await server.call('reload')
    await until('the new list is in use', async () => (await short('a.test'))[0] === 'NOERROR')
    assert.deepEqual(await short('box.lan'), ['NOERROR', '192.0.2.7'])
  })
  it('does not start with a list that is not there', async () => {
    await assert.rejects(serve(dnsService({ forward: { block: ['/nowhere'] } }), { listen }), (error) =>
      isLaneworkError(error, 'OPTION_INVALID'),
    )
  })
  for (const laneKind of ['thread', 'process'] satisfies LaneKind[]) {
    it(`does so in lanes of kind ${laneKind}`, { skip: isNative ? false : 'such lanes need the addon' }, async () => {
      await using mock = await MockDns.start(table)
      const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), {
        forward: { servers: [mock.address], ...patient },
      })
      await using server = await serve(url, { listen, lanes: 2, laneKind })
      const resolver = new Resolver({ servers: [server.addresses[0]!], timeoutMs })
      const answers = await Promise.all(Array.from({ length: 40 }, () => resolver.query('a.test')))
      for (const { message } of answers) assert.equal(message.answers.length, 1)
      const asked = mock.queries.length
      assert.ok(asked >= 1 && asked <= 2, `each lane asks once: ${asked}`)
    })
  }
})
