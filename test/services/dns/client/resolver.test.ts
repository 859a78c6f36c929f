/** The client against a server that goes wrong on demand: what it believes, where it turns, what it gives. */
import assert from 'node:assert/strict'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { describe, it } from 'node:test'
import { isLaneworkError, type ErrorCode } from '#lanework/core/index.js'
import {
  decodeMessage,
  encodeMessage,
  formatData,
  formatName,
  formatRecord,
  MockDns,
  parseName,
  rcodeName,
  Resolver,
} from '#lanework/services/dns/index.js'
import { askServers } from '#lanework/services/dns/client/ask-servers.js'
import { nameserversOf } from '#lanework/services/dns/client/system-servers.js'
import { DnsServer, DnsServers, serverAddress } from '#lanework/services/dns/client/servers.js'
import { MemoryNetwork, VirtualClock } from '#lanework/testing/index.js'
import { turns, until } from '../../../support/until.js'

const table = {
  'example.test': { A: ['192.0.2.1', '192.0.2.2'], AAAA: '2001:db8::1', MX: ['10 mail.example.test.'] },
  'www.example.test': { CNAME: 'example.test.' },
  '*.wild.test': { TXT: ['"any"'] },
  'big.test': { TXT: Array.from({ length: 40 }, (_, at) => `"${'x'.repeat(60)}${at}"`) },
  '1.2.0.192.in-addr.arpa': { PTR: 'example.test.' },
}
/** Long, as nothing but a lost answer takes it. */
const timeoutMs = 60_000

const code = (wanted: ErrorCode) => (error: unknown) => isLaneworkError(error, wanted)

/** A mock and a resolver on a network in memory, where time passes when the test says so. */
async function inMemory(more: { timeoutMs?: number; rounds?: number } = {}) {
  const clock = new VirtualClock()
  const network = new MemoryNetwork({ clock })
  const mock = await MockDns.start(table, { network, clock })
  const resolver = new Resolver({ servers: [mock.address], network, clock, timeoutMs: 1_000, rounds: 1, ...more })
  return { clock, network, mock, resolver }
}

describe('the resolver', () => {
  it('gives every section with its TTLs, over UDP', async () => {
    await using mock = await MockDns.start(table, { ttl: 77 })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    const { message, transport, server, attempts } = await resolver.query('www.example.test')
    assert.deepEqual([transport, server, attempts], ['udp', mock.address, 1])
    assert.deepEqual(
      message.answers.map((record) => formatRecord(record).replaceAll('\t', ' ')),
      [
        'www.example.test. 77 IN CNAME example.test.',
        'example.test. 77 IN A 192.0.2.1',
        'example.test. 77 IN A 192.0.2.2',
      ],
    )
    const spelt = await resolver.query('eXAMPLE.test')
    assert.equal(formatRecord(spelt.message.answers[0]!).split('\t')[0], 'eXAMPLE.test.', 'as it was asked')
    const none = await resolver.query('example.test', 'SRV')
    assert.deepEqual([rcodeName(none.message.rcode), none.message.authorities[0]?.ttl], ['NOERROR', 77])
  })
  it('gives NXDOMAIN, and other response codes, as results', async () => {
    await using mock = await MockDns.start(table)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    assert.equal(rcodeName((await resolver.query('nowhere.test')).message.rcode), 'NXDOMAIN')
    mock.fail({ rcode: 'REFUSED' }, Infinity)
    assert.equal(rcodeName((await resolver.query('example.test')).message.rcode), 'REFUSED')
  })
  it('gives addresses behind aliases, and names of addresses', async () => {
    await using mock = await MockDns.start(table)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    assert.deepEqual(await resolver.addresses('www.example.test'), [
      { address: '2001:db8::1', ttl: 60 },
      { address: '192.0.2.1', ttl: 60 },
      { address: '192.0.2.2', ttl: 60 },
    ])
    assert.deepEqual(await resolver.names('192.0.2.1'), ['example.test.'])
    assert.deepEqual(await resolver.addresses('nowhere.test'), [])
  })
  it('gives addresses and names of what was asked for alone, and says so where a server could not find out', async () => {
    const a = (name: string, data: number[], ttl = 60) => {
      return { name: parseName(name), type: 1, class: 1, ttl, data: Uint8Array.from(data) }
    }
    const alias = (name: string, target: string, ttl: number) => {
      return { ...a(name, [], ttl), type: 5, data: parseName(target) }
    }
    const answers = [
      a('elsewhere.test', [192, 0, 2, 66]),
      alias('elsewhere.test', 'b.test', 1),
      a('b.test', [192, 0, 2]),
      a('B.test', [192, 0, 2, 1], 50),
      alias('a.test', 'b.test', 40),
    ]
    await using mock = await MockDns.start(table, {
      answer: ({ name, type }, usual) => (name === 'a.test.' && type === 'A' ? { ...usual, rcode: 0, answers } : usual),
    })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    assert.deepEqual(await resolver.addresses('a.test'), [{ address: '192.0.2.1', ttl: 40 }])
    for (const rcode of ['SERVFAIL', 'REFUSED'] as const) {
      mock.fail({ rcode, type: 'A' })
      await assert.rejects(resolver.addresses('example.test'), code('LOOKUP_FAILED'), rcode)
      mock.fail({ rcode })
      await assert.rejects(resolver.names('192.0.2.1'), code('LOOKUP_FAILED'), rcode)
    }
    assert.deepEqual(await resolver.addresses('nowhere.test'), [])
    assert.deepEqual(await resolver.addresses('big.test'), [])
  })
  it('asks again over TCP for what does not fit, and takes it as it is where that is wanted', async () => {
    await using mock = await MockDns.start(table)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    const whole = await resolver.query('big.test', 'TXT')
    assert.deepEqual([whole.transport, whole.message.answers.length, whole.attempts], ['tcp', 40, 2])
    const cut = await resolver.query('big.test', 'TXT', { keepTruncated: true })
    assert.deepEqual([cut.transport, cut.message.tc], ['udp', true])
    const tcp = await new Resolver({ servers: [mock.tcpAddress], timeoutMs }).query('big.test', 'TXT')
    assert.deepEqual([tcp.transport, tcp.message.answers.length, tcp.attempts], ['tcp', 40, 1])
  })
  it('draws id, port and case anew for each query, and may be told not to mix cases', async () => {
    await using mock = await MockDns.start(table)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    for (let at = 0; at < 24; at++) await resolver.query('a-long-name-with-many-letters.wild.test', 'TXT')
    const { queries } = mock
    // 24 draws: that fewer than 20 differ happens by chance less than once in 10^30 runs for ids and cases.
    assert.ok(new Set(queries.map(({ message }) => message.id)).size > 20)
    assert.ok(new Set(queries.map(({ bytes }) => Buffer.from(bytes.subarray(12)).toString('latin1'))).size > 20)
    assert.ok(new Set(queries.map(({ from }) => JSON.stringify(from))).size > 4)
    mock.queries.length = 0
    await resolver.query('lower.wild.test', 'TXT', { mixCase: false })
    assert.ok(Buffer.from(mock.queries[0]!.bytes).includes('lower'))
  })
  it('sends the bits that it is told to send', async () => {
    await using mock = await MockDns.start(table)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    await resolver.query('example.test', 'A', { dnssec: true, cd: true, ad: true, rd: false, udpBytes: 4000 })
    await resolver.query('example.test', 'A', { udpBytes: 0 })
    const [first, second] = mock.queries.map(({ message }) => message)
    assert.deepEqual(
      [first!.cd, first!.ad, first!.rd, first!.edns?.dnssecOk, first!.edns?.udpSize],
      [true, true, false, true, 4000],
    )
    assert.deepEqual([second!.rd, second!.edns], [true, undefined])
  })
  it('passes over answers with a wrong id, a wrong question, and garbage, and then says that nobody answered', async () => {
    for (const fault of [{ wrongId: true }, { wrongQuestion: true }, { garbage: true }, { drop: true }]) {
      const { clock, mock, resolver } = await inMemory()
      mock.fail(fault)
      const asking = assert.rejects(resolver.query('example.test'), code('NO_ANSWER'), JSON.stringify(fault))
      await until('it was asked', () => mock.queries.length === 1)
      await clock.advance(1_000)
      await asking
      await mock.close()
    }
  })
  it('takes the true answer that comes behind forged ones', async (t) => {
    const server = createSocket('udp4').bind(0, '127.0.0.1')
    t.after(() => server.close())
    await once(server, 'listening')
    server.on('message', (bytes, { port, address }) => {
      const query = decodeMessage(bytes)
      const answer = (host: number) => {
        const { name } = query.questions[0]!
        const record = { name, type: 1, class: 1, ttl: 60, data: Uint8Array.of(192, 0, 2, host) }
        return { ...query, isResponse: true, answers: [record] }
      }
      const others = [{ ...query.questions[0]!, name: parseName('other.test') }]
      const forged = [
        { ...answer(66), id: query.id ^ 1 },
        { ...answer(67), questions: others },
      ]
      for (const message of [...forged, answer(1)]) server.send(encodeMessage(message), port, address)
    })
    const resolver = new Resolver({ servers: [`127.0.0.1:${server.address().port}`], timeoutMs })
    const { message, attempts } = await resolver.query('example.test')
    assert.deepEqual([message.answers.map((record) => formatData(record)), attempts], [['192.0.2.1'], 1])
  })
  it('asks over TCP where a server does not keep the case', async () => {
    await using mock = await MockDns.start(table)
    mock.fail({ lowerCase: true }, Infinity)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    for (const start of ['a', 'A']) {
      const name = `${start}-name-with-so-many-letters-that-all-lower-is-rare.wild.test.`
      const { transport, message } = await resolver.query(name, 'TXT')
      const names = [...message.questions, ...message.answers].map((each) => formatName(each.name))
      assert.deepEqual([transport, names], ['tcp', [name, name]])
    }
  })
  it('asks without EDNS where a server knows none, and remembers it', async () => {
    await using mock = await MockDns.start(table, {
      answer: ({ message }, usual) => {
        if (message.edns === undefined) return usual
        const { edns: _edns, ...plain } = usual
        return { ...plain, rcode: 1, answers: [], authorities: [], questions: [] }
      },
    })
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    assert.equal((await resolver.query('example.test')).message.answers.length, 2)
    await resolver.query('example.test')
    assert.deepEqual(
      mock.queries.map(({ message }) => message.edns === undefined),
      [false, true, true],
    )
  })
  it('turns to the next server when one is silent, fails, or is not there, and then to it first', async () => {
    const { clock, network, mock } = await inMemory()
    const silent = await MockDns.start(table, { network, clock })
    silent.fail({ drop: true }, Infinity)
    const resolver = new Resolver({ servers: [silent.address, mock.address], network, clock, timeoutMs: 1_000 })
    const asking = resolver.query('example.test')
    await until('the silent one was asked', () => silent.queries.length === 1)
    await clock.advance(1_000)
    assert.equal((await asking).server, mock.address)
    assert.equal((await resolver.query('example.test')).server, mock.address)
    assert.deepEqual([silent.queries.length, mock.queries.length], [1, 2])
    silent.recover()
    silent.fail({ rcode: 'SERVFAIL' }, Infinity)
    const other = new Resolver({ servers: [silent.address, mock.address], network, clock })
    assert.equal((await other.query('example.test')).server, mock.address)
    await Promise.all([silent.close(), mock.close()])
  })
  it('asks one that refuses last, however fast it does so', async () => {
    const { clock, network, mock } = await inMemory()
    const refusing = await MockDns.start(table, { network, clock })
    refusing.fail({ rcode: 'REFUSED' }, Infinity)
    const resolver = new Resolver({ servers: [refusing.address, mock.address], network, clock })
    for (let at = 0; at < 5; at++) assert.equal((await resolver.query('example.test')).server, mock.address)
    assert.deepEqual([refusing.queries.length, mock.queries.length], [1, 5])
    await Promise.all([refusing.close(), mock.close()])
  })
  it('waits no longer for a look-up of the server than for the server', async () => {
    const { clock, network, mock } = await inMemory()
    const question = { name: parseName('example.test'), type: 1, class: 1 }
    const ask = (signal?: AbortSignal) => {
      const servers = new DnsServers(['ns.example'])
      servers.all[0]!.resolve = () => new Promise(() => {})
      return askServers(question, {}, { servers, network, clock, timeoutMs: 1_000, rounds: 1, signal })
    }
    const inVain = assert.rejects(ask(), code('NO_ANSWER'))
    await clock.advance(1_000)
    await inVain
    const controller = new AbortController()
    const aborted = assert.rejects(ask(controller.signal), code('ABORTED'))
    controller.abort()
    await aborted
    await mock.close()
  })
  it('takes one signal for any number of questions without a warning', async () => {
    const { mock, resolver } = await inMemory()
    const warnings: string[] = []
    const hear = ({ name }: Error): unknown => warnings.push(name)
    process.on('warning', hear)
    const { signal } = new AbortController()
    await Promise.all(Array.from({ length: 20 }, () => resolver.query('example.test', 'A', { signal })))
    await turns(2)
    process.off('warning', hear)
    assert.deepEqual(warnings, [])
    await mock.close()
  })
  it('says CONNECTION_REFUSED where nobody listens', async () => {
    const mock = await MockDns.start()
    const { address, tcpAddress } = mock
    await mock.close()
    for (const server of [address, tcpAddress]) {
      const resolver = new Resolver({ servers: [server], timeoutMs, rounds: 1 })
      await assert.rejects(resolver.query('example.test'), code('CONNECTION_REFUSED'))
    }
  })
  it('says CLOSED_WITHOUT_ANSWER where a server hangs up', async () => {
    const server = createServer((socket) => socket.on('error', () => {}).end()).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const resolver = new Resolver({ servers: [`tcp://127.0.0.1:${port}`], timeoutMs, rounds: 1 })
    await assert.rejects(resolver.query('example.test'), code('CLOSED_WITHOUT_ANSWER'))
    server.close()
  })
  it('stops when its signal says so', async () => {
    await using mock = await MockDns.start(table)
    mock.fail({ drop: true }, Infinity)
    const resolver = new Resolver({ servers: [mock.address], timeoutMs })
    for (const tcp of [false, true]) {
      const controller = new AbortController()
      const asking = assert.rejects(
        resolver.query('example.test', 'A', { signal: controller.signal, tcp }),
        code('ABORTED'),
      )
      const before = mock.queries.length
      await until('it was asked', () => mock.queries.length > before)
      controller.abort()
      await asking
    }
    await assert.rejects(resolver.query('example.test', 'A', { signal: AbortSignal.abort() }), code('ABORTED'))
  })
  it('refuses options, names, types and addresses that make no sense', async () => {
    for (const options of [{ servers: [] }, { servers: ['192.0.2.1'], timeoutMs: 0 }, { server: '192.0.2.1' }]) {
      assert.throws(() => new Resolver(options), code('OPTION_INVALID'))
    }
    assert.throws(() => new Resolver({ servers: ['192.0.2.1:0'] }), code('ADDRESS_INVALID'))
    assert.throws(() => new Resolver({ servers: ['quic://192.0.2.1'] }), code('SCHEME_UNKNOWN'))
    const resolver = new Resolver({ servers: ['127.0.0.1'] })
    await assert.rejects(resolver.query('a..b'), code('DNS_NAME_INVALID'))
    await assert.rejects(resolver.query('a', 'NOPE'), code('OPTION_INVALID'))
    await assert.rejects(resolver.names('example.test'), code('OPTION_INVALID'))
  })
})

describe('servers', () => {
  it('are addresses with or without scheme and port', () => {
    const texts = [
      '192.0.2.1',
      '192.0.2.1:5353',
      '2001:db8::1',
      '[2001:db8::1]:54',
      'tcp://192.0.2.1',
      'udp://[::1]:9053',
    ]
    assert.deepEqual(
      texts.map((text) => new DnsServer(serverAddress(text)).text),
      [
        'udp://192.0.2.1:53',
        'udp://192.0.2.1:5353',
        'udp://[2001:db8::1]:53',
        'udp://[2001:db8::1]:54',
        'tcp://192.0.2.1:53',
        'udp://[::1]:9053',
      ],
    )
  })
  it('come in the order of their speed, those that fell silent last and for a time only', () => {
    const servers = new DnsServers(['192.0.2.1', '192.0.2.2', '192.0.2.3'])
    const order = (nowMs: number) => servers.order(nowMs).map(({ address }) => Number(address.host.at(-1)))
    const [one, two, three] = servers.all
    assert.deepEqual(order(0), [1, 2, 3])
    one!.answered(80)
    two!.answered(10)
    assert.deepEqual(order(0), [2, 3, 1])
    two!.failed(0)
    two!.failed(1_000)
    assert.deepEqual(order(2_500), [3, 1, 2])
    assert.deepEqual(order(3_001), [2, 3, 1])
    two!.answered(10)
    three!.answered(5)
    assert.deepEqual(order(3_001), [3, 2, 1])
  })
  it('that fall silent while many questions wait are silent once, and one question finds out when it is over', () => {
    const servers = new DnsServers(['192.0.2.1', '192.0.2.2'])
    const first = (nowMs: number) => servers.order(nowMs)[0]!.address.host
    const [one, two] = servers.all
    one!.answered(10)
    two!.answered(50)
    for (let question = 0; question < 8; question++) one!.failed(400 + question, question)
    for (let question = 0; question < 8; question++) one!.failed(1_500 + question, 350)
    assert.deepEqual([one!.silences, one!.silentUntilMs], [1, 1_400])
    for (let question = 0; question < 1_000; question++) assert.equal(first(1_399), '192.0.2.2')
    assert.equal(one!.rttMs, 10, 'silence makes nobody faster')
    assert.deepEqual([first(1_600), first(1_601), first(1_700)], ['192.0.2.1', '192.0.2.2', '192.0.2.2'])
    one!.failed(2_000, 1_600)
    assert.deepEqual([one!.silences, first(3_999)], [2, '192.0.2.2'])
    assert.equal(first(4_000), '192.0.2.1')
    one!.answered(10)
    assert.deepEqual([first(4_001), first(4_002)], ['192.0.2.1', '192.0.2.1'])
  })
  it('that knew no EDNS are asked with it again some time', () => {
    const server = new DnsServer(serverAddress('192.0.2.1'))
    server.knewNoEdns(1_000)
    assert.deepEqual([server.isPlain(1_001), server.isPlain(3_600_000)], [true, false])
  })
  it('that were slow once are asked again some time', () => {
    const servers = new DnsServers(['192.0.2.1', '192.0.2.2'])
    servers.all[0]!.answered(500)
    servers.all[1]!.answered(20)
    let asked = 0
    while (servers.order(0)[0]!.address.host === '192.0.2.2') {
      servers.all[1]!.answered(20)
      assert.ok(++asked < 1_000)
    }
    assert.ok(asked > 50, 'but not often')
  })
  it('are waited for as long as they usually take, within limits', () => {
    const server = new DnsServer(serverAddress('192.0.2.1'))
    assert.equal(server.timeoutMs(2_000), 2_000)
    for (let at = 0; at < 50; at++) server.answered(10)
    assert.equal(server.timeoutMs(2_000), 400)
    for (let at = 0; at < 50; at++) server.answered(300)
    const usual = server.timeoutMs(2_000)
    assert.ok(usual >= 400 && usual < 2_000, String(usual))
    server.failed(0)
    assert.ok(server.timeoutMs(2_000) > usual)
    assert.equal(server.timeoutMs(50), 50)
  })
  it('of this machine are the nameserver lines', () => {
    assert.deepEqual(
      nameserversOf('# nameserver 192.0.2.9\nnameserver 192.0.2.1\n nameserver\t2001:db8::1 # x\noptions edns0\n'),
      ['192.0.2.1', '2001:db8::1'],
    )
  })
})
