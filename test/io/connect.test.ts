import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { connect, listen } from '#lanework/io/index.js'
import { can } from '../support/capability.ts'
import { freshPath } from '../support/folder.ts'
import { runFixture } from '../support/fixture.ts'
import { turns } from '../support/until.ts'

describe('a process', () => {
  it('stays until all is sent, also when its peer has finished long before', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const { host, port } = listener.address as { host: string; port: number }
    const fixture = runFixture('slow-upload', [`tcp://${host}:${port}`, '8000000'])
    const stream = await listener.accept()
    stream.end()
    await fixture.hear('sending')
    let received = 0
    for await (const chunk of stream) {
      received += chunk.length
      if (received % 10 === 0) await turns(1)
    }
    assert.equal(received, 8_000_000)
    assert.deepEqual([await fixture.ended, fixture.said.at(-1)], [0, { sent: 8_000_000 }])
    await stream.close()
    await listener.close()
  })
})

describe('connect', () => {
  it('to a closed port is CONNECTION_REFUSED, also for a Unix socket that is not there', async () => {
    const listener = await listen('tcp://127.0.0.1:0')
    const { address } = listener
    await listener.close()
    await assert.rejects(connect(address), { code: 'CONNECTION_REFUSED' })
    await assert.rejects(connect(`unix:${freshPath()}`), { code: 'CONNECTION_REFUSED' })
  })

  it('under an aborted signal is ABORTED, for TCP and Unix', async () => {
    for (const address of ['tcp://127.0.0.1:0', `unix:${freshPath()}`]) {
      const listener = await listen(address)
      await assert.rejects(connect(listener.address, { signal: AbortSignal.abort() }), { code: 'ABORTED' })
      await listener.close()
    }
  })

  it('to a listener whose backlog is full gives up: CONNECT_TIMEOUT', async (t) => {
    const listener = await listen('tcp://127.0.0.1:0', { backlog: 1 })
    if (!can('stream-batch')) {
      await listener.close()
      return t.skip('Node accepts by itself, so that its backlog is never full')
    }
    const attempts = Array.from({ length: 12 }, () => connect(listener.address, { timeoutMs: 300 }))
    const results = await Promise.allSettled(attempts)
    const codes = results.flatMap((result) =>
      result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
    )
    assert.ok(codes.length > 0)
    assert.deepEqual(new Set(codes), new Set(['CONNECT_TIMEOUT']))
    for (const result of results) if (result.status === 'fulfilled') result.value.reset()
    await listener.close()
  })

  it('to a network that has no route is HOST_UNREACHABLE', async (t) => {
    const fixture = runFixture('connect-code', ['tcp://192.0.2.1:9'], {}, ['unshare', '-n'])
    await fixture.ended
    if (fixture.said.length === 0) return t.skip('unshare -n is not possible here')
    assert.deepEqual(fixture.said, [{ code: 'HOST_UNREACHABLE' }])
  })
})
