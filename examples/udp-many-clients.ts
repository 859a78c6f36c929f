// One UDP socket serves several clients: each datagram carries the address it came from,
// which tells the clients apart and says where the answer goes.
import { formatAddress, udp } from 'lanework/io'

const server = await udp().bind('udp://127.0.0.1:0')
const seen = new Map()

async function answer() {
  const { message, source } = await server.recvFrom(1024)
  const peer = formatAddress(source)
  const known = seen.get(peer) ?? { number: seen.size + 1, messages: 0 }
  known.messages++
  seen.set(peer, known)
  await server.sendTo(`${message}: you are client ${known.number}, this is your message ${known.messages}`, source)
}

const clients = [udp(), udp(), udp()]
for (const word of ['one', 'two']) {
  for (const client of clients) {
    const answered = answer()
    await client.sendTo(word, server.address)
    console.log(String((await client.recvFrom(1024, { timeoutMs: 5_000 })).message))
    await answered
  }
}
console.log('server sockets: 1, clients:', seen.size)

for (const client of clients) await client.close()
await server.close()
