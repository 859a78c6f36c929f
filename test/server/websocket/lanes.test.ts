/** WebSockets over lanes in threads and processes: limits over all, lanes that die, reloads. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import { connectWebSocket, type WebSocketClient } from '#lanework/io/index.js'
import { closeServers, killed, laneKinds, pidOf, serveFaulty, setFlags } from '../../support/lanes.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
const listen = [{ address: 'ws://127.0.0.1:0/lanes', protocol: 'chat', protocols: ['a'] }]
setFlags({})

async function who(socket: WebSocketClient): Promise<number> {
  await socket.send('who')
  return Number(String((await socket.receive())?.data).split(' ')[0])
}

describe('WebSockets over lanes', { skip: unlessNative }, () => {
  afterEach(closeServers)

  it('a lane killed with kill -9 breaks off its own clients, and others are served', { timeout }, async () => {
    const server = await serveFaulty({ listen, spread: 'least-connections' })
    const [address = ''] = server.addresses
    const sockets = [await connectWebSocket(address), await connectWebSocket(address)]
    const pids = [await who(sockets[0] as WebSocketClient), await who(sockets[1] as WebSocketClient)]
    assert.notEqual(pids[0], pids[1])
    await killed(pids[0] as number)
    const [lost, kept] = sockets as [WebSocketClient, WebSocketClient]
    assert.equal((await lost.closed).code, 1_006)
    await assert.rejects(lost.receive(), { code: 'CONNECTION_RESET' })
    assert.equal(await who(kept), pids[1])
    await until('a successor serves', () =>
      server.status().lanes.every(({ pid, state }) => pid !== pids[0] && state === 'ready'),
    )
    const again = await connectWebSocket(address)
    assert.equal(
      await who(again),
      pidOf(
        server,
        server.status().lanes.findIndex(({ pid }) => pid !== pids[1]),
      ),
    )
    for (const socket of [kept, again]) await socket.close()
    await until('all places are free', () => server.status().lanes.every(({ connections }) => connections === 0))
  })

  for (const laneKind of laneKinds) {
    it(`${laneKind}: connections in all, exactly, handshakes that never come among them`, { timeout }, async () => {
      const server = await serveFaulty({ laneKind, listen, limits: { connections: 6 } })
      const [address = ''] = server.addresses
      const held: WebSocketClient[] = []
      for (let number = 0; number < 9; number++) {
        const socket = await connectWebSocket(address).catch(() => undefined)
        if (socket !== undefined) held.push(socket)
      }
      assert.equal(held.length, 6)
      for (const socket of held.splice(0, 2)) await socket.close()
      await until('two places are free', () => server.status().listeners[0]?.connections === 4)
      held.push(await connectWebSocket(address))
      assert.ok((await who(held.at(-1) as WebSocketClient)) > 0)
      for (const socket of held) await socket.close()
    })

    it(`${laneKind}: a reload refuses nobody, and says 1001 to who stays to its deadline`, { timeout }, async () => {
      const server = await serveFaulty({ laneKind, listen })
      const [address = ''] = server.addresses
      const old = await connectWebSocket(address, { protocols: ['a'] })
      assert.equal(old.protocol, 'a')
      await who(old)
      const reloaded = new AbortController()
      const answered: number[] = []
      const opening = (async () => {
        while (!reloaded.signal.aborted) {
          const socket = await connectWebSocket(address)
          answered.push(await who(socket))
          await socket.close()
        }
      })()
      const { drained } = await server.reload({ deadlineMs: 200 })
      reloaded.abort()
      await opening
      assert.ok(answered.length > 0)
      assert.equal((await old.closed).code, 1_001)
      const report = await drained
      assert.equal(report.connectionsAborted, 0)
      const { protocol, address: told, counters } = server.status().listeners[0] ?? {}
      assert.deepEqual([protocol, told], ['chat', address])
      assert.equal(counters?.['handshakesRefused'], 0)
    })
  }
})
