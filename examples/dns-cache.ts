// A forwarder asks another server what it does not know, and remembers the answer for as long as its TTL says: the second question
// stays in the house. MockDns is a DNS server for tests; here it stands for the rest of the world, and counts who asks.
import { serve } from 'lanework'
import { MockDns, Resolver, dnsService } from 'lanework/services/dns'

const world = await MockDns.start({ 'www.example.': { A: ['192.0.2.80'] } })
const server = await serve(dnsService({ forward: { servers: [world.address] } }), {
  listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'],
})

const resolver = new Resolver({ servers: [server.addresses[0] ?? ''] })
for (const name of ['www.example.', 'www.example.', 'gone.example.', 'gone.example.']) {
  const { message } = await resolver.query(name)
  const found = message.answers.length > 0 ? 'is there' : 'is not there'
  console.log(`${name} ${found}; the world was asked ${world.queries.length} times`)
}
await server.close()
await world.close()
