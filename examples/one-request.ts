// The simplest TCP server: accept a connection, answer one request, close, and accept the next one.
import { connect, listen } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')
const words = ['hello', 'world', 'again']

async function serve() {
  for (let served = 0; served < words.length; served++) {
    const connection = await listener.accept()
    const request = await connection.recv(1024)
    await connection.send(String(request).toUpperCase())
    await connection.close()
  }
  await listener.close()
}

const serving = serve()
for (const word of words) {
  const client = await connect(listener.address)
  await client.send(word)
  const reply = await client.recv(1024)
  const end = await client.recv(1024)
  console.log(`${word}: ${reply}, then ${end.length === 0 ? 'the end' : String(end)}`)
  await client.close()
}
await serving
