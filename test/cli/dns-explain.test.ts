/** The command `lanework dns explain`: parts of a URL, and who answers for its name. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { serve } from '#lanework/server/index.js'
import { dnsService, MockDns } from '#lanework/services/dns/index.js'
import { folder } from '../support/folder.js'

const command = fileURLToPath(import.meta.resolve('#lanework/cli/main.js'))
const home = mkdtempSync(join(folder, 'explain-'))
const patient = ['--timeout', '60000']

async function explain(...args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [command, 'dns', 'explain', ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
    cwd: home,
  })
  const ended = new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)))
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { status, stdout, stderr }
}

interface Explained {
  parts: { part: string; text: string; meaning: string }[]
  zones?: { name: string; because: string; records: string[] }[]
  server?: { name: string; because: string; records: string[] }[]
}

async function parts(url: string): Promise<string[]> {
  const explained = JSON.parse((await explain(url, '--json')).stdout) as Explained
  return explained.parts.map(({ part, text: shown }) => `${part} ${shown}`)
}

describe('lanework dns explain', () => {
  it('takes a URL apart: protocol, names from the root down, port, path, query, fragment', async () => {
    assert.deepEqual(await parts('https://me@www.example.com:8443/a/b?q=1#top'), [
      'protocol https',
      'user me',
      'name .',
      'name com.',
      'name example.com.',
      'name www.example.com.',
      'port 8443',
      'path /a/b',
      'query ?q=1',
      'fragment #top',
    ])
    assert.deepEqual(await parts('http://192.0.2.1/'), ['protocol http', 'address 192.0.2.1', 'port 80', 'path /'])
    assert.deepEqual(await parts('www.example.com'), [
      'name .',
      'name com.',
      'name example.com.',
      'name www.example.com.',
    ])
  })
  it('shows them in columns, and says how to learn more', async () => {
    const { stdout, status } = await explain('https://example.com')
    assert.equal(status, 0)
    assert.match(stdout, /^https:\/\/example\.com\n {2}protocol +https +HTTP over TLS/)
    assert.match(
      stdout,
      /^ {2}name {6}\. +the root, where every name ends\n {12}com\. +a top-level domain, in the root zone\n/m,
    )
    assert.match(stdout, /^ {12}example\.com\. +a name below com\.: the host, whose address is looked up$/m)
    assert.match(stdout, /Who answers for example\.com\.\? Add --server URL, or --zone FILE\.\n$/)
  })
  it('says how zone files answer, with file and line', async () => {
    writeFileSync(join(home, 'z'), '$TTL 60\n@ SOA ns a 1 2 3 4 5\n@ NS ns\nns A 192.0.2.1\nftp CNAME ns\n')
    const { stdout } = await explain('ftp://ftp.example.lan', '--zone', 'z', '--origin', 'example.lan')
    const lines = stdout.slice(stdout.indexOf('who answers')).split('\n')
    assert.deepEqual(lines, [
      'who answers, by the zones given',
      '  ftp.example.lan.  in the zone example.lan.: ftp.example.lan. is another name for ns.example.lan. (CNAME)',
      '      ftp.example.lan. 60 CNAME ns.example.lan.  (z:5)',
      '  ns.example.lan.  in the zone example.lan.: ns.example.lan. has a record of type A',
      '      ns.example.lan. 60 A 192.0.2.1  (z:4)',
      '',
    ])
  })
  it('asks a server for each name from the root down, and for the address', async () => {
    await using server = await serve(dnsService(), { listen: ['udp://127.0.0.1:0'] })
    const args = ['http://ftp.example.lan', '--server', server.addresses[0]!, '--json', ...patient]
    const { server: steps } = JSON.parse((await explain(...args)).stdout) as Explained
    assert.deepEqual(
      steps!.map(({ name, because }) => `${name} ${because}`),
      [
        'lan. the server says REFUSED',
        'example.lan. a zone of its own; its servers: ns.example.lan.',
        'ftp.example.lan. an alias, which is no zone',
        'ftp.example.lan. the server answers from its own zone, by way of 1 alias',
      ],
    )
    assert.deepEqual(steps!.at(-1)!.records, [
      'ftp.example.lan. 3600 CNAME www.example.lan.',
      'www.example.lan. 3600 A 192.0.2.80',
    ])
  })
  it('counts records of the type that is wanted, aliases and all types too', async () => {
    await using mock = await MockDns.start({
      'www.test': { CNAME: 'a.test' },
      'a.test': { A: '192.0.2.1', TXT: '"x"' },
    })
    const last = async (name: string, type: string): Promise<string> => {
      const args = [name, '--type', type, '--server', mock.address, '--json', ...patient]
      const { because, records } = (JSON.parse((await explain(...args)).stdout) as Explained).server!.at(-1)!
      return `${because}: ${records.length}`
    }
    const answers = 'the server answers as it has heard from others'
    assert.equal(await last('www.test', 'CNAME'), `${answers}: 1`)
    assert.equal(await last('www.test', 'any'), `${answers}: 1`)
    assert.equal(await last('www.test', 'TXT'), `${answers}, by way of 1 alias: 2`)
    assert.equal(await last('www.test', 'MX'), 'there is no MX record: 1')
  })
  it('shows what a server says that leaves the question out', async () => {
    await using mock = await MockDns.start(
      {},
      { answer: (_query, usual) => ({ ...usual, rcode: 4, questions: [], answers: [], authorities: [] }) },
    )
    const { stdout, status } = await explain('a.test', '--server', mock.address, ...patient)
    assert.equal(status, 0)
    assert.match(stdout, /^ {2}test\. {2}the server says NOTIMP\n {2}a\.test\. {2}the server says NOTIMP$/m)
  })
  it('takes letters beyond ASCII for their xn-- form, in names and in URLs of any protocol', async () => {
    for (const url of ['bücher.example', 'https://BÜCHER.example/', 'ssh://bücher.example', 'bücher.example:80']) {
      const names = (await parts(url)).filter((part) => part.startsWith('name'))
      assert.equal(names.at(-1), 'name xn--bcher-kva.example.', url)
    }
  })
  it('stops where a name does not exist', async () => {
    await using mock = await MockDns.start({ 'a.test': { A: '192.0.2.1' } })
    const { stdout } = await explain('x.b.test', '--server', mock.address, ...patient)
    assert.match(stdout, /^ {2}test\. {2}no zone of its own: it lies in \.$/m)
    assert.match(stdout, /^ {2}b\.test\. {2}there is no such name$/m)
    assert.doesNotMatch(stdout, /x\.b\.test\. {2}the server/)
  })
  it('exits with 2 for what is no URL, or no type, 3 where the server is silent, 1 for a zone that is none', async () => {
    assert.equal((await explain('http://')).status, 2)
    assert.equal((await explain('example.com', '--type', 'NOPE')).status, 2)
    writeFileSync(join(home, 'bad'), '@ B x\n')
    assert.equal((await explain('example.com', '--zone', 'bad')).status, 1)
    await using mock = await MockDns.start()
    mock.fail({ drop: true }, Infinity)
    assert.equal((await explain('example.com', '--server', mock.address, '--timeout', '50')).status, 3)
  })
})
