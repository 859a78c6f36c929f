// A chat room over UDP: who sends is remembered, and each message goes to everybody, its sender too.
import { formatAddress, udp } from 'lanework/io'

const server = await udp().bind('udp://127.0.0.1:0')
async function serveRoom() {
  const members = new Map()
  for await (const { message, source } of server) {
    members.set(formatAddress(source), source)
    for (const member of members.values()) await server.sendTo(message, member)
  }
}
const serving = serveRoom()

// The client: it sends, and receives.
const clients = [udp(), udp()]
for (const [index, client] of clients.entries()) {
  for (const text of ['hello', 'again']) {
    await client.sendTo(`client${index + 1}: ${text}`, server.address)
    const { message } = await client.recvFrom(1472, { timeoutMs: 5_000 })
    console.log(`client${index + 1} hears ${message}`)
  }
}

// The first client has not read what the second one said; it waited in the queue of its socket.
for (let count = 0; count < 2; count++) {
  const { message } = await clients[0]!.recvFrom(1472, { timeoutMs: 5_000 })
  console.log(`client1 hears ${message}`)
}
for (const client of clients) await client.close()
await server.close()
await serving
