/** Control sockets against bad folders, bad bytes, crowds, and servers that were killed. */
import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { describe, it } from 'node:test'

import { connect, listen } from '#lanework/io/index.js'
import { ControlClient, ControlServer } from '#lanework/process/control/index.js'
import { encodeValue } from '#lanework/process/codec/index.js'
import { freshControlPath } from '../../support/control-path.ts'
import { runFixture } from '../../support/fixture.ts'
import { until } from '../../support/until.ts'

const add = ({ a, b }: { a: number; b: number }): number => a + b

function framed(body: Uint8Array): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(body.length)
  return Buffer.concat([length, body])
}

describe('the socket of a server', () => {
  it('is for its owner only: mode 0600 in a folder of mode 0700', async () => {
    const path = join(dirname(freshControlPath()), 'made', 'here', 'c.sock')
    await using server = await ControlServer.listen(path, { add })
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(dirname(path)).mode & 0o777, 0o700)
    await server.close()
    await until('its file is gone', () => !existsSync(path))
  })

  it('does not stand in a folder that others may enter: FOLDER_NOT_PRIVATE', async () => {
    const open = join(dirname(freshControlPath()), 'open')
    mkdirSync(open)
    chmodSync(open, 0o755)
    await assert.rejects(ControlServer.listen(join(open, 'c.sock'), { add }), {
      code: 'FOLDER_NOT_PRIVATE',
      detail: { path: open, reason: 'its mode is 755' },
    })
  })

  it('that a killed server left is replaced, that of a live one is ADDRESS_IN_USE', async () => {
    const path = freshControlPath()
    const first = runFixture('control-server', [path])
    await first.hear('listening')
    const second = runFixture('control-server', [path])
    assert.equal(await second.hear('failed'), 'ADDRESS_IN_USE')
    await second.ended
    const client = await ControlClient.connect(path)
    assert.equal(client.serverPid, first.child.pid)
    assert.equal(await client.call('add', { a: 2, b: 3 }), 5)
    const lost = assert.rejects(client.call('hang'))
    await first.stop()
    await lost
    await client.closed
    assert.ok(existsSync(path))
    await assert.rejects(ControlClient.connect(path), { code: 'CONNECTION_REFUSED' })
    const third = runFixture('control-server', [path])
    await third.hear('listening')
    await third.stop()
  })

  it('is not taken from a file that is no socket', async () => {
    const path = freshControlPath()
    writeFileSync(path, 'precious')
    await assert.rejects(ControlServer.listen(path, { add }), { code: 'ADDRESS_IN_USE' })
  })
})

describe('a server', () => {
  it('refuses more clients than its limit: CONTROL_BUSY, until one leaves', async () => {
    await using server = await ControlServer.listen(freshControlPath(), { add }, { connections: 2 })
    const first = await ControlClient.connect(server.path)
    await using second = await ControlClient.connect(server.path)
    await assert.rejects(ControlClient.connect(server.path), {
      code: 'CONTROL_BUSY',
      detail: { what: 'clients', limit: 2 },
    })
    await first.close()
    await until('there is room', () => server.peers.length === 1)
    await using third = await ControlClient.connect(server.path)
    assert.deepEqual([await second.call('add', { a: 1, b: 1 }), await third.call('add', { a: 2, b: 2 })], [2, 4])
  })

  const garbage: readonly [string, Uint8Array][] = [
    ['bytes of no protocol', Buffer.from('GET / HTTP/1.1\r\n\r\n')],
    ['an announced frame of 4 GiB', Buffer.from([0xff, 0xff, 0xff, 0xff])],
    ['a frame whose body is no value', framed(Buffer.from([0xfe, 1, 2, 3]))],
    ['an empty frame', framed(Buffer.alloc(0))],
    ['a value that is no message', framed(encodeValue({ call: 1 }))],
    ['a kind that is unknown', framed(encodeValue(['format', 1]))],
    ['a call without a method', framed(encodeValue(['call', 1]))],
    ['a call with a negative id', framed(encodeValue(['call', -1, 'add', {}]))],
    ['half a frame, then the end', Buffer.from([0, 0, 0, 9, 1])],
  ]
  for (const [name, bytes] of garbage) {
    it(`lets go of a client that sends ${name}, and serves the others`, async () => {
      await using server = await ControlServer.listen(freshControlPath(), { add })
      await using good = await ControlClient.connect(server.path)
      const bad = await connect(`unix:${server.path}`)
      await bad.send(bytes)
      if (name.startsWith('half')) bad.end()
      await until('it is gone', () => server.peers.length === 1)
      assert.equal(await good.call('add', { a: 1, b: 2 }), 3)
      await bad.close()
    })
  }

  it('does not gather answers for a client that reads none', async () => {
    let calls = 0
    const methods = { large: () => (calls++, new Uint8Array(100_000)) }
    await using server = await ControlServer.listen(freshControlPath(), methods, { callsPerConnection: 100_000 })
    const deaf = await connect(`unix:${server.path}`)
    deaf.stopReading()
    const requests = Array.from({ length: 2_000 }, (_, id) => framed(encodeValue(['call', id + 1, 'large', undefined])))
    void deaf.send(Buffer.concat(requests)).catch(() => {})
    await using other = await ControlClient.connect(server.path)
    for (let turn = 0; turn < 50; turn++) await other.call('large')
    deaf.reset()
    assert.ok(calls < 1_000, `${calls} answers of 100 kB were made`)
  })

  it('leaves no descriptor behind: 200 clients that come and go', async () => {
    await using server = await ControlServer.listen(freshControlPath(), { add })
    const come = async (): Promise<void> => {
      const client = await ControlClient.connect(server.path)
      assert.equal(await client.call('add', { a: 1, b: 2 }), 3)
      await client.close()
    }
    await come()
    await until('it is gone', () => server.peers.length === 0)
    const before = readdirSync('/proc/self/fd').length
    for (let count = 0; count < 200; count++) await come()
    await until('all are gone', () => server.peers.length === 0)
    assert.ok(readdirSync('/proc/self/fd').length <= before + 2)
  })
})

describe('a client', () => {
  it('of nobody is CONNECTION_REFUSED, of a server that does not greet TIMED_OUT', async () => {
    await assert.rejects(ControlClient.connect(freshControlPath()), { code: 'CONNECTION_REFUSED' })
    await using silent = await listen(`unix:${freshControlPath()}`)
    const path = (silent.address as { path: string }).path
    const accepted = silent.accept()
    await assert.rejects(ControlClient.connect(path, { timeoutMs: 20 }), { code: 'TIMED_OUT' })
    await (await accepted).close()
  })

  it('of another kind of server, or another version, is FRAME_INVALID', async () => {
    for (const greeting of [['hello', 99, 1], ['result', 1, 'too early'], 'hello']) {
      await using strange = await listen(`unix:${freshControlPath()}`)
      const path = (strange.address as { path: string }).path
      const connecting = ControlClient.connect(path)
      const accepted = await strange.accept()
      await accepted.send(framed(encodeValue(greeting)))
      await assert.rejects(connecting, { code: 'FRAME_INVALID' })
      await accepted.close()
    }
  })
})
