// One room over four transports: UDP, lines (nc), a web page's WebSocket, IRC. What one says the others hear, each in its own way.
import { serve } from 'lanework'
import { connect, connectWebSocket, udp } from 'lanework/io'
import { chatService } from 'lanework/services/chat'

const irc = { address: 'tcp://127.0.0.1:0', protocol: 'irc' }
const listen = ['udp://127.0.0.1:0', 'tcp://127.0.0.1:0', 'ws://127.0.0.1:0/chat', irc]
const server = await serve(chatService({ room: '#tea' }), { listen })
const [udpUrl = '', tcpUrl = '', wsUrl = '', ircUrl = ''] = server.addresses

const heard: Record<string, string> = { udp: '', tcp: '', page: '', irc: '' }
async function follow(name: string, messages: AsyncIterable<object>) {
  for await (const each of messages) {
    const bytes = 'message' in each ? each.message : 'data' in each ? each.data : each
    heard[name] += `${bytes}\n`
  }
}
async function until(name: string, text: string) {
  for (;;) {
    if (heard[name]?.includes(text)) return
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const [alice, bob] = [udp(), await connect(tcpUrl)]
const [carol, dave] = [await connectWebSocket(wsUrl), await connect(ircUrl)]
await alice.sendTo('/nick alice', udpUrl)
await bob.send('/nick bob\n')
await carol.send('{"do":"enter","nick":"carol"}')
await carol.send('{"do":"join","room":"#tea","ref":"in"}')
await dave.send('NICK dave\r\nUSER dave 0 * :Dave\r\nJOIN #tea\r\n')
const following = [follow('udp', alice), follow('tcp', bob), follow('page', carol), follow('irc', dave)]
await Promise.all([until('udp', 'alice now'), until('tcp', 'bob now'), until('page', '"in"'), until('irc', ' 366 ')])

await alice.sendTo('good morning', udpUrl)
for (const name of Object.keys(heard)) {
  await until(name, 'good morning')
  console.log(`${name}: ${heard[name]?.split(/\r?\n/).find((line) => line.includes('good morning'))}`)
}
await Promise.all([alice.close(), bob.close(), carol.close(), dave.close(), server.close(), ...following])
