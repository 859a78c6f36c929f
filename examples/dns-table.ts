// A DNS server from a table, in ten lines: a datagram asks for a name, a datagram answers with the addresses of that name.
// (`lanework serve dns --zone FILE` is the finished one: it knows all the rules, this one knows a table.)
import { serve, service } from 'lanework'
import { Resolver, decodeMessage, encodeMessage, formatName, parseName, rcode, recordOf } from 'lanework/services/dns'
import { formatRecord, rcodeName } from 'lanework/services/dns'

const table = new Map([['www.example.lan.', ['192.0.2.80', '192.0.2.81']]])
const database = service({
  name: 'dns-table',
  message: (datagram) => {
    const query = decodeMessage(datagram)
    const name = query.questions[0]?.name ?? parseName('.')
    const addresses = table.get(formatName(name).toLowerCase()) ?? []
    const answers = addresses.map((address) => recordOf(name, 60, { type: 'A', address }))
    return encodeMessage({
      ...query,
      isResponse: true,
      aa: true,
      answers,
      rcode: answers.length > 0 ? 0 : rcode.NXDOMAIN,
    })
  },
})

const server = await serve(database, { listen: 'udp://127.0.0.1:0' })
const resolver = new Resolver({ servers: [...server.addresses] })
for (const name of ['www.example.lan.', 'WWW.Example.LAN.', 'ftp.example.lan.']) {
  const { message, bytes, transport } = await resolver.query(name, 'A', { mixCase: false })
  console.log(`${name}: ${rcodeName(message.rcode)}, ${bytes.length} bytes over ${transport}`)
  for (const record of message.answers) console.log(`  ${formatRecord(record).replaceAll('\t', ' ')}`)
}
await server.close()
