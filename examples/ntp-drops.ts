// What an NTP server must not answer: whatever is not a client's question. The old queries of mode 6 and 7 brought answers
// hundreds of times their size, to whomever the sender claimed to be; here the answer is as long as the question, or none.
import { serve } from 'lanework'
import { udp } from 'lanework/io'
import { ntpService } from 'lanework/services/time'

const server = await serve(ntpService({ localStratum: 10 }), { listen: 'udp://127.0.0.1:0' })
const client = await udp().connect(server.addresses[0] as string)

const question = Buffer.alloc(48)
question[0] = (4 << 3) | 3 // version 4, mode 3: client
const withMode = (mode: number): Buffer => Buffer.from([(4 << 3) | mode, ...question.subarray(1)])
const packets = [
  withMode(6),
  Buffer.from([0x17, 0, 3, 42, 0, 0, 0, 0]),
  withMode(4),
  question.subarray(0, 47),
  question,
]
for (const packet of packets) await client.send(packet)

const answer = await client.recv(1024, { timeoutMs: 5_000 })
console.log('one answer, of bytes:', answer.length)
for (const [name, count] of Object.entries(server.status().counters)) if (count > 0) console.log(`${name}: ${count}`)
await client.close()
await server.close()
