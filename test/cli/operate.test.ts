/** The commands for running servers: which one is meant, what they print, and how they end. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'

import { udp } from '#lanework/io/index.js'
import type { ProgramStatus } from '#lanework/server/index.js'
import { lanework, start, type Running } from '../support/command.ts'
import { folder } from '../support/folder.ts'
import { until } from '../support/until.ts'

let count = 0

async function served(words: readonly string[] = []): Promise<{ running: Running; address: string; state: string }> {
  const state = join(folder, `state${++count}`)
  mkdirSync(state, { mode: 0o700 })
  const running = start(['serve', 'upper', '--listen', 'udp://127.0.0.1:0', '--state', state, ...words])
  const [address = ''] = await running.listening()
  if (words.length === 0) await until('its control socket is there', () => socketsIn(state).length === 1)
  return { running, address, state }
}

function socketsIn(state: string): string[] {
  return existsSync(join(state, 'control')) ? readdirSync(join(state, 'control')) : []
}

async function ask(address: string): Promise<void> {
  const socket = udp()
  await socket.sendTo('abc', address)
  assert.equal(String((await socket.recvFrom(10)).message), 'ABC')
  await socket.close()
}

async function end(running: Running): Promise<void> {
  running.child.kill('SIGTERM')
  assert.equal((await running.finished).code, 0)
}

describe('a running server', () => {
  it('is shown by status: as tables, JSON and metrics', async () => {
    const { running, address, state } = await served()
    await ask(address)
    const pid = String(running.child.pid)
    const table = await lanework(['status', '--state', state])
    assert.equal(table.code, 0)
    assert.match(table.stdout, new RegExp(`upper: serving, pid ${pid}`))
    assert.match(table.stdout, new RegExp(`^${address} +\\S+ +0 +1 +1 +[\\d.]+ [um]?s +0( +kernel \\?)?$`, 'm'))
    const json = JSON.parse((await lanework(['status', 'upper', '--state', state, '--json'])).stdout) as ProgramStatus
    assert.equal(json.servers[0]?.lanes[0]?.messages, 1)
    const metrics = await lanework(['status', pid, '--state', state, '--metrics'])
    assert.match(metrics.stdout, /^lanework_lane_messages_total\{service="upper",lane="0"\} 1$/m)
    const top = await lanework(['top', pid, '--state', state, '--once', '--interval-ms', '100'])
    assert.match(top.stdout, /^listener .*drop\/s/m)
    await end(running)
    assert.deepEqual(socketsIn(state), [])
  })

  it('is drained, and ends', async () => {
    const { running, state } = await served()
    const drained = await lanework(['drain', 'upper', '--state', state, '--json', '--deadline-ms', '100'])
    assert.equal(drained.code, 0, drained.stderr)
    assert.match(drained.stdout, /^\{"drained":\[\{"service":"upper","report":\{"finished":0/)
    assert.equal((await running.finished).code, 0)
  })

  it('is stopped at once', async () => {
    const { running, state } = await served()
    const stopped = await lanework(['stop', '--state', state])
    assert.match(stopped.stdout, new RegExp(`stopped \\(pid ${running.child.pid}\\)`))
    assert.equal((await running.finished).code, 0)
  })

  it('with inline lanes neither reloads nor upgrades, by command or signal, and goes on', async () => {
    const { running, address, state } = await served()
    const reload = await lanework(['reload', '--state', state, '--connections', '5'])
    assert.equal(reload.code, 1)
    assert.match(reload.stderr, /cannot load new code/)
    const upgraded = await lanework(['upgrade', '--state', state, '--json'])
    assert.equal((JSON.parse(upgraded.stderr) as { error: { code: string } }).error.code, 'UPGRADE_FAILED')
    running.child.kill('SIGHUP')
    await until('it says so', () => running.stderr().includes('no reload: '))
    running.child.kill('SIGUSR2')
    await until('it says so', () => running.stderr().includes('no upgrade: '))
    await ask(address)
    await end(running)
  })

  it('has its control socket where it is told, or none', async () => {
    mkdirSync(join(folder, 'own'), { mode: 0o700 })
    const control = join(folder, 'own', 'c.sock')
    const first = await served(['--control', control])
    await until('it is there', () => existsSync(control))
    assert.match((await lanework(['status', '--control', control])).stdout, /upper: serving/)
    await end(first.running)
    const gone = await lanework(['status', '--control', control])
    assert.equal(gone.code, 4)
    assert.match(gone.stderr, /nobody answers there/)
    const second = await served(['--no-control'])
    await ask(second.address)
    assert.equal((await lanework(['status', '--state', second.state])).code, 4)
    await end(second.running)
  })
})

describe('several servers', () => {
  it('are all shown; what acts on one wants to know which', async () => {
    const { running, state } = await served()
    const other = start(['serve', 'echo', '--listen', 'tcp://127.0.0.1:0', '--state', state])
    await other.listening()
    await until('both have control sockets', () => socketsIn(state).length === 2)
    assert.equal((await lanework(['status', '--state', state])).stdout.match(/: serving/g)?.length, 2)
    const unclear = await lanework(['drain', '--state', state])
    assert.equal(unclear.code, 2)
    assert.match(unclear.stderr, /upper \(pid \d+\), echo|echo \(pid \d+\), upper/)
    const unknown = await lanework(['stop', 'ecko', '--state', state])
    assert.equal(unknown.code, 4)
    assert.match(unknown.stderr, /No server is called "ecko"; running are/)
    running.child.kill('SIGKILL')
    await running.finished
    // What is left of it is in nobody's way.
    assert.equal((await lanework(['stop', '--state', state])).code, 0)
    assert.equal((await other.finished).code, 0)
    const none = await lanework(['status', '--state', state, '--json'])
    assert.equal(none.code, 4)
    assert.equal((JSON.parse(none.stderr) as { error: { code: string } }).error.code, 'SERVER_NOT_FOUND')
  })
})

describe('top', () => {
  it('refuses without a terminal', async () => {
    const { code, stderr } = await lanework(['top'])
    assert.equal(code, 2)
    assert.match(stderr, /terminal/)
  })

  const script = ['/usr/bin/script', '/bin/script'].find((path) => existsSync(path))
  for (const way of ['q', 'SIGTERM', 'the end of the server'] as const) {
    it(`gives the terminal back after ${way}`, { skip: script === undefined && 'no script(1)' }, async (t) => {
      const { running, state } = await served()
      const command = `exec ${process.execPath} dist/cli/main.js top --state ${state} --interval-ms 100`
      const child = spawn(script as string, ['-qfec', command, '/dev/null'], { stdio: ['pipe', 'pipe', 'inherit'] })
      let shown = ''
      child.stdout.on('data', (chunk: Buffer) => (shown += String(chunk)))
      const closed = new Promise((resolve) => child.on('close', resolve))
      t.after(() => child.kill('SIGKILL'))
      await until('it draws', () => shown.split('\u001b[H').length > 3)
      assert.ok(shown.includes('\u001b[?1049h'))
      if (way === 'q') child.stdin.write('\u001b[C\u001b[Crq')
      else if (way === 'SIGTERM') process.kill(await topOf(child.pid as number), 'SIGTERM')
      else running.child.kill('SIGTERM')
      await closed
      assert.ok(shown.lastIndexOf('\u001b[?1049l') > shown.lastIndexOf('\u001b[?1049h'), 'the first screen is back')
      assert.ok(shown.lastIndexOf('\u001b[?25h') > shown.lastIndexOf('\u001b[?25l'), 'the cursor is back')
      if (way !== 'the end of the server') await end(running)
      else await running.finished
    })
  }
})

/** The child of script(1): the command itself, as the shell executes it. */
async function topOf(pid: number): Promise<number> {
  const { descendants } = await import('#lanework/process/index.js')
  return until('it has a child', () => descendants(pid).at(-1)?.pid ?? false)
}
