/** The control socket of a server: its methods, its parameters, and who may not wear it out. */
import assert from 'node:assert/strict'
import { existsSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import { connect } from '#lanework/io/index.js'
import { ControlClient } from '#lanework/process/index.js'
import {
  controlFolder,
  findServers,
  serve,
  serveControl,
  service,
  type ControlSocket,
  type OperatorMethods,
  type Server,
} from '#lanework/server/index.js'
import { isNative } from '../../support/capability.ts'
import { freshControlPath } from '../../support/control-path.ts'
import { runFixture } from '../../support/fixture.ts'
import { pretendedServer } from '../../support/pretended-server.ts'
import { until } from '../../support/until.ts'

const upper = service({ name: 'upper', message: (message) => String(message).toUpperCase() })

interface Opened {
  readonly control: ControlSocket
  readonly client: ControlClient<OperatorMethods>
}

async function opened(server: Server, path = freshControlPath()): Promise<Opened> {
  const control = await serveControl([server], { path })
  return { control, client: await ControlClient.connect<OperatorMethods>(path) }
}

describe('the control socket', () => {
  it('gives the status of a real server, for its owner only', async () => {
    await using server = await serve(upper, { listen: 'tcp://127.0.0.1:0' })
    const { control, client } = await opened(server)
    assert.equal(statSync(control.path).mode & 0o777, 0o600)
    const connection = await connect(server.addresses[0] as string)
    await connection.send('abc')
    assert.equal(String(await connection.recv()), 'ABC')
    await until(
      'the message is counted',
      async () => (await client.call('status')).servers[0]?.lanes[0]?.messages === 1,
    )
    const { name, pid, servers } = await client.call('status')
    assert.deepEqual([name, pid, servers.length], ['upper', process.pid, 1])
    assert.equal(servers[0]?.listeners[0]?.address, server.addresses[0])
    assert.deepEqual(await client.call('ping'), { name: 'upper', pid: process.pid, services: ['upper'], ends: false })
    assert.match(await client.call('metrics'), /^lanework_lane_messages_total\{service="upper",lane="0"\} 1$/m)
    await connection.close()
    await client.close()
    await control.close()
    assert.ok(!existsSync(control.path))
  })

  it('is where the command looks, unless it is told otherwise', async () => {
    const before = process.env['XDG_STATE_HOME']
    try {
      process.env['XDG_STATE_HOME'] = dirname(freshControlPath())
      await using control = await serveControl([pretendedServer()])
      assert.equal(dirname(control.path), join(process.env['XDG_STATE_HOME'], 'lanework', 'control'))
      assert.equal(statSync(dirname(control.path)).mode & 0o777, 0o700)
      process.env['XDG_STATE_HOME'] = ''
      assert.equal(controlFolder(), join(homedir(), '.local', 'state', 'lanework', 'control'))
    } finally {
      if (before === undefined) delete process.env['XDG_STATE_HOME']
      else process.env['XDG_STATE_HOME'] = before
    }
  })

  it('watches: a status at once, then more, and the last when all have stopped', async () => {
    const server = await serve(upper, { listen: 'tcp://127.0.0.1:0' })
    const { control, client } = await opened(server)
    const states: string[] = []
    for await (const { servers } of client.stream('watch', { intervalMs: 100 })) {
      states.push(servers[0]?.state ?? '')
      if (states.length === 3) void server.close()
    }
    assert.deepEqual([...new Set(states)], ['serving', 'stopped'])
    await client.close()
    await control.close()
  })

  it('drains, reloads with limits, stops, and answers before it goes', async () => {
    const server = pretendedServer()
    const { control, client } = await opened(server)
    const limits = { connections: 5 }
    assert.deepEqual(await client.call('reload', { limits }), [
      { service: 'upper', generation: 2, lanes: 2, tookMs: 80 },
    ])
    const draining = client.call('drain', { deadlineMs: 70 })
    await until('it drains', () => server.calls.length === 2)
    const closing = control.close()
    assert.equal((await draining)[0]?.report.finished, 3)
    await client.close()
    await closing
    assert.deepEqual(server.calls, [
      ['reload', { limits }],
      ['drain', { deadlineMs: 70 }],
    ])
    const second = await opened(pretendedServer())
    assert.equal(await second.client.call('stop'), undefined)
    await second.client.close()
    await second.control.close()
  })

  it('calls what the service shares, by its name', async () => {
    const server = pretendedServer()
    const { control, client } = await opened(server)
    assert.deepEqual(await client.call('call', { method: 'zones', args: [1] }), [1])
    await assert.rejects(client.call('call', { method: 'zones', service: 'other' }), { code: 'SERVICE_UNKNOWN' })
    assert.deepEqual(server.calls, [['call', { method: 'zones', args: [1] }]])
    await client.close()
    await control.close()
  })

  it('passes on why a reload failed, and the server goes on', async () => {
    await using server = await serve(upper, { listen: 'tcp://127.0.0.1:0' })
    const { control, client } = await opened(server)
    await assert.rejects(client.call('reload'), { code: 'RELOAD_NEEDS_LANES' })
    await assert.rejects(client.call('upgrade'), { code: 'UNSUPPORTED' })
    assert.equal((await client.call('status')).servers[0]?.state, 'serving')
    await client.close()
    await control.close()
  })

  it('refuses wrong parameters of every method with OPTION_INVALID', async () => {
    const server = pretendedServer()
    const { control, client: typed } = await opened(server)
    const client = typed as unknown as ControlClient
    const wrong: readonly (readonly [string, unknown])[] = [
      ['status', { all: true }],
      ['status', 'all'],
      ['ping', [1]],
      ['metrics', 1],
      ['drain', { deadlineMs: -1 }],
      ['drain', { deadlineMs: '5' }],
      ['drain', { deadlineMs: Number.NaN }],
      ['drain', { deadline: 5 }],
      ['reload', { limits: { conections: 5 } }],
      ['reload', { limits: { connections: 0 } }],
      ['reload', { limits: [] }],
      ['stop', { now: true }],
      ['upgrade', { now: true }],
      ['call', undefined],
      ['call', { method: 1 }],
      ['call', { method: 'zones', args: 1 }],
    ]
    for (const [method, params] of wrong) {
      await assert.rejects(client.call(method, params), { code: 'OPTION_INVALID' }, `${method} ${String(params)}`)
    }
    for (const params of [{ intervalMs: 99 }, { intervalMs: 60_001 }, { intervalMs: 1.5 }, { every: 100 }]) {
      await assert.rejects(client.stream('watch', params).next(), { code: 'OPTION_INVALID' })
    }
    await assert.rejects(client.call('constructor'), { code: 'METHOD_UNKNOWN' })
    await assert.rejects(client.call('watch'), { code: 'METHOD_MISUSED' })
    await assert.rejects(client.stream('status').next(), { code: 'METHOD_MISUSED' })
    assert.deepEqual(server.calls, [])
    await client.close()
    await control.close()
  })
})

describe('a server lives on', () => {
  it('after garbage and frames that are too long', async () => {
    const { control, client } = await opened(pretendedServer())
    const garbage = [
      Buffer.alloc(100, 0xff),
      Buffer.from('GET / HTTP/1.1\r\n\r\n'),
      Buffer.from([0, 0, 0, 4, 1, 2, 3, 4]),
    ]
    for (const bytes of garbage) {
      const stream = await connect(`unix:${control.path}`)
      await stream.send(bytes)
      while ((await stream.recv().catch(() => Buffer.alloc(0))).length > 0);
      await stream.close()
    }
    await assert.rejects((client as unknown as ControlClient).call('status', Buffer.alloc(5 * 1_048_576)))
    await using other = await ControlClient.connect<OperatorMethods>(control.path)
    assert.equal((await other.call('ping')).name, 'upper')
    await client.close()
    await other.close()
    await control.close()
  })

  it('with 100 clients: 64 are served, the others are CONTROL_BUSY, and places become free', async () => {
    const { control, client } = await opened(pretendedServer())
    const connecting = Array.from({ length: 100 }, () => ControlClient.connect<OperatorMethods>(control.path))
    const settled = await Promise.allSettled(connecting)
    const clients = settled.filter((each) => each.status === 'fulfilled').map(({ value }) => value)
    const refused = settled.filter((each) => each.status === 'rejected').map(({ reason }) => reason as { code: string })
    assert.equal(clients.length, 63)
    assert.ok(refused.every(({ code }) => code === 'CONTROL_BUSY'))
    const answers = await Promise.all(clients.map((each) => each.call('status')))
    assert.ok(answers.every(({ servers }) => servers.length === 1))
    await Promise.all(clients.map((each) => each.close()))
    const next = await until('there is room', async () =>
      ControlClient.connect<OperatorMethods>(control.path).catch(() => false as const),
    )
    assert.equal((await next.call('ping')).pid, process.pid)
    for (const each of [next, client]) await each.close()
    await control.close()
  })

  it('when clients die in the middle of a stream, and nothing is asked for them any more', async () => {
    let asked = 0
    const pretended = pretendedServer()
    const server = pretendedServer({
      status: () => {
        asked++
        return pretended.status()
      },
    })
    const { control, client } = await opened(server)
    const watchers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const watcher = await connect(`unix:${control.path}`)
        const own = await ControlClient.connect<OperatorMethods>(control.path)
        const items = own.stream('watch', { intervalMs: 100 })
        await items.next()
        return { watcher, own }
      }),
    )
    for (const { watcher, own } of watchers) {
      await watcher.close()
      await own.close()
    }
    await until('nothing is asked any more, for three times the interval', async () => {
      const before = asked
      await new Promise((resolve) => setTimeout(resolve, 300))
      return asked === before
    })
    assert.equal((await client.call('status')).servers.length, 1)
    await client.close()
    await control.close()
  })
})

describe('a folder of control sockets', () => {
  it('lists the living, and loses what killed ones left', async () => {
    const folder = dirname(freshControlPath())
    const control = await serveControl([pretendedServer()], { folder, name: '../up ok' })
    assert.equal(dirname(control.path), folder)
    const dead = runFixture('control-server', [join(folder, 'dead-1234567.sock')])
    await dead.hear('listening')
    assert.equal((await findServers(folder)).length, 2)
    await dead.stop()
    writeFileSync(join(folder, 'notes.txt'), 'not a socket')
    assert.deepEqual(await findServers(folder), [
      { path: control.path, name: '../up ok', pid: process.pid, services: ['upper'], answers: true, ends: false },
    ])
    assert.ok(!existsSync(join(folder, 'dead-1234567.sock')))
    assert.ok(existsSync(join(folder, 'notes.txt')))
    await control.close()
    assert.deepEqual(await findServers(folder), [])
    assert.deepEqual(await findServers(join(folder, 'nowhere')), [])
  })

  it('does not list one that ends while it is asked', async () => {
    const path = freshControlPath()
    const folder = dirname(path)
    // As a server does: first nobody else comes, then who is there is hung up on.
    const ending = createServer((socket) => {
      ending.close()
      socket.destroy()
    })
    await new Promise<void>((resolve) => ending.listen(join(folder, `ending-${process.pid}.sock`), resolve))
    assert.deepEqual(await findServers(folder), [])
  })

  it(
    'keeps one name answering while a successor takes it over',
    { skip: !isNative && 'files change hands natively' },
    async () => {
      const path = freshControlPath()
      const first = await serveControl([pretendedServer()], { path, name: 'first' })
      await assert.rejects(serveControl([pretendedServer()], { path }), { code: 'ADDRESS_IN_USE' })
      const second = await serveControl([pretendedServer()], { path, name: 'second', replace: true })
      await first.close()
      const client = await ControlClient.connect<OperatorMethods>(path)
      assert.equal((await client.call('ping')).name, 'second')
      await client.close()
      await second.close()
      assert.ok(!existsSync(path))
    },
  )
})
