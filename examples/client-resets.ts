// A client breaks off: the server gets an error instead of the clean end, and goes on with the next client.
import { connect, listen, type ByteStream } from 'lanework/io'

const listener = await listen('tcp://127.0.0.1:0')

async function talk(connection: ByteStream) {
  for await (const request of connection) await connection.send(String(request).toUpperCase())
  return 'a clean end'
}

async function serve() {
  const connection = await listener.accept()
  const end = await talk(connection).catch((error) => error.code)
  console.log('server:', end)
  await connection.close()
}

for (const leave of ['reset', 'close'] as const) {
  const serving = serve()
  const client = await connect(listener.address)
  await client.send('hello')
  console.log('client hears:', String(await client.recv(1024)))
  await client[leave]()
  await serving
}
await listener.close()
