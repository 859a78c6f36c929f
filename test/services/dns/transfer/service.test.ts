/** Transfers through whole servers on loopback: who may have what, slow readers, lanes of all kinds, primaries that lie. */
import assert from 'node:assert/strict'
import { mkdirSync, renameSync, rmdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { makerUrl, serve, type LaneKind } from '#lanework/server/index.js'
import {
  decodeMessage,
  dnsService,
  dnsType,
  ednsValue,
  encodeMessage,
  type Message,
  opcode,
  parseName,
  rcodeName,
  type TransferOptions,
  type TransferStatus,
} from '#lanework/services/dns/index.js'
import { KeyRing } from '#lanework/services/dns/transfer/keys.js'
import { signRequest } from '#lanework/services/dns/transfer/tsig.js'
import { ZoneReceiver } from '#lanework/services/dns/transfer/receive-zone.js'
import { isNative } from '../../../support/capability.js'
import { emptyMessage } from '../../../support/dns-messages.js'
import { portOf, serveDns, TcpClient, UdpClient, written, zonesOf, zoneText } from '../../../support/dns-server.js'
import { updateRecord, zoneOf } from '../../../support/dns-transfer.js'
import { secret } from '../../../support/dns-transfer-peers.js'
import { freePort } from '../../../support/free-port.js'
import { until } from '../../../support/until.js'

const origin = parseName('example.')
const keys = new KeyRing([{ name: 'k.', secret }])
const key = keys.get('k.')!
const keyOptions = [{ name: 'k.', secret }]
const zoneFile = (text = zoneText('example.', 1)): string => join(written({ 'example.zone': text }), 'example.zone')
const seconds = (): number => Date.now() / 1000

function ask(type: number, more: Partial<Message> = {}): Uint8Array {
  return encodeMessage({ ...emptyMessage, id: 7, questions: [{ name: origin, type, class: 1 }], ...more })
}

const soaAt = (serial: number) => [...zoneOf(serial).records()].filter(({ type }) => type === dnsType.SOA)
const newRecord = updateRecord('new.example.', 1, { ttl: 60, value: { type: 'A', address: '192.0.2.99' } })
const updateOf = (...authorities: (typeof newRecord)[]): Uint8Array =>
  ask(dnsType.SOA, { opcode: opcode.UPDATE, authorities })
const signed = (bytes: Uint8Array): Uint8Array => signRequest(bytes, key, seconds()).bytes

/** One answer, over UDP or TCP. */
async function answerTo(port: number, query: Uint8Array, transport: 'udp' | 'tcp' = 'udp'): Promise<Message> {
  if (transport === 'udp') {
    const client = new UdpClient(port)
    // Signed bytes keep their id, which the client would change: the signature does not mind.
    const answer = await client.ask(query)
    client.close()
    return decodeMessage(answer!)
  }
  const client = new TcpClient(port)
  client.send(query)
  const [answer] = await until('an answer comes', () => client.answers.length > 0 && client.answers, 60_000)
  client.close()
  return decodeMessage(answer!)
}

async function rcodeOf(...words: Parameters<typeof answerTo>): Promise<string> {
  return rcodeName((await answerTo(...words)).rcode)
}

describe('who may have a zone', () => {
  const transfer: TransferOptions = {
    keys: keyOptions,
    zones: [{ zone: 'example.', allowTransfer: [{ address: '127.0.0.0/8', key: 'k.' }] }],
  }
  it('is told, over TCP; others are refused', async () => {
    await using server = await serveDns({ zones: [zoneFile()], transfer })
    const [udp, tcp] = [portOf(server), portOf(server, 1)]
    const axfr = ask(dnsType.AXFR)
    assert.equal(await rcodeOf(tcp, axfr, 'tcp'), 'REFUSED')
    const whole = await answerTo(tcp, signed(axfr), 'tcp')
    assert.equal(whole.answers.length, 5)
    // A zone does not go into datagrams (RFC 5936 4.2).
    assert.equal(await rcodeOf(udp, signed(axfr)), 'FORMERR')
    const other = { questions: [{ name: parseName('other.'), type: dnsType.AXFR, class: 1 }] }
    assert.equal(await rcodeOf(tcp, signed(ask(dnsType.AXFR, other)), 'tcp'), 'NOTAUTH')
    const below = { questions: [{ name: parseName('www.example.'), type: dnsType.AXFR, class: 1 }] }
    assert.equal(await rcodeOf(tcp, signed(ask(dnsType.AXFR, below)), 'tcp'), 'NOTAUTH')
  })
  it('gets nothing from a server without transfers', async () => {
    await using server = await serveDns({ zones: [zoneFile()] })
    assert.equal(await rcodeOf(portOf(server, 1), ask(dnsType.AXFR), 'tcp'), 'REFUSED')
    assert.equal(await rcodeOf(portOf(server), updateOf(newRecord)), 'NOTIMP')
  })
  it('by IXFR gets what changed, all of it where that is not known, and the SOA alone where it does not fit a datagram', async () => {
    const zones = [{ zone: 'example.', allowTransfer: ['127.0.0.1'], allowUpdate: ['127.0.0.1'] }]
    await using server = await serveDns({ zones: [zoneFile()], transfer: { zones } })
    const [udp, tcp] = [portOf(server), portOf(server, 1)]
    const ixfr = (serial: number): Uint8Array => ask(dnsType.IXFR, { authorities: soaAt(serial) })
    const serials = ({ answers }: Message): number[] =>
      answers
        .filter(({ type }) => type === dnsType.SOA)
        .map(({ data }) => Buffer.from(data).readUInt32BE(data.length - 20))
    assert.deepEqual(serials(await answerTo(udp, ixfr(1))), [1])
    assert.equal(await rcodeOf(udp, updateOf(newRecord)), 'NOERROR')
    for (const [port, transport] of [
      [udp, 'udp'],
      [tcp, 'tcp'],
    ] as const) {
      const answer = await answerTo(port, ixfr(1), transport)
      assert.deepEqual(serials(answer), [2, 1, 2, 2])
      assert.equal(answer.answers.length, 5)
    }
    assert.deepEqual(serials(await answerTo(udp, ixfr(0))), [2])
    const whole = await answerTo(tcp, ixfr(0), 'tcp')
    assert.deepEqual([serials(whole), whole.answers.length], [[2, 2], 6])
    const many = Array.from({ length: 100 }, (_, at) => ({ ...newRecord, name: parseName(`n${at}.example.`) }))
    assert.equal(await rcodeOf(tcp, updateOf(...many), 'tcp'), 'NOERROR')
    assert.deepEqual(serials(await answerTo(udp, ixfr(2))), [3])
    assert.equal((await answerTo(tcp, ixfr(2), 'tcp')).answers.length, 104)
    assert.equal(await rcodeOf(udp, ask(dnsType.IXFR)), 'FORMERR')
  })
  it('but does not read gets it piece by piece, and others are answered meanwhile', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `n${at} TXT "${'x'.repeat(200)}"\n`).join('')
    const zones = [{ zone: 'example.', allowTransfer: ['127.0.0.1'] }]
    const file = zoneFile(zoneText('example.', 1) + lines)
    // More than this waiting for one client would end its connection.
    const limits = { queueBytes: 300_000 }
    await using server = await serveDns({ zones: [file], transfer: { zones } }, { limits })
    const tcp = portOf(server, 1)
    const slow = new TcpClient(tcp)
    slow.stream.pause()
    slow.send(ask(dnsType.AXFR))
    for (let count = 0; count < 20; count++) {
      assert.equal(await rcodeOf(tcp, ask(dnsType.SOA), 'tcp'), 'NOERROR')
    }
    slow.stream.resume()
    const receiver = new ZoneReceiver({ origin, id: 7, limitBytes: 100_000_000 })
    let taken = 0
    const received = await until(
      'the zone is whole',
      () => {
        if (slow.ended) throw new Error('the connection was ended')
        while (taken < slow.answers.length) {
          const whole = receiver.take(slow.answers[taken++]!)
          if (whole !== undefined) return whole
        }
        return undefined
      },
      120_000,
    )
    slow.close()
    assert.ok(received.kind === 'zone')
    assert.equal(received.zone.image.recordCount, 20_004)
  })
  it('beyond the limit of transfers at once is refused', async () => {
    const lines = Array.from({ length: 20_000 }, (_, at) => `n${at} TXT "${'x'.repeat(200)}"\n`).join('')
    const transfer = { zones: [{ zone: 'example.', allowTransfer: ['127.0.0.1'] }], transfersAtOnce: 1 }
    await using server = await serveDns({ zones: [zoneFile(zoneText('example.', 1) + lines)], transfer })
    const slow = new TcpClient(portOf(server, 1))
    slow.stream.pause()
    slow.send(ask(dnsType.AXFR))
    await until('the only place is taken', async () => {
      const client = new TcpClient(portOf(server, 1))
      client.send(ask(dnsType.AXFR))
      const [answer] = await until('an answer comes', () => client.answers.length > 0 && client.answers, 60_000)
      client.close()
      return decodeMessage(answer!).rcode === 5
    })
    slow.close()
    await until(
      'it is free again',
      async () => (await rcodeOf(portOf(server, 1), ask(dnsType.AXFR), 'tcp')) === 'NOERROR',
    )
  })
})

describe('a secondary of ours', () => {
  it('follows a primary of ours: signed transfers, notification, changes, and its journal at the next start', async () => {
    const home = written({})
    const port = await freePort()
    const primaryTransfer: TransferOptions = {
      keys: keyOptions,
      zones: [
        {
          zone: 'example.',
          allowTransfer: [{ key: 'k.' }],
          allowUpdate: [{ key: 'k.' }],
          notify: [{ address: `127.0.0.1:${port}`, key: 'k.' }],
        },
      ],
    }
    const primaryPort = await freePort()
    const listenAt = [`udp://127.0.0.1:${primaryPort}`, `tcp://127.0.0.1:${primaryPort}`]
    const file = zoneFile()
    const secondaryTransfer: TransferOptions = {
      keys: keyOptions,
      stateDir: join(home, 'state'),
      zones: [{ zone: 'example.', primaries: [{ address: `127.0.0.1:${primaryPort}`, key: 'k.' }], leastRefresh: 1 }],
    }
    const listen = [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`]
    const asked = new UdpClient(port)
    {
      await using first = await serveDns({ zones: [file], transfer: primaryTransfer }, { listen: listenAt })
      await using second = await serveDns({ transfer: secondaryTransfer }, { listen })
      const serial = async (): Promise<number> => (await zonesOf(second))[0]?.serial ?? 0
      await until('the zone is there', async () => (await serial()) === 1, 60_000)
      assert.equal(await asked.address('www.example.'), '192.0.2.1')
      assert.equal(await rcodeOf(portOf(first), signed(updateOf(newRecord))), 'NOERROR')
      await until('the update has come', async () => (await serial()) === 2, 60_000)
      assert.equal(await asked.address('new.example.'), '192.0.2.99')
      const [status] = (await second.call('transfers')) as readonly TransferStatus[]
      assert.equal(status?.came, 'changes')
      // Who is no primary may not notify, and a secondary takes no updates.
      assert.equal(await rcodeOf(port, updateOf(newRecord)), 'REFUSED')
    }
    // The primary is gone; what was transferred is served all the same.
    await using third = await serveDns({ transfer: secondaryTransfer }, { listen })
    assert.equal((await zonesOf(third))[0]?.serial, 2)
    assert.equal(await asked.address('new.example.'), '192.0.2.99')
    asked.close()
  })
  it('answers SERVFAIL while it has no zone, and other zones as ever', async () => {
    const zones = [{ zone: 'gone.', primaries: ['127.0.0.1:1'] }]
    await using server = await serveDns({ zones: [zoneFile()], transfer: { zones } })
    const client = new UdpClient(portOf(server))
    assert.equal(await client.address('www.gone.'), 'rcode 2')
    assert.equal(await client.address('www.example.'), '192.0.2.1')
    client.close()
  })
  it('keeps its zone when the primary lies, ends in the middle, or never ends', async () => {
    const lies: ((query: Message) => Uint8Array[])[] = [
      () => [Uint8Array.of(1, 2, 3)],
      ({ id }) => [encodeMessage({ ...emptyMessage, id, isResponse: true, answers: soaAt(5) })],
      ({ id }) => {
        const filler = { ...newRecord, ttl: 60, type: 16, data: new Uint8Array(256).fill(255, 0, 1) }
        const one = encodeMessage({
          ...emptyMessage,
          id,
          isResponse: true,
          answers: [
            ...soaAt(5),
            ...Array.from({ length: 200 }, (_, at) => ({ ...filler, name: parseName(`n${at}.example.`) })),
          ],
        })
        const more = encodeMessage({
          ...emptyMessage,
          id,
          isResponse: true,
          answers: Array.from({ length: 200 }, (_, at) => ({ ...filler, name: parseName(`m${at}.example.`) })),
        })
        return [one, ...Array.from({ length: 100 }, () => more)]
      },
    ]
    for (const [at, lie] of lies.entries()) {
      const liar = createServer((socket) => {
        socket.on('error', () => {})
        socket.once('data', (query) => {
          for (const bytes of lie(decodeMessage(query.subarray(2)))) {
            socket.write(Uint8Array.of(bytes.length >>> 8, bytes.length & 0xff))
            socket.write(bytes)
          }
          // The endless one stays open.
          if (at < 2) socket.end()
        })
      })
      await new Promise<void>((resolve) => liar.listen(0, '127.0.0.1', resolve))
      const { port } = liar.address() as { port: number }
      const zones = [{ zone: 'example.', primaries: [`127.0.0.1:${port}`], transferBytes: 1_000_000 }]
      const server = await serveDns({ transfer: { zones } })
      const problem = await until(
        `lie ${at} is seen`,
        async () => ((await server.call('transfers')) as readonly TransferStatus[])[0]?.problem,
        60_000,
      )
      assert.match(problem, [/not transferred/, /in the middle/, /more than 1000000 bytes/][at]!)
      await server.close()
      await new Promise((resolve) => liar.close(resolve))
    }
  })
  it('takes notifications from its primaries alone', async () => {
    const notify = ask(dnsType.SOA, { opcode: opcode.NOTIFY, aa: true, answers: soaAt(9) })
    const zones = [
      { zone: 'example.', primaries: ['127.0.0.9:1'] },
      { zone: 'other.', primaries: ['127.0.0.1:1'] },
    ]
    await using server = await serveDns({ transfer: { zones } })
    const port = portOf(server)
    assert.equal(await rcodeOf(port, notify), 'REFUSED')
    const other = ask(dnsType.SOA, {
      opcode: opcode.NOTIFY,
      questions: [{ name: parseName('other.'), type: 6, class: 1 }],
    })
    const answer = await answerTo(port, other)
    assert.deepEqual([answer.rcode, answer.opcode, answer.aa], [0, opcode.NOTIFY, true])
    const third = ask(dnsType.SOA, {
      opcode: opcode.NOTIFY,
      questions: [{ name: parseName('third.'), type: 6, class: 1 }],
    })
    assert.equal(await rcodeOf(port, third), 'NOTAUTH')
    assert.equal(await rcodeOf(port, ask(dnsType.A, { opcode: opcode.NOTIFY })), 'FORMERR')
  })
})

describe('an update', () => {
  const transfer: TransferOptions = { keys: keyOptions, zones: [{ zone: 'example.', allowUpdate: [{ key: 'k.' }] }] }
  it('without a key, or for a zone that is not here, is refused', async () => {
    await using server = await serveDns({ zones: [zoneFile()], transfer })
    const port = portOf(server)
    assert.equal(await rcodeOf(port, updateOf(newRecord)), 'REFUSED')
    const other = { questions: [{ name: parseName('other.'), type: 6, class: 1 }], opcode: opcode.UPDATE }
    assert.equal(await rcodeOf(port, signed(ask(6, other))), 'NOTAUTH')
    assert.equal(await rcodeOf(port, signed(ask(dnsType.A, { opcode: opcode.UPDATE }))), 'FORMERR')
    assert.equal(await rcodeOf(port, signed(updateOf(newRecord))), 'NOERROR')
  })
  it('of a signed zone is refused, and a client that understands is told why', async () => {
    const file = zoneFile(`${zoneText('example.', 1)}@ DNSKEY 257 3 13 AAAA\n`)
    await using server = await serveDns({ zones: [file], transfer })
    const edns = { udpSize: 1232, version: 0, dnssecOk: false, flags: 0, options: [] }
    const questions = { opcode: opcode.UPDATE, authorities: [newRecord], edns }
    const answer = await answerTo(portOf(server), signed(ask(dnsType.SOA, questions)))
    assert.equal(rcodeName(answer.rcode), 'REFUSED')
    const why = ednsValue(answer.edns!.options[0]!)
    assert.ok(why.option === 'EDE' && /signed/.test(why.text))
  })
  it('does not keep an edited file away for good: what the disk refused is tried again', async () => {
    const file = zoneFile()
    const journal = `${file}.journal`
    {
      await using first = await serveDns({ zones: [file], transfer })
      assert.equal(await rcodeOf(portOf(first), signed(updateOf(newRecord))), 'NOERROR')
    }
    await using server = await serveDns({ zones: [file], transfer })
    renameSync(journal, `${journal}.aside`)
    mkdirSync(journal)
    writeFileSync(file, zoneText('example.', 10))
    await assert.rejects(server.call('reload'), (error) => isLaneworkError(error, 'SYSTEM_ERROR'))
    assert.equal((await zonesOf(server))[0]?.serial, 2)
    rmdirSync(journal)
    renameSync(`${journal}.aside`, journal)
    await server.call('reload')
    assert.equal((await zonesOf(server))[0]?.serial, 10)
  })
  for (const laneKind of ['thread', 'process'] satisfies LaneKind[]) {
    it(`reaches all lanes of kind ${laneKind}`, { skip: isNative ? false : 'such lanes need the addon' }, async () => {
      const file = zoneFile()
      const url = makerUrl(new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url), {
        zones: [file],
        transfer,
      })
      await using server = await serve(url, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'], lanes: 2, laneKind })
      const port = portOf(server)
      for (let at = 0; at < 10; at++) {
        const one = { ...newRecord, name: parseName(`n${at}.example.`) }
        assert.equal(await rcodeOf(port, signed(updateOf(one))), 'NOERROR')
      }
      const clients = Array.from({ length: 16 }, () => new UdpClient(port))
      for (const client of clients) {
        await until('the lane has the last one', async () => (await client.address('n9.example.')) === '192.0.2.99')
        client.close()
      }
    })
  }
})

describe('options of transfers', () => {
  it('that make no sense are refused', () => {
    const zone = { zone: 'example.' }
    const wrong: unknown[] = [
      { zone: [] },
      { keys: [{ name: 'k.', secret: 'x' }] },
      { zones: [{ ...zone, allowTransfer: ['192.0.2.0/33'] }] },
      { zones: [{ ...zone, allowTransfer: ['example'] }] },
      { zones: [{ ...zone, allowTransfer: [{ key: 'none.' }] }] },
      { zones: [{ ...zone, allowTransfer: [{}] }] },
      { zones: [{ ...zone, notify: ['localhost'] }] },
      { zones: [{ ...zone, notify: ['127.0.0.1:0'] }] },
      { zones: [{ ...zone, primaries: [{ address: '127.0.0.1', key: 'none.' }] }] },
      { zones: [{ ...zone, primaries: ['127.0.0.1'], allowUpdate: ['127.0.0.1'] }] },
      { zones: [zone, zone] },
      { zones: [{ ...zone, refresh: 1 }] },
      { zones: [{ ...zone, leastRefresh: 0 }] },
      { transfersAtOnce: 0 },
    ]
    for (const transfer of wrong) {
      assert.throws(
        () => dnsService({ transfer: transfer as TransferOptions }),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
        JSON.stringify(transfer),
      )
    }
  })
})
