// Servers as classes: a handler object for each connection, in a thread; clients that leave or break off harm no other.
import { EventEmitter, once } from 'node:events'
import { connect, type Address, type ByteStream } from 'lanework/io'
import { ThreadingTCPServer } from 'lanework/socketserver'
import { Upper } from './tasks/requests.ts'

const requests = new EventEmitter()

class Server extends ThreadingTCPServer {
  override handleError(_request: ByteStream, _client: Address, error: unknown) {
    console.log('server: a request failed:', (error as { code?: string }).code)
  }

  override async shutdownRequest(request: ByteStream) {
    await super.shutdownRequest(request)
    console.log('server: one request is over')
    requests.emit('over')
  }
}

const server = await new Server('tcp://127.0.0.1:0', Upper).open()
const serving = server.serveForever()

const faithful = await connect(server.serverAddress)
for (const leave of ['close', 'reset'] as const) {
  const client = await connect(server.serverAddress)
  await client.send(`client that will ${leave}`)
  console.log('client hears:', String(await client.recv(1024)))
  const over = once(requests, 'over')
  await client[leave]()
  await over
  await faithful.send('still here')
  console.log('the other hears:', String(await faithful.recv(1024)))
}
await faithful.close()

await server.shutdown()
await serving
await server.serverClose()
