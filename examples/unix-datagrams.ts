// Datagrams between two programs of one machine: a file name is the address. Boundaries are kept as with UDP,
// but a sender whose receiver's queue is full waits, so that nothing is lost.
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { formatAddress, udp } from 'lanework/io'

const name = (who: string) => `unix-dgram:${join(tmpdir(), `lanework-tour-${process.pid}-${who}.sock`)}`
const left = await udp().bind(name('left'))
const right = await udp().bind(name('right'))

await left.sendTo('hello', right.address)
const { message, source } = await right.recvFrom()
console.log(`right receives: ${message}, from left: ${formatAddress(source) === formatAddress(left.address)}`)
await right.sendTo(String(message).toUpperCase(), source)
console.log('left receives:', String((await left.recvFrom()).message))

let sent = 0
async function sendAll() {
  for (; sent < 1_000; sent++) await left.sendTo(Buffer.alloc(1_024), right.address)
}
const sending = sendAll()
await new Promise((resolve) => setTimeout(resolve, 100)) // right does not read yet.
console.log(sent < 1_000 ? 'left waits' : 'left has sent all')

let received = 0
for (; received < 1_000; received++) await right.recvFrom()
await sending
console.log(`sent ${sent}, received ${received}`)
await left.close()
await right.close()
