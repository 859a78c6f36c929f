/** Zones that change while they are served: what is loaded, what stays, and what is said about it. */
import assert from 'node:assert/strict'
import { readFileSync, renameSync, rmSync, utimesSync, writeFileSync, appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { makerUrl, serve, type Server } from '#lanework/server/index.js'
import { isNative } from '../../../support/capability.js'
import { listen, portOf, serveDns, UdpClient, written, zonesOf, zoneText } from '../../../support/dns-server.js'
import { until } from '../../../support/until.js'

const dnsUrl = new URL('../../../../../dist/services/dns/index.js#dns', import.meta.url)

/** Replaces a file as careful editors do. */
function renamed(file: string, text: string): void {
  writeFileSync(`${file}.new`, text)
  renameSync(`${file}.new`, file)
}

async function using(server: Server, run: (client: UdpClient) => Promise<void>): Promise<void> {
  const client = new UdpClient(portOf(server))
  try {
    await run(client)
  } finally {
    client.close()
    await server.close()
  }
}

describe('a reload of zones', () => {
  it('loads what has changed and nothing else', async () => {
    const home = written({ one: zoneText('one.', 1), two: zoneText('two.', 1) })
    const [one, two] = [join(home, 'one'), join(home, 'two')]
    const server = await serveDns({ zones: [one, two] })
    await using(server, async (client) => {
      const before = await zonesOf(server)
      renamed(one, zoneText('one.', 2))
      // Another time and the same bytes: not read anew.
      utimesSync(two, new Date(1), new Date(1))
      const report = await server.reload()
      assert.deepEqual([report.generation, report.lanes], [1, 1])
      assert.deepEqual(
        (await zonesOf(server)).map(({ zone, serial }) => `${zone} ${serial}`),
        ['one. 2', 'two. 1'],
      )
      assert.equal((await zonesOf(server))[1]!.loadedMs, before[1]!.loadedMs)
      assert.equal(await client.address('www.one.'), '192.0.2.2')
      assert.equal(await client.address('www.two.'), '192.0.2.1')
    })
  })

  it('leaves the old zone where the new one has an error, says file and line, and loads the others', async () => {
    const home = written({ one: zoneText('one.', 1), two: zoneText('two.', 1) })
    const [one, two, log] = [join(home, 'one'), join(home, 'two'), join(home, 'log')]
    const server = await serveDns({ zones: [one, two], log })
    await using(server, async (client) => {
      writeFileSync(one, `${zoneText('one.', 2)}bad A 192.0.2.300\n`)
      writeFileSync(two, zoneText('two.', 2))
      await assert.rejects(
        server.reload(),
        (error) => isLaneworkError(error, 'ZONE_INVALID') && error.detail.file === one && error.detail.line === 7,
      )
      assert.equal(await client.address('www.one.'), '192.0.2.1')
      assert.equal(await client.address('www.two.'), '192.0.2.2')
      const [first] = await zonesOf(server)
      assert.equal(first!.serial, 1)
      assert.match(first!.problem ?? '', /one:7:/)
      // Still bad: said again, and the good one stays.
      await assert.rejects(server.reload(), { code: 'ZONE_INVALID' })
      writeFileSync(one, zoneText('one.', 3))
      await server.reload()
      assert.equal(await client.address('www.one.'), '192.0.2.3')
      assert.equal((await zonesOf(server))[0]!.problem, undefined)
      rmSync(two)
      await assert.rejects(server.reload(), { code: 'ZONE_INVALID' })
      assert.equal(await client.address('www.two.'), '192.0.2.2')
    })
    const said = readFileSync(log, 'utf8')
    assert.match(said, /zone one\.: serial 1 is served on: .*one:7:/)
    assert.match(said, /zone one\.: serial 3, 4 records of /)
    assert.match(said, /zone two\.: serial 2 is served on: .*cannot be read \(ENOENT\)/)
  })

  it('tells a serial that went backwards, or stayed, and serves the zone all the same', async () => {
    const home = written({ one: zoneText('one.', 4_294_967_295, 1) })
    const one = join(home, 'one')
    const server = await serveDns({ zones: [one] })
    await using(server, async (client) => {
      const warningOf = async (serial: number, last: number): Promise<string | undefined> => {
        writeFileSync(one, zoneText('one.', serial, last))
        await server.reload()
        assert.equal(await client.address('www.one.'), `192.0.2.${last}`)
        return (await zonesOf(server))[0]!.warning
      }
      // Around the end of the numbers (RFC 1982).
      assert.equal(await warningOf(5, 2), undefined)
      assert.match((await warningOf(4, 3)) ?? '', /went back from 5 to 4/)
      assert.match((await warningOf(4, 4)) ?? '', /has not changed from 4/)
      assert.equal(await warningOf(6, 5), undefined)
    })
  })

  it('follows files that are included', async () => {
    const home = written({ one: `${zoneText('one.', 1)}$INCLUDE more\n`, more: 'extra A 192.0.2.7\n' })
    const server = await serveDns({ zones: [join(home, 'one')] })
    await using(server, async (client) => {
      assert.equal(await client.address('extra.one.'), '192.0.2.7')
      renamed(join(home, 'more'), 'extra A 192.0.2.8\n')
      await server.reload()
      assert.equal(await client.address('extra.one.'), '192.0.2.8')
    })
  })

  it('watched: sees writes, renames and what is included, and no half of a file', { timeout: 60_000 }, async () => {
    const home = written({ one: `${zoneText('one.', 1)}$INCLUDE more\n`, more: 'extra A 192.0.2.7\n' })
    const [one, more] = [join(home, 'one'), join(home, 'more')]
    const server = await serveDns({ zones: [one], watch: true })
    await using(server, async (client) => {
      const has = (name: string, address: string): Promise<boolean> =>
        until(`${name} is ${address}`, async () => (await client.address(name)) === address)
      renamed(one, `${zoneText('one.', 2)}$INCLUDE more\n`)
      await has('www.one.', '192.0.2.2')
      writeFileSync(more, 'extra A 192.0.2.8\n')
      await has('extra.one.', '192.0.2.8')
      // The half has an error at its end; the old zone is there until the rest has come.
      const text = `${zoneText('one.', 3)}$INCLUDE more\n`
      writeFileSync(one, text.slice(0, -25))
      await until('the half was seen', async () => (await zonesOf(server))[0]!.problem)
      assert.equal(await client.address('www.one.'), '192.0.2.2')
      appendFileSync(one, text.slice(-25))
      await has('www.one.', '192.0.2.3')
    })
  })

  it('serves thousands of zones', async () => {
    const names = Array.from({ length: 3_000 }, (_, at) => `z${at}.example.`)
    const home = written(Object.fromEntries(names.map((name) => [name, zoneText(name, 1)])))
    const server = await serveDns({ zones: names.map((name) => join(home, name)) })
    await using(server, async (client) => {
      renamed(join(home, 'z2999.example.'), zoneText('z2999.example.', 9))
      const before = await zonesOf(server)
      await server.reload()
      const after = await zonesOf(server)
      assert.deepEqual(
        after
          .filter(({ loadedMs, serial }, at) => loadedMs !== before[at]!.loadedMs || serial !== 1)
          .map((zone) => zone.zone),
        ['z2999.example.'],
      )
      for (const at of [0, 1_234, 2_998]) assert.equal(await client.address(`www.z${at}.example.`), '192.0.2.1')
      assert.equal(await client.address('www.z2999.example.'), '192.0.2.9')
    })
  })
})

describe('an owner in a process of its own', { skip: isNative ? false : 'such lanes need the addon' }, () => {
  it('is killed while queries go on, and its successor takes what changed', { timeout: 120_000 }, async () => {
    const home = written({ one: zoneText('one.', 1) })
    const one = join(home, 'one')
    const server = await serve(makerUrl(dnsUrl, { zones: [one] }), { listen, lanes: 2, laneKind: 'process' })
    await using(server, async (client) => {
      const old = server.status().shared!.pid
      process.kill(old, 'SIGKILL')
      writeFileSync(one, `${zoneText('one.', 2)}bad A 300\n`)
      for (let round = 0; round < 50; round++) assert.equal(await client.address('www.one.'), '192.0.2.1')
      await until('there is a successor', () => {
        const { shared } = server.status()
        return shared?.state === 'ready' && shared.pid !== old
      })
      // It has no zone that it could publish, so the lanes keep theirs.
      await assert.rejects(server.reload(), { code: 'ZONE_INVALID' })
      assert.equal(await client.address('www.one.'), '192.0.2.1')
      writeFileSync(one, zoneText('one.', 3))
      await server.reload()
      await until('all lanes have it', async () => (await client.address('www.one.')) === '192.0.2.3')
    })
  })
})
