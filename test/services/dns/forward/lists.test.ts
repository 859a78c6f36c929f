/** Hosts files and block lists: what their lines mean, which names are meant, what is answered, what a million names take. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isLaneworkError } from '#lanework/core/index.js'
import { formatName, parseName } from '#lanework/services/dns/index.js'
import { hostLine, listLine } from '#lanework/services/dns/forward/list-lines.js'
import { Lists, listsOf, readLists, withLists } from '#lanework/services/dns/forward/lists.js'
import { nameRule, NameTable, NameTableBuilder } from '#lanework/services/dns/forward/name-table.js'
import { type BlockAnswer, forwardSettings, type ForwardOptions } from '#lanework/services/dns/forward/options.js'
import { HashedName } from '#lanework/services/dns/zone/name-hash.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { forwardPart } from '#lanework/services/dns/forward/forward-part.js'
import { extendedErrors, ForwardBench } from '../../../support/dns-forward.js'
import { folder } from '../../../support/folder.js'
import { until } from '../../../support/until.js'

const home = mkdtempSync(join(folder, 'lists-'))
const hashed = (text: string): HashedName => new HashedName().takeName(parseName(text))

function file(name: string, text: string): string {
  const path = join(home, name)
  writeFileSync(path, text)
  return path
}

/** Lists as a lane gets them: behind the zones of a snapshot. */
function listsFor(options: ForwardOptions, blockAnswer: BlockAnswer = 'nxdomain'): Lists {
  return listsOf(withLists(Uint8Array.of(1, 2, 3), readLists(options)), blockAnswer)!
}

describe('a line of a block list', () => {
  const meaning = (line: string) =>
    listLine(line)?.map(({ name, itself, below, isException }) => {
      return `${isException ? 'allow ' : ''}${formatName(name)}${itself ? ' itself' : ''}${below ? ' below' : ''}`
    })
  it('is one of a hosts file, a domain, or a rule of ad blockers', () => {
    assert.deepEqual(meaning('0.0.0.0 ads.example other.example # both'), [
      'ads.example. itself',
      'other.example. itself',
    ])
    assert.deepEqual(meaning('::1\tlocalhost ip6-localhost'), [])
    assert.deepEqual(meaning('ads.example'), ['ads.example. itself below'])
    assert.deepEqual(meaning('*.ads.example'), ['ads.example. below'])
    assert.deepEqual(meaning('||ads.example^'), ['ads.example. itself below'])
    assert.deepEqual(meaning('||ads.example^$important'), ['ads.example. itself below'])
    assert.deepEqual(meaning('@@||good.example^|'), ['allow good.example. itself below'])
    const long = `${'x'.repeat(63)}.${'abcdefg.'.repeat(23)}`
    assert.deepEqual(meaning(long), [`${long} itself below`])
    for (const comment of ['', '   ', '# a', '! a', '[Adblock Plus 2.0]', '  # a'])
      assert.deepEqual(meaning(comment), [])
  })
  it('is none of them where it speaks of pages, parts of names, or nothing that is a name', () => {
    for (const line of [
      '||ads.example^$third-party',
      '||ads.example/path^',
      '||ads*.example^',
      'example.com##.banner',
      'a..b',
      '192.0.2.1',
      '<html lang="en">',
      'two names',
      `${'x'.repeat(64)}.example`,
      `${'abcdefg.'.repeat(32)}example`,
      '.',
    ]) {
      assert.equal(meaning(line), undefined, line)
    }
  })
})

describe('a line of a hosts file', () => {
  it('is an address and names', () => {
    const found = hostLine(' 192.0.2.1\twww.example  www # comment')
    assert.deepEqual(
      [[...found!.address], found!.names.map(formatName)],
      [
        [192, 0, 2, 1],
        ['www.example.', 'www.'],
      ],
    )
    assert.equal(hostLine('fe80::1%eth0 link')!.address.length, 16)
    for (const comment of ['', '# x', '   ']) assert.equal(hostLine(comment), null)
    for (const bad of ['192.0.2.1', 'www 192.0.2.1', '192.0.2.1 a..b']) assert.equal(hostLine(bad), undefined, bad)
  })
})

describe('a table of names', () => {
  it('blocks names and what is below them, and allows what is allowed', () => {
    const builder = new NameTableBuilder()
    builder.add(parseName('ads.example.'), nameRule.block | nameRule.blockBelow)
    builder.add(parseName('exact.example.'), nameRule.block)
    builder.add(parseName('below.example.'), nameRule.blockBelow)
    builder.add(parseName('good.ads.example.'), nameRule.allow)
    builder.add(parseName('better.ads.example.'), nameRule.allow | nameRule.allowBelow)
    const table = builder.build()
    const blocked = (name: string): boolean => table.isBlocked(hashed(name))
    for (const name of [
      'ads.example.',
      'ADS.Example.',
      'x.ads.example.',
      'a.b.c.ads.example.',
      'exact.example.',
      'x.below.example.',
      'x.good.ads.example.',
    ]) {
      assert.ok(blocked(name), name)
    }
    for (const name of [
      'example.',
      'xads.example.',
      'x.exact.example.',
      'below.example.',
      'good.ads.example.',
      'x.better.ads.example.',
      '.',
      'ads.example.org.',
    ]) {
      assert.ok(!blocked(name), name)
    }
    assert.equal(table.count, 5)
  })
  it('finds what was put and nothing else, however it grew, any bytes in labels', () => {
    const random = new SeededRandom(7)
    const builder = new NameTableBuilder(1)
    const names = new Map<string, number>()
    for (let at = 0; at < 5_000; at++) {
      const labels = Array.from({ length: random.integer(1, 4) }, () =>
        Array.from({ length: random.integer(1, 5) }, () => `\\${String(random.integer(0, 3)).padStart(3, '0')}`).join(
          '',
        ),
      )
      const text = `${labels.join('.')}.`
      const rules = 1 << random.integer(0, 3)
      names.set(text, (names.get(text) ?? 0) | rules)
      builder.add(parseName(text), rules)
    }
    const table = new NameTable(builder.build().bytes)
    assert.equal(table.count, names.size)
    for (const [text, rules] of names) assert.equal(table.rulesOf(hashed(text), 0), rules, text)
    for (let at = 0; at < 5_000; at++) assert.equal(table.rulesOf(hashed(`${at}.other.`), 0), 0)
  })
  it('takes less than 60 MB for a million names, and shares them', () => {
    const builder = new NameTableBuilder(1_000_000)
    for (let at = 0; at < 1_000_000; at++) builder.add(parseName(`ads-${at}.tracker-${at % 977}.example`), 3)
    const table = builder.build()
    assert.equal(table.count, 1_000_000)
    assert.ok(table.bytes.length < 60_000_000, `${table.bytes.length} bytes`)
    const other = new NameTable(table.bytes)
    assert.equal(other.bytes.buffer, table.bytes.buffer)
    assert.ok(other.isBlocked(hashed('x.ads-999999.tracker-528.example.')))
    assert.ok(!other.isBlocked(hashed('ads-1000000.tracker-529.example.')))
  })
  it('refuses bytes that are none', () => {
    assert.throws(
      () => new NameTable(new Uint8Array(64)),
      (error) => isLaneworkError(error, 'OPTION_INVALID'),
    )
  })
})

describe('lists of the forwarder', () => {
  const table = {
    'ok.example': { A: ['192.0.2.1'] },
    'ads.example': { A: ['192.0.2.2'] },
    'good.ads.example': { A: ['192.0.2.3'] },
  }
  const block = [file('block', '||ads.example^\n'), file('more', '0.0.0.0 exact.example\r\n')]
  const allowNames = [file('allow', 'good.ads.example\n')]
  const bench = async (blockAnswer: BlockAnswer) => {
    const made = await ForwardBench.start([table])
    made.forwarder.setLocal(listsFor({ block, allowNames }, blockAnswer))
    return made
  }
  it('answer for blocked names as they are told to, and say that it is so', async () => {
    for (const [blockAnswer, a, mx] of [
      ['nxdomain', ['NXDOMAIN'], ['NXDOMAIN']],
      ['null', ['NOERROR', 'x.ads.example. 60 IN A 0.0.0.0'], ['NOERROR']],
      ['refused', ['REFUSED'], ['REFUSED']],
    ] as const) {
      const made = await bench(blockAnswer)
      for (let round = 0; round < 2; round++) {
        assert.deepEqual(await made.short('x.ads.example'), a)
        assert.deepEqual(await made.short('x.ads.example', { type: 'MX' }), mx)
        assert.deepEqual(extendedErrors(await made.ask('exact.example')), [15])
      }
      assert.deepEqual([made.asked, made.forwarder.counts.local], [[], 3])
      await made.close()
    }
    const made = await bench('null')
    assert.deepEqual(await made.short('ads.example', { type: 'AAAA' }), ['NOERROR', 'ads.example. 60 IN AAAA ::'])
    await made.close()
  })
  it('leave other names alone, and those that are allowed', async () => {
    const made = await bench('nxdomain')
    assert.deepEqual(await made.short('ok.example'), ['NOERROR', 'ok.example. 60 IN A 192.0.2.1'])
    assert.deepEqual(await made.short('good.ads.example'), ['NOERROR', 'good.ads.example. 60 IN A 192.0.2.3'])
    await made.close()
  })
  it('count for what is kept already, as soon as they change', async () => {
    const made = await ForwardBench.start([table])
    await made.short('ads.example')
    made.forwarder.setLocal(listsFor({ block }))
    assert.deepEqual(await made.short('ads.example'), ['NXDOMAIN'])
    made.forwarder.setLocal(undefined)
    assert.equal((await made.short('ads.example'))[0], 'NOERROR')
    made.forwarder.setLocal(undefined, true)
    await made.short('ads.example')
    assert.equal(made.asked.length, 2, 'the same lists leave it')
    await made.close()
  })
  it('know the addresses and names of hosts files, and leave other types to others', async () => {
    const hosts = [
      file('hosts', '192.0.2.7 box.lan box\n2001:db8::7 box.lan\n192.0.2.8 box.lan\n'),
      file('hosts2', '192.0.2.7 other.lan\n'),
    ]
    const made = await ForwardBench.start([{ 'box.lan': { MX: '10 box.lan' } }])
    made.forwarder.setLocal(listsFor({ hosts, block: [file('lan', 'lan\n')] }))
    assert.deepEqual(await made.short('BOX.lan'), [
      'NOERROR',
      'BOX.lan. 60 IN A 192.0.2.7',
      'BOX.lan. 60 IN A 192.0.2.8',
    ])
    assert.deepEqual(await made.short('box.lan', { type: 'AAAA' }), ['NOERROR', 'box.lan. 60 IN AAAA 2001:db8::7'])
    assert.deepEqual(await made.short('box', { type: 'AAAA' }), ['NOERROR'])
    assert.deepEqual(await made.short('7.2.0.192.in-addr.arpa', { type: 'PTR' }), [
      'NOERROR',
      '7.2.0.192.in-addr.arpa. 60 IN PTR box.lan.',
    ])
    assert.deepEqual(await made.short('box.lan', { type: 'MX' }), ['NXDOMAIN'], 'lan is blocked otherwise')
    made.forwarder.setLocal(listsFor({ hosts }))
    assert.deepEqual(await made.short('box.lan', { type: 'MX' }), ['NOERROR', 'box.lan. 60 IN MX 10 box.lan.'])
    await made.close()
  })
  it('count for questions on their way, whose answers come later', async () => {
    const made = await ForwardBench.start([table])
    made.mock.fail({ delayMs: 100 }, Infinity)
    const [blocked, other] = [made.short('ads.example'), made.short('ok.example')]
    await until('both were asked', () => made.asked.length === 2)
    made.forwarder.setLocal(listsFor({ block }))
    await made.clock.advance(100)
    assert.deepEqual(await blocked, ['NXDOMAIN'])
    assert.equal((await other)[0], 'NOERROR')
    assert.deepEqual(await made.short('ads.example'), ['NXDOMAIN'])
    assert.equal(made.asked.length, 2)
    await made.close()
  })
  it('are read by lanes as they were checked, bytes beyond ASCII too', () => {
    const path = join(home, 'latin1')
    writeFileSync(path, Buffer.from('192.0.2.7\xa0box.lan # b\xf6x\n', 'latin1'))
    assert.notEqual(listsFor({ hosts: [path], block }).answer(hashed('box.lan.'), 1), undefined)
  })
  it('that a lane cannot read leave those before in use, and the process is warned', async () => {
    const good = withLists(Uint8Array.of(1), readLists({ block }))
    const broken = withLists(Uint8Array.of(1), new Uint8Array(64))
    let publish: (snapshot: Uint8Array) => void = () => {}
    const counters = new Float64Array(256)
    const shared = { onSnapshot: (hear: typeof publish) => ((publish = hear), () => {}) }
    const made = await ForwardBench.start([table])
    const part = forwardPart({ block }, { clock: made.clock, shared, counters } as never)
    made.forwarder = part as never
    publish(good)
    const warnings: (string | undefined)[] = []
    process.on('warning', (warning) => warnings.push((warning as NodeJS.ErrnoException).code))
    publish(broken)
    await until('there is a warning', () => warnings.includes('LISTS_UNREADABLE'))
    assert.deepEqual(await made.short('ads.example'), ['NXDOMAIN'])
    await made.close()
  })
  it('work without any server to ask', async () => {
    const made = await ForwardBench.start([])
    made.use({ servers: [] })
    made.forwarder.setLocal(listsFor({ block }))
    assert.deepEqual(await made.short('ads.example'), ['NXDOMAIN'])
    assert.equal(made.send('ok.example').taken, undefined)
    await made.close()
  })
  it('are refused where a file is not there or is no list', () => {
    const bad: ForwardOptions[] = [
      { hosts: [join(home, 'nowhere')] },
      { block: [file('page', '<html>\n<body class="x">\n<p>Not found, we are sorry</p>\n')] },
      { hosts: [file('bad', '192.0.2.1 a\nnonsense here\n')] },
    ]
    for (const options of bad) {
      forwardSettings(options)
      assert.throws(
        () => readLists(options),
        (error) => isLaneworkError(error, 'OPTION_INVALID'),
        JSON.stringify(options),
      )
    }
    assert.equal(readLists({}), undefined)
    assert.equal(withLists(Uint8Array.of(7), undefined).length, 1)
    assert.equal(listsOf(new Uint8Array(100), 'null'), undefined)
  })
})
