// Answers are small, so that one datagram does. What does not fit says so with one bit (TC), and the client asks again over TCP,
// where each message follows its length. A server of your own around the engine needs no more than this.
import { serve, service } from 'lanework'
import { lengthPrefix } from 'lanework/framing'
import { Resolver, Zone, answerQuery } from 'lanework/services/dns'

const words = Array.from({ length: 20 }, (_, number) => `many TXT "number ${number} ${'.'.repeat(80)}"`)
const zone = Zone.parse(`
$ORIGIN example.lan.
$TTL 3600
@ SOA ns admin 1 2h 15m 2w 5m
@ NS ns
one TXT "one is few"
${words.join('\n')}
`)
const engine = service({
  name: 'dns-engine',
  framing: lengthPrefix({ bytes: 2 }),
  message: (query, peer) => answerQuery([zone], query, { transport: peer.transport === 'udp' ? 'udp' : 'tcp' }),
  limits: { replyFactor: 28 }, // an answer over UDP is at most 28 times as long as its question
})

const server = await serve(engine, { listen: ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0'] })
const [udp = '', tcp = ''] = server.addresses
const show = async (name: string, address: string): Promise<void> => {
  const { message, bytes, transport } = await new Resolver({ servers: [address] }).query(name, 'TXT', {
    keepTruncated: true,
  })
  console.log(
    `${name} over ${transport}: ${message.answers.length} records in ${bytes.length} bytes, truncated: ${message.tc}`,
  )
}
await show('one.example.lan.', udp)
await show('many.example.lan.', udp)
await show('many.example.lan.', tcp)
await server.close()
