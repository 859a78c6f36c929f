// The room as a service: the same lines of code over UDP and TCP, with limits, ends and counters from the server.
import { lines, serve, service, type Peer } from 'lanework'
import { connect, udp } from 'lanework/io'

const members = new Set<Peer>()
const room = service({
  name: 'room',
  framing: lines(),
  sessions: { idleMs: 60_000, limit: 1_000 },
  open: (peer) => void members.add(peer as Peer),
  close: (peer) => void members.delete(peer as Peer),
  message: (message) => members.forEach((member) => member.send(message)),
})
const server = await serve(room, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
const [overUdp = '', overTcp = ''] = server.addresses

const one = udp()
await one.sendTo('hello over udp', overUdp)
console.log(`one hears: ${(await one.recvFrom(1472, { timeoutMs: 5_000 })).message}`)

const two = await connect(overTcp)
await two.send('hello over tcp\n')
console.log(`two hears: ${String(await two.recv()).trim()}`)
console.log(`one hears: ${(await one.recvFrom(1472, { timeoutMs: 5_000 })).message}`)

await one.close()
await two.close()
await server.close()
