// Whom does a room know a member by? Two clients on one host: by the host alone the second one is lost.
import { formatAddress, udp, type Address } from 'lanework/io'

const server = await udp().bind('udp://127.0.0.1:0')
const books = {
  'by host': (source: Address) => ('host' in source ? source.host : ''),
  'by host and port': (source: Address) => formatAddress(source),
}

for (const [how, keyOf] of Object.entries(books)) {
  const members = new Map<string, Address>()
  const clients = [udp(), udp()]
  const sources: Address[] = []
  for (const client of clients) {
    await client.sendTo('hello', server.address)
    const { source } = await server.recvFrom(1472, { timeoutMs: 5_000 })
    sources.push(source)
    if (!members.has(keyOf(source))) members.set(keyOf(source), source)
  }
  for (const member of members.values()) await server.sendTo('to all of you', member)
  // So that nobody waits for what does not come.
  for (const source of sources) await server.sendTo('the end', source)

  for (const [index, client] of clients.entries()) {
    let heard = 0
    while (String((await client.recvFrom(1472, { timeoutMs: 5_000 })).message) !== 'the end') heard++
    console.log(`${how}: ${members.size} in the book, client ${index + 1} hears ${heard}`)
    await client.close()
  }
}
await server.close()
