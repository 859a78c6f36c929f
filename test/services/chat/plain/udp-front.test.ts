/** The room over UDP: who is let in and how, what returns, and what strangers get. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { helloDatagram, joinDatagram, readCookie } from '#lanework/services/chat/plain/cookie.js'
import { udpFront } from '#lanework/services/chat/plain/udp-front.js'
import { refuse, saying, settled, who } from './scripted-desk.js'
import { elsewhere, namesAsked, udpRoom } from './udp-room.js'

describe('UDP on loopback', () => {
  for (const host of ['127.0.0.1', '127.9.8.7', '::1', '::ffff:127.0.0.1']) {
    it(`lets in whoever sends, and says the first datagram: ${host}`, async () => {
      const here = udpRoom({ host })
      assert.deepEqual(await here.tell('hello\n'), [])
      assert.deepEqual(namesAsked(here), ['enter', 'join', 'say'])
      assert.deepEqual(here.desk.asked[2]?.ask, { to: '#lobby', kind: 'message', text: 'hello' })
      assert.equal(here.desk.state.opened, 1)
      await here.tell('again')
      assert.deepEqual(namesAsked(here), ['enter', 'join', 'say', 'say'])
    })
  }

  it('is the same elsewhere with `open`', async () => {
    const here = udpRoom({ ...elsewhere, settings: { open: true } })
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
    const here = udpRoom()
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
    const here = udpRoom()
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

  it('never says a join with a right cookie, whatever nick follows, and tells why that is none', async () => {
    const here = udpRoom()
    const [answer = ''] = await here.tell(helloDatagram())
    const cookie = readCookie(Buffer.from(answer)) ?? ''
    for (const nick of ['a b', 'server', `${'x'.repeat(300)}`, 'a\tb', '\0'])
      assert.match((await here.tell(joinDatagram(cookie, nick))).join('\n'), /^-- .*A nick /, nick)
    assert.deepEqual(await here.tell(`${joinDatagram(cookie)}  \r\n`), ['-- you are guest in #lobby already'])
    assert.deepEqual(namesAsked(here), ['enter', 'join'])
  })

  it('says what follows a command where the command leads, though its answer is late', async () => {
    const here = udpRoom()
    await here.tell('hello')
    const join = here.desk.script.join
    here.desk.script.join = async (ask) => {
      await settled()
      return join?.(ask) ?? refuse('unavailable', 'x')
    }
    for (const text of [
      'before',
      '/join #private',
      'inside',
      'inside too',
      '/leave',
      'outside',
      '/room #nowhere',
      'here',
    ])
      void here.front.receive(Buffer.from(text))
    for (let turn = 0; turn < 8; turn++) await settled()
    const said = here.desk.asked.flatMap(({ name, ask }) =>
      name === 'say' ? [ask as { to: string; text: string }] : [],
    )
    assert.deepEqual(
      said.map(({ to, text }) => `${to} ${text}`),
      ['#lobby hello', '#lobby before', '#private inside', '#private inside too', '#lobby outside', '#lobby here'],
    )
  })

  it('does not wait between messages that are only said', async () => {
    const here = udpRoom()
    await here.tell('hello')
    here.desk.script.say = () => new Promise(() => {})
    for (const text of ['one', 'two', 'three']) void here.front.receive(Buffer.from(text))
    await settled()
    assert.equal(namesAsked(here).filter((name) => name === 'say').length, 4)
  })

  it('keeps so much behind a command and no more, and says how much it dropped', async () => {
    const here = udpRoom()
    await here.tell('hello')
    let answer = (): void => {}
    const late = new Promise<void>((resolve) => (answer = resolve))
    here.desk.script.nick = async ({ nick }) => {
      await late
      return { ok: { nick } }
    }
    void here.front.receive(Buffer.from('/nick bob'))
    for (let count = 0; count < 100; count++) void here.front.receive(Buffer.from(`${count}`))
    await settled()
    assert.match(here.desk.news().join(), /^-- you send too much too fast: not said/)
    answer()
    await settled()
    assert.equal(namesAsked(here).filter((name) => name === 'say').length, 65)
  })

  it('says what looks like a join and has no right cookie', async () => {
    const here = udpRoom()
    await here.tell('hello')
    await here.tell('JOIN counterrevolutionaries')
    await here.tell(`JOIN ${'A'.repeat(22)} alice`)
    assert.deepEqual(here.counts, [])
    assert.deepEqual(
      here.desk.asked.flatMap(({ ask }) => ('text' in (ask as object) ? (ask as { text: string }).text : [])),
      ['hello', 'JOIN counterrevolutionaries', `JOIN ${'A'.repeat(22)} alice`],
    )
  })

  it('says goodbye once everything has been answered, what a limit delays too', async () => {
    const here = udpRoom()
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
    const here = udpRoom()
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
    const here = udpRoom()
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
    const here = udpRoom()
    here.desk.script.enter = () => refuse('server-full', 'The server is full')
    here.desk.script.join = () => refuse('not-entered', 'Not here')
    here.desk.script.say = () => refuse('not-entered', 'Not here')
    assert.deepEqual(await here.tell('hello'), ['-- The server is full'])
    assert.deepEqual(here.desk.ended, ['could not come in'])
  })

  it('asks nobody where there are too many sessions', async () => {
    const here = udpRoom()
    here.desk.state.mayOpen = false
    assert.deepEqual(await here.tell('hello'), [])
    assert.deepEqual(here.desk.asked, [])
  })

  it('begins anew after its stay has ended', async () => {
    const here = udpRoom()
    await here.tell('hello')
    here.front.closed?.({ kind: 'idle' })
    here.desk.state.me = undefined
    await here.tell('hello again')
    assert.deepEqual(namesAsked(here), ['enter', 'join', 'say', 'enter', 'join', 'say'])
  })

  it('nor one that another lane went on with, and that has only listened here', async () => {
    const here = udpRoom()
    Object.assign(here.desk.state, { me: who('alice') })
    here.desk.speaksIn = '#private'
    here.front.closed?.({ kind: 'idle' })
    here.desk.state.me = undefined
    void here.front.receive(Buffer.from('a secret'))
    await settled()
    assert.match(here.desk.news().join(), /you were gone; nothing was said.*#private/)
    assert.deepEqual(namesAsked(here), ['enter', 'join'])
  })

  const privately = async (): Promise<ReturnType<typeof udpRoom>> => {
    const here = udpRoom()
    await here.tell('/join #private')
    await here.tell('a secret')
    here.front.closed?.({ kind: 'idle' })
    here.desk.state.me = undefined
    here.desk.rooms.clear()
    here.desk.asked.length = 0
    return here
  }

  it('does not say in the default room what was meant for another, after its stay has ended', async () => {
    const here = await privately()
    void here.front.receive(Buffer.from('another secret'))
    void here.front.receive(Buffer.from('and one more'))
    await settled()
    assert.deepEqual(here.desk.news(), [
      '-- you were gone; nothing was said. Now you are guest in #lobby: say it again, or /join #private first',
    ])
    assert.deepEqual(namesAsked(here), ['enter', 'join'])
    await here.tell('hello lobby')
    assert.deepEqual(here.desk.asked.at(-1)?.ask, { to: '#lobby', kind: 'message', text: 'hello lobby' })
  })

  it('lets a join bring it back to where it was', async () => {
    const here = await privately()
    void here.front.receive(Buffer.from('/join #private'))
    await here.tell('another secret')
    assert.deepEqual(here.desk.asked.at(-1)?.ask, { to: '#private', kind: 'message', text: 'another secret' })
  })

  it('forgets where it was after an hour', async () => {
    const here = await privately()
    here.desk.clock.advance(3_600_001)
    await here.tell('hello')
    assert.deepEqual(namesAsked(here), ['enter', 'join', 'say'])
  })

  it('goes on with a member that another lane has let in', async () => {
    const before = udpRoom()
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
    const there = udpRoom(elsewhere)
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
    const there = udpRoom(elsewhere)
    for (const datagram of ['hello', '/help', '', 'HELLO lanework', 'x'.repeat(1_000), Buffer.from([0xff])])
      assert.deepEqual(await there.tell(datagram), [])
    assert.deepEqual(
      there.counts,
      Array.from({ length: 6 }, () => 'unproved'),
    )
    assert.deepEqual([there.desk.asked.length, there.desk.state.opened], [0, 0])
  })

  it('gives nobody a cookie as long as it has no key', async () => {
    const there = udpRoom({ ...elsewhere, proofKey: Buffer.alloc(0) })
    assert.deepEqual(await there.tell(helloDatagram()), [])
    assert.deepEqual(await there.tell(joinDatagram('A'.repeat(22))), [])
    assert.equal(there.desk.state.opened, 0)
  })

  it("refuses another's cookie, an old one and an altered one without a word", async () => {
    const there = udpRoom(elsewhere)
    const other = udpRoom({ host: '192.0.2.7', port: 4_001 })
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
    const there = udpRoom(elsewhere)
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
