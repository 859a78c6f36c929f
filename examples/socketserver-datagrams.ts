// Datagrams answered in threads: the handler gets the datagram with the socket, and answers through it.
import { udp } from 'lanework/io'
import { ThreadingUDPServer } from 'lanework/socketserver'
import { Upper } from './tasks/requests.ts'

const server = await new ThreadingUDPServer('udp://127.0.0.1:0', Upper).open()
void server.serveForever()

const answers = []
for (const word of ['one', 'two', 'three']) {
  const client = udp()
  await client.sendTo(word, server.serverAddress)
  answers.push(String(await client.recv(1024, { timeoutMs: 5_000 })))
  await client.close()
}
console.log('answers:', answers.join(' '))
console.log('no more threads than lanes:', server.laneStatus.length <= server.lanes)
await server.serverClose()
