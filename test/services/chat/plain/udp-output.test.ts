/** The room over UDP: what limits do to members, and what members are sent. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { datagramBytes } from '#lanework/services/chat/plain/udp-front.js'
import { refuse, saying, settled, sharedForms, who } from './scripted-desk.js'
import { udpRoom } from './udp-room.js'

describe('limits over UDP', () => {
  const delayed = { waitMs: 1_000, scope: 'peer', action: 'delay' } as const

  it('say again what was delayed, in order, and drop what is too much with one notice a second', async () => {
    const here = udpRoom()
    await here.tell('hello')
    let isFree = false
    const said: (string | undefined)[] = []
    here.desk.script.say = ({ to, text }) => {
      if (!isFree) return refuse('limited', 'too fast', delayed)
      said.push(text)
      return { ok: { id: '1', atMs: 0, to } }
    }
    for (let count = 0; count < 40; count++) void here.front.receive(Buffer.from(`${count}`))
    await settled()
    assert.deepEqual(here.desk.news(), ['-- you send too much too fast: not said; again in 1 s'])
    isFree = true
    here.desk.clock.advance(1_000)
    await settled()
    assert.deepEqual(
      said,
      Array.from({ length: 16 }, (_, count) => `${count}`),
    )
    await here.tell('and on')
    assert.equal(said.at(-1), 'and on')
    here.desk.script.say = () => refuse('limited', 'too fast', { ...delayed, action: 'drop' })
    assert.deepEqual(await here.tell('dropped'), ['-- you send too much too fast: 24 messages not said; again in 1 s'])
  })

  it('hold what comes behind a delayed message, commands too', async () => {
    const here = udpRoom()
    await here.tell('hello')
    const order: string[] = []
    let refusals = 1
    here.desk.script.say = ({ to, text = '' }) => {
      if (refusals-- > 0) return refuse('limited', 'too fast', delayed)
      order.push(text)
      return { ok: { id: '1', atMs: 0, to } }
    }
    here.desk.script.nick = ({ nick }) => {
      order.push(`nick ${nick}`)
      return { ok: { nick } }
    }
    await here.tell('first')
    await here.tell('/nick alice')
    await here.tell('second')
    assert.deepEqual(order, [])
    here.desk.clock.advance(1_000)
    await settled()
    assert.deepEqual(order, ['first', 'nick alice', 'second'])
  })

  it('end the stay where that is the action', async () => {
    const here = udpRoom()
    await here.tell('hello')
    here.desk.script.say = () => refuse('limited', 'too fast', { action: 'disconnect' })
    assert.deepEqual(await here.tell('more'), ['-- you send too much too fast; goodbye'])
    assert.deepEqual(here.desk.ended, ['too much too fast'])
  })

  it('ask nothing more once the peer has gone', async () => {
    const here = udpRoom()
    await here.tell('hello')
    here.desk.script.say = () => refuse('limited', 'too fast', delayed)
    await here.tell('one')
    await here.tell('two')
    here.front.closed?.({ kind: 'idle' })
    const asked = here.desk.asked.length
    here.desk.clock.advance(10_000)
    await settled()
    assert.equal(here.desk.asked.length, asked)
  })
})

describe('what UDP members are sent', () => {
  it('is encoded once for all of them', async () => {
    const shared = sharedForms()
    const rooms = [udpRoom(), udpRoom({ port: 4_001 }), udpRoom({ port: 4_002 })]
    await Promise.all(rooms.map((each) => each.tell('hello')))
    const hearing = saying(who('bob'), '#lobby', 'hi')
    for (const each of rooms) each.front.hear({ audience: { to: 'room', room: '#lobby' }, hearing }, shared)
    assert.equal(shared.encoded.length, 1)
    const sent = rooms.map(({ desk }) => desk.sentBytes.at(-1))
    assert.deepEqual(sent.map(String), ['<bob> hi', '<bob> hi', '<bob> hi'])
    assert.ok(
      sent.every((bytes) => bytes === sent[0]),
      'and the bytes are the same',
    )
  })

  it('comes in several datagrams with the same head where it is long', async () => {
    const here = udpRoom()
    await here.tell('hello')
    const sent = here.hear(saying(who('bob'), '#dev', '好'.repeat(660)))
    assert.equal(sent.length, 2)
    const heads = here.desk.sentBytes.slice(-2).map((bytes) => String(bytes).slice(0, 11))
    assert.deepEqual(heads, ['#dev <bob> ', '#dev <bob> '])
    for (const bytes of here.desk.sentBytes) assert.ok(Buffer.byteLength(bytes as string) <= datagramBytes)
  })

  it('answers commands in as few datagrams as hold them, each line the server’s', async () => {
    const here = udpRoom()
    await here.tell('hello')
    const help = await here.tell('/help')
    assert.ok(help.length >= 2 && help.length <= 4)
    for (const datagram of help) {
      assert.ok(Buffer.byteLength(datagram) <= datagramBytes)
      for (const line of datagram.split('\n')) assert.ok(line.startsWith('-- '), line)
    }
  })

  it('tells of the rooms’ restart', async () => {
    const here = udpRoom()
    here.front.connection?.('lost')
    assert.deepEqual(here.desk.news(), [], 'who is no member is told nothing')
    await here.tell('hello')
    here.front.connection?.('lost')
    here.front.connection?.('back')
    assert.deepEqual(here.desk.news(), [
      '-- the rooms are restarting; a moment',
      '-- the rooms are back; /history shows what you may have missed',
    ])
  })
})
