/** SIGHUP of `lanework serve` in a terminal: reload when somebody sends it, the end when the terminal is closed. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { can } from '../support/capability.js'
import { childrenOf } from '../support/process-table.js'
import { until } from '../support/until.js'

const hasPython = spawnSync('python3', ['--version']).status === 0
const skip = hasPython ? (can('lanes') ? false : 'lanes need the addon') : 'python3 is not here'

test('a closed terminal ends the server and its lanes; SIGHUP alone reloads', { timeout: 60_000, skip }, async () => {
  const command = [
    'dist/cli/main.js',
    'serve',
    'upper',
    '--listen',
    'udp://127.0.0.1:0',
    '--lanes',
    '2',
    '--no-control',
  ]
  const terminal = spawn('python3', ['test/fixtures/in-terminal.py', process.execPath, ...command])
  let shown = ''
  terminal.stdout.on('data', (chunk: Buffer) => (shown += chunk.toString()))
  try {
    const pid = Number(await until('it has started', () => /pid (\d+)\s/.exec(shown)?.[1]))
    await until('it listens', () => shown.includes('listening udp://'))
    process.kill(pid, 'SIGHUP')
    await until('it has reloaded', () => shown.includes('generation 2 serves'))
    const family = [pid, ...childrenOf(pid)]
    assert.ok(family.length >= 3)
    terminal.stdin.end()
    await until('it has ended', () => shown.includes('ended'))
    await until('nobody is left', () => family.every((each) => !isThere(each)))
  } finally {
    terminal.kill('SIGKILL')
  }
})

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
