/** The files behind Unix sockets: who may use them, and when they go. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, unlinkSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { connect, listen, listenUnixNow, removeStaleSocket, udp } from '#lanework/io/index.js'
import { unless } from '../support/capability.ts'
import { freshPath } from '../support/folder.ts'
import { runFixture } from '../support/fixture.ts'

interface Bound {
  close(): Promise<void>
}
const kinds = [
  { scheme: 'unix', skip: false as string | false, bind: (path: string): Promise<Bound> => listen(`unix:${path}`) },
  {
    scheme: 'unix-dgram',
    skip: unless('unix-datagram'),
    bind: (path: string): Promise<Bound> => udp().bind(`unix-dgram:${path}`),
  },
]
const modeOf = (path: string): string => (statSync(path).mode & 0o777).toString(8)

for (const { scheme, skip, bind } of kinds) {
  describe(`the file of a ${scheme} socket`, { skip }, () => {
    it('is for its owner alone, and goes when the socket closes', async () => {
      const path = freshPath()
      const socket = await bind(path)
      assert.equal(modeOf(path), '600')
      await socket.close()
      assert.equal(existsSync(path), false)
    })

    it('is replaced when a killed server left it', async () => {
      const path = freshPath()
      const fixture = runFixture('echo-server', [`${scheme}:${path}`])
      await fixture.hear('addresses')
      await fixture.stop()
      assert.ok(existsSync(path))
      await (await bind(path)).close()
    })

    it('is never taken from a server that lives: ADDRESS_IN_USE', async () => {
      const path = freshPath()
      const socket = await bind(path)
      for (const other of kinds) {
        if (other.skip === false) await assert.rejects(other.bind(path), { code: 'ADDRESS_IN_USE' })
      }
      assert.ok(existsSync(path))
      await socket.close()
    })

    it('never takes the place of a file that is no socket: ADDRESS_IN_USE', async () => {
      const path = freshPath()
      writeFileSync(path, 'precious')
      await assert.rejects(bind(path), { code: 'ADDRESS_IN_USE' })
      assert.equal(readFileSync(path, 'utf8'), 'precious')
    })

    it('in a folder that does not exist is PERMISSION_DENIED', async () => {
      await assert.rejects(bind(`${freshPath()}/nowhere/s.sock`), { code: 'PERMISSION_DENIED' })
    })
  })
}

describe('a file that a killed server left', () => {
  it('is removed once: never the one that another new server has put in its place meanwhile', async () => {
    const path = freshPath()
    const fixture = runFixture('echo-server', [`unix:${path}`])
    await fixture.hear('addresses')
    await fixture.stop()
    const removed = removeStaleSocket(path)
    unlinkSync(path)
    const other = listenUnixNow(path, { onConnection: (connection) => connection.destroy(), onAcceptError: () => {} })
    assert.equal(await removed, true)
    const client = await connect(`unix:${path}`)
    await client.close()
    await other.close()
  })
})

describe('the mode of a Unix listener', () => {
  it('may be asked for', async () => {
    const path = freshPath()
    const socket = await listen(`unix:${path}`, { mode: 0o660 })
    assert.equal(modeOf(path), '660')
    const client = await connect(`unix:${path}`)
    await client.close()
    await socket.close()
  })
})
