/** The native path and Node's own modules, fed with the same generated input, hand over the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  formatAddress,
  parseAddress,
  type DatagramSocket,
  type Network,
  type StreamConnection,
} from '#lanework/io/index.js'
import { connectNative } from '#lanework/io/native/connect.js'
import { bindNativeDatagram } from '#lanework/io/native/datagram.js'
import { listenNative } from '#lanework/io/native/listener.js'
import { bindNodeDatagram } from '#lanework/io/node/datagram.js'
import { connectNode, listenNode } from '#lanework/io/node/stream.js'
import { loadNative, type Native } from '#lanework/native/index.js'
import { turns, until } from '../support/until.ts'

const native = loadNative()
const skip = native === undefined ? 'there is no native path to compare with' : false

/** Both in one process, whatever the environment chose. */
const networks = (addon: Native): Network[] => [
  {
    kind: 'native',
    bindDatagram: (address, options = {}) => bindNativeDatagram(addon, address, options),
    listenStream: (address, events, options = {}) => listenNative(addon, address, events, options),
    connectStream: (address, options = {}) => connectNative(addon, address, options),
  },
  {
    kind: 'node',
    bindDatagram: (address, options = {}) => bindNodeDatagram(address, options),
    listenStream: (address, events, options = {}) => listenNode(address, events, options),
    connectStream: (address, options = {}) => connectNode(address, options),
  },
]

const udpLoopback = parseAddress('udp://127.0.0.1:0')

interface Received {
  readonly messages: string[]
  readonly counts: object
}

/** Sends the datagrams from one socket to another; kept messages are read only at the very end. */
async function throughDatagrams(
  network: Network,
  messages: readonly Uint8Array[],
  messageBytes: number,
): Promise<Received> {
  const receiveBufferBytes = 4_194_304 // room for all, so that the kernel need not drop
  const sender = await network.bindDatagram(udpLoopback, { receiveBufferBytes })
  const receiver = await network.bindDatagram(udpLoopback, { receiveBufferBytes, messageBytes })
  const kept: { message: Buffer; truncated: boolean; source: string }[] = []
  receiver.receive((batch) => {
    for (let index = 0; index < batch.count; index++) {
      kept.push({
        message: batch.message(index),
        truncated: batch.truncated(index),
        source: formatAddress(batch.source(index).address),
      })
      batch.reply(index, batch.message(index).subarray(0, 1))
    }
  })
  let replies = 0
  sender.receive((batch) => void (replies += batch.count))
  for (const message of messages) sender.send(message, receiver.address)
  await until('all have come, and their replies', () => kept.length === messages.length && replies === messages.length)
  const from = formatAddress(sender.address)
  const seen = kept.map(
    ({ message, truncated, source }) => `${message.toString('hex')} ${truncated} ${source === from}`,
  )
  const countsOf = ({ counts: { batches, ...rest } }: DatagramSocket): object => (assert.ok(batches > 0), rest)
  const counts = { sender: countsOf(sender), receiver: countsOf(receiver) }
  await Promise.all([sender.close(), receiver.close()])
  return { messages: seen, counts }
}

/** Sends chunks with pauses over one connection and back; what arrives, and how both ends saw it end. */
async function throughStream(
  network: Network,
  steps: readonly { size: number; pause: boolean }[],
  reset: boolean,
): Promise<object> {
  let served: StreamConnection | undefined
  const seen = { bytes: 0, sum: 0, ends: [] as string[] }
  const watch = (who: string, connection: StreamConnection, onData: (chunk: Buffer) => void): void => {
    connection.start({
      onData,
      onEnd: () => connection.end(),
      onDrain: () => {},
      onClose: ({ kind }) => void seen.ends.push(`${who} ${kind}`),
    })
  }
  const listener = await network.listenStream(parseAddress('tcp://127.0.0.1:0'), {
    onConnection: (connection) => (
      (served = connection),
      watch('server', connection, (chunk) => connection.write(chunk))
    ),
    onAcceptError: () => {},
  })
  const client = await network.connectStream(listener.address)
  watch('client', client, (chunk) => {
    for (const byte of chunk) seen.sum = (seen.sum * 31 + byte) >>> 0
    seen.bytes += chunk.length
  })
  let total = 0
  for (const [index, { size, pause }] of steps.entries()) {
    client.write(Buffer.alloc(size, index + 1))
    total += size
    if (pause) {
      client.pause()
      await turns(2)
      client.resume()
    }
  }
  await until('all have come back', () => seen.bytes === total && served !== undefined)
  if (reset) client.destroy(true)
  else client.end()
  await until('both ends are closed', () => seen.ends.length === 2)
  await listener.close()
  return { ...seen, ends: seen.ends.sort() }
}

describe('native and Node sockets', { skip }, () => {
  it('deliver the same datagrams, with the same counts', async () => {
    const [first, second] = networks(native as Native) as [Network, Network]
    const message = fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 500, maxLength: 3_000 }))
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { minLength: 1, maxLength: 80 }),
        fc.constantFrom(32, 600, 65_536),
        async (messages, messageBytes) => {
          assert.deepEqual(
            await throughDatagrams(first, messages, messageBytes),
            await throughDatagrams(second, messages, messageBytes),
          )
        },
      ),
      { numRuns: 40 },
    )
  })

  it('deliver the same bytes of a stream, and end the same way', async () => {
    const [first, second] = networks(native as Native) as [Network, Network]
    const size = fc.oneof(
      fc.integer({ min: 0, max: 100 }),
      fc.integer({ min: 16_000, max: 17_000 }),
      fc.integer({ min: 0, max: 300_000 }),
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ size, pause: fc.boolean() }), { maxLength: 30 }),
        fc.boolean(),
        async (steps, reset) => {
          assert.deepEqual(await throughStream(first, steps, reset), await throughStream(second, steps, reset))
        },
      ),
      { numRuns: 30 },
    )
  })
})
