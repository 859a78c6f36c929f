// A client closes: the server reads what was sent before, and then nothing, for ever: that is the end.
import { connect, listen } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')
const client = await connect(listener.address)
await client.send('goodbye')
await client.close()

const server = await listener.accept()
for (let count = 1; count <= 3; count++) {
  const chunk = await server.recv(1024)
  console.log(`receive ${count}: ${chunk.length} bytes ${JSON.stringify(String(chunk))}`)
}
await server.close()
await listener.close()
