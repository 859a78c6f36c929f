/** Answers by who asks: views, what resolvers say of their clients, and names of class CHAOS. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { prefixKey, type Server } from '#lanework/server/index.js'
import {
  decodeMessage,
  type DnsServiceOptions,
  dnsType,
  ednsOptionOf,
  type Message,
  rcode,
} from '#lanework/services/dns/index.js'
import { KeyRing } from '#lanework/services/dns/transfer/keys.js'
import { signRequest } from '#lanework/services/dns/transfer/tsig.js'
import { NetworkMap } from '#lanework/server/index.js'
import { portOf, queryOf, serveDns, UdpClient, written, zoneText } from '../../../support/dns-server.js'

async function served(
  options: DnsServiceOptions,
  run: (ask: (query: Uint8Array) => Promise<Message>, server: Server) => Promise<void>,
): Promise<void> {
  const server = await serveDns(options)
  const client = new UdpClient(portOf(server))
  try {
    await run(async (query) => decodeMessage((await client.ask(query))!), server)
  } finally {
    client.close()
    await server.close()
  }
}

const addressOf = ({ answers, rcode: code }: Message): string =>
  answers[0] === undefined ? `rcode ${code}` : [...answers[0].data].join('.')

function homes(): Record<'common' | 'other' | 'inner' | 'host', string> {
  const home = written({
    common: zoneText('one.', 1, 1),
    other: zoneText('two.', 1, 2),
    inner: zoneText('one.', 1, 3),
    host: zoneText('one.', 1, 4),
  })
  const path = (name: string): string => join(home, name)
  return { common: path('common'), other: path('other'), inner: path('inner'), host: path('host') }
}

describe('views', () => {
  it('give their clients their own zones, and those for everybody', async () => {
    const { common, other, inner, host } = homes()
    const zones = [common, other]
    const views = [
      { clients: ['127.0.0.0/8'], zones: [inner] },
      { clients: ['127.0.0.1'], zones: [host] },
      { clients: ['192.0.2.0/24'], zones: [other] },
    ]
    await served({ zones, views }, async (ask, server) => {
      // The longest network decides.
      assert.equal(addressOf(await ask(queryOf({ name: 'www.one.' }))), '192.0.2.4')
      assert.equal(addressOf(await ask(queryOf({ name: 'www.two.' }))), '192.0.2.2')
      const status = (await server.call('zones')) as readonly { zone: string; view: number }[]
      assert.deepEqual(
        status.map(({ zone, view }) => `${zone} ${view}`),
        ['one. 0', 'two. 0', 'one. 1', 'one. 2', 'two. 3'],
      )
    })
    await served({ zones, views: [views[2]!] }, async (ask) => {
      assert.equal(addressOf(await ask(queryOf({ name: 'www.one.' }))), '192.0.2.1')
    })
  })

  it('take the word of no resolver but those they are told to, for its clients', async () => {
    const { common, inner } = homes()
    const views = [{ clients: ['198.51.100.0/24', '2001:db8::/32'], zones: [inner] }]
    const subnet = (address: string, source: number): Uint8Array =>
      queryOf({ name: 'www.one.', options: [ednsOptionOf({ option: 'ECS', address, source, scope: 0 })] })
    await served({ zones: [common], views }, async (ask) => {
      const answer = await ask(subnet('198.51.100.0', 24))
      assert.equal(addressOf(answer), '192.0.2.1')
      assert.deepEqual(answer.edns!.options, [])
    })
    await served({ zones: [common], views, clientSubnet: ['127.0.0.0/8'] }, async (ask) => {
      const answer = await ask(subnet('198.51.100.0', 24))
      assert.equal(addressOf(answer), '192.0.2.3')
      // The answer is for that network (RFC 7871 7.2.1).
      assert.deepEqual(answer.edns!.options, [
        ednsOptionOf({ option: 'ECS', address: '198.51.100.0', source: 24, scope: 24 }),
      ])
      assert.equal(addressOf(await ask(subnet('2001:db8:1::', 48))), '192.0.2.3')
      assert.equal(addressOf(await ask(subnet('203.0.113.0', 24))), '192.0.2.1')
      const broken = queryOf({ name: 'www.one.', options: [{ code: 8, data: Uint8Array.of(0, 9, 200, 0, 1) }] })
      assert.equal(addressOf(await ask(broken)), '192.0.2.1')
    })
  })

  it('hold for signed questions, which scripts and names of class CHAOS do not answer', async () => {
    const { common, inner } = homes()
    const secret = Buffer.alloc(32, 7).toString('base64')
    const keys = [{ name: 'k.', secret }]
    const options: DnsServiceOptions = {
      zones: [common],
      views: [{ clients: ['127.0.0.0/8'], zones: [inner] }],
      scripts: [{ name: 'script.', answer: () => ['A 192.0.2.9'] }],
      chaos: { version: 'one' },
      transfer: { keys },
    }
    const sign = (query: Uint8Array): Uint8Array =>
      signRequest(query, new KeyRing(keys).get('k.')!, Date.now() / 1_000).bytes
    await served(options, async (ask) => {
      const [view, script] = [queryOf({ name: 'www.one.' }), queryOf({ name: 'script.' })]
      const version = queryOf({ name: 'version.bind.', type: 'TXT', class: 3 })
      assert.deepEqual([addressOf(await ask(view)), addressOf(await ask(script))], ['192.0.2.3', '192.0.2.9'])
      assert.equal((await ask(version)).answers.length, 1)
      const answer = await ask(sign(view))
      assert.equal(answer.additionals.at(-1)?.type, dnsType.TSIG)
      assert.equal(addressOf(answer), '192.0.2.3')
      for (const query of [script, version]) assert.equal((await ask(sign(query))).rcode, rcode.REFUSED)
    })
  })

  it('are refused where a network is none, or stands in two', () => {
    const zones = ['a.zone']
    for (const views of [
      [{ clients: [], zones }],
      [{ clients: ['192.0.2.0/33'], zones }],
      [{ clients: ['here'], zones }],
      [
        { clients: ['192.0.2.0/24'], zones },
        { clients: ['192.0.2.1/24'], zones },
      ],
      [{ clients: ['192.0.2.0/24'], zones: [] }],
      'all',
    ]) {
      assert.throws(() => serveDns({ views } as DnsServiceOptions), { code: 'OPTION_INVALID' }, JSON.stringify(views))
    }
  })
})

describe('a map of networks', () => {
  it('finds the longest that holds an address, as looking at each does', () => {
    const network = fc.tuple(
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 3 }),
      fc.integer({ min: 0, max: 32 }),
    )
    fc.assert(
      fc.property(fc.array(network, { maxLength: 12 }), network, (networks, [a, b]) => {
        const host = `${a}.0.0.${b}`
        const texts = new Map(networks.map(([c, d, bits]) => [prefixKey(`${c}.0.0.${d}`, { ipv4Bits: bits }), bits]))
        const map = new NetworkMap<string>()
        for (const text of texts.keys()) map.addAll('test', [text], text)
        const holding = [...texts].filter(([text, bits]) => prefixKey(host, { ipv4Bits: bits }) === text)
        const [longest] = holding.sort(([, one], [, other]) => other - one)
        assert.deepEqual(map.find(host), longest === undefined ? undefined : { value: longest[0], bits: longest[1] })
      }),
    )
  })
})

describe('a map of networks of both kinds', () => {
  it('keeps them apart, and knows IPv4 in IPv6', () => {
    const map = new NetworkMap<string>()
      .addAll('test', ['0.0.0.0/0'], 'any IPv4')
      .addAll('test', ['::/0'], 'any IPv6')
      .addAll('test', ['2001:db8::/32'], 'documents')
      .addAll('test', ['2001:db8::1'], 'one of them')
      .addAll('test', ['255.255.255.255', '192.0.2.0/24'], 'some')
    const found = (host: string): string | undefined => map.find(host)?.value
    assert.deepEqual(['192.0.2.7', '::ffff:192.0.2.7', '255.255.255.255', '192.0.3.0'].map(found), [
      'some',
      'some',
      'some',
      'any IPv4',
    ])
    assert.deepEqual(['2001:DB8::1', '2001:db8::2%eth0', 'fe80::1', '', 'here'].map(found), [
      'one of them',
      'documents',
      'any IPv6',
      undefined,
      undefined,
    ])
  })
})

describe('class CHAOS', () => {
  const chaos = (name: string, type = 'TXT'): Uint8Array => queryOf({ name, type, class: 3 })

  it('tells nothing unless it is told to', async () => {
    await served({}, async (ask) => {
      for (const name of ['version.bind.', 'id.server.']) assert.equal((await ask(chaos(name))).rcode, rcode.REFUSED)
    })
  })

  it('tells version and name', async () => {
    await served({ chaos: { version: 'ours', id: 'north-1' } }, async (ask) => {
      const textOf = ({ answers }: Message): string => String(Buffer.from(answers[0]!.data.subarray(1)))
      assert.equal(textOf(await ask(chaos('VERSION.bind.'))), 'ours')
      assert.equal(textOf(await ask(chaos('version.server.'))), 'ours')
      assert.equal(textOf(await ask(chaos('id.server.'))), 'north-1')
      assert.equal(textOf(await ask(chaos('hostname.bind.'))), 'north-1')
      const noData = await ask(chaos('version.bind.', 'A'))
      assert.deepEqual([noData.rcode, noData.answers.length], [rcode.NOERROR, 0])
      assert.equal((await ask(chaos('authors.bind.'))).rcode, rcode.REFUSED)
    })
    await served({ chaos: { id: 'north-1' } }, async (ask) => {
      assert.equal((await ask(chaos('version.bind.'))).rcode, rcode.REFUSED)
    })
  })
})
