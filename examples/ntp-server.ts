// An NTP server, and a client that asks it once. Four moments tell how far apart two clocks are: ours when the question leaves
// and when the answer comes, the server's when it got the one and sent the other.
import { serve } from 'lanework'
import { realTimeNs, udp } from 'lanework/io'
import { decodePacket, encodePacket, modes, ntpService, timeOfTimestamp } from 'lanework/services/time'

const server = await serve(ntpService({ localStratum: 10 }), { listen: 'udp://127.0.0.1:0' })
const client = await udp().connect(server.addresses[0] as string)

const nothing = { leap: 0, stratum: 0, poll: 0, precision: 0, rootDelay: 0, rootDispersion: 0, referenceId: 0 } as const
const times = { reference: 0n, origin: 0n, receive: 0n, transmit: 0x1234567890abcdefn } // random in a real client
const sentNs = realTimeNs()
await client.send(encodePacket({ ...nothing, ...times, version: 4, mode: modes.client }))
const bytes = await client.recv(1024, { timeoutMs: 5_000 })
const arrivedNs = realTimeNs()

const answer = decodePacket(bytes)
if (answer === undefined) throw new Error('That is no NTP packet.')
console.log('bytes:', bytes.length, 'version:', answer.version, 'mode:', answer.mode, 'stratum:', answer.stratum)
console.log('it is the answer to our question:', answer.origin === times.transmit)
const receivedNs = timeOfTimestamp(answer.receive, arrivedNs)
const answeredNs = timeOfTimestamp(answer.transmit, arrivedNs)
const offsetNs = (receivedNs - sentNs + (answeredNs - arrivedNs)) / 2n
const delayNs = arrivedNs - sentNs - (answeredNs - receivedNs)
console.log(
  'the clocks agree within half the delay, and 2 ms:',
  Math.abs(Number(offsetNs)) <= Number(delayNs) / 2 + 2e6,
)
await client.close()
await server.close()
