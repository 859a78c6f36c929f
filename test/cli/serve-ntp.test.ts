/** `lanework serve ntp`: the service's own options, beside those of `serve`. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clientOf, places } from '../support/matrix.js'
import { packetOf, request } from '../support/ntp.js'
import { lanework, start } from '../support/command.js'
import { referenceIdOf, type NtpPacket } from '#lanework/services/time/index.js'

const timeout = 60_000
const listen = ['--listen', 'udp://127.0.0.1:0', '--no-control']

async function ask(address: string): Promise<NtpPacket> {
  const client = await clientOf(address)
  try {
    await client.send(request())
    return packetOf(await client.receive())
  } finally {
    await client.close()
  }
}

async function answerWith(words: readonly string[]): Promise<NtpPacket> {
  const running = start(['serve', 'ntp', ...words])
  const [address = ''] = await running.listening()
  const answer = await ask(address)
  running.child.kill('SIGTERM')
  const { code, stderr } = await running.finished
  assert.equal(code, 0, stderr)
  return answer
}

test('is unsynchronised unless it is told otherwise', { timeout }, async () => {
  const { leap, stratum, referenceId } = await answerWith(listen)
  assert.deepEqual([leap, stratum, referenceId], [3, 0, referenceIdOf('INIT')])
})

for (const { kind, lanes, skip } of Object.values(places)) {
  test(`has its options in ${kind} lanes, before and after those of serve`, { timeout, skip }, async () => {
    const lanesWords = ['--lane-kind', kind, '--lanes', String(lanes)]
    const { leap, stratum } = await answerWith(['--local-stratum', '5', ...listen, ...lanesWords, '--rate', 'burst=2'])
    assert.deepEqual([leap, stratum], [0, 5])
    const denied = await answerWith([...listen, ...lanesWords, '--deny', '127.0.0.0/8', '--denied', 'kiss'])
    assert.equal(denied.referenceId, referenceIdOf('DENY'))
  })
}

test('wrong words are named, with exit code 2', { timeout }, async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--local-stratum', '16'], /integer from 1 to 15/],
    [['--denied', 'maybe'], /one of drop, kiss/],
    [['--deny', 'everybody'], /networks such as/],
    [['--rate', 'interval=soon'], /rate\.interval/],
    [['--rate', 'every=1'], /every/],
    [['--drift-file', 'x'], /together with upstream/],
    [['--stratum', '1'], /unknown option/],
    [['--lane-kind', 'inline', '--lanes', '2'], /lanes/],
  ]
  for (const [words, expected] of cases) {
    const { code, stderr } = await lanework(['serve', 'ntp', ...listen, ...words])
    assert.equal(code, 2, `${words.join(' ')}: ${stderr}`)
    assert.match(stderr, expected)
  }
  const { code, stderr } = await lanework(['serve', 'ntp'])
  assert.equal(code, 2)
  assert.match(stderr, /--listen/)
  const tcp = await lanework(['serve', 'ntp', '--listen', 'tcp://127.0.0.1:0', '--no-control'])
  assert.equal(tcp.code, 2)
  assert.match(tcp.stderr, /udp for the service ntp/)
})

test('--help starts with an example, and says where the other options are', { timeout }, async () => {
  const { stdout } = await lanework(['serve', 'ntp', '--help'])
  assert.match(stdout, /^Example:/)
  assert.match(stdout, /lanework serve --help/)
})
