/** When datagrams came: by the kernel with the addon, else by the clock when they are handed over. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { momentNs, realTimeNs, systemNetwork, parseAddress, udp, type Moment } from '#lanework/io/index.js'
import { MemoryNetwork } from '#lanework/testing/index.js'
import { isNative, unlessIpv6 } from '../support/capability.ts'
import { turns, until } from '../support/until.ts'

/** Without the addon the clock is known to a millisecond. */
const slackNs = isNative ? 0n : 2_000_000n

for (const [host, skip] of [
  ['127.0.0.1', false],
  ['[::1]', unlessIpv6],
] as const) {
  describe(`times of arrival at ${host}`, { skip }, () => {
    it('lie between sending and handing over, in order, for each datagram of a batch', async () => {
      const options = { timestamps: true, messageBytes: 100 }
      const socket = await systemNetwork().bindDatagram(parseAddress(`udp://${host}:0`), options)
      const times: bigint[] = []
      socket.receive((batch) => {
        const moment: Moment = { seconds: 0, nanoseconds: 0 }
        for (let index = 0; index < batch.count; index++) {
          batch.receivedAt(index, moment)
          times.push(momentNs(moment))
          if (isNative) assert.equal(batch.receivedNs(index), momentNs(moment))
        }
      })
      const sender = udp()
      await sender.bind(`udp://${host}:0`)
      for (let round = 0; round < 3; round++) {
        times.length = 0
        const beforeNs = realTimeNs()
        for (let count = 0; count < 20; count++) await sender.sendTo('x', socket.address)
        await until('all have come', () => times.length === 20)
        const afterNs = realTimeNs()
        assert.ok((times[0] as bigint) >= beforeNs - slackNs, `${times[0]} is before ${beforeNs}`)
        assert.ok((times.at(-1) as bigint) <= afterNs + slackNs)
        for (let index = 1; index < times.length; index++) {
          assert.ok((times[index] as bigint) >= (times[index - 1] as bigint) - slackNs)
        }
      }
      await sender.close()
      await socket.close()
    })
  })
}

describe('times of arrival', () => {
  it(
    'are those of the kernel and not of reading: a datagram that waited has its own',
    { skip: !isNative },
    async () => {
      const socket = await systemNetwork().bindDatagram(parseAddress('udp://127.0.0.1:0'), { timestamps: true })
      const sender = udp()
      await sender.bind('udp://127.0.0.1:0')
      socket.receive(() => {})
      await sender.sendTo('so that the kernel has begun to stamp', socket.address)
      await turns(5)
      socket.pause()
      await sender.sendTo('x', socket.address)
      const sentNs = realTimeNs()
      while (realTimeNs() - sentNs < 20_000_000n) await turns(1)
      let receivedNs = 0n
      socket.receive((batch) => (receivedNs = batch.receivedNs(0)))
      socket.resume()
      await until('it is handed over', () => receivedNs !== 0n)
      assert.ok(receivedNs <= sentNs + 5_000_000n, `${receivedNs - sentNs} ns after sending`)
      await sender.close()
      await socket.close()
    },
  )

  it('are there without being asked for, and in memory: when the batch was taken', async () => {
    for (const network of [systemNetwork(), new MemoryNetwork()]) {
      const socket = await network.bindDatagram(parseAddress('udp://127.0.0.1:0'))
      let receivedNs = 0n
      socket.receive((batch) => (receivedNs = batch.receivedNs(0)))
      const sender = await udp({ network }).bind('udp://127.0.0.1:0')
      const beforeNs = realTimeNs()
      await sender.sendTo('x', socket.address)
      await until('it has come', () => receivedNs !== 0n)
      assert.ok(receivedNs >= beforeNs - slackNs && receivedNs <= realTimeNs() + slackNs)
      await sender.close()
      await socket.close()
    }
  })

  it('flush sends what is queued at once', async () => {
    const socket = await systemNetwork().bindDatagram(parseAddress('udp://127.0.0.1:0'))
    const sentAtFlush: number[] = []
    socket.receive((batch) => {
      for (let index = 0; index < batch.count; index++) batch.reply(index, batch.message(index))
      batch.flush()
      sentAtFlush.push(socket.counts.sent)
    })
    const sender = udp()
    await sender.bind('udp://127.0.0.1:0')
    await sender.sendTo('x', socket.address)
    assert.equal(String(await sender.recv(10, { timeoutMs: 15_000 })), 'x')
    if (isNative) assert.deepEqual(sentAtFlush, [1])
    await sender.close()
    await socket.close()
  })
})
