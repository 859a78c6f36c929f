/** One list of claims over all twelve servers. */
import assert from 'node:assert/strict'
import { threadId } from 'node:worker_threads'
import { describe, it } from 'node:test'

import { isLaneworkError } from '#lanework/core/index.js'
import { isDatagram, type Address } from '#lanework/io/index.js'
import * as servers from '#lanework/socketserver/index.js'
import { UpperDatagram, UpperLines } from '../fixtures/request-handlers.js'
import { isNative } from '../support/capability.js'
import { ask, freshAddress, serverKinds, unlessServer, type ServerKind } from '../support/socketservers.js'
import { until } from '../support/until.js'

function make({ name, scheme }: ServerKind): InstanceType<typeof servers.TCPServer> {
  const Server = servers[name] as unknown as new (address: string, Handler: unknown) => servers.TCPServer
  return new Server(freshAddress(scheme), isDatagram({ scheme } as Address) ? UpperDatagram : UpperLines)
}

for (const kind of serverKinds) {
  describe(kind.name, { skip: unlessServer(kind) }, () => {
    it('answers until it is shut down from outside', async () => {
      await using server = await make(kind).open()
      const serving = server.serveForever()
      for (const word of ['one', 'two', 'three']) {
        assert.equal(await ask(server.serverAddress, `${word}\n`), `${word.toUpperCase()}\n`)
      }
      await server.shutdown()
      await serving
    })

    it('runs its handlers where its name says', async () => {
      await using server = await make(kind).open()
      void server.serveForever()
      const [pid, thread] = (await ask(server.serverAddress, 'where\n')).trim().split('/').map(Number)
      assert.equal(pid !== process.pid, kind.model === 'Forking')
      assert.equal(thread !== threadId, kind.model === 'Threading')
    })

    it('tells of a handler that throws, and goes on', async () => {
      await using server = await make(kind).open()
      const errors: unknown[] = []
      server.events.on('requestError', ({ error }) => errors.push(error))
      void server.serveForever()
      if (kind.scheme === 'tcp' || kind.scheme === 'unix') assert.equal(await ask(server.serverAddress, 'throw\n'), '')
      else assert.equal(await ask(server.serverAddress, 'throw\n'), '') // finish sends what there is
      await until('the error is told', () => errors.length > 0)
      assert.equal((errors[0] as Error).name, 'RangeError')
      assert.equal((errors[0] as Error).message, 'as asked')
      assert.equal(await ask(server.serverAddress, 'still here\n'), 'STILL HERE\n')
    })

    it('is shut down by its own handler', async () => {
      await using server = await make(kind).open()
      const serving = server.serveForever()
      assert.equal(await ask(server.serverAddress, 'shutdown\n'), 'SHUTDOWN\n')
      await serving
    })

    it('serves one request with handleRequest', async () => {
      await using server = await make(kind).open()
      const handling = server.handleRequest()
      assert.equal(await ask(server.serverAddress, 'a\n'), 'A\n')
      await handling
    })

    it('serves many clients at once, each with its own answer', async () => {
      await using server = await make(kind).open()
      void server.serveForever()
      const words = Array.from({ length: 20 }, (_, index) => `word${index}`)
      const answers = await Promise.all(words.map((word) => ask(server.serverAddress, `${word}\n`)))
      assert.deepEqual(
        answers,
        words.map((word) => `${word.toUpperCase()}\n`),
      )
    })

    it('starts and stops twenty times on end', async () => {
      await using server = await make(kind).open()
      for (let round = 0; round < 20; round++) {
        const serving = server.serveForever()
        await server.shutdown()
        await serving
      }
    })
  })
}

describe('Threading and Forking servers without the addon', { skip: isNative ? 'the addon is here' : false }, () => {
  it('are UNSUPPORTED', async () => {
    for (const kind of serverKinds.filter(({ model }) => model !== 'plain')) {
      await assert.rejects(make(kind).open(), (error) => isLaneworkError(error, 'UNSUPPORTED'))
    }
  })
})
