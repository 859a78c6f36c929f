/** What the kernel drops is told while nobody takes anything out of the socket: a lane that stands still, or is dead. */
import assert from 'node:assert/strict'
import { afterEach, describe, it } from 'node:test'
import type { Server } from '#lanework/server/index.js'
import { closeServers, killed, pidOf, serveFaulty, setFlags } from '../../support/lanes.ts'
import { clientOf } from '../../support/matrix.ts'
import { unlessNative } from '../../support/sharing.ts'
import { until } from '../../support/until.ts'

const timeout = 60_000
setFlags({})

function counted(server: Server): { readonly messages: number; readonly drops: number; readonly kernel: number } {
  const [listener] = server.status().listeners
  const { counters = {}, kernelDrops } = listener ?? {}
  const drops = Object.entries(counters).filter(([name]) => name.startsWith('dropped'))
  assert.ok(kernelDrops !== undefined)
  return {
    messages: counters['messages'] as number,
    drops: drops.reduce((sum, [, count]) => sum + count, 0),
    kernel: kernelDrops,
  }
}

describe('datagrams that the kernel drops', { skip: unlessNative }, () => {
  afterEach(closeServers)

  it(
    'are told while the lane is stopped and when it is dead, and all adds up under its successor',
    { timeout },
    async () => {
      const listen = { address: 'udp://127.0.0.1:0', datagram: { receiveBufferBytes: 16_384 } }
      const server = await serveFaulty({ lanes: 1, listen: [listen] })
      const [address = ''] = server.addresses
      const client = await clientOf(address)
      const old = pidOf(server, 0)
      process.kill(old, 'SIGSTOP')
      let sent = 0
      const flood = async (): Promise<void> => {
        for (let number = 0; number < 200; number++) {
          await client.send('x'.repeat(500))
          sent++
        }
      }
      await flood()
      const whileStopped = counted(server)
      assert.equal(whileStopped.messages, 0)
      assert.ok(whileStopped.kernel > 0)
      await until('it is seen to stand still', () => server.status().lanes[0]?.state === 'blocked')
      await killed(old)
      await flood()
      await until('all are accounted for', () => {
        const { messages, drops, kernel } = counted(server)
        return messages + drops + kernel === sent
      })
      assert.ok(counted(server).kernel >= whileStopped.kernel)
      assert.notEqual(pidOf(server, 0), old)
      await client.close()
    },
  )
})
