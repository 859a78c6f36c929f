/** `lanework up`, `doctor`, help and version: the first things a new user types. */
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { nativeStatus } from '#lanework/io/index.js'
import { lanework, start } from '../support/command.js'
import { folder } from '../support/folder.js'

test('up serves every service, and each line to copy works as printed', async () => {
  const running = start(['up', '--state', folder])
  const count = nativeStatus().available ? 8 : 6
  const addresses = await running.listening(count + 1)
  assert.ok(addresses.includes('udp://127.0.0.1:9001'))
  assert.ok(addresses.includes('tcp://127.0.0.1:9007'))
  const lines = running
    .stdout()
    .split('\n')
    .filter((line) => line.includes('npx lanework talk'))
  assert.equal(lines.length, count)
  for (const line of lines) {
    const command = (/echo hello \| npx lanework (.*)$/.exec(line)?.[1] ?? '').split(' ')
    const { stdout, code } = await lanework(command, 'hello\n')
    assert.match(stdout, /^hello\n$/i, line)
    assert.equal(code, 0)
  }
  assert.ok(addresses.includes('udp://127.0.0.1:9123'))
  const ntp = /npx lanework (ntp \S+)$/m.exec(running.stdout())?.[1] ?? 'nothing'
  const { stdout, code } = await lanework(ntp.split(' '))
  assert.equal(code, 0, stdout)
  assert.match(stdout, /\b10\b/, 'the stratum')
  const again = await lanework(['up', '--state', folder])
  assert.equal(again.code, 5, 'a second up says that the address is in use')
  running.child.kill('SIGINT')
  assert.equal((await running.finished).code, 0)
})

test('doctor says native or why not', async () => {
  const { stdout, code } = await lanework(['doctor'])
  assert.equal(code, 0)
  assert.match(stdout, nativeStatus().available ? /native \(linux-/ : /not in use: /)
  const without = await lanework(['doctor', '--json'], '', { LANEWORK_NO_NATIVE: '1' })
  const report = JSON.parse(without.stdout) as { native: boolean; missing: { id: string }[] }
  assert.equal(report.native, false)
  assert.ok(report.missing.some(({ id }) => id === 'unix-datagram'))
})

test('--version is the package version, --help starts with an example and lists the exit codes', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  assert.equal((await lanework(['--version'])).stdout.trim(), version)
  const { stdout, code } = await lanework(['--help'])
  assert.equal(code, 0)
  assert.match(stdout, /^Example:/)
  assert.match(stdout, /Exit codes:/)
  for (const command of ['up', 'serve', 'talk', 'tour', 'doctor']) {
    assert.match((await lanework([command, '--help'])).stdout, /^Example:/, command)
  }
})

test('a reader that stops early is no error', () => {
  const output = execFileSync('sh', ['-c', `${process.execPath} dist/cli/main.js --help | head -1`], {
    encoding: 'utf8',
  })
  assert.equal(output, 'Example:\n')
})
