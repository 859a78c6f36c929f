/** A hundred thousand datagrams and lines of nonsense, some of it near the truth. The seed is printed; LANEWORK_SEED repeats a run. */
import assert from 'node:assert/strict'
import { createSocket, type Socket } from 'node:dgram'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import { until } from '../../../support/until.ts'
import { ircMember, lineMember, pageMember, udpMember, upTo } from './members.ts'
import { serveInline } from './served.ts'

const seed = Number(process.env['LANEWORK_SEED'] ?? Date.now() % 1_000_000)
const each = 50_000
const batch = 250

let drawn = seed
function random(below: number): number {
  drawn = (Math.imul(drawn, 1_664_525) + 1_013_904_223) >>> 0
  return Math.floor((drawn / 4_294_967_296) * below)
}

const words =
  `/join #r|/join|/nick n|/part #r|/msg n|/me|/topic #r|/kick #r n|/mode #r +o n|/names|/who|/whois n|/list|/away|/history
/quit|/echo on|/invite n|/|//|/help|HELLO|JOIN|NICK n|USER a b c :d|CAP LS 302|CAP REQ :batch|JOIN #r|PRIVMSG #r :hi
MODE #r +b *!*@*|PING x|WHO #r|NAMES|CHATHISTORY LATEST #r * 10|@+a=b TAGMSG #r|AUTHENTICATE PLAIN|TOPIC #r :t|LIST >1|GET / HTTP/1.1
text|-- alice left|\u202Eevil|\u{1F469}\u200D\u{1F680}`.split(/[|\n]/)

/** No line end in it but where `mayEnd`. */
function nonsense(mayEnd: boolean): Buffer {
  const bytes =
    random(3) === 0
      ? Buffer.from(Uint8Array.from({ length: random(60) }, () => random(256)))
      : Buffer.from(`${words[random(words.length)]}${random(2) === 0 ? '' : random(20)}${random(3) === 0 ? ' x' : ''}`)
  if (random(8) === 0 && bytes.length > 0) bytes[random(bytes.length)] = random(256)
  return mayEnd ? bytes : Buffer.from(bytes.map((byte) => (byte === 10 || byte === 13 ? 32 : byte)))
}

async function boundSocket(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.on('error', () => {})
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
  after(() => socket.unref())
  return socket
}

/** Writes so many lines; where it is cut off, as it mostly deserves, another connection goes on. */
async function babble(address: string, count: number): Promise<void> {
  const port = Number(new URL(address).port)
  for (let written = 0; written < count;) {
    const socket = connect(port, '127.0.0.1')
    const state = { isOpen: true }
    socket.on('error', () => {})
    const closed = new Promise<void>((resolve) => {
      socket.on('close', () => {
        state.isOpen = false
        resolve()
      })
    })
    socket.resume()
    while (state.isOpen && written < count) {
      const lines = upTo(Math.min(batch, count - written)).flatMap(() => [nonsense(false), Buffer.from('\r\n')])
      written += lines.length / 2
      const taken = new Promise<void>((resolve) => socket.write(Buffer.concat(lines), () => resolve()))
      await Promise.race([taken, closed])
    }
    socket.destroy()
  }
}

describe(`a chat that is sent nonsense (seed ${seed})`, () => {
  it('stays alive, counts every datagram, and serves who makes sense', async () => {
    const limits = { peer: { messages: 5, seconds: 60 }, address: 'none', room: 'none', action: 'drop' } as const
    const served = await serveInline({ limits })
    const sockets = await Promise.all(upTo(10).map(() => boundSocket()))
    const { port } = new URL(served.udp)
    const counted = (): number => {
      const counters = served.server.status().listeners[0]?.counters ?? {}
      const dropped = Object.entries(counters).filter(([name]) => /^dropped(?!Amplified)/.test(name))
      return (counters['messages'] ?? 0) + dropped.reduce((sum, [, count]) => sum + count, 0)
    }
    for (let sent = 0; sent < each; sent += batch) {
      await Promise.all(
        upTo(batch).map(
          (index) =>
            new Promise<void>((resolve) => {
              const socket = sockets[(sent + index) % sockets.length] as Socket
              socket.send(nonsense(true), Number(port), '127.0.0.1', () => resolve())
            }),
        ),
      )
      // So few fit into the socket's buffer: the kernel need not drop any.
      await until('every datagram is counted', () => counted() >= sent + batch)
    }
    assert.equal(counted(), each)
    assert.equal(served.server.status().listeners[0]?.kernelDrops ?? 0, 0)
    for (const socket of sockets) socket.close()
    await babble(served.tcp, each / 2)
    await babble(served.irc, each / 2)
    assert.equal(served.server.status().state, 'serving')
    const members = [
      await udpMember(served.udp, 'una'),
      await lineMember(served.tcp, 'tom'),
      await pageMember(served.ws, 'wanda'),
      await ircMember(served.irc, 'iris'),
    ]
    members[1]?.send('sense at last')
    for (const member of [members[0], members[2], members[3]]) await member?.hears(/sense at last/)
  })
})
