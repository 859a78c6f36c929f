/** The room over UDP: who is let in, what returns, what waits, and what strangers get. */
import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { helloDatagram, joinDatagram, readCookie } from '#lanework/services/chat/plain/cookie.js'
import { datagramBytes, udpFront } from '#lanework/services/chat/plain/udp-front.js'
import type { Front, FrontCount } from '#lanework/services/chat/lane/front.js'
import type { Hearing } from '#lanework/services/chat/types.js'
import {
  refuse,
  saying,
  scriptedDesk,
  settled,
  sharedForms,
  who,
  type DeskOptions,
  type ScriptedDesk,
} from './scripted-desk.js'

interface Room {
  readonly desk: ScriptedDesk
  readonly front: Front
  readonly counts: readonly FrontCount[]
  /** Sends a datagram and gives what came back. */
  tell(datagram: string | Uint8Array): Promise<string[]>
  /** Something is heard; gives what was sent. */
  hear(hearing: Hearing, ref?: string): string[]
}

const proofKey = randomBytes(32)

function room(options: DeskOptions = {}): Room {
  const desk = scriptedDesk({ proofKey, ...options })
  const front = udpFront(desk)
  return {
    desk,
    front,
    counts: desk.counts,
    async tell(datagram) {
      void front.receive(Buffer.from(datagram as string))
      await settled()
      return desk.news()
    },
    hear(hearing, ref) {
      const heard = {
        audience: { to: 'room', room: '#lobby' },
        hearing,
        ...(ref === undefined ? {} : { ref }),
      } as const
      front.hear(heard, sharedForms())
      return desk.news()
    },
  }
}

function namesAsked({ desk }: Room): string[] {
  return desk.asked.map(({ name }) => name)
}

const elsewhere: DeskOptions = { host: '192.0.2.7' }

describe('UDP on loopback', () => {
  for (const host of ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1']) {
    it(`lets in whoever sends, and says the first datagram: ${host}`, async () => {
      const here = room({ host })
      assert.deepEqual(await here.tell('hello\n'), [])
      assert.deepEqual(namesAsked(here), ['enter', 'join', 'say'])
      assert.deepEqual(here.desk.asked[2]?.ask, { to: '#lobby', kind: 'message', text: 'hello' })
      assert.equal(here.desk.state.opened, 1)
      await here.tell('again')
      assert.deepEqual(namesAsked(here), ['enter', 'join', 'say', 'say'])
    })
  }

  it('is the same elsewhere with `open`', async () => {
    const here = room({ ...elsewhere, settings: { open: true } })
    await here.tell('hello')
    assert.deepEqual(namesAsked(here), ['enter', 'join', 'say'])
    assert.deepEqual(here.desk.asked[0]?.ask, {
      isFlexible: true,
      user: 'udp',
      realname: '',
      transport: 'udp',
      address: '192.0.2.7',
    })
  })

  it('returns to the sender what it said, and nothing else that it did', async () => {
    const here = room()
    await here.tell('hello')
    const me = who('guest', 'me')
    assert.deepEqual(here.hear(saying(me, '#lobby', 'hello'), 'own'), ['<guest> hello'])
    assert.deepEqual(here.hear(saying(me, 'bob', 'hello'), 'own'), ['[to bob] hello'])
    assert.deepEqual(here.hear({ event: 'renamed', by: me, nick: 'alice', atMs: 0 }, 'own'), [])
    assert.deepEqual(here.hear({ event: 'renamed', by: me, nick: 'alice', atMs: 0 }), ['-- guest is now alice'])
    await here.tell('/echo off')
    here.desk.news()
    assert.deepEqual(here.hear(saying(me, '#lobby', 'hello'), 'own'), [])
  })

  it('lets a hello and a join choose the nick there too, and tells who one is', async () => {
    const here = room()
    const [answer = ''] = await here.tell(helloDatagram())
    const cookie = readCookie(Buffer.from(answer)) ?? ''
    const greeting = await here.tell(joinDatagram(cookie, 'alice'))
    assert.deepEqual(here.desk.asked[0]?.ask, {
      nick: 'alice',
      isFlexible: true,
      user: 'udp',
      realname: '',
      transport: 'udp',
      address: '127.0.0.1',
    })
    assert.match(
      greeting.join('\n'),
      /^-- welcome to lanework: you are alice; .*\n-- you are in #lobby, 1 member: alice$/,
    )
    // Its answer was lost, and the client asks again.
    assert.deepEqual(await here.tell(joinDatagram(cookie, 'alice')), ['-- you are alice in #lobby already'])
    assert.deepEqual(namesAsked(here), ['enter', 'join'])
    // It was let in by what it said, or under another nick.
    here.desk.script.nick = ({ nick }) => ({ ok: { nick } })
    assert.deepEqual(await here.tell(joinDatagram(cookie, 'eve')), ['-- you are eve now'])
  })

  it('says goodbye once everything has been answered, what a limit delays too', async () => {
    const here = room()
    await here.tell('hello')
    let isFree = false
    const said: (string | undefined)[] = []
    here.desk.script.say = ({ to, text }) => {
      if (!isFree) return refuse('limited', 'x', { action: 'delay', waitMs: 1_000 })
      said.push(text)
      return { ok: { id: '1', atMs: 0, to } }
    }
    void here.front.receive(Buffer.from('one'))
    void here.front.receive(Buffer.from('two'))
    assert.deepEqual(await here.tell('/quit tea'), [])
    assert.deepEqual(here.desk.ended, [])
    isFree = true
    here.desk.clock.advance(1_000)
    await settled()
    assert.deepEqual(said, ['one', 'two'])
    assert.deepEqual(here.desk.news(), ['-- goodbye'])
    assert.deepEqual(here.desk.ended, ['tea'])
  })

  it('keeps alive with empty datagrams, unanswered, and tells the owner no oftener than it must', async () => {
    const here = room()
    assert.deepEqual(await here.tell(''), [])
    assert.deepEqual(here.counts, ['unproved'], 'it does not let in')
    await here.tell('hello')
    for (const sign of ['', '\n', '/alive', '/alive\n']) assert.deepEqual(await here.tell(sign), [])
    assert.deepEqual(namesAsked(here), ['enter', 'join', 'say', 'alive'])
    here.desk.clock.advance(5_000)
    await here.tell('')
    assert.equal(namesAsked(here).at(-1), 'alive')
  })

  it('takes line ends within a datagram for blanks, and bytes that are no text as they are', async () => {
    const here = room()
    await here.tell('one\r\ntwo\nthree\r\n')
    await here.tell(Buffer.from([0xc4, 0xe3, 0x0a]))
    assert.deepEqual(
      here.desk.asked.slice(2).map(({ ask }) => ask),
      [
        { to: '#lobby', kind: 'message', text: 'one two three' },
        { to: '#lobby', kind: 'message', bytes: Buffer.from([0xc4, 0xe3]).toString('base64') },
      ],
    )
    const bytes = Buffer.from([0xc4, 0xe3])
    const heard = saying(who('bob'), '#lobby', '\\xc4\\xe3', { bytes: bytes.toString('base64') })
    assert.deepEqual(here.hear(heard), [`<bob> ${bytes.toString('latin1')}`])
  })

  it('tells once why it could not come in, and ends', async () => {
    const here = room()
    here.desk.script.enter = () => refuse('server-full', 'The server is full')
    here.desk.script.join = () => refuse('not-entered', 'Not here')
    here.desk.script.say = () => refuse('not-entered', 'Not here')
    assert.deepEqual(await here.tell('hello'), ['-- The server is full'])
    assert.deepEqual(here.desk.ended, ['could not come in'])
  })

  it('asks nobody where there are too many sessions', async () => {
    const here = room()
    here.desk.state.mayOpen = false
    assert.deepEqual(await here.tell('hello'), [])
    assert.deepEqual(here.desk.asked, [])
  })

  it('begins anew after its stay has ended', async () => {
    const here = room()
    await here.tell('hello')
    here.front.closed?.({ kind: 'idle' })
    here.desk.state.me = undefined
    await here.tell('hello again')
    assert.deepEqual(namesAsked(here), ['enter', 'join', 'say', 'enter', 'join', 'say'])
  })

  it('goes on with a member that another lane has let in', async () => {
    const before = room()
    await before.tell('hello')
    const desk = before.desk
    const front = udpFront(desk)
    desk.asked.length = 0
    void front.receive(Buffer.from('still here'))
    await settled()
    assert.deepEqual(namesAsked(before), ['say'])
  })
})

describe('UDP from elsewhere', () => {
  it('gives a cookie for a padded hello, and membership for the cookie', async () => {
    const there = room(elsewhere)
    const answers = await there.tell(helloDatagram())
    assert.equal(answers.length, 1)
    assert.ok((answers[0] ?? '').length < helloDatagram().length)
    assert.deepEqual([there.desk.asked.length, there.desk.state.opened], [0, 0], 'nothing is kept')
    await there.tell(joinDatagram(readCookie(Buffer.from(answers[0] ?? '')) ?? '', 'alice'))
    assert.deepEqual(namesAsked(there), ['enter', 'join'])
    await there.tell('hello')
    assert.equal(namesAsked(there).at(-1), 'say')
    assert.deepEqual(there.counts, ['hellos'])
  })

  it('sends nothing to who has proved nothing, and counts it', async () => {
    const there = room(elsewhere)
    for (const datagram of ['hello', '/help', '', 'HELLO lanework', 'x'.repeat(1_000), Buffer.from([0xff])])
      assert.deepEqual(await there.tell(datagram), [])
    assert.deepEqual(
      there.counts,
      Array.from({ length: 6 }, () => 'unproved'),
    )
    assert.deepEqual([there.desk.asked.length, there.desk.state.opened], [0, 0])
  })

  it('gives nobody a cookie as long as it has no key', async () => {
    const there = room({ ...elsewhere, proofKey: Buffer.alloc(0) })
    assert.deepEqual(await there.tell(helloDatagram()), [])
    assert.deepEqual(await there.tell(joinDatagram('A'.repeat(22))), [])
    assert.equal(there.desk.state.opened, 0)
  })

  it("refuses another's cookie, an old one and an altered one without a word", async () => {
    const there = room(elsewhere)
    const other = room({ host: '192.0.2.7', port: 4_001 })
    const [theirs = ''] = await other.tell(helloDatagram())
    const [ours = ''] = await there.tell(helloDatagram())
    const cookie = readCookie(Buffer.from(ours)) ?? ''
    const altered = (cookie.startsWith('A') ? 'B' : 'A') + cookie.slice(1)
    assert.deepEqual(await there.tell(joinDatagram(readCookie(Buffer.from(theirs)) ?? '')), [])
    assert.deepEqual(await there.tell(joinDatagram(altered)), [])
    there.desk.clock.advance(60_000)
    assert.deepEqual(await there.tell(joinDatagram(cookie)), [])
    assert.deepEqual(there.counts, ['hellos', 'badCookies', 'badCookies', 'badCookies'])
    assert.equal(there.desk.asked.length, 0)
  })

  it('never sends more than it got, whatever comes', async () => {
    const there = room(elsewhere)
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('', 'HELLO lanework', 'JOIN '),
        async (bytes, head) => {
          const datagram = Buffer.concat([Buffer.from(head.padEnd(head.startsWith('H') ? 180 : head.length)), bytes])
          void there.front.receive(datagram)
          const answers = there.desk.news()
          assert.ok(answers.join('').length <= datagram.length)
        },
      ),
    )
    assert.equal(there.desk.asked.length, 0)
  })
})

describe('limits over UDP', () => {
  const delayed = { waitMs: 1_000, scope: 'peer', action: 'delay' } as const

  it('say again what was delayed, in order, and drop what is too much with one notice a second', async () => {
    const here = room()
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
    const here = room()
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
    const here = room()
    await here.tell('hello')
    here.desk.script.say = () => refuse('limited', 'too fast', { action: 'disconnect' })
    assert.deepEqual(await here.tell('more'), ['-- you send too much too fast; goodbye'])
    assert.deepEqual(here.desk.ended, ['too much too fast'])
  })

  it('ask nothing more once the peer has gone', async () => {
    const here = room()
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
    const rooms = [room(), room({ port: 4_001 }), room({ port: 4_002 })]
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
    const here = room()
    await here.tell('hello')
    const sent = here.hear(saying(who('bob'), '#dev', '好'.repeat(660)))
    assert.equal(sent.length, 2)
    const heads = here.desk.sentBytes.slice(-2).map((bytes) => String(bytes).slice(0, 11))
    assert.deepEqual(heads, ['#dev <bob> ', '#dev <bob> '])
    for (const bytes of here.desk.sentBytes) assert.ok(Buffer.byteLength(bytes as string) <= datagramBytes)
  })

  it('answers commands in as few datagrams as hold them, each line the server’s', async () => {
    const here = room()
    await here.tell('hello')
    const help = await here.tell('/help')
    assert.ok(help.length >= 2 && help.length <= 4)
    for (const datagram of help) {
      assert.ok(Buffer.byteLength(datagram) <= datagramBytes)
      for (const line of datagram.split('\n')) assert.ok(line.startsWith('-- '), line)
    }
  })

  it('tells of the rooms’ restart', async () => {
    const here = room()
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
