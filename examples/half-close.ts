// A client finishes its own direction and goes on listening: the server knows that the request is whole,
// and can still answer.
import { connect, listen } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')
const client = await connect(listener.address)
for (const part of ['one ', 'two ', 'three']) await client.send(part)
client.end()

const server = await listener.accept()
let request = ''
for await (const chunk of server) request += String(chunk)
console.log('server: the request is whole:', request)
await server.send(`${request.length} bytes`)
await server.close()

console.log('client hears:', String(await client.recv(1024)))
console.log('client then gets:', (await client.recv(1024)).length, 'bytes: the end')
await client.close()
await listener.close()
