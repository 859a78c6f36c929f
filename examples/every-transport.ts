// One handler over UDP, TCP and a Unix socket. A datagram is a message already; on the streams
// the framing, here lines, cuts the messages out.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { lines, serve, service } from 'lanework'
import { connect, udp } from 'lanework/io'

const upper = service({
  name: 'upper',
  framing: lines(),
  message: (message, peer) => `${message} over ${peer.transport}`.toUpperCase(),
})

const path = join(tmpdir(), `lanework-tour-${process.pid}.sock`)
const server = await serve(upper, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', `unix:${path}`] })

for (const address of server.addresses) {
  if (address.startsWith('udp:')) {
    const client = udp()
    await client.sendTo('hello', address)
    console.log('udp:', String((await client.recvFrom(1024, { timeoutMs: 5_000 })).message))
    await client.close()
  } else {
    const client = await connect(address)
    await client.send('hello\n')
    console.log(`${address.split(':')[0]}:`, String(await client.recv(1024)).trim())
    await client.close()
  }
}
await server.close()
