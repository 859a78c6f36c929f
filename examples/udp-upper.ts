// A UDP server answers each datagram in upper case, and a client asks it twice.
// UDP has no connection: the server needs only a bound socket, and the client not even that.
import { formatAddress, udp } from 'lanework/io'

const server = await udp().bind('udp://127.0.0.1:0')
console.log('server:', formatAddress(server.address))

async function answer() {
  const { message, source } = await server.recvFrom(1024)
  await server.sendTo(String(message).toUpperCase(), source)
}

const client = udp()
for (const word of ['hello', 'lanework']) {
  const answered = answer()
  await client.sendTo(word, server.address)
  const reply = await client.recvFrom(1024, { timeoutMs: 5_000 })
  await answered
  console.log(`${word}: ${reply.message} from ${formatAddress(reply.source)}`)
}

await client.close()
await server.close()
