/** `lanework up`, `doctor`, help and version: the first things a new user types. */
import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'

import { nativeStatus } from '#lanework/io/index.js'
import { lanework, start } from '../support/command.js'
import { folder } from '../support/folder.js'

/** What the line to copy prints. */
function expectedOf(line: string): RegExp {
  if (line.includes('--room')) return /^<guest\S*> hello\n$/
  if (line.includes('echo hello')) return /^hello\n$/i
  if (line.includes('lanework time')) return /^\w+day, [ \d]\d \w+ 20\d\d, \d\d:\d\d:\d\d \S+\n$/
  return line.includes('--hex')
    ? /^ {2}0000 {2}(\S\S ){3}\S\S +.{4}\n$/
    : /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d 20\d\d\s+$/
}

test('up serves every service, and each line to copy works as printed', async () => {
  const running = start(['up', '--state', folder])
  const services = 5
  // Chat is at two besides.
  const count = services * (nativeStatus().available ? 4 : 3) + 2
  // Besides those with a line to copy: chat's page and IRC, DNS at two, NTP.
  const addresses = await running.listening(count + 5)
  assert.ok(addresses.includes('udp://127.0.0.1:9001'))
  assert.ok(addresses.includes('tcp://127.0.0.1:9007'))
  const lines = running
    .stdout()
    .split('\n')
    .filter((line) => /npx lanework (talk|time)/.test(line))
  assert.equal(lines.length, count)
  for (const line of lines) {
    const command = /listening \S+ +(.*)$/.exec(line)?.[1] ?? ''
    // As a shell does it; `npx` would look for the package.
    const { stdout, status } = spawnSync(
      'sh',
      ['-c', command.replace('npx lanework', `${process.execPath} dist/cli/main.js`)],
      {
        encoding: 'utf8',
        input: 'hello\n',
      },
    )
    assert.match(stdout, expectedOf(line), line)
    assert.equal(status, 0, line)
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
