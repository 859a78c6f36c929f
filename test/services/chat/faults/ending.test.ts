import assert from 'node:assert/strict'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { until } from '../../../support/until.ts'
import { lineMember, udpMember, upTo } from './members.ts'
import { serveInline } from './served.ts'

const rejected: unknown[] = []
const note = (error: unknown): void => void rejected.push(error)
beforeEach(() => void process.on('unhandledRejection', note))
afterEach(() => void process.off('unhandledRejection', note))

describe('a chat that ends', () => {
  it('in the midst of joins does so quietly, and ends the connections', async () => {
    for (let round = 0; round < 5; round++) {
      const served = await serveInline({})
      const members = [await udpMember(served.udp, 'una'), await udpMember(served.udp, 'ute')]
      const tom = await lineMember(served.tcp, 'tom')
      const counted = (): number => served.server.status().listeners[0]?.counters['messages'] ?? 0
      const before = counted()
      // Datagrams do not wait for the answers to those before.
      for (const index of upTo(40)) for (const member of members) member.send(`/join #r${index}`)
      await until('some are on their way', () => counted() > before + 20)
      await served.server.close()
      await until('the connection has ended', () => !tom.isOpen)
      for (const member of members) member.close()
    }
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(rejected, [])
  })
})
