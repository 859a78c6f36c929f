/** The command `lanework dns query`: what it asks, what it shows, how it exits. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { MockDns } from '#lanework/services/dns/index.js'

const command = fileURLToPath(import.meta.resolve('#lanework/cli/main.js'))

/** The mock lives in this process, so the command must not block it. */
async function query(args: readonly string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [command, 'dns', 'query', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? -1)))
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { status, stdout, stderr }
}

const table = {
  'www.example.test': { CNAME: 'example.test' },
  'example.test': { A: ['192.0.2.80', '192.0.2.81'], TXT: '"\\027[2J"' },
  'big.test': { TXT: Array.from({ length: 40 }, (_, at) => `"${'x'.repeat(60)}${at}"`) },
  '80.2.0.192.in-addr.arpa': { PTR: 'example.test' },
  'xn--bcher-kva.test': { A: '192.0.2.5' },
}
const patient = ['--timeout', '60000']

describe('lanework dns query', () => {
  it('shows who answered, what it says, and the records in columns', async () => {
    await using mock = await MockDns.start(table)
    const { status, stdout } = await query(['www.example.test', '--server', mock.address, ...patient])
    const lines = stdout.split('\n')
    assert.equal(status, 0)
    assert.equal(lines[0], '; www.example.test. IN A')
    assert.match(lines[1]!, /^; udp:\/\/127\.0\.0\.1:\d+, \d+\.\d ms, \d+ bytes$/)
    assert.equal(lines[2], '; NOERROR, flags: rd ra')
    assert.deepEqual(lines.slice(4), [
      '',
      'answer:',
      'www.example.test.  60  IN  CNAME  example.test.',
      'example.test.      60  IN  A      192.0.2.80',
      'example.test.      60  IN  A      192.0.2.81',
      '',
    ])
  })
  it('says in words what there is not, and exits with 0', async () => {
    await using mock = await MockDns.start(table)
    const nowhere = await query(['nowhere.test', '--server', mock.address, ...patient])
    assert.deepEqual(
      [nowhere.status, /NXDOMAIN, flags: rd ra \(there is no such name\)/.test(nowhere.stdout)],
      [0, true],
    )
    const none = await query(['example.test', 'srv', '--server', mock.address, ...patient])
    assert.match(none.stdout, /NOERROR, flags: rd ra \(the name has no such records here\)/)
  })
  it('says when an answer was cut off, and gives all of it over TCP', async () => {
    await using mock = await MockDns.start(table)
    const cut = await query(['big.test', 'TXT', '--server', mock.address, ...patient])
    assert.match(cut.stdout, /flags: tc rd ra \(cut off; --tcp gives all of it\)/)
    const whole = await query(['big.test', 'TXT', '--tcp', '--json', '--server', mock.address, ...patient])
    const answer = JSON.parse(whole.stdout) as { transport: string; answers: object[] }
    assert.deepEqual([answer.transport, answer.answers.length], ['tcp', 40])
  })
  it('prints one JSON value, and asks as it is told to', async () => {
    await using mock = await MockDns.start(table)
    const args = ['example.test', 'A', '--dnssec', '--no-recurse', '--json', '--server', mock.address, ...patient]
    const { stdout } = await query(args)
    const answer = JSON.parse(stdout) as Record<string, unknown>
    assert.deepEqual([answer['rcode'], answer['server'], answer['attempts']], ['NOERROR', mock.address, 1])
    assert.deepEqual(answer['questions'], [{ name: 'example.test.', class: 'IN', type: 'A' }])
    assert.deepEqual((answer['answers'] as object[])[0], {
      name: 'example.test.',
      ttl: 60,
      class: 'IN',
      type: 'A',
      data: '192.0.2.80',
    })
    assert.deepEqual(answer['edns'], { udpSize: 1232, dnssec: true, options: [] })
    assert.equal(mock.queries[0]?.message.rd, false)
  })
  it('asks for the names of an address, and for names beyond ASCII', async () => {
    await using mock = await MockDns.start(table)
    assert.match((await query(['192.0.2.80', '--server', mock.address, ...patient])).stdout, /PTR\s+example\.test\.$/m)
    assert.match((await query(['bücher.test', '--server', mock.address, ...patient])).stdout, /A\s+192\.0\.2\.5$/m)
  })
  it('passes no control characters on to the terminal', async () => {
    await using mock = await MockDns.start(table)
    const { stdout } = await query(['example.test', 'TXT', '--server', mock.address, ...patient])
    assert.ok(stdout.includes('\\027[2J'))
    assert.ok(!stdout.includes('\u001b'))
  })
  it('exits with 2 for what makes no sense, 3 where nobody answers, 4 where nobody listens', async () => {
    const mock = await MockDns.start(table)
    const { address } = mock
    mock.fail({ drop: true }, Infinity)
    assert.equal((await query(['example.test', 'NOPE', '--server', address])).status, 2)
    assert.equal((await query(['a..b', '--server', address])).status, 2)
    assert.equal((await query(['example.test', '--server', address, '--timeout', '50'])).status, 3)
    await mock.close()
    assert.equal((await query(['example.test', '--server', address, ...patient])).status, 4)
  })
})
