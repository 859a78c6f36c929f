/** Programs that people ask servers with: delv validates what we serve of signed zones, dig and kdig see their options, dnsperf a load. */
import assert from 'node:assert/strict'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { serve } from '#lanework/server/index.js'
import { dnsService } from '#lanework/services/dns/index.js'
import { type Denial, rulesZone, signed } from '../../../support/dns-rule-zones.js'
import { folder } from '../../../support/folder.js'
import { runProgram, unlessProgram } from '../../../support/program.js'

const portOf = (address: string | undefined): string => new URL(address!).port

/** Serves a text as the zone `example.` on a port that is the same for UDP and TCP. */
async function served(text: string) {
  const home = mkdtempSync(join(folder, 'programs-'))
  const file = join(home, 'example.zone')
  writeFileSync(file, text)
  const service = (): ReturnType<typeof dnsService> =>
    dnsService({ zones: [{ file, origin: 'example.' }], nsid: 'test-server', cookieSecrets: ['00'.repeat(16)] })
  // Another program may have the TCP port that belongs to the UDP port that was free.
  for (let attempt = 1; ; attempt++) {
    const first = await serve(service(), { listen: 'udp://127.0.0.1:0' })
    const port = portOf(first.addresses[0])
    await first.close()
    try {
      const server = await serve(service(), { listen: [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`] })
      return { server, port, home }
    } catch (error) {
      if (attempt === 10) throw error
    }
  }
}

async function said(program: string, words: readonly string[]): Promise<string> {
  const { stdout, stderr } = await runProgram(program, words)
  return stdout.toString() + stderr
}

/** What delv is to trust: the zone's own key. */
function anchorOf(text: string): string {
  const [, key] =
    /\sDNSKEY\s+(257 3 13 [^;]+?)\s*(?:;|$)/m.exec(text.replace(/\(|\)/g, ' ').replace(/\n\s+/g, ' ')) ?? []
  const [flags, protocol, algorithm, ...parts] = key!.split(/\s+/)
  return `trust-anchors { example. static-key ${flags} ${protocol} ${algorithm} "${parts.join('')}"; };\n`
}

const without = unlessProgram('delv') || unlessProgram('dnssec-signzone')
describe('delv validates what a signed zone answers', { skip: without }, () => {
  // Names and types that are there, and those that are not, each for another reason.
  const asked = [
    ['www', 'A', 'there'],
    ['www', 'AAAA', 'not'],
    ['alias2', 'A', 'there'],
    ['nothing', 'A', 'not'],
    ['b.ent', 'A', 'not'],
    ['x.wild', 'A', 'wildcard'],
    ['x.wild', 'TXT', 'not'],
    ['a.b.wild', 'MX', 'wildcard'],
    ['x.host.wild', 'A', 'not'],
    ['x.cwild', 'A', 'wildcard'],
    ['www.dn', 'A', 'there'],
    ['secure', 'DS', 'there'],
    ['big', 'TXT', 'there'],
    ['svc', 'HTTPS', 'there'],
    ['\\000odd', 'TXT', 'there'],
  ] as const
  for (const denial of ['nsec', 'nsec3', 'opt-out'] satisfies Denial[]) {
    it(`with ${denial}: data, aliases, wildcards, and that something is not there`, async () => {
      const text = signed('example.', rulesZone, denial)
      const { server, port, home } = await served(text)
      await using _ = server
      const anchors = join(home, 'anchors')
      writeFileSync(anchors, anchorOf(text))
      const ask = (name: string, type: string): Promise<string> =>
        said('delv', ['@127.0.0.1', '-p', port, '-a', anchors, '+root=example.', `${name}.example.`, type])
      for (const [name, type, is] of asked) {
        const answer = await ask(name, type)
        // A wildcard may hide an unsigned delegation that was opted out (RFC 5155 9.2).
        const isUnsure = is === 'wildcard' && denial === 'opt-out'
        const verdict =
          is === 'not' ? 'negative response, fully validated' : isUnsure ? 'unsigned answer' : 'fully validated'
        assert.ok(answer.split('\n').includes(`; ${verdict}`), `${name} ${type}\n${answer}`)
        assert.equal(answer.includes('unsigned'), isUnsure, `${name} ${type}\n${answer}`)
      }
      // And it would tell if it were not so.
      writeFileSync(anchors, anchorOf(signed('example.', rulesZone, denial)))
      assert.match(await ask('www', 'A'), /resolution failed/)
    })
  }
})

describe('dig and kdig', { skip: unlessProgram('dig') || unlessProgram('kdig') }, () => {
  it('dig has its cookie known again, is told the name of the server, and asks over both transports', async () => {
    const { server, port } = await served(rulesZone)
    await using _ = server
    const to = ['@127.0.0.1', '-p', port, '+tries=1', '+time=8']
    const answer = await said('dig', [...to, '+nsid', '+cookie', 'www.example.', 'A'])
    assert.match(answer, /status: NOERROR/)
    assert.match(answer, /NSID: .*"test-server"/)
    assert.match(answer, /COOKIE: [0-9a-f]{48} \(good\)/)
    const [, cookie] = /COOKIE: ([0-9a-f]{48})/.exec(answer)!
    assert.ok(
      (await said('dig', [...to, `+cookie=${cookie}`, 'www.example.', 'A'])).includes(`COOKIE: ${cookie} (good)`),
    )
    assert.match(await said('dig', [...to, '+bufsize=512', '+ignore', 'big.example.', 'TXT']), /flags: qr aa tc/)
    assert.match(await said('dig', [...to, 'big.example.', 'TXT']), /Truncated, retrying in TCP[\s\S]*ANSWER: 12,/)
    assert.match(await said('dig', [...to, '+subnet=192.0.2.0/24', 'www.example.', 'A']), /status: NOERROR/)
    assert.match(await said('dig', [...to, '+edns=1', '+noednsneg', 'www.example.', 'A']), /status: BADVERS/)
    assert.match(await said('dig', [...to, 'www.test.', 'A']), /status: REFUSED[\s\S]*EDE: 20 \(Not Authoritative\)/)
  })
  it('kdig asks several questions over one connection, and gets answers padded to a block', async () => {
    const { server, port } = await served(rulesZone)
    await using _ = server
    const to = ['@127.0.0.1', '-p', port, '+retry=0', '+time=8']
    const answers = await said('kdig', [
      ...to,
      '+tcp',
      '+keepopen',
      'www.example.',
      'A',
      'mail.example.',
      'A',
      'nope.example.',
      'A',
    ])
    assert.match(answers, /192\.0\.2\.3/)
    assert.match(answers, /192\.0\.2\.2/)
    assert.match(answers, /NXDOMAIN/)
    assert.match(await said('kdig', [...to, '+tcp', '+padding=100', 'www.example.', 'A']), /Received 468 B/)
  })
})

describe('dnsperf', { skip: unlessProgram('dnsperf') }, () => {
  for (const mode of ['udp', 'tcp']) {
    it(`loses no answer of 4,000 over ${mode}, each with the code that it should have`, async () => {
      const { server, port, home } = await served(rulesZone)
      await using _ = server
      const file = join(home, 'queries')
      const kinds = ['www.example. A', 'nope.example. A', 'www.test. A', 'x.wild.example. MX']
      writeFileSync(file, Array.from({ length: 4_000 }, (_each, at) => `${kinds[at % 4]}\n`).join(''))
      const words = [
        '-s',
        '127.0.0.1',
        '-p',
        port,
        '-d',
        file,
        '-n',
        '1',
        '-m',
        mode,
        '-q',
        '50',
        '-t',
        '9',
        '-e',
        '-D',
      ]
      const report = await said('dnsperf', words)
      assert.match(report, /Queries completed:\s+4000 /, report)
      assert.match(report, /Queries lost:\s+0 /, report)
      assert.match(report, /NOERROR 2000 \(50\.00%\), NXDOMAIN 1000 \(25\.00%\), REFUSED 1000 \(25\.00%\)/, report)
    })
  }
})
