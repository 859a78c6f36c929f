/** `lanework serve dns`: its own options, its configuration, reloads by signal and by command, `lanework dns status`. */
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { readDnsConfig } from '#lanework/cli/dns-config.js'
import { decodeMessage } from '#lanework/services/dns/index.js'
import { lanework, start, type Running } from '../support/command.js'
import { queryOf, serveDns, UdpClient, written, zoneText } from '../support/dns-server.js'
import { places } from '../support/matrix.js'
import { until } from '../support/until.js'

const timeout = 120_000
const listen = ['--listen', 'udp://127.0.0.1:0']
const portOf = (address = ''): number => Number(new URL(address).port)

async function using(
  words: readonly string[],
  run: (client: UdpClient, running: Running) => Promise<void>,
): Promise<void> {
  const running = start(['serve', 'dns', ...listen, ...words])
  const [address] = await running.listening()
  const client = new UdpClient(portOf(address))
  try {
    await run(client, running)
  } finally {
    client.close()
    running.child.kill('SIGTERM')
  }
  const { code, stderr } = await running.finished
  assert.equal(code, 0, stderr)
}

for (const { kind, lanes, skip } of Object.values(places)) {
  test(
    `loads zones again on SIGHUP, and says what is wrong with one, in ${kind} lanes`,
    { timeout, skip },
    async () => {
      const home = written({ one: zoneText('one.', 1) })
      const [one, control] = [join(home, 'one'), join(home, 'control')]
      const words = ['--zone', one, '--control', control, '--lane-kind', kind, '--lanes', String(lanes)]
      await using(words, async (client, { child, stderr }) => {
        assert.equal(await client.address('www.one.'), '192.0.2.1')
        writeFileSync(one, zoneText('one.', 2))
        child.kill('SIGHUP')
        await until('it has the new zone', async () => (await client.address('www.one.')) === '192.0.2.2')
        writeFileSync(one, `${zoneText('one.', 3)}bad A 300\n`)
        child.kill('SIGHUP')
        await until('it says why not', () => /no reload: .*one:7:/.test(stderr()))
        await until('the owner says so, too', () => /zone one\.: serial 2 is served on: .*one:7:/.test(stderr()))
        assert.equal(await client.address('www.one.'), '192.0.2.2')
        const refused = await lanework(['reload', '--control', control])
        assert.deepEqual([refused.code === 0, /one:7:/.test(refused.stderr)], [false, true], refused.stderr)
        writeFileSync(one, zoneText('one.', 1))
        const reloaded = await lanework(['reload', '--control', control])
        assert.equal(reloaded.code, 0, reloaded.stderr)
        await until('it has the other zone', async () => (await client.address('www.one.')) === '192.0.2.1')
        const shown = await until('all lanes have told', async () => {
          const { stdout } = await lanework(['dns', 'status', '--control', control])
          return /udp +A +NOERROR +\d/.test(stdout) && stdout
        })
        assert.match(shown, /one\. +- +1 +3 +4 +\S+one/)
        assert.match(shown, /one\.: its serial went back from 2 to 1/)
        const { stdout } = await lanework(['dns', 'status', '--control', control, '--json'])
        const { zones, statistics } = JSON.parse(stdout) as { zones: { serial: number }[]; statistics: unknown[] }
        assert.deepEqual([zones[0]!.serial, statistics.length > 0], [1, true])
      })
    },
  )
}

test('takes its options from a file, whose paths are relative to it, and flags go before', { timeout }, async () => {
  await using upstream = await serveDns({ zones: [join(written({ lan: zoneText('lan.', 88) }), 'lan')] })
  const home = written({
    one: zoneText('one.', 1),
    inner: zoneText('one.', 1, 9),
    'dyn.mjs': `export const answer = () => ['A 192.0.2.66']\n`,
    'dns.toml': `
zones = ['one']
log = 'zones.log'
nsid = 'from the file'

[[views]]
clients = ['127.0.0.0/8']
zones = [{ file = 'inner', origin = 'one.' }]

[[scripts]]
name = 'dyn.'
module = './dyn.mjs#answer'

[queryLog]
file = 'queries.log'

[forward]
servers = ['udp://127.0.0.1:${portOf(upstream.addresses[0])}']

[rateLimit]
answersPerSecond = 7
`,
  })
  await using(
    ['--config', join(home, 'dns.toml'), '--nsid', 'flag', '--chaos-id', 'here', '--rrl-dry-run'],
    async (client) => {
      assert.equal(await client.address('www.one.'), '192.0.2.9')
      assert.equal(await client.address('dyn.'), '192.0.2.66')
      const recursive = queryOf({ name: 'www.lan.', rd: true })
      assert.deepEqual([...decodeMessage((await client.ask(recursive))!).answers[0]!.data], [192, 0, 2, 88])
      const named = decodeMessage(
        (await client.ask(queryOf({ name: 'one.', options: [{ code: 3, data: new Uint8Array() }] })))!,
      )
      assert.equal(String(Buffer.from(named.edns!.options[0]!.data)), 'flag')
      const chaos = decodeMessage((await client.ask(queryOf({ name: 'id.server.', type: 'TXT', class: 3 })))!)
      assert.equal(String(Buffer.from(chaos.answers[0]!.data.subarray(1))), 'here')
    },
  )
})

test('makes the paths of a configuration absolute', () => {
  const home = written({
    'dns.json': JSON.stringify({
      zones: ['one', { file: '/two', origin: 'two.' }],
      log: 'stderr',
      queryLog: { file: 'queries' },
      scripts: [
        { name: 'a.', module: 'a.js#b' },
        { name: 'b.', module: 'file:///b.js' },
      ],
      forward: { hosts: ['hosts'], block: ['block'], allowNames: ['allow'] },
      transfer: { stateDir: 'state', zones: [{ zone: 'one.', journal: 'journal' }, { zone: 'two.' }] },
    }),
  })
  const at = (path: string): string => join(home, path)
  assert.deepEqual(readDnsConfig(at('dns.json')), {
    zones: [{ file: at('one') }, { file: '/two', origin: 'two.' }],
    log: 'stderr',
    queryLog: { file: at('queries') },
    scripts: [
      { name: 'a.', module: `file://${at('a.js')}#b` },
      { name: 'b.', module: 'file:///b.js' },
    ],
    forward: { hosts: [at('hosts')], block: [at('block')], allowNames: [at('allow')] },
    transfer: { stateDir: at('state'), zones: [{ zone: 'one.', journal: at('journal') }, { zone: 'two.' }] },
  })
})

test('has flags for scripts, watching, limits and the query log', { timeout }, async () => {
  const home = written({
    one: zoneText('one.', 1),
    'dyn.mjs': `export default ({ prefix }) => ['TXT "' + prefix + '"']\n`,
  })
  const one = join(home, 'one')
  const words = [
    '--zone',
    `one=${one}`,
    '--watch',
    '--script',
    `dyn.one=${join(home, 'dyn.mjs')}`,
    '--log',
    join(home, 'log'),
  ]
  const limits = ['--rrl-exempt', '192.0.2.0/24', '--rrl-rate', '2', '--rrl-slip', '1', '--query-log', 'stderr']
  await using([...words, ...limits], async (client, { stderr }) => {
    writeFileSync(one, zoneText('one.', 5))
    const text = (await client.query('a.b.dyn.one.', 'TXT')).answers[0]!.data
    assert.equal(String(Buffer.from(text.subarray(1))), 'a.b')
    await until('the new zone is there', async () => {
      const { answers, tc } = await client.query('www.one.')
      return tc || answers[0]?.data[3] === 5
    })
    await until('a slipped answer has come', async () => (await client.query('ns.one.')).tc)
    await until('queries are written down', () =>
      /udp 127\.0\.0\.1#\d+ a\.b\.dyn\.one\. IN TXT - NOERROR/.test(stderr()),
    )
  })
})

test('wrong words are named, with exit code 2', { timeout }, async () => {
  const home = written({
    'no.toml': 'zones = [\n',
    'unknown.toml': 'zone = "one"\n',
    'list.json': '[]',
    'bad.toml': 'zones = 5\n',
  })
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--rrl-slip', 'often'], /integer from 0/],
    [['--rrl-exempt', 'everybody'], /networks such as/],
    [['--query-log-sample', '0'], /integer from 1/],
    [['--script', 'dyn.one'], /NAME=MODULE/],
    [['--config', join(home, 'gone.toml')], /cannot be read \(ENOENT\)/],
    [['--config', join(home, 'no.toml')], /line \d/],
    [['--config', join(home, 'list.json')], /it holds no table/],
    [['--config', join(home, 'bad.toml')], /--config/],
    [['--config', join(home, 'unknown.toml')], /zone/],
    [['--rate', '5'], /unknown option/],
  ]
  for (const [words, expected] of cases) {
    const { code, stderr } = await lanework(['serve', 'dns', ...listen, ...words])
    assert.equal(code, 2, `${words.join(' ')}: ${stderr}`)
    assert.match(stderr, expected)
  }
})
