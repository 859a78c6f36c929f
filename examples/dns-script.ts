// Names need not stand in a table: a function may answer for all names below one. Here the name itself says the address, as services do
// that give every machine a name. What the function does not say, the engine adds: authority, negative answers, truncation.
import { serve } from 'lanework'
import { Resolver, dnsService, formatData, rcodeName, type Script } from 'lanework/services/dns'

const addresses: Script = {
  name: 'ip.example.',
  subtree: true,
  answer: ({ prefix, type }) => {
    if (!/^\d+-\d+-\d+-\d+$/.test(prefix)) return 'NXDOMAIN'
    return type === 'A' ? [`60 A ${prefix.replaceAll('-', '.')}`] : 'NODATA'
  },
}
const server = await serve(dnsService({ scripts: [addresses] }), { listen: 'udp://127.0.0.1:0' })

const resolver = new Resolver({ servers: [...server.addresses] })
for (const question of ['192-0-2-7.ip.example. A', '192-0-2-7.ip.example. AAAA', 'nowhere.ip.example. A']) {
  const [name = '', type = ''] = question.split(' ')
  const { message } = await resolver.query(name, type)
  const found = message.answers.map((record) => formatData(record)).join(', ')
  console.log(`${question}: ${rcodeName(message.rcode)} ${found || 'without an answer'}`)
}
await server.close()
