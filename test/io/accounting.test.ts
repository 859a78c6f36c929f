/** Every datagram is accounted for: sent = received + counted drops, to the message. */
import assert from 'node:assert/strict'
import { rmSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  parseAddress,
  systemNetwork,
  type Address,
  type DatagramBatch,
  type DatagramSocket,
} from '#lanework/io/index.js'
import { isNative, unless } from '../support/capability.ts'
import { freshPath } from '../support/folder.ts'
import { until } from '../support/until.ts'

/** Around the 64 slots of one system call, and what other implementations got wrong behind them. */
const sizes = [1, 63, 64, 65, 193, 1_000]
const loopback = parseAddress('udp://127.0.0.1:0')

/** A receiver that remembers the number in each datagram. */
async function receiver(
  receiveBufferBytes = 4_194_304,
  address: Address = loopback,
): Promise<{ socket: DatagramSocket; numbers: number[] }> {
  const socket = await systemNetwork().bindDatagram(address, { receiveBufferBytes })
  const numbers: number[] = []
  socket.receive((batch: DatagramBatch) => {
    for (let index = 0; index < batch.count; index++) numbers.push(batch.message(index).readUInt32BE(0))
  })
  return { socket, numbers }
}

function numbered(number: number, sizeBytes = 32): Buffer {
  const message = Buffer.alloc(sizeBytes)
  message.writeUInt32BE(number)
  return message
}

/** Waits until the receiver has, or has lost, all that the sender sent. */
async function settled(
  sender: DatagramSocket,
  { socket }: { socket: DatagramSocket },
  offered: number,
): Promise<number> {
  await until('the sender is done', () => {
    const { sent, sendDropped, sendFailed } = sender.counts
    return sent + sendDropped + sendFailed === offered
  })
  const drops = (): number => socket.kernelDrops() ?? 0
  await until('all that was sent is received or counted', () => socket.counts.received + drops() === sender.counts.sent)
  return drops()
}

describe('datagrams sent in one turn', () => {
  it('may be the same bytes for many, copied once if nobody changes them, and are counted each', async () => {
    const [sender, into] = [await systemNetwork().bindDatagram(loopback, { batchBytes: 65_536 }), await receiver()]
    const [kept, other] = [numbered(1, 1_000), numbered(2, 1_000)]
    const changing = numbered(3)
    const expected: number[] = []
    const send = (bytes: Buffer, isKept: boolean): void => {
      expected.push(bytes.readUInt32BE(0))
      sender.send(bytes, into.socket.address, isKept)
    }
    for (let turn = 0; turn < 300; turn++) {
      send(kept, true)
      if (turn % 50 === 0) send(other, true)
      if (turn % 70 === 0) send(kept, false)
      changing.writeUInt32BE(100 + turn)
      if (turn % 9 === 0) send(changing, false)
    }
    assert.equal(await settled(sender, into, expected.length), 0)
    assert.deepEqual(into.numbers, expected)
    assert.equal(sender.counts.sentBytes, into.socket.counts.receivedBytes)
    await Promise.all([sender.close(), into.socket.close()])
  })

  for (const size of sizes) {
    it(`arrive whole and in order: ${size}`, async () => {
      const [sender, into] = [await systemNetwork().bindDatagram(loopback), await receiver()]
      for (let number = 0; number < size; number++) sender.send(numbered(number), into.socket.address)
      assert.equal(await settled(sender, into, size), 0)
      assert.deepEqual(
        into.numbers,
        Array.from({ length: size }, (_, number) => number),
      )
      assert.deepEqual([into.socket.counts.receivedBytes, sender.counts.sentBytes], [size * 32, size * 32])
      await Promise.all([sender.close(), into.socket.close()])
    })

    it(
      `are explained by the kernel's own count when its queue is too small: ${size}`,
      { skip: unless('udp-kernel-drops') },
      async () => {
        const [sender, into] = [await systemNetwork().bindDatagram(loopback), await receiver(2_048)]
        into.socket.pause()
        for (let number = 0; number < size; number++) sender.send(numbered(number), into.socket.address)
        await until('all are sent', () => sender.counts.sent === size)
        into.socket.resume()
        const dropped = await settled(sender, into, size)
        assert.equal(into.numbers.length + dropped, size)
        if (size >= 63) assert.ok(dropped > 0, 'the kernel really dropped')
        assert.deepEqual([...new Set(into.numbers)], into.numbers, 'none comes twice')
        await Promise.all([sender.close(), into.socket.close()])
      },
    )
  }

  it('all leave although one of them has a destination that the system refuses', async () => {
    const [sender, into] = [await systemNetwork().bindDatagram(loopback), await receiver()]
    const refused: Address = { scheme: 'udp', host: '255.255.255.255', port: 9 }
    for (let number = 0; number < 130; number++)
      sender.send(numbered(number), number % 65 === 1 ? refused : into.socket.address)
    assert.equal(await settled(sender, into, 130), 0)
    assert.deepEqual([sender.counts.sent, sender.counts.sendFailed, sender.counts.sendDropped], [128, 2, 0])
    assert.deepEqual(
      into.numbers,
      Array.from({ length: 130 }, (_, number) => number).filter((number) => number % 65 !== 1),
    )
    await Promise.all([sender.close(), into.socket.close()])
  })

  it('all leave although one of them goes to a closed port', async () => {
    const [sender, into, gone] = [await systemNetwork().bindDatagram(loopback), await receiver(), await receiver()]
    await gone.socket.close()
    for (let number = 0; number < 65; number++)
      sender.send(numbered(number), number === 1 ? gone.socket.address : into.socket.address)
    await until('the rest has come', () => into.numbers.length === 64)
    assert.equal(sender.counts.sent, 65)
    await Promise.all([sender.close(), into.socket.close()])
  })

  it('that are too long for any datagram are counted as failed, and the others leave', async () => {
    const [sender, into] = [await systemNetwork().bindDatagram(loopback), await receiver()]
    sender.send(numbered(0), into.socket.address)
    sender.send(Buffer.alloc(65_508), into.socket.address)
    sender.send(Buffer.alloc(300_000), into.socket.address)
    sender.send(numbered(1), into.socket.address)
    await settled(sender, into, 4)
    assert.deepEqual([into.numbers, sender.counts.sendFailed], [[0, 1], 2])
    await Promise.all([sender.close(), into.socket.close()])
  })
})

describe('a socket with little memory for what leaves together', () => {
  it('sends as many as any other, and longer ones by themselves', async () => {
    const into = await receiver()
    const sender = await systemNetwork().bindDatagram(loopback, { batchBytes: 512 })
    for (let number = 0; number < 100; number++) sender.send(numbered(number), into.socket.address)
    await until('they came', () => into.numbers.length === 100)
    if (isNative) assert.equal(sender.send(numbered(0, 513), into.socket.address), false)
    await sender.sendNow(numbered(100, 5_000), into.socket.address)
    await until('it came', () => into.numbers.length === 101)
    assert.deepEqual(
      into.numbers,
      Array.from({ length: 101 }, (_, number) => number),
    )
    await Promise.all([sender.close(), into.socket.close()])
  })
})

describe('datagrams left to a paused reader', () => {
  it('are received later, or counted as dropped', async () => {
    const [sender, into] = [await systemNetwork().bindDatagram(loopback), await receiver()]
    into.socket.pause()
    const count = 300
    for (let number = 0; number < count; number++) sender.send(numbered(number, 1_000), into.socket.address)
    await until('all are sent', () => sender.counts.sent === count)
    if (!isNative)
      await until('all have come', () => into.socket.counts.received + into.socket.counts.receiveDropped === count)
    assert.equal(into.numbers.length, 0, 'a paused socket hands over nothing')
    into.socket.resume()
    const lost = (): number => into.socket.counts.receiveDropped + (into.socket.kernelDrops() ?? 0)
    await until('each is received or counted', () => into.numbers.length + lost() === count)
    assert.equal(into.socket.counts.received, into.numbers.length)
    if (!isNative) assert.ok(lost() > 0, 'the queue in memory is bounded')
    await Promise.all([sender.close(), into.socket.close()])
  })
})

describe('Unix datagrams', { skip: unless('unix-datagram') }, () => {
  const unixAddress = (): Address => ({ scheme: 'unix-dgram', path: freshPath() })

  for (const size of [1, 65, 1_000]) {
    it(`wait for a receiver whose queue is full, and none is lost: ${size}`, async () => {
      const [sender, into] = [
        await systemNetwork().bindDatagram(unixAddress()),
        await receiver(undefined, unixAddress()),
      ]
      into.socket.pause()
      for (let number = 0; number < size; number++)
        assert.equal(sender.send(numbered(number), into.socket.address), true)
      into.socket.resume()
      await until('all have come', () => into.numbers.length === size)
      assert.deepEqual(
        into.numbers,
        Array.from({ length: size }, (_, number) => number),
      )
      assert.deepEqual([sender.counts.sent, sender.counts.sendDropped], [size, 0])
      await Promise.all([sender.close(), into.socket.close()])
    })
  }

  it('beyond queueBytes are dropped, said at once by send() where it is known, and counted exactly', async () => {
    const sender = await systemNetwork().bindDatagram(unixAddress(), { queueBytes: 32 * 100 })
    const into = await receiver(undefined, unixAddress())
    into.socket.pause()
    for (let number = 0; number < 1_000; number++) sender.send(numbered(number), into.socket.address)
    await until('the queue is full', () => sender.counts.sendDropped > 0)
    into.socket.resume()
    await settled(sender, into, 1_000)
    assert.equal(into.numbers.length + sender.counts.sendDropped, 1_000)
    assert.ok(into.numbers.length >= 25, 'one receiver may hold a quarter of the queue')
    await Promise.all([sender.close(), into.socket.close()])
  })

  it('to a receiver that does not read do not keep those to others back', async () => {
    const sender = await systemNetwork().bindDatagram(unixAddress())
    const [deaf, other] = [await receiver(undefined, unixAddress()), await receiver(undefined, unixAddress())]
    deaf.socket.pause()
    for (let number = 0; number < 100; number++) sender.send(numbered(number), deaf.socket.address)
    // More than the whole queue may hold: it is the deaf one that loses.
    for (let count = 0; count < 60; count++) sender.send(Buffer.alloc(32_768), deaf.socket.address)
    for (let number = 0; number < 100; number++) sender.send(numbered(number), other.socket.address)
    await until('the other has all', () => other.numbers.length === 100)
    assert.deepEqual(deaf.numbers, [])
    assert.ok(sender.counts.sendDropped > 0)
    await Promise.all([sender.close(), deaf.socket.close(), other.socket.close()])
  })

  it('to a receiver that has gone are counted as failed', async () => {
    const sender = await systemNetwork().bindDatagram(unixAddress())
    const path = freshPath()
    rmSync(path, { force: true })
    sender.send(numbered(1), { scheme: 'unix-dgram', path })
    await until('it is counted', () => sender.counts.sendFailed === 1)
    await sender.close()
  })

  it('that still wait when the socket closes are counted as dropped', async () => {
    const [sender, into] = [await systemNetwork().bindDatagram(unixAddress()), await receiver(undefined, unixAddress())]
    into.socket.pause()
    for (let number = 0; number < 200; number++) sender.send(numbered(number), into.socket.address)
    await sender.close()
    const { sent, sendDropped } = sender.counts
    assert.ok(sendDropped > 0)
    assert.equal(sent + sendDropped, 200)
    into.socket.resume()
    await until('what was sent has come', () => into.numbers.length === sent)
    await into.socket.close()
  })
})
