/** Every command: what it asks for, what it tells, and what becomes of faults. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { linesFront } from '#lanework/services/chat/plain/lines-front.js'
import type { ListedRoom, ModeChange, RequestName, Who } from '#lanework/services/chat/types.js'
import {
  member,
  refuse,
  saying,
  scriptedDesk,
  settled,
  sharedForms,
  viewOf,
  who,
  type Script,
} from './scripted-desk.js'

interface Typing {
  type(line: string): Promise<string[]>
  /** What the last request was, and what it asked. */
  last(): [RequestName | undefined, unknown]
  readonly script: Script
  readonly rooms: Map<string, string>
  kicked(by: Who, room: string): void
}

async function typing(script: Script = {}): Promise<Typing> {
  const desk = scriptedDesk({ scheme: 'tcp' })
  Object.assign(desk.script, script)
  const front = linesFront(desk)
  desk.clock.advance(300)
  await settled()
  desk.news()
  return {
    async type(line) {
      await front.receive(Buffer.from(line))
      return desk.news()
    },
    last: () => [desk.asked.at(-1)?.name, desk.asked.at(-1)?.ask],
    script: desk.script,
    rooms: desk.rooms,
    kicked(by, room) {
      desk.rooms.delete(room)
      const hearing = { event: 'kicked', room, by, whom: who('guest', 'me'), atMs: 0 } as const
      front.hear({ audience: { to: 'room', room }, hearing }, sharedForms())
      desk.news()
    },
  }
}

const done = (): { ok: object } => ({ ok: {} })

describe('commands about rooms', () => {
  it('go in, speak there, switch and leave', async () => {
    const here = await typing()
    assert.deepEqual(await here.type('/join dev secret'), ['-- you are in #dev, 1 member: guest'])
    assert.deepEqual(here.last(), ['join', { room: '#dev', mostMembers: 20, key: 'secret' }])
    await here.type('hello')
    assert.deepEqual(here.last(), ['say', { to: '#dev', kind: 'message', text: 'hello' }])
    assert.deepEqual(await here.type('/room'), ['-- you speak in #dev; you are in #lobby, #dev'])
    assert.deepEqual(await here.type('/room #LOBBY'), ['-- you speak in #lobby'])
    assert.deepEqual(await here.type('/room #nowhere'), ['-- you are not in #nowhere: /join #nowhere'])
    assert.deepEqual(await here.type('/join #dev'), ['-- you speak in #dev'])
    assert.deepEqual(await here.type('/leave so  long'), ['-- you left #dev; you speak in #lobby'])
    assert.deepEqual(here.last(), ['part', { room: '#dev', reason: 'so  long' }])
    assert.deepEqual(await here.type('/leave #lobby'), ['-- you left #lobby; you are in no room now'])
    const nowhere = ['-- you are in no room: /join #ROOM, or /rooms']
    const needRoom = [
      'hello',
      '/me waves',
      '/leave',
      '/names',
      '/who',
      '/topic',
      '/kick bob',
      '/ban',
      '/mode',
      '/history',
      '/op bob',
      '/invite bob',
    ]
    for (const line of needRoom) assert.deepEqual(await here.type(line), nowhere, line)
  })

  it('speak elsewhere after being kicked out', async () => {
    const here = await typing()
    await here.type('/join #dev')
    here.kicked(who('bob'), '#dev')
    await here.type('hello')
    assert.deepEqual(here.last(), ['say', { to: '#lobby', kind: 'message', text: 'hello' }])
  })

  it('show rooms, the largest first, and as many as fit', async () => {
    const listed: ListedRoom[] = Array.from({ length: 60 }, (_, index) => ({
      room: `#r${index}`,
      members: index,
      createdMs: 0,
    }))
    const here = await typing({
      list: () => ({ ok: [...listed, { room: '#tea', members: 99, topic: 'milk', createdMs: 0 }] }),
    })
    const lines = await here.type('/rooms')
    assert.deepEqual(lines.slice(0, 2), ['-- #tea 99 members: milk', '-- #r59 59 members'])
    assert.equal(lines.length, 51)
    assert.equal(lines.at(-1), '-- and 11 more: /rooms MASK')
    await here.type('/list #r*')
    assert.deepEqual(here.last(), ['list', { mask: '#r*' }])
    here.script.list = () => ({ ok: [] })
    assert.deepEqual(await here.type('/rooms'), ['-- no such rooms'])
  })

  it('show who is there', async () => {
    const members = [
      member('bob', { ranks: ['operator'], away: 'lunch' }),
      member('eve', { ranks: ['voice'], account: 'e' }),
    ]
    const here = await typing({
      names: () => ({ ok: viewOf('#lobby', members) }),
      who: () => ({ ok: members.map((each) => ({ member: each })) }),
      whois: () => ({ ok: { member: members[0] ?? member('x'), rooms: [{ room: '#lobby', ranks: [] }] } }),
    })
    assert.deepEqual(await here.type('/names'), ['-- #lobby: @bob, +eve'])
    assert.deepEqual(await here.type('/who'), ['-- @bob over udp, away: lunch', '-- +eve over udp, account e'])
    assert.deepEqual(await here.type('/whois bob'), [
      '-- bob is udp@host-of-bob, over udp, away: lunch',
      '-- bob is in #lobby',
    ])
    here.script.names = () => ({ ok: undefined })
    assert.deepEqual(await here.type('/names #x'), ['-- #x: no such room; /rooms lists those that there are'])
    here.script.who = () => ({ ok: [] })
    assert.deepEqual(await here.type('/who #x'), ['-- #x: nobody'])
  })

  it('show only some of very many members to who comes in', async () => {
    const many = Array.from({ length: 1_000 }, (_, index) => member(`m${index}`))
    const here = await typing({ join: () => ({ ok: viewOf('#dev', many) }) })
    const [line = ''] = await here.type('/join #dev')
    assert.match(line, /^-- you are in #dev, 1000 members: m0, .*, m19 and 980 more: \/names$/)
  })

  it('show, set and take away the topic', async () => {
    const here = await typing({
      topic: ({ topic }) => ({ ok: topic === '' ? {} : { topic: { text: topic ?? 'tea', by: 'b', atMs: 0 } } }),
    })
    assert.deepEqual(await here.type('/topic'), ['-- the topic of #lobby is: tea'])
    assert.deepEqual(await here.type('/topic #dev two  blanks'), ['-- the topic of #dev is: two  blanks'])
    assert.deepEqual(here.last(), ['topic', { room: '#dev', topic: 'two  blanks' }])
    assert.deepEqual(await here.type('/topic -'), ['-- #lobby has no topic'])
  })
})

describe('commands that say and show what was said', () => {
  it('say to one, say what one does, and say who is away', async () => {
    const here = await typing()
    assert.deepEqual(await here.type('/msg bob two  blanks'), [])
    assert.deepEqual(here.last(), ['say', { to: 'bob', kind: 'message', text: 'two  blanks' }])
    await here.type('/me waves')
    assert.deepEqual(here.last(), ['say', { to: '#lobby', kind: 'action', text: 'waves' }])
    await here.type('//slash')
    assert.deepEqual(here.last(), ['say', { to: '#lobby', kind: 'message', text: '/slash' }])
    here.script.say = () => ({ ok: { id: '1', atMs: 0, to: 'bob', away: 'lunch' } })
    assert.deepEqual(await here.type('/msg bob hi'), ['-- bob is away: lunch'])
  })

  it('show history with times, and never as if it were said now', async () => {
    const here = await typing({
      history: ({ target }) => ({
        ok: target.startsWith('#')
          ? [saying(who('bob'), '#lobby', 'hi'), saying(who('bob'), '#lobby', '', { kind: 'tags' })]
          : [saying(who('bob'), 'guest', 'hi'), saying(who('guest', 'me'), 'bob', 'hello')],
      }),
    })
    assert.deepEqual(await here.type('/history'), [
      '-- #lobby, the last 1 (times in UTC):',
      '-- 2026-01-02 03:04 <bob> hi',
    ])
    assert.deepEqual(here.last(), ['history', { target: '#lobby', limit: 10 }])
    assert.deepEqual(await here.type('/history bob 5000'), [
      '-- bob, the last 2 (times in UTC):',
      '-- 2026-01-02 03:04 [bob] hi',
      '-- 2026-01-02 03:04 [to bob] hello',
    ])
    assert.deepEqual(here.last(), ['history', { target: 'bob', limit: 100 }])
    here.script.history = () => ({ ok: [] })
    assert.deepEqual(await here.type('/h 3'), ['-- #lobby: nothing yet'])
    here.script.history = () => refuse('history-off', 'Nothing is kept here')
    assert.deepEqual(await here.type('/h'), ['-- Nothing is kept here'])
  })
})

describe('commands that moderate', () => {
  const applied: Script['mode'] = ({ changes }) => ({ ok: { applied: changes, refused: [] } })
  const lastChanges = (here: Typing): readonly ModeChange[] => (here.last()[1] as { changes: ModeChange[] }).changes

  it('give and take ranks, keys and limits', async () => {
    const here = await typing({ mode: applied })
    assert.deepEqual(await here.type('/op bob'), ['-- #lobby: +operator bob'])
    for (const [line, change] of [
      ['/deop bob', { mode: 'operator', on: false, value: 'bob' }],
      ['/voice bob', { mode: 'voice', on: true, value: 'bob' }],
      ['/devoice bob', { mode: 'voice', on: false, value: 'bob' }],
      ['/key word', { mode: 'key', on: true, value: 'word' }],
      ['/key', { mode: 'key', on: false }],
      ['/limit 20', { mode: 'limit', on: true, value: '20' }],
      ['/limit -', { mode: 'limit', on: false }],
      ['/mode +m', { mode: 'moderated', on: true }],
    ] as const) {
      await here.type(line)
      assert.deepEqual(lastChanges(here), [change], line)
    }
  })

  it('ban by account and host, and by nick who shares our host', async () => {
    const here = await typing({ mode: applied })
    here.script.whois = ({ nick }) => ({ ok: { member: member(nick, { account: 'acc' }), rooms: [] } })
    await here.type('/ban bob')
    assert.deepEqual(
      lastChanges(here).map(({ value }) => value),
      ['account:acc', '*!*@host-of-bob'],
    )
    here.script.whois = ({ nick }) => ({ ok: { member: member(nick), rooms: [] } })
    await here.type('/mute bob')
    assert.deepEqual(lastChanges(here), [{ mode: 'mute', on: true, value: '*!*@host-of-bob' }])
    here.script.whois = () => ({ ok: { member: member('bob', { id: 'me', host: 'host-of-guest' }), rooms: [] } })
    await here.type('/nick x')
    here.script.whois = () => ({ ok: { member: member('bob', { account: 'acc', host: 'host-of-guest' }), rooms: [] } })
    await here.type('/ban bob')
    assert.deepEqual(
      lastChanges(here).map(({ value }) => value),
      ['account:acc', 'bob!*@*'],
    )
    here.script.whois = () => refuse('no-such-nick', 'x')
    await here.type('/ban gone')
    assert.equal(lastChanges(here)[0]?.value, 'gone!*@*')
    await here.type('/ban *!*@192.0.2.*')
    assert.equal(lastChanges(here)[0]?.value, '*!*@192.0.2.*')
  })

  it('take back whichever mask a nick was banned by', async () => {
    const masks = ['BOB!*@*', '*!*@host-of-bob', 'eve!*@*'].map((mask) => ({ mask, by: 'guest', atMs: 0 }))
    const here = await typing({
      mode: applied,
      modes: () => ({ ok: { room: '#lobby', createdMs: 0, set: [], masks } }),
      whois: ({ nick }) => ({ ok: { member: member(nick), rooms: [] } }),
    })
    await here.type('/unban bob')
    assert.deepEqual(
      lastChanges(here).map(({ value, on }) => [value, on]),
      [
        ['BOB!*@*', false],
        ['*!*@host-of-bob', false],
      ],
    )
    assert.deepEqual(await here.type('/unmute carol'), ['-- carol is not on the list; /mute shows it'])
    assert.deepEqual(await here.type('/ban'), [
      '-- BOB!*@* by guest, 1970-01-01',
      '-- *!*@host-of-bob by guest, 1970-01-01',
      '-- eve!*@* by guest, 1970-01-01',
    ])
  })

  it('take back the account with the host that was banned beside it, also once its owner is logged out', async () => {
    const listed = { by: 'guest', atMs: 5 }
    const masks = [
      { mask: 'account:acc', ...listed },
      { mask: '*!*@host-of-bob', ...listed },
      { mask: '*!*@elsewhere', ...listed },
      { mask: 'account:other', by: 'guest', atMs: 6 },
    ]
    const here = await typing({
      mode: applied,
      modes: () => ({ ok: { room: '#lobby', createdMs: 0, set: [], masks } }),
      whois: ({ nick }) => ({ ok: { member: member(nick), rooms: [] } }),
    })
    await here.type('/unban bob')
    assert.deepEqual(
      lastChanges(here).map(({ value }) => value),
      ['account:acc', '*!*@host-of-bob'],
    )
  })

  it('show modes, and say which there are when one is wrong', async () => {
    const here = await typing({
      modes: () => ({ ok: { room: '#lobby', createdMs: 0, set: [{ mode: 'limit', on: true, value: '5' }] } }),
      mode: () => ({
        ok: { applied: [], refused: [{ code: 'not-room-operator', message: 'You are no operator here' }] },
      }),
    })
    assert.deepEqual(await here.type('/mode'), ['-- #lobby: +limit 5; made 1970-01-01'])
    assert.match((await here.type('/mode +z'))[0] ?? '', /^-- there is no mode z; moderated m, /)
    assert.deepEqual(await here.type('/mode #dev -o'), ['-- the mode operator needs a value'])
    assert.deepEqual(await here.type('/mode +m'), ['-- You are no operator here'])
    here.script.mode = () => ({ ok: { applied: [], refused: [] } })
    assert.deepEqual(await here.type('/mode +m'), ['-- #lobby is so already'])
  })

  it('kick and invite', async () => {
    const here = await typing({ kick: done, invite: () => ({ ok: { away: 'lunch' } }) })
    assert.deepEqual(await here.type('/kick bob too loud'), ['-- bob is out of #lobby'])
    assert.deepEqual(here.last(), ['kick', { room: '#lobby', nick: 'bob', reason: 'too loud' }])
    assert.deepEqual(await here.type('/invite bob #dev'), ['-- bob is asked into #dev, but is away: lunch'])
  })
})

describe('commands about oneself', () => {
  it('change the nick, presence and account', async () => {
    const here = await typing({
      nick: ({ nick }) => ({ ok: { nick } }),
      away: done,
      login: ({ account }) => ({ ok: { account } }),
      register: ({ account }) => ({ ok: { account } }),
      logout: done,
      operator: () => ({ ok: member('guest') }),
      kill: done,
    })
    const said: [string, string, RequestName, unknown][] = [
      ['/nick alice', 'you are alice now', 'nick', { nick: 'alice' }],
      ['/away out  for tea', 'you are away; /back when you return', 'away', { text: 'out  for tea' }],
      ['/away', 'you are away; /back when you return', 'away', { text: 'away' }],
      ['/back', 'welcome back', 'away', {}],
      ['/login a b', 'you are logged in as a', 'login', { account: 'a', password: 'b' }],
      ['/logout', 'you are logged out', 'logout', {}],
      ['/register a b', 'the account a is yours, and you are logged in', 'register', { account: 'a', password: 'b' }],
      ['/oper root word', 'you are an operator of the server', 'operator', { name: 'root', password: 'word' }],
      ['/kill bob why not', 'bob is gone', 'kill', { nick: 'bob', reason: 'why not' }],
    ]
    for (const [line, told, name, ask] of said) {
      assert.deepEqual(await here.type(line), [`-- ${told}`])
      assert.deepEqual(here.last(), [name, ask])
    }
    assert.deepEqual(await here.type('/echo maybe'), ['-- /echo on, or /echo off'])
    assert.deepEqual(await here.type('/alive'), [])
  })

  it('explain a command that is misused or unknown', async () => {
    const here = await typing()
    assert.match((await here.type('/nick'))[0] ?? '', /^-- \/nick NAME +your name from now on$/)
    assert.deepEqual(await here.type('/jion #dev'), [
      '-- there is no /jion; did you mean /join?',
      '-- /help lists the commands; // begins a text with a slash',
    ])
    assert.match((await here.type('/help j'))[0] ?? '', /^-- \/join #ROOM \[KEY\] /)
    assert.deepEqual(await here.type('/help nothing'), ['-- there is no /nothing'])
  })
})
