// Ten writes of one byte, each in a turn of its own. With noDelay each leaves at once. Without it TCP keeps
// small writes while an earlier one is not yet acknowledged, and sends them together.
import { setImmediate as nextTurn } from 'node:timers/promises'
import { connect, listen, type ByteStream } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')

async function chunkSizes(stream: ByteStream) {
  const sizes = []
  for await (const chunk of stream) sizes.push(chunk.length)
  return sizes
}

async function chunksOfTenWrites(noDelay: boolean) {
  const client = await connect(listener.address, { noDelay })
  const server = await listener.accept()
  for (let count = 0; count < 3; count++) {
    // Question and answer: from now on the kernel waits a little before it acknowledges a lone segment.
    await client.send('?')
    await server.send(await server.recv())
    await client.recv()
  }
  const sizes = chunkSizes(server)
  for (let count = 0; count < 10; count++) {
    await client.send('x')
    await nextTurn()
  }
  await client.close()
  await sizes
  await server.close()
  return sizes
}

for (const noDelay of [true, false]) {
  const sizes = await chunksOfTenWrites(noDelay)
  const bytes = sizes.reduce((sum, size) => sum + size, 0)
  console.log(`noDelay ${noDelay}: ${bytes} bytes in chunks of ${sizes.join(' ')}`)
}
await listener.close()
