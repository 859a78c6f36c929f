// Framing gives a stream its messages back: here each message is a line.
// The bytes may come glued together or one at a time; the decoder gives the same lines.
import { lines } from 'lanework/framing'
import { connect, listen } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')
const framing = lines()

async function receive(label: string) {
  const connection = await listener.accept()
  const decoder = framing.decoder(1024) // A line longer than 1,024 bytes is an error.
  for await (const chunk of connection) {
    decoder.push(chunk)
    for (let line = decoder.next(); line !== undefined; line = decoder.next()) console.log(`${label}: ${line}`)
  }
  await connection.close()
}

const words = ['hello', 'world', '!']

const glued = await connect(listener.address)
for (const word of words) await glued.send(framing.encode(word))
await glued.close()
await receive('glued')

const receiving = receive('byte by byte')
const slow = await connect(listener.address)
for (const byte of words.map((word) => framing.encode(word)).join('')) {
  await slow.send(byte)
  await new Promise((resolve) => setImmediate(resolve)) // Each byte leaves in a write of its own.
}
await slow.close()
await receiving
await listener.close()
