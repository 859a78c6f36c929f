/** The plain fronts in the real service: addresses that cannot be trusted, silence, long lines, delays, and the four ends of a talk. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { connect, udp, type UdpSocket } from '#lanework/io/index.js'
import { serve, type ServeOptions, type Server } from '#lanework/server/index.js'
import { chatService, type ChatOptions } from '#lanework/services/chat/index.js'
import { helloDatagram, joinDatagram, readCookie } from '#lanework/services/chat/plain/cookie.js'
import { MemoryNetwork } from '#lanework/testing/index.js'
import { until } from '../../../support/until.js'

const open: { close(): Promise<unknown> }[] = []
after(() => Promise.all(open.map((each) => each.close())))

const free = { peer: 'none', address: 'none', room: 'none' } as const

async function chatServer(options: ChatOptions, serving: ServeOptions): Promise<Server> {
  const server = await serve(chatService({ limits: free, ...options }), serving)
  open.push(server)
  return server
}

const serverUrl = 'udp://192.0.2.1:9060'

/** A client at an address of its own, with what it has heard. */
async function clientAt(network: MemoryNetwork, url: string): Promise<{ socket: UdpSocket; heard: string[] }> {
  const socket = await udp({ network }).bind(url)
  open.push(socket)
  const heard: string[] = []
  void (async () => {
    for await (const { message } of socket) heard.push(String(message))
  })()
  return { socket, heard }
}

/** Comes in by hello and cookie. */
async function comeIn({ socket, heard }: { socket: UdpSocket; heard: string[] }, nick: string): Promise<void> {
  await socket.sendTo(helloDatagram(), serverUrl)
  const cookie = await until('a cookie', () => heard.map((text) => readCookie(Buffer.from(text))).find(Boolean))
  await socket.sendTo(joinDatagram(cookie, nick), serverUrl)
  await until('it is in', () => heard.some((text) => text.includes(`you are ${nick}`)))
}

function counters(server: Server): Readonly<Record<string, number>> {
  return server.status().counters
}

describe('UDP members from elsewhere', () => {
  it('come in by cookie and talk; forged addresses are sent nothing, and counted', async () => {
    const network = new MemoryNetwork()
    const server = await chatServer({}, { listen: serverUrl, network })
    const [alice, bob, victim] = [
      await clientAt(network, 'udp://192.0.2.7:5000'),
      await clientAt(network, 'udp://192.0.2.7:5001'),
      await clientAt(network, 'udp://198.51.100.9:5000'),
    ]
    for (const datagram of ['hello', 'HELLO lanework', '', '/help', 'x'.repeat(1_000)])
      await victim.socket.sendTo(datagram, serverUrl)
    await comeIn(alice, 'alice')
    await comeIn(bob, 'bob')
    const cookie = alice.heard.map((text) => readCookie(Buffer.from(text))).find(Boolean) ?? ''
    await victim.socket.sendTo(joinDatagram(cookie, 'victim'), serverUrl)
    await alice.socket.sendTo('hello bob', serverUrl)
    for (const { heard } of [alice, bob]) await until('both hear it', () => heard.includes('<alice> hello bob'))
    assert.deepEqual(victim.heard, [])
    await until('all is counted', () => counters(server)['badCookies'] === 1)
    assert.deepEqual([counters(server)['hellos'], counters(server)['unproved']], [2, 5])
  })

  it('have left when they have been silent for too long, and stay by empty datagrams', async () => {
    const network = new MemoryNetwork()
    await chatServer({ udpIdleSeconds: 3 }, { listen: serverUrl, network })
    const [alice, bob] = [
      await clientAt(network, 'udp://192.0.2.7:5000'),
      await clientAt(network, 'udp://192.0.2.7:5001'),
    ]
    await comeIn(alice, 'alice')
    await comeIn(bob, 'bob')
    const alive = setInterval(() => void alice.socket.sendTo('', serverUrl), 100)
    after(() => clearInterval(alive))
    await until('bob is gone', () => alice.heard.some((text) => text.startsWith('-- bob has gone')))
    clearInterval(alive)
    await alice.socket.sendTo('am I here?', serverUrl)
    await until('alice is still there', () => alice.heard.includes('<alice> am I here?'))
    await bob.socket.sendTo('and I?', serverUrl)
    await alice.socket.sendTo('you?', serverUrl)
    await until('alice hears herself', () => alice.heard.includes('<alice> you?'))
    assert.ok(!alice.heard.some((text) => text.includes('and I?')), 'who has left must prove its address again')
  })

  it('come in with their first datagram where the server is open', async () => {
    const network = new MemoryNetwork()
    await chatServer({ open: true }, { listen: serverUrl, network })
    const alice = await clientAt(network, 'udp://192.0.2.7:5000')
    await alice.socket.sendTo('hello', serverUrl)
    await until('she hears herself', () => alice.heard.includes('<guest> hello'))
  })
})

describe('lines', () => {
  async function talk(options: ChatOptions, text: string | Uint8Array): Promise<string[]> {
    const server = await chatServer(options, { listen: 'tcp://127.0.0.1:0' })
    const client = await connect(server.addresses[0] ?? '')
    await client.send(text)
    client.end()
    let heard = ''
    for await (const chunk of client) heard += String(chunk)
    await client.close()
    return heard.trimEnd().split('\n').slice(2)
  }

  it('that are too long are told, however long, and the talk goes on', async () => {
    const heard = await talk({ textBytes: 100 }, `${'x'.repeat(150)}\n${'y'.repeat(200_000)}\n/room\n`)
    const [first = '', second, third] = heard
    assert.match(first, /^-- .*long/)
    assert.equal(second, '-- that line is too long: 100 bytes at most')
    assert.equal(third, '-- you speak in #lobby; you are in #lobby')
  })

  it('are all said in their order while a limit delays them, and answered before the end', async () => {
    const limits = { ...free, peer: { messages: 2, seconds: 0.2 }, action: 'delay' } as const
    const said = Array.from({ length: 7 }, (_, count) => `<guest> ${count}`)
    const heard = await talk({ limits }, `/echo on\n${said.map((_, count) => `${count}\n`).join('')}`)
    assert.deepEqual(heard, ['-- you are sent what you say', ...said])
  })

  it('end the talk after a message too many where that is the action', async () => {
    const limits = { ...free, peer: { messages: 1, seconds: 60 }, action: 'disconnect' } as const
    const heard = await talk({ limits }, 'one\ntwo\n/room\n')
    assert.deepEqual(heard, ['-- you send too much too fast; goodbye'])
  })
})
