/** Transfers, notifications and updates between us and Knot, NSD, dig and nsupdate. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import {
  type StatisticsRow,
  type TransferOptions,
  type TransferStatus,
  tsigAlgorithms,
  type ZoneTransferOptions,
} from '#lanework/services/dns/index.js'
import { unlessPeers, type PeerServer } from '../../../support/dns-peers.js'
import { portOf, serveDns, written, zonesOf } from '../../../support/dns-server.js'
import { knotPeer, type NsdPeer, nsdPeer, type PeerRole, secret } from '../../../support/dns-transfer-peers.js'
import { freePort } from '../../../support/free-port.js'
import { runProgram, unlessProgram } from '../../../support/program.js'
import { until } from '../../../support/until.js'

type Server = Awaited<ReturnType<typeof serveDns>>

const zoneText = (serial: number, more = ''): string =>
  `$ORIGIN example.\n$TTL 60\n@ SOA ns admin ${serial} 3600 900 1209600 300\n@ NS ns\nns A 127.0.0.1\n` +
  `www A 192.0.2.${serial}\ntxt TXT "a b" "c;d"\n*.wild AAAA 2001:db8::1\nmail MX 10 www\nodd TYPE65280 \\# 3 010203\n` +
  Array.from({ length: 2_000 }, (_, at) => `host${at} A 10.1.${at >>> 8}.${at & 255}\n`).join('') +
  more

const key = (algorithm = 'hmac-sha256'): string => `${algorithm}:k.:${secret}`
const withKey = (zone: Omit<ZoneTransferOptions, 'zone'>, algorithm?: 'hmac-sha1'): TransferOptions => ({
  keys: [{ name: 'k.', secret, ...(algorithm === undefined ? {} : { algorithm }) }],
  zones: [{ zone: 'example.', ...zone }],
})

async function dig(port: number, ...words: string[]): Promise<string> {
  const { stdout } = await runProgram('dig', ['@127.0.0.1', '-p', String(port), ...words])
  return stdout.toString()
}

/** All records that a server has, sorted, without SOA: each server writes serials of its own at last. */
async function recordsAt(port: number, signed = true): Promise<string[]> {
  const text = await dig(port, ...(signed ? ['-y', key()] : []), '+noall', '+answer', '+onesoa', 'example.', 'AXFR')
  return text
    .split('\n')
    .filter((line) => line !== '' && !/^;|\tSOA\t|\tTSIG\t/.test(line))
    .map((line) => line.replace(/\s+/g, ' '))
    .toSorted()
}

/** The serial that a server answers with. */
async function serialAt(port: number): Promise<number> {
  return Number((await dig(port, '+short', '+tries=1', 'example.', 'SOA')).split(' ')[2] ?? 0)
}

async function serialHere(server: Server): Promise<number> {
  return (await zonesOf(server)).find(({ zone }) => zone === 'example.')?.serial ?? 0
}

async function update(port: number, lines: string, words: string[] = ['-y', key()]): Promise<string> {
  const text = `server 127.0.0.1 ${port}\nzone example.\n${lines}\nsend\n`
  const { stderr, stdout } = await runProgram('nsupdate', words, text)
  return stderr + stdout.toString()
}

const skipDig = unlessProgram('dig') || unlessProgram('nsupdate')
const peers: Record<string, (role: PeerRole) => Promise<PeerServer>> = { knotd: knotPeer, nsd: nsdPeer }

for (const [name, start] of Object.entries(peers)) {
  describe(`with ${name}`, { skip: unlessPeers() || skipDig }, () => {
    it('as our secondary: it gets the zone, hears of an update, and gets that', async () => {
      const port = await freePort()
      const home = written({ 'example.zone': zoneText(1) })
      const notify = [{ address: `127.0.0.1:${port}`, key: 'k.' }]
      const transfer = withKey({ allowTransfer: [{ key: 'k.' }], allowUpdate: [{ key: 'k.' }], notify })
      const probe = await freePort()
      await using server = await serveDns(
        { zones: [join(home, 'example.zone')], transfer },
        { listen: [`udp://127.0.0.1:${probe}`, `tcp://127.0.0.1:${probe}`] },
      )
      const ours = portOf(server)
      const peer = await start({ port, otherPort: ours })
      try {
        await until(`${name} has the zone`, async () => (await serialAt(port)) === 1, 60_000)
        assert.equal(await update(ours, 'update add new.example. 60 A 192.0.2.99\nupdate delete host7.example. A'), '')
        await until(`${name} has the next version`, async () => (await serialAt(port)) === 2, 60_000)
        await until('its IXFR is counted', async () => {
          const rows = (await server.call('statistics')) as readonly StatisticsRow[]
          return rows.some((row) => row.type === 'IXFR' && row.rcode === 'NOERROR')
        })
        assert.match(await dig(port, '+short', 'new.example.', 'A'), /^192\.0\.2\.99$/m)
        assert.equal(await dig(port, '+short', 'host7.example.', 'A'), '')
        assert.match(await dig(port, '+short', 'odd.example.', 'TYPE65280'), /010203/)
      } finally {
        await peer.close()
      }
    })
    it('as our primary: we get the zone, hear of a new version, and get that', async () => {
      const port = await freePort()
      const ours = await freePort()
      const peer = await start({ port, otherPort: ours, text: zoneText(1) })
      try {
        const transfer = withKey({
          primaries: [{ address: `127.0.0.1:${port}`, key: 'k.' }],
          allowTransfer: [{ key: 'k.' }],
        })
        const listen = [`udp://127.0.0.1:${ours}`, `tcp://127.0.0.1:${ours}`]
        await using server = await serveDns({ transfer }, { listen })
        await until('we have the zone', async () => (await serialHere(server)) === 1, 60_000)
        assert.deepEqual(await recordsAt(ours), await recordsAt(port))
        if ('change' in peer) (peer as NsdPeer).change(zoneText(2, 'new A 192.0.2.99\n'))
        else assert.equal(await update(port, 'update add new.example. 60 A 192.0.2.99'), '')
        let looks = 0
        await until(
          'we have the next version',
          async () => {
            // NSD passes over a signal that comes while it is busy with another one.
            if (++looks % 500 === 0 && 'change' in peer) peer.signal('SIGHUP')
            return (await serialHere(server)) > 1
          },
          60_000,
        )
        const [status] = (await server.call('transfers')) as readonly TransferStatus[]
        // NSD sends changes only where it is told to keep them.
        if (name === 'knotd') assert.equal(status?.came, 'changes')
        assert.match(await dig(ours, '+short', 'new.example.', 'A'), /^192\.0\.2\.99$/m)
        assert.deepEqual(await recordsAt(ours), await recordsAt(port))
      } finally {
        await peer.close()
      }
    })
  })
}

describe('with dig and nsupdate', { skip: skipDig }, () => {
  for (const algorithm of tsigAlgorithms) {
    it(`a key of ${algorithm} holds for a query and a transfer`, async () => {
      const home = written({ 'example.zone': zoneText(1) })
      const keys = [{ name: 'k.', secret, algorithm }]
      await using server = await serveDns({
        zones: [join(home, 'example.zone')],
        transfer: { keys, zones: [{ zone: 'example.', allowTransfer: [{ key: 'k.' }] }] },
      })
      const [udp, tcp] = [portOf(server), portOf(server, 1)]
      const query = await dig(udp, '-y', key(algorithm), 'www.example.', 'A')
      assert.match(query, /status: NOERROR/)
      assert.doesNotMatch(query, /could not be validated|verify/)
      const transfer = await dig(tcp, '-y', key(algorithm), 'example.', 'AXFR')
      assert.match(transfer, /XFR size: 2009 records/)
      assert.doesNotMatch(transfer, /could not be validated|verify/)
    })
  }
  it('a wrong key, a wrong secret and no key are refused, each as it should be', async () => {
    const home = written({ 'example.zone': zoneText(1) })
    await using server = await serveDns({
      zones: [join(home, 'example.zone')],
      transfer: withKey({ allowTransfer: [{ key: 'k.' }] }),
    })
    const [udp, tcp] = [portOf(server), portOf(server, 1)]
    const wrong = `hmac-sha256:k.:${Buffer.alloc(32, 8).toString('base64')}`
    assert.match(await dig(udp, '-y', key().replace('k.', 'x.'), 'www.example.'), /NOTAUTH[\s\S]*BADKEY/)
    assert.match(await dig(udp, '-y', wrong, 'www.example.'), /NOTAUTH[\s\S]*BADSIG/)
    assert.match(await dig(tcp, 'example.', 'AXFR'), /Transfer failed/)
    assert.match(await dig(tcp, '-y', key(), 'other.', 'AXFR'), /Transfer failed/)
  })
  it('updates with and without a key: who may, may; all forms; and the file on disk keeps what was acknowledged', async () => {
    const home = written({ 'example.zone': zoneText(1) })
    const options = {
      zones: [join(home, 'example.zone')],
      transfer: withKey({ allowUpdate: [{ key: 'k.' }], allowTransfer: ['127.0.0.0/8'] }),
    }
    const server = await serveDns(options)
    const port = portOf(server)
    try {
      assert.match(await update(port, 'update add a.example. 60 A 192.0.2.1', []), /REFUSED/)
      assert.equal(await update(port, 'update add a.example. 60 A 192.0.2.1\nupdate add a.example. 60 A 192.0.2.2'), '')
      assert.match(await update(port, 'prereq nxdomain a.example.\nupdate add a.example. 60 A 192.0.2.3'), /YXDOMAIN/)
      assert.match(await update(port, 'prereq yxrrset a.example. TXT\nupdate add a.example. 60 A 192.0.2.3'), /NXRRSET/)
      assert.equal(await update(port, 'prereq yxdomain a.example.\nupdate delete a.example. A 192.0.2.1'), '')
      assert.match(await update(port, 'update add a.other. 60 A 192.0.2.1'), /NOTZONE/)
      assert.match(
        await runProgram(
          'nsupdate',
          ['-y', key()],
          `server 127.0.0.1 ${port}\nzone other.\nupdate add a.other. 60 A 192.0.2.1\nsend\n`,
        ).then(({ stderr }) => stderr),
        /NOTAUTH/,
      )
      assert.equal((await dig(port, '+short', 'a.example.', 'A')).trim(), '192.0.2.2')
    } finally {
      await server.close()
    }
    await using again = await serveDns(options)
    assert.equal((await dig(portOf(again), '+short', 'a.example.', 'A')).trim(), '192.0.2.2')
    assert.equal(await serialAt(portOf(again)), 3)
  })
  it('a zone file changed by hand counts once its serial is above the journal', async () => {
    const home = written({ 'example.zone': zoneText(1) })
    const file = join(home, 'example.zone')
    await using server = await serveDns({ zones: [file], transfer: withKey({ allowUpdate: [{ key: 'k.' }] }) })
    const port = portOf(server)
    assert.equal(await update(port, 'update add a.example. 60 A 192.0.2.1'), '')
    writeFileSync(file, zoneText(2, 'b A 192.0.2.2\n'))
    await server.call('reload')
    assert.equal(await serialAt(port), 2)
    assert.equal(await dig(port, '+short', 'b.example.', 'A'), '')
    writeFileSync(file, zoneText(3, 'b A 192.0.2.2\n'))
    await server.call('reload')
    assert.equal(await serialAt(port), 3)
    assert.equal((await dig(port, '+short', 'b.example.', 'A')).trim(), '192.0.2.2')
  })
})
