// One client at a time: an accept loop takes a connection, and a talk loop serves it until it leaves.
// A second client connects meanwhile, but waits in the backlog, unanswered, until the first one has left.
import { connect, listen } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')

async function serve() {
  for (let client = 1; client <= 2; client++) {
    const connection = await listener.accept() // The accept loop.
    console.log(`server: accepted client ${client}`)
    for await (const request of connection) await connection.send(String(request).toUpperCase()) // The talk loop.
    console.log(`server: client ${client} left`)
    await connection.close()
  }
  await listener.close()
}

const serving = serve()
const first = await connect(listener.address)
await first.send('first')
console.log('client 1 hears:', String(await first.recv(1024)))

const second = await connect(listener.address)
await second.send('second')
console.log('client 2: connected, and sent its request')
const answer = second.recv(1024).then((reply) => console.log('client 2 hears:', String(reply)))

await first.send('still first')
console.log('client 1 hears:', String(await first.recv(1024)))
await first.close()
await answer
await second.close()
await serving
