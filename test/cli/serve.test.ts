/** `lanework serve`: what it prints, how it ends, and what it says when it cannot. */
import assert from 'node:assert/strict'
import { readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { test } from 'node:test'
import { pathToFileURL } from 'node:url'

import { connect, connectWebSocket, udp } from '#lanework/io/index.js'
import { defaultLimits } from '#lanework/server/index.js'
import { unless, unlessRoot } from '../support/capability.js'
import { lanework, start } from '../support/command.js'
import { folder } from '../support/folder.js'
import { childrenOf } from '../support/process-table.js'
import { until } from '../support/until.js'

/** Lanes that run as nobody must be able to read the package. */
const unlessOthersRead = ancestors(resolve('dist')).every((path) => (statSync(path).mode & 0o005) === 0o005)
  ? false
  : 'only its owner may read this folder'

function ancestors(path: string): string[] {
  return path === dirname(path) ? [path] : [path, ...ancestors(dirname(path))]
}

/** One that nobody uses now. */
async function privilegedPort(): Promise<number> {
  for (let port = 600; ; port++) {
    const socket = udp()
    try {
      await socket.bind(`udp://127.0.0.1:${port}`)
      return port
    } catch (error) {
      if (port === 1_023) throw error
    } finally {
      await socket.close()
    }
  }
}

test('prints one listening line an address, answers, and drains on SIGTERM', async () => {
  const running = start(['serve', 'upper', '--listen', 'udp://127.0.0.1:0', '--listen', 'tcp://127.0.0.1:0'])
  const [datagrams = '', streams = ''] = await running.listening(2)
  const socket = udp()
  await socket.sendTo('grüezi', datagrams)
  assert.equal(String((await socket.recvFrom(100)).message), 'GRüEZI')
  const connection = await connect(streams)
  await connection.send('abc')
  assert.equal(String(await connection.recv()), 'ABC')
  running.child.kill('SIGTERM')
  assert.equal((await running.finished).code, 0)
  await socket.close()
  await connection.close()
})

test('serves WebSockets, to pages of the origins that it is told', async () => {
  const [path, origin] = ['ws://127.0.0.1:0/echo', 'https://page.example']
  const running = start(['serve', 'echo', '--listen', path, '--origin', origin])
  const [address = ''] = await running.listening()
  assert.match(address, /^ws:\/\/127\.0\.0\.1:\d+\/echo$/)
  await using socket = await connectWebSocket(address, { origin })
  await socket.send('grüezi')
  assert.deepEqual(await socket.receive(), { data: Buffer.from('grüezi'), isText: true })
  await assert.rejects(connectWebSocket(address, { origin: 'https://other.example' }), { code: 'HANDSHAKE_REFUSED' })
  running.child.kill('SIGTERM')
  assert.equal((await socket.closed).code, 1_001)
  assert.equal((await running.finished).code, 0)
})

test('cuts streams into lines when told to', async () => {
  const running = start(['serve', 'upper', '--listen', 'tcp://127.0.0.1:0', '--framing', 'lines'])
  const [address = ''] = await running.listening()
  const connection = await connect(address)
  await connection.send('a\nb')
  assert.equal(String(await connection.recv()), 'A\n')
  connection.end()
  assert.equal(String(await connection.recv()), 'B\n')
  running.child.kill('SIGTERM')
  await running.finished
  await connection.close()
})

test('--json prints one value a line', async () => {
  const running = start(['serve', 'echo', '--listen', 'tcp://127.0.0.1:0', '--json'])
  while (!running.stdout().includes('\n')) await new Promise((resolve) => setImmediate(resolve))
  assert.match((JSON.parse(running.stdout()) as { listening: string }).listening, /^tcp:\/\/127\.0\.0\.1:\d+$/)
  running.child.kill('SIGTERM')
  assert.equal((await running.finished).code, 0)
})

test('runs a service from a module', async () => {
  const path = join(folder, 'reverse.mjs')
  const library = pathToFileURL('dist/index.js').href
  writeFileSync(
    path,
    `import { service } from '${library}'\nexport default service({ name: 'reverse', message: (m) => m.reverse() })`,
  )
  const running = start(['serve', path, '--listen', 'udp://127.0.0.1:0'])
  const [address = ''] = await running.listening()
  const socket = udp()
  await socket.sendTo('abc', address)
  assert.equal(String((await socket.recvFrom(100)).message), 'cba')
  running.child.kill('SIGTERM')
  await running.finished
  await socket.close()
})

test('says once that a handler failed, and lives on', async () => {
  const path = join(folder, 'broken.mjs')
  const library = pathToFileURL('dist/index.js').href
  writeFileSync(
    path,
    `import { service } from '${library}'
export default service({ name: 'broken', message: (m) => { if (m.length > 1) throw new Error('too much'); return m } })`,
  )
  const running = start(['serve', path, '--listen', 'udp://127.0.0.1:0'])
  const [address = ''] = await running.listening()
  const socket = udp()
  for (const message of ['long', 'long', 'x']) await socket.sendTo(message, address)
  assert.equal(String((await socket.recvFrom(100)).message), 'x')
  running.child.kill('SIGTERM')
  const { stderr } = await running.finished
  assert.equal(stderr.match(/too much/g)?.length, 1)
  await socket.close()
})

test('an address in use names the address and the fix, and exits with 5', async () => {
  const holder = createServer()
  await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve))
  const { port } = holder.address() as { port: number }
  const { code, stderr } = await lanework(['serve', 'echo', '--listen', `tcp://127.0.0.1:${port}`])
  assert.equal(code, 5)
  assert.match(stderr, new RegExp(`already uses tcp://127\\.0\\.0\\.1:${port}`))
  assert.match(stderr, /choose another address/)
  holder.close()
})

test('wrong words are named, with exit code 2', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['serve', 'ecko', '--listen', 'udp://127.0.0.1:0'], /no service "ecko"; known are upper, echo/],
    [['serve', 'echo', '--listen', 'ftp://127.0.0.1:0'], /unknown scheme "ftp"/],
    [['serve', 'echo', '--listen', 'udp://127.0.0.1:99999'], /port must be 0 to 65535/],
    [['serve', 'echo', '--listen', 'udp://127.0.0.1:0', '--idle-ms', 'soon'], /integer from 0/],
    [['serve', 'echo', '--listen', 'udp://127.0.0.1:0', '--framing', 'rot13'], /framing/],
    [['serve', 'echo'], /--listen/],
    [['sreve'], /Did you mean serve/],
  ]
  for (const [words, expected] of cases) {
    const { code, stderr } = await lanework(words)
    assert.equal(code, 2, words.join(' '))
    assert.match(stderr, expected)
  }
})

test('a file that is no service says what to write', async () => {
  const path = join(folder, 'nothing.mjs')
  writeFileSync(path, 'export default 1')
  const { code, stderr } = await lanework(['serve', path, '--listen', 'udp://127.0.0.1:0'])
  assert.equal(code, 2)
  assert.match(stderr, /not made by service\(\)/)
})

test('with --json an error is JSON too', async () => {
  const { stderr } = await lanework(['serve', 'ecko', '--listen', 'udp://127.0.0.1:0', '--json'])
  const { error } = JSON.parse(stderr) as { error: { code: string; detail: { name: string } } }
  assert.equal(error.code, 'SERVICE_UNKNOWN')
  assert.equal(error.detail.name, 'ecko')
})

test('every limit is a flag, and is in force', async () => {
  const { stdout } = await lanework(['serve', '--help'])
  for (const name of Object.keys(defaultLimits)) {
    const flag = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    assert.match(stdout, new RegExp(`^ +--${flag} <n>`, 'm'))
  }
  const running = start(['serve', 'echo', '--listen', 'udp://127.0.0.1:0', '--frame-bytes', '4', '--reply-factor', '0'])
  const [address = ''] = await running.listening()
  const socket = udp()
  for (const message of ['too long', 'ok']) await socket.sendTo(message, address)
  assert.equal(String((await socket.recvFrom(100)).message), 'ok')
  running.child.kill('SIGTERM')
  await running.finished
  await socket.close()
})

test('wrong words about lanes are named, with exit code 2', async () => {
  const cases: readonly (readonly [string[], RegExp])[] = [
    [['--lane-kind', 'fibre'], /one of inline, thread, process/],
    [['--spread', 'random'], /one of auto, source, round-robin/],
    [['--queue-policy', 'drop-newest'], /one of disconnect, drop-oldest, wait/],
    [['--hang-ms', '999'], /integer from 1000/],
    [['--user', 'nobody-of-that-name'], /a name that the system knows/],
    [['--lanes', '2', '--lane-kind', 'inline'], /lanes/],
  ]
  for (const [words, expected] of cases) {
    const { code, stderr } = await lanework(['serve', 'echo', '--listen', 'udp://127.0.0.1:0', ...words])
    assert.equal(code, 2, `${words.join(' ')}: ${stderr}`)
    assert.match(stderr, expected)
  }
})

test(
  '--user with lanes: a privileged port, which lanes that never were root serve, also after a reload',
  {
    skip: unlessRoot || unless('lanes') || unlessOthersRead,
  },
  async () => {
    const words = ['--lanes', '2', '--user', 'nobody', '--no-control']
    const running = start(['serve', 'echo', '--listen', `udp://127.0.0.1:${await privilegedPort()}`, ...words])
    const [address = ''] = await running.listening()
    running.child.kill('SIGHUP')
    await until('it has reloaded', () => running.stderr().includes('generation 2 serves'))
    const socket = udp()
    await socket.sendTo('x', address)
    assert.equal(String((await socket.recvFrom(100)).message), 'x')
    const pids = childrenOf(running.child.pid as number)
    assert.ok(pids.length >= 2)
    for (const pid of [running.child.pid as number, ...pids]) {
      assert.doesNotMatch(statusOf(pid), /^[UG]id:.*\t0\b/m)
    }
    running.child.kill('SIGTERM')
    assert.equal((await running.finished).code, 0)
    await socket.close()
  },
)

test('--user gives up root once all is bound', { skip: unlessRoot }, async () => {
  const running = start(['serve', 'echo', '--listen', 'udp://127.0.0.1:0', '--user', 'nobody', '--no-control'])
  const [address = ''] = await running.listening()
  const socket = udp()
  await socket.sendTo('x', address)
  assert.equal(String((await socket.recvFrom(100)).message), 'x')
  const status = readFileSync(`/proc/${running.child.pid}/status`, 'utf8')
  assert.doesNotMatch(status, /^[UG]id:.*\t0\b/m)
  running.child.kill('SIGTERM')
  assert.equal((await running.finished).code, 0)
  await socket.close()
})

/** Nothing of a lane that has ended meanwhile. */
function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'utf8')
  } catch {
    return ''
  }
}
