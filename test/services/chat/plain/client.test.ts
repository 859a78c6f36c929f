/** The plain client against the real service: comes in, hears itself and others, comes back, and ends when it has been answered. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { joinRoom, type RoomClient, type RoomLine } from '#lanework/services/chat/index.js'
import { chatService } from '#lanework/services/chat/service.js'
import {
  linesOfDatagram,
  readRoomLine,
  roomsAfter,
  type OwnRooms,
} from '#lanework/services/chat/plain/client/room-line.js'
import { lineQueue } from '#lanework/services/chat/plain/client/line-queue.js'
import { serve, type Server } from '#lanework/server/index.js'
import { udp } from '#lanework/io/index.js'
import { freePort } from '../../../support/free-port.js'
import { until } from '../../../support/until.js'

interface Heard {
  readonly room: RoomClient
  readonly lines: RoomLine[]
  readonly ended: Promise<unknown>
  /** Waits for a line. */
  hears(text: string | RegExp): Promise<RoomLine>
}

const open: { close(): Promise<unknown> }[] = []
after(() => Promise.all(open.map((each) => each.close())))

async function chatServer(...urls: string[]): Promise<Server> {
  const server = await serve(chatService({ limits: { peer: 'none', address: 'none', room: 'none' } }), { listen: urls })
  open.push(server)
  return server
}

async function join(url: string, nick?: string): Promise<Heard> {
  const room = await joinRoom(url, { keepAliveMs: 1_000, ...(nick === undefined ? {} : { nick }) })
  open.push(room)
  const lines: RoomLine[] = []
  const ended = (async () => {
    for await (const line of room) lines.push(line)
  })().catch((error: unknown) => error)
  return {
    room,
    lines,
    ended,
    async hears(text) {
      const isIt = (line: RoomLine): boolean => (typeof text === 'string' ? line.text === text : text.test(line.text))
      try {
        return await until(`${text} is heard`, () => lines.find(isIt))
      } catch (error) {
        throw new Error(lines.map((line) => line.text).join('\n'), { cause: error })
      }
    },
  }
}

describe('the plain client', () => {
  it('talks over UDP and TCP in one room, each hearing itself and the other', async () => {
    const server = await chatServer('udp://127.0.0.1:0', 'tcp://127.0.0.1:0')
    const [overUdp = '', overTcp = ''] = server.addresses
    const alice = await join(overUdp, 'alice')
    await alice.hears(/^-- you are in #lobby, 1 member: alice$/)
    const bob = await join(overTcp, 'bob')
    await bob.hears('-- you are bob now')
    assert.deepEqual([alice.room.nick, bob.room.nick], ['alice', 'bob'])
    await alice.room.say('hello\nbob')
    for (const each of [alice, bob]) {
      const { kind, nick, body } = await each.hears('<alice> hello bob')
      assert.deepEqual({ kind, nick, body }, { kind: 'message', nick: 'alice', body: 'hello bob' })
    }
    await bob.room.say('/me waves')
    for (const each of [alice, bob]) assert.equal((await each.hears('* bob waves')).kind, 'action')
    await bob.room.say('/msg alice psst')
    assert.equal((await alice.hears('[bob] psst')).kind, 'private')
    assert.equal((await bob.hears('[to alice] psst')).nick, 'alice')
    assert.ok(!bob.lines.some(({ text }) => text.includes('you are sent what you say')))
    await alice.room.close()
    await bob.hears(/^-- alice has gone/)
    await alice.ended
  })

  it('ends by itself once what it said is answered', async () => {
    const server = await chatServer('udp://127.0.0.1:0', 'tcp://127.0.0.1:0')
    for (const url of server.addresses) {
      const { room, lines, ended } = await join(url, 'eve')
      for (const text of ['one', 'two', '/names']) await room.say(text)
      await room.finish()
      assert.equal(await ended, undefined)
      const said = lines.map(({ text }) => text)
      assert.ok(
        said.includes('<eve> one') && said.includes('<eve> two') && said.includes('-- #lobby: eve'),
        said.join('\n'),
      )
    }
  })

  it('says who refuses it, and when nobody answers', async () => {
    const mute = await udp().bind('udp://127.0.0.1:0')
    open.push(mute)
    const { port } = mute.address as { port: number }
    await assert.rejects(joinRoom(`udp://127.0.0.1:${port}`, { joinMs: 300 }), { code: 'NO_ANSWER' })
    const closed = await freePort()
    await assert.rejects(joinRoom(`tcp://127.0.0.1:${closed}`), { code: 'CONNECTION_REFUSED' })
    await assert.rejects(joinRoom(`udp://127.0.0.1:${closed}`), { code: 'CONNECTION_REFUSED' })
    await assert.rejects(joinRoom('nonsense'), { code: 'ADDRESS_INVALID' })
  })

  it('comes back with nick and rooms when the server is started anew, over both', async () => {
    const port = await freePort()
    const urls = [`udp://127.0.0.1:${port}`, `tcp://127.0.0.1:${port}`]
    const first = await chatServer(...urls)
    const [alice, bob] = [await join(urls[0] ?? '', 'alice'), await join(urls[1] ?? '', 'bob')]
    await bob.room.say('/join #dev')
    await bob.hears(/^-- you are in #dev/)
    await bob.room.say('/room #lobby')
    await bob.hears('-- you speak in #lobby')
    await first.close()
    await bob.hears('the connection is lost; trying again')
    await chatServer(...urls)
    await bob.hears(/^connected again/)
    await until(
      'bob is back in #dev',
      () => bob.lines.filter(({ text }) => text.startsWith('-- you are in #dev')).length === 2,
    )
    await bob.room.say('in the room where I spoke')
    await bob.hears('<bob> in the room where I spoke')
    // Whether its port was found closed meanwhile or not, it is let in under its nick.
    let count = 0
    await until('alice is back', async () => {
      const text = `still there? ${++count}`
      await alice.room.say(text)
      await new Promise((resolve) => setTimeout(resolve, 50))
      return alice.lines.some((line) => line.text === `<alice> ${text}`)
    })
    await alice.room.say('/names')
    await alice.hears(/^-- #lobby: (alice, bob|bob, alice)$/)
  })

  it('gets its nick again once its former self is gone', async () => {
    const port = await freePort()
    const url = `tcp://127.0.0.1:${port}`
    const first = await chatServer(url)
    const bob = await join(url, 'bob')
    await bob.hears('-- you are bob now')
    await first.close()
    await chatServer(url)
    // Stands in for a connection that the server still thinks is there.
    const former = await join(url, 'bob')
    await former.hears('-- you are bob now')
    await bob.hears(/^connected again/)
    await until('it is somebody else for now', () => bob.room.nick !== undefined && bob.room.nick !== 'bob')
    await former.room.close()
    await until('it is bob again', () => bob.room.nick === 'bob')
  })

  it('is let in by cookie where the first datagram alone is not enough, and only then', async () => {
    const server = await chatServer('udp://127.0.0.1:0')
    const [url = ''] = server.addresses
    const { room, lines } = await join(url)
    await until('it knows its nick', () => room.nick)
    assert.match(lines[0]?.text ?? '', /^-- welcome to lanework: you are \S+; /)
  })

  it('leaves when its signal is aborted', async () => {
    const server = await chatServer('tcp://127.0.0.1:0')
    const abort = new AbortController()
    const room = await joinRoom(server.addresses[0] ?? '', { signal: abort.signal })
    setImmediate(() => abort.abort())
    for await (const line of room) assert.ok(line.text !== '')
    await assert.rejects(joinRoom(server.addresses[0] ?? '', { signal: abort.signal }), { code: 'ABORTED' })
  })
})

describe('lines read back', () => {
  it('tell which rooms to go back into', () => {
    const rooms: OwnRooms = { default: undefined, others: new Set() }
    const told = [
      'you are in #lobby, 1 member: a',
      'you are in #dev, 2 members: a, b',
      'you are in #tea, 1 member: a',
      'you left #tea; you speak in #dev',
      'you are in #ops, 1 member: a',
      'you were kicked out of #ops by b (why)',
    ]
    for (const text of told) roomsAfter(readRoomLine(Buffer.from(`-- ${text}`)), rooms)
    roomsAfter(readRoomLine(Buffer.from('<eve> you are in #evil, 1 member: eve')), rooms)
    assert.deepEqual(rooms, { default: '#lobby', others: new Set(['#dev']), current: '#lobby' })
  })

  it('show bytes that are no text escaped, and no control character', () => {
    const line = readRoomLine(Buffer.concat([Buffer.from('<bob> '), Buffer.from([0xff, 0x1b, 0x5b])]))
    assert.deepEqual(line, { kind: 'message', text: '<bob> \\xff[', nick: 'bob', body: '\\xff[' })
  })

  it('know rooms and strange nicks, and are plain text where a server is of another kind', () => {
    assert.deepEqual(readRoomLine(Buffer.from('#dev <a[]> hi <b> there')), {
      kind: 'message',
      text: '#dev <a[]> hi <b> there',
      nick: 'a[]',
      room: '#dev',
      body: 'hi <b> there',
    })
    assert.equal(readRoomLine(Buffer.from('[[a]] hi')).nick, '[a]')
    assert.deepEqual(readRoomLine(Buffer.from('client2')), { kind: 'message', text: 'client2', body: 'client2' })
  })

  it('come several in a datagram from the server alone', () => {
    assert.deepEqual(linesOfDatagram(Buffer.from('-- a\n-- b')).map(String), ['-- a', '-- b'])
    assert.deepEqual(linesOfDatagram(Buffer.from('<a> b\n-- c')).map(String), ['<a> b\n-- c'])
    assert.equal(readRoomLine(Buffer.from('<a> b\n-- c')).text, '<a> b -- c')
  })

  it('wait to be read, the oldest go, and a line says how many', async () => {
    const queue = lineQueue(3)
    for (let count = 0; count < 10; count++) queue.push({ kind: 'server', text: `${count}`, body: '' })
    queue.end()
    const read: string[] = []
    for await (const { text } of queue) read.push(text)
    assert.deepEqual(read, ['7 lines came too fast to be read', '7', '8', '9'])
  })
})
