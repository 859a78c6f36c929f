// A datagram has a largest size: one byte more, and sending is an error instead of a loss.
// What fits one Ethernet frame is far less; on such a network larger datagrams travel in fragments.
import { udp } from 'lanework/io'

const ipHeader = 20
const udpHeader = 8
console.log('fits one Ethernet frame:', 1_500 - ipHeader - udpHeader)
console.log('fits one datagram:', 65_535 - ipHeader - udpHeader)

const receiver = await udp().bind('udp://127.0.0.1:0')
const sender = udp()
for (const size of [1_472, 65_507, 65_508]) {
  try {
    const sent = await sender.sendTo(Buffer.alloc(size), receiver.address)
    const { message } = await receiver.recvFrom(65_536, { timeoutMs: 5_000 })
    console.log(`${size}: sent ${sent}, received ${message.length}`)
  } catch (error) {
    console.log(`${size}: ${error}`)
  }
}

await sender.close()
await receiver.close()
