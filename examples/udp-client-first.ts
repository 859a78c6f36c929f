// A UDP client starts before its server: sending does not fail, there is only no answer yet.
// A TCP client in the same place is refused at once.
import { connect, formatAddress, udp } from 'lanework/io'

const client = udp()
const place = await udp().bind('udp://127.0.0.1:0')
const address = place.address
await place.close() // A free port: nobody is there now.

console.log('sent without a server:', await client.sendTo('anybody there?', address), 'bytes')
const early = await client.recvFrom(1024, { timeoutMs: 100 }).catch((error) => error)
console.log('answer:', early.code)

const tcpAddress = formatAddress(address).replace('udp:', 'tcp:')
const refused = await connect(tcpAddress).catch((error) => error)
console.log('tcp without a server:', refused.code)

const server = await udp().bind(address)
console.log('sent with a server:', await client.sendTo('and now?', address), 'bytes')
const { message, source } = await server.recvFrom(1024, { timeoutMs: 5_000 })
await server.sendTo(`heard ${JSON.stringify(String(message))}`, source)
const late = await client.recvFrom(1024, { timeoutMs: 5_000 })
console.log('answer:', String(late.message))

await client.close()
await server.close()
