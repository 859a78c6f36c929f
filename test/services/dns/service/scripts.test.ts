/** Names that functions answer for: what the engine adds, promises and their deadline, functions that fail. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { makerUrl, serve, type LaneKind, type Server } from '#lanework/server/index.js'
import {
  decodeMessage,
  type DnsServiceOptions,
  formatName,
  type Message,
  parseName,
  rcode,
  rcodeName,
  recordOf,
  type ScriptAnswer,
  type ScriptFunction,
} from '#lanework/services/dns/index.js'
import { isNative } from '../../../support/capability.js'
import { lines } from '../../../support/dns-ask.js'
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
import { gate, until } from '../../../support/until.js'

type Run = (client: UdpClient, server: Server, clock: ManualClock) => Promise<void>

async function served(options: DnsServiceOptions, run: Run): Promise<void> {
  const clock = new ManualClock()
  const server = await serveDns(options, { clock })
  const client = new UdpClient(portOf(server))
  try {
    await run(client, server, clock)
  } finally {
    client.close()
    await server.close()
  }
}

/** Serves one script at `dyn.one.` with its subtree, inside a zone. */
async function scripted(answer: ScriptFunction, run: Run): Promise<void> {
  const home = written({ one: `${zoneText('one.', 7)}there.dyn A 192.0.2.99\n` })
  await served({ zones: [join(home, 'one')], scripts: [{ name: 'dyn.one.', subtree: true, answer }] }, run)
}

const told = (message: Message): string =>
  [
    rcodeName(message.rcode),
    message.aa ? 'aa' : '',
    ...lines(message.answers),
    '|',
    ...lines(message.authorities),
  ].join(' ')
const soa = 'one. 60 SOA ns.one. admin.one. 7 3600 900 1209600 300'

describe('a script', () => {
  it('is told what is asked and by whom, and gives records as texts or decoded', async () => {
    const questions: unknown[] = []
    const answer: ScriptFunction = (question, client) => {
      questions.push([question, client])
      const text = recordOf(parseName(question.name), 5, { type: 'TXT', texts: ['decoded'] })
      return question.type === 'TXT' ? [text] : ['A 192.0.2.1', '30 A 192.0.2.2', 'IN A 192.0.2.3']
    }
    await scripted(answer, async (client) => {
      assert.equal(
        told(await client.query('A.b.Dyn.ONE.')),
        'NOERROR aa A.b.Dyn.ONE. 60 A 192.0.2.1 A.b.Dyn.ONE. 30 A 192.0.2.2 A.b.Dyn.ONE. 60 A 192.0.2.3 |',
      )
      assert.equal(told(await client.query('dyn.one.', 'TXT')), 'NOERROR aa dyn.one. 5 TXT "decoded" |')
      assert.equal(told(await client.query('www.one.')), 'NOERROR aa www.one. 60 A 192.0.2.7 |')
    })
    const from = { host: '127.0.0.1', transport: 'udp' }
    assert.deepEqual(questions, [
      [{ name: 'a.b.dyn.one.', type: 'A', prefix: 'a.b' }, from],
      [{ name: 'dyn.one.', type: 'TXT', prefix: '' }, from],
    ])
  })

  it('says that there is nothing, and the engine adds the SOA; or leaves it to the zone', async () => {
    const answers: Record<string, ScriptAnswer> = {
      none: 'NXDOMAIN',
      empty: [],
      no: 'NODATA',
      off: 'REFUSED',
      bad: 'SERVFAIL',
    }
    await scripted(
      ({ prefix }) => answers[prefix],
      async (client) => {
        assert.equal(told(await client.query('none.dyn.one.')), `NXDOMAIN aa | ${soa}`)
        assert.equal(told(await client.query('empty.dyn.one.')), `NOERROR aa | ${soa}`)
        assert.equal(told(await client.query('no.dyn.one.')), `NOERROR aa | ${soa}`)
        assert.equal(told(await client.query('off.dyn.one.')), 'REFUSED  |')
        assert.equal(told(await client.query('bad.dyn.one.')), 'SERVFAIL  |')
        assert.equal(told(await client.query('there.dyn.one.')), 'NOERROR aa there.dyn.one. 60 A 192.0.2.99 |')
      },
    )
  })

  it('needs no zone, and is for its own name alone unless it is for the subtree', async () => {
    const scripts = [
      { name: 'alone.', ttl: 9, answer: () => 'NODATA' as const },
      { name: 'deep.', subtree: true, answer: () => ['A 192.0.2.1'] },
      { name: 'own.deep.', answer: () => ['A 192.0.2.2'] },
    ]
    await served({ scripts }, async (client) => {
      assert.equal(told(await client.query('alone.')), 'NOERROR aa | alone. 9 SOA alone. alone. 1 3600 600 86400 9')
      assert.equal((await client.query('below.alone.')).rcode, rcode.REFUSED)
      assert.equal(await client.address('x.y.deep.'), '192.0.2.1')
      assert.equal(await client.address('own.deep.'), '192.0.2.2')
      assert.equal(await client.address('x.own.deep.'), '192.0.2.1')
    })
  })

  it('has its answers cut by whole sets over UDP, and given whole over TCP', async () => {
    const many = Array.from({ length: 200 }, (_, at) => `A 192.0.2.${at}`)
    await scripted(
      () => many,
      async (client, server) => {
        const cut = await client.query('many.dyn.one.')
        assert.deepEqual([cut.tc, cut.answers.length], [true, 0])
        const tcp = new TcpClient(portOf(server, 1))
        tcp.send(queryOf({ name: 'many.dyn.one.' }))
        await until('it is answered', () => tcp.answers.length === 1)
        tcp.close()
        assert.equal(decodeMessage(tcp.answers[0]!).answers.length, 200)
      },
    )
  })

  it('answers later in any order, with EDNS, its cookie, and its own id', async () => {
    const gates = [gate<readonly string[]>(), gate<readonly string[]>()]
    await scripted(
      ({ prefix }) => gates[Number(prefix)]!.opened,
      async (client) => {
        const cookie = { code: 10, data: Buffer.from('clientck') }
        const first = client.ask(queryOf({ name: '0.dyn.one.', options: [cookie] }))
        const second = client.ask(queryOf({ name: '1.dyn.one.' }))
        assert.equal(await client.address('www.one.'), '192.0.2.7')
        gates[1]!.open(['A 192.0.2.31'])
        assert.deepEqual([...decodeMessage((await second)!).answers[0]!.data], [192, 0, 2, 31])
        gates[0]!.open(['A 192.0.2.30'])
        const answer = decodeMessage((await first)!)
        assert.equal(formatName(answer.questions[0]!.name), '0.dyn.one.')
        assert.deepEqual([...answer.answers[0]!.data], [192, 0, 2, 30])
        assert.equal(answer.edns!.options[0]!.data.length, 24)
      },
    )
  })

  it('answers later to who has a valid cookie, whatever the rate limit', async () => {
    const scripts = [{ name: 'dyn.', answer: async () => ['A 192.0.2.1'] }]
    const rateLimit = { exempt: [], answersPerSecond: 1, slip: 0 }
    await served({ scripts, rateLimit }, async (client, server) => {
      const asks = (data: Uint8Array): Uint8Array => queryOf({ name: 'dyn.', options: [{ code: 10, data }] })
      const first = decodeMessage((await client.ask(asks(Buffer.from('clientck'))))!)
      const cookie = first.edns!.options[0]!.data
      for (let round = 0; round < 5; round++) {
        assert.equal(decodeMessage((await client.ask(asks(cookie)))!).answers.length, 1)
      }
      client.send(queryOf({ name: 'dyn.' }))
      await until('one without a cookie is limited', () => server.status().counters['rateDropped'] === 1)
    })
  })

  it('that throws, rejects, gives nonsense, or takes too long is SERVFAIL, and counted', async () => {
    const never = gate<readonly string[]>()
    const wrong: Record<string, () => unknown> = {
      throws: () => {
        throw new Error('no')
      },
      rejects: () => Promise.reject(new Error('no')),
      text: () => ['A 192.0.2.300'],
      word: () => 'PERHAPS',
      number: () => [5],
      null: () => null,
      later: () => Promise.resolve(['nonsense']),
      slow: () => never.opened,
    }
    await scripted(
      ({ prefix }) => wrong[prefix]!() as ScriptAnswer,
      async (client, server, clock) => {
        for (const prefix of Object.keys(wrong).slice(0, -1)) {
          assert.equal(told(await client.query(`${prefix}.dyn.one.`)), 'SERVFAIL  |', prefix)
        }
        const slow = client.query('slow.dyn.one.')
        await until('it waits', () => server.status().counters['scripted'] === 8)
        clock.advance(1_999)
        assert.equal(server.status().counters['scriptErrors'], 7)
        clock.advance(1)
        assert.equal(told(await slow), 'SERVFAIL  |')
        never.open(['A 192.0.2.1'])
        assert.equal(await client.address('www.one.'), '192.0.2.7')
        assert.equal(server.status().counters['scriptErrors'], 8)
        assert.equal(server.status().listeners[0]!.counters['handlerErrors'], 0)
      },
    )
  })

  it('that never answers takes up a bounded number of places', async () => {
    await scripted(
      () => new Promise(() => {}),
      async (client, server) => {
        const tcp = new TcpClient(portOf(server, 1))
        tcp.send(...Array.from({ length: 1_030 }, () => queryOf({ name: 'x.dyn.one.' })))
        await until('those beyond are refused', () => tcp.answers.length === 6)
        assert.ok(tcp.answers.every((bytes) => decodeMessage(bytes).rcode === rcode.SERVFAIL))
        assert.equal(await client.address('www.one.'), '192.0.2.7')
        tcp.close()
      },
    )
  })

  const kinds: LaneKind[] = isNative ? ['inline', 'thread', 'process'] : ['inline']
  for (const laneKind of kinds) {
    it(`of a module answers in lanes of kind ${laneKind}`, async () => {
      const module = new URL('../../../fixtures/dns-script.js', import.meta.url).href
      const scripts = [
        { name: 'a.', module },
        { name: 'b.', subtree: true, module: `${module}#byPrefix` },
      ]
      const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), { scripts })
      await using server = await serve(url, { listen, laneKind })
      const client = new UdpClient(portOf(server))
      assert.equal(await client.address('a.'), '192.0.2.21')
      assert.match(told(await client.query('x.y.b.', 'TXT')), /x\.y\.b\. 60 TXT "x\.y" \|/)
      assert.match(told(await client.query('b.')), /NXDOMAIN/)
      client.close()
    })
  }

  it('of a module that has none keeps the server from starting', async () => {
    const module = new URL('../../../fixtures/dns-script.js#nothing', import.meta.url).href
    await assert.rejects(serveDns({ scripts: [{ name: 'a.', module }] }), { code: 'SERVICE_INVALID' })
    for (const script of [
      { name: 'a.' },
      { name: 'a.', module: 'here' },
      { name: 'a.', answer: 5 },
      { name: 'a.', module, ttl: -1 },
    ]) {
      assert.throws(() => serveDns({ scripts: [script] } as unknown as DnsServiceOptions), { code: 'OPTION_INVALID' })
    }
  })
})
