/** What the system refuses: descriptors, permission, addresses; and many connections at once. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { connect, type ByteStream } from '#lanework/io/index.js'
import { can, unless, unlessRoot } from '../support/capability.ts'
import { runFixture } from '../support/fixture.ts'
import { folder, freshPath } from '../support/folder.ts'
import { addressOf, countersOf, serveOn } from '../support/matrix.ts'
import { until } from '../support/until.ts'

const echo = { message: (message: Buffer): Buffer => message }
const limited = (descriptors: number): string[] => ['sh', '-c', `ulimit -n ${descriptors}; exec "$@"`, 'sh']
const alone = ['unshare', '-n']
const unlessUnshare = spawnSync('unshare', ['-n', 'true']).status === 0 ? false : 'unshare -n is not possible here'
const privilegedPorts = (): number => Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'))

describe('5,000 connections at once', () => {
  it('are all accepted and served', async () => {
    await using server = await serveOn('tcp://127.0.0.1:0', {
      ...echo,
      framing: (await import('#lanework/framing/index.js')).raw(),
    })
    const clients = runFixture('many-clients', [addressOf(server), '5000'])
    const served = await until('all have been served', () => clients.said.find((line) => 'served' in line), 60_000)
    assert.deepEqual(clients.said, [{ served: 5_000 }])
    assert.equal(served['served'], 5_000)
    assert.equal(countersOf(server)['connectionsOpened'], 5_000)
    await clients.ended
    await until('all have left', () => server.status().listeners[0]?.connections === 0)
  })
})

describe('a server without a descriptor left', () => {
  it('says so, lives on, and accepts again once connections close', { skip: unless('descriptor-limit') }, async () => {
    if (!can('stream-batch')) return // Node itself closes the connection and does not tell: src/io/capabilities.ts.
    const fixture = runFixture('echo-server', ['tcp://127.0.0.1:0'], {}, limited(64))
    const [address] = (await fixture.hear('addresses')) as [string]
    const streams: ByteStream[] = []
    for (let count = 0; count < 80; count++) streams.push(await connect(address))
    assert.equal(await fixture.hear('paused'), 'DESCRIPTOR_LIMIT')
    await streams[0]?.send('served')
    assert.equal(String(await streams[0]?.read(6)), 'served')
    const last = streams.pop() as ByteStream
    await last.send('waited in the backlog')
    for (const stream of streams) await stream.close()
    assert.equal(String(await last.read(21)), 'waited in the backlog')
    await last.close()
    await fixture.stop()
  })

  it('without the addon lives on too', { skip: can('stream-batch') ? 'this is the native path' : false }, async () => {
    const fixture = runFixture('echo-server', ['tcp://127.0.0.1:0'], {}, limited(64))
    const [address] = (await fixture.hear('addresses')) as [string]
    const streams: ByteStream[] = []
    for (let count = 0; count < 80; count++) streams.push(await connect(address))
    await streams[0]?.send('served')
    assert.equal(String(await streams[0]?.read(6)), 'served')
    for (const stream of streams) await stream.close()
    await until('it serves again', async () => {
      const stream = await connect(address)
      try {
        await stream.send('again')
        return String(await stream.read(5)) === 'again'
      } catch {
        return false
      } finally {
        await stream.close()
      }
    })
    await fixture.stop()
  })
})

describe('a server that may not bind', () => {
  const nobody = { uid: 65_534, gid: 65_534 }
  for (const scheme of ['tcp', 'udp']) {
    it(`to a port below 1024 says PERMISSION_DENIED (${scheme})`, { skip: unlessRoot }, async (t) => {
      if (privilegedPorts() < 1_024) return t.skip('here everybody may bind to low ports')
      const fixture = runFixture('echo-server', [`${scheme}://127.0.0.1:81`], nobody)
      assert.equal(await fixture.hear('code'), 'PERMISSION_DENIED')
      assert.match(String(fixture.said[0]?.['message']), new RegExp(`${scheme}://127.0.0.1:81`))
      assert.match(String(fixture.said[0]?.['fix']), /CAP_NET_BIND_SERVICE/)
      assert.equal(await fixture.ended, 0)
    })
  }

  it('into a folder that it may not write says PERMISSION_DENIED', { skip: unlessRoot }, async () => {
    chmodSync(folder, 0o700)
    const fixture = runFixture('echo-server', [`unix:${freshPath()}`], nobody)
    assert.equal(await fixture.hear('code'), 'PERMISSION_DENIED')
    await fixture.ended
  })

  for (const scheme of ['tcp', 'udp']) {
    it(
      `to ::1 where IPv6 is off says ADDRESS_UNAVAILABLE and what to check (${scheme})`,
      { skip: unlessUnshare },
      async () => {
        // In a network namespace of its own the loopback interface is down: there is no ::1.
        const fixture = runFixture('echo-server', [`${scheme}://[::1]:0`], {}, alone)
        assert.equal(await fixture.hear('code'), 'ADDRESS_UNAVAILABLE')
        assert.match(String(fixture.said[0]?.['fix']), /IPv6/)
        await fixture.ended
      },
    )

    it(`to an address of another machine says ADDRESS_UNAVAILABLE (${scheme})`, async () => {
      await assert.rejects(serveOn(`${scheme}://192.0.2.1:0`, echo), { code: 'ADDRESS_UNAVAILABLE' })
    })
  }
})
