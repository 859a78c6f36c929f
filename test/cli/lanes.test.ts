/** A server on several lanes as its operator meets it: started with one flag, changed and replaced while clients ask, and ended. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { it } from 'node:test'

import { connect, connectWebSocket, udp } from '#lanework/io/index.js'
import type { ProgramStatus } from '#lanework/server/index.js'
import { unless } from '../support/capability.ts'
import { lanework, start } from '../support/command.ts'
import { folder } from '../support/folder.ts'
import { until } from '../support/until.ts'

const state = join(folder, 'lanes-state')
mkdirSync(state, { mode: 0o700 })

/** Asks over datagrams and over a new connection each time, until it is stopped; gives how often, or fails with what went wrong. */
function keepAsking([datagrams = '', streams = '']: readonly string[]): () => Promise<number> {
  const run = { isOver: false }
  let answers = 0
  const asking = (async () => {
    const socket = udp()
    while (!run.isOver) {
      await socket.sendTo(`d${answers}`, datagrams)
      assert.equal(String((await socket.recvFrom(100, { timeoutMs: 60_000 })).message), `D${answers}`)
      const connection = await connect(streams)
      await connection.send(`s${answers}`)
      assert.equal(String(await connection.recv()), `S${answers}`)
      await connection.close()
      answers++
    }
    await socket.close()
    return answers
  })()
  asking.catch(() => {})
  return () => {
    run.isOver = true
    return asking
  }
}

async function programs(): Promise<ProgramStatus[]> {
  const { stdout } = await lanework(['status', '--state', state, '--json'])
  return stdout
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as ProgramStatus)
}

it(
  '--lanes 2 serves in two processes; reloads and upgrades cost no client a request',
  { skip: unless('lanes') },
  async () => {
    const unixPath = `unix:${join(folder, 'lanes.sock')}`
    const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', unixPath, 'ws://127.0.0.1:0/lanes']
    const words = listen.flatMap((address) => ['--listen', address])
    const running = start(['serve', 'upper', ...words, '--lanes', '2', '--state', state])
    const addresses = await running.listening(4)
    const first = running.child.pid as number
    const pids = new Set([first])
    // A test that fails leaves no successor behind.
    process.on('exit', () => pids.forEach((pid) => endQuietly(pid)))
    const [one] = await until('it is found', async () => (await programs()).length === 1 && programs())
    assert.deepEqual(
      one?.servers[0]?.lanes.map(({ kind }) => kind),
      ['process', 'process'],
    )
    const stop = keepAsking(addresses.slice(0, 3))
    await using socket = await connectWebSocket(addresses[3] as string)
    const shout = async (word: string): Promise<string> => {
      await socket.send(word)
      return String((await socket.receive())?.data)
    }
    const old = await connect(addresses[1] as string)
    await old.send('before')
    assert.equal(String(await old.recv()), 'BEFORE')

    const reload = await lanework(['reload', '--state', state])
    assert.match(reload.stdout, /^upper: generation 2 serves, 2 lanes, after \d+ ms\n$/)
    running.child.kill('SIGHUP')
    await until('it has reloaded again', () => running.stderr().includes('generation 3 serves with 2 lanes'))
    await old.send('still')
    assert.equal(String(await old.recv()), 'STILL')
    assert.equal(await shout('still'), 'STILL')

    const upgrade = await lanework(['upgrade', '--state', state, '--json'])
    const { pid: second } = (JSON.parse(upgrade.stdout) as { upgraded: { pid: number } }).upgraded
    pids.add(second)
    assert.notEqual(second, first)
    await old.send('after')
    assert.equal(String(await old.recv()), 'AFTER', 'a lane of the first finishes its connection')
    assert.equal(await shout('after'), 'AFTER')
    assert.equal((await socket.close()).code, 1_000)
    assert.equal((await programs()).length, 2, 'the first still drains')
    const other = await lanework(['reload', 'upper', '--state', state, '--json'])
    assert.match(other.stdout, /"generation":2/, 'its successor is meant')
    await old.close()
    await until('the first has ended', () => running.child.exitCode !== null)
    assert.equal(running.child.exitCode, 0)
    process.kill(second, 'SIGUSR2')
    const third = await until('there is a third', async () => {
      const [only, ...others] = await programs()
      return others.length === 0 && only !== undefined && !pids.has(only.pid) && only
    })
    pids.add(third.pid)
    assert.deepEqual(
      third.servers[0]?.listeners.map(({ address }) => address),
      addresses,
    )
    const unix = await connect(addresses[2] as string)
    await unix.send('by file')
    assert.equal(String(await unix.recv()), 'BY FILE')
    await unix.close()
    await using web = await connectWebSocket(addresses[3] as string)
    await web.send('by path')
    assert.equal(String((await web.receive())?.data), 'BY PATH')
    assert.ok((await stop()) > 0)

    assert.match((await lanework(['stop', '--state', state])).stdout, new RegExp(`pid ${third.pid}`))
    const { stderr } = await running.finished // the successors write to the same pipe
    assert.doesNotMatch(stderr, /ended,|failed/)
    assert.deepEqual(await programs(), [])
  },
)

it(
  'an upgrade whose control socket does not open leaves the old program at work',
  { skip: unless('lanes') },
  async () => {
    const own = join(folder, 'lanes-control')
    mkdirSync(own, { mode: 0o700 })
    const control = join(own, 'c.sock')
    const running = start(['serve', 'upper', '--listen', 'tcp://127.0.0.1:0', '--lanes', '2', '--control', control])
    const [address = ''] = await running.listening()
    await until('its control socket is there', () => existsSync(control))
    chmodSync(own, 0o755)
    running.child.kill('SIGUSR2')
    // Two programs write there, one after the other or not.
    await until('it says that it goes on', () => running.stderr().includes('no upgrade: '))
    await until('the other says why', () => running.stderr().includes('its mode is 755'))
    const connection = await connect(address)
    await connection.send('still')
    assert.equal(String(await connection.recv()), 'STILL')
    await connection.close()
    chmodSync(own, 0o700)
    assert.equal((await lanework(['stop', '--control', control])).code, 0)
    assert.equal((await running.finished).code, 0)
  },
)

function endQuietly(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}
