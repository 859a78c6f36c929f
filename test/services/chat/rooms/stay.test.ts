/** Members come, come back, change and go; nicks are one person's, and nobody is left behind. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ModeChange } from '#lanework/services/chat/types.js'
import { Kit, made, off, on } from './room-kit.ts'

describe('a nick', () => {
  it('is one member’s, large or small, and who looks alike is told like whom', () => {
    const kit = new Kit()
    kit.enter('alice')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('ALICE')), 'nick-taken')
    for (const nick of ['a1ice', 'aIice', 'a|ice', '\u0430lice']) {
      const { answer } = kit.do(undefined, 'enter', kit.asking(nick))
      const fault = 'fault' in answer ? answer.fault : undefined
      assert.equal(fault?.code, 'nick-confusable', nick)
      assert.match(fault?.message ?? '', /looks like alice$/)
    }
    assert.equal(kit.fault(undefined, 'enter', kit.asking('\u0430lbert')), 'nick-bad')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('chat.test')), 'nick-bad')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('TestNet')), 'nick-bad', 'the network’s')
  })

  it('goes to who asks first at the same instant', () => {
    const kit = new Kit()
    const [one, two] = [kit.enter('one'), kit.enter('two')]
    assert.deepEqual(kit.ok(one, 'nick', { nick: 'best' }), { nick: 'best' })
    assert.equal(kit.fault(two, 'nick', { nick: 'best' }), 'nick-taken')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('best')), 'nick-taken')
    assert.equal(kit.ok(two, 'nick', { nick: 'one' }).nick, 'one', 'which is free now')
  })

  it('is found for who does not insist: with a number, or a guest’s', () => {
    const kit = new Kit({ members: 2_000 })
    const nickOf = (nick?: string): string => kit.ok(undefined, 'enter', kit.asking(nick, { isFlexible: true })).me.nick
    assert.deepEqual([nickOf('alice'), nickOf('alice'), nickOf('ALICE')], ['alice', 'alice-2', 'ALICE-3'])
    assert.deepEqual([nickOf(), nickOf('not a nick'), nickOf('chanserv')], ['guest', 'guest-2', 'guest-3'])
    assert.equal(kit.ok(undefined, 'enter', kit.asking(undefined)).me.nick, 'guest-4')
    const long = '王'.repeat(21)
    assert.equal(nickOf(long), long)
    assert.equal(nickOf(long), `${'王'.repeat(20)}-2`)
    const many = new Set(Array.from({ length: 1_000 }, () => nickOf('bob')))
    assert.equal(many.size, 1_000)
  })

  it('may be written otherwise by its owner, and is heard by who shares a room, once', () => {
    const kit = new Kit()
    const { alice, bob, carol } = kit.people('alice', 'bob', 'carol')
    for (const room of ['#a', '#b']) for (const id of [alice, bob]) kit.ok(id, 'join', { room })
    kit.ok(carol, 'join', { room: '#c' })
    kit.quiet()
    assert.equal(kit.ok(alice, 'nick', { nick: 'Alice' }).nick, 'Alice')
    const [heard, ...more] = kit.heardBy(bob)
    assert.ok(heard?.event === 'renamed' && heard.by.nick === 'alice' && heard.nick === 'Alice')
    assert.deepEqual(more, [])
    assert.deepEqual([kit.eventsOf(alice), kit.eventsOf(carol)], [['renamed'], []])
    kit.ok(alice, 'nick', { nick: 'Alice' })
    assert.deepEqual(kit.eventsOf(bob), [], 'nothing has changed')
    assert.equal(kit.rooms.memberIdOfNick('aLICE'), alice)
    kit.ok(alice, 'nick', { nick: 'dora' })
    assert.equal(kit.rooms.memberIdOfNick('alice'), undefined)
    assert.equal(kit.ok(bob, 'whowas', { nick: 'alice' })[0]?.who.nick, 'Alice')
  })

  it('cannot be changed to get round a ban or a mute of the room one is in', () => {
    const kit = new Kit()
    const { alice, bob } = kit.people('alice', 'bob')
    for (const id of [alice, bob]) kit.ok(id, 'join', { room: '#a' })
    kit.ok(alice, 'mode', { room: '#a', changes: [{ mode: 'mute', on: true, value: 'bob' }] })
    assert.equal(kit.fault(bob, 'nick', { nick: 'robert' }), 'banned')
    kit.ok(alice, 'mode', { room: '#a', changes: [{ mode: 'voice', on: true, value: 'bob' }] })
    assert.equal(kit.fault(bob, 'nick', { nick: 'robert' }), undefined)
  })
})

describe('a stay', () => {
  it('keeps its account, out of which it would get round a ban or a mute of the room it is in', () => {
    const { kit, alice, bob } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.rooms.authenticated(bob, 'acc', kit.nowMs)
    const change = (change: ModeChange) => kit.ok(alice, 'mode', { room: '#a', changes: [change] })
    for (const list of ['ban', 'mute'] as const) {
      change(on(list, 'account:acc'))
      assert.equal(kit.fault(bob, 'logout', {}), 'banned')
      const { answer, heard } = kit.rooms.authenticated(bob, 'other', kit.nowMs)
      assert.deepEqual(['fault' in answer && answer.fault.code, heard], ['banned', []])
      assert.equal(kit.fault(bob, 'say', { to: '#a', kind: 'message', text: 'hello' }), 'cannot-speak')
      change(on(list, 'bob'))
      assert.equal(kit.fault(bob, 'logout', {}), undefined, 'which helps it nothing')
      kit.rooms.authenticated(bob, 'acc', kit.nowMs)
      change(off(list, 'bob'))
      change(off(list, 'account:acc'))
    }
    change(on('mute', 'account:acc'))
    change(on('voice', 'bob'))
    assert.equal(kit.fault(bob, 'logout', {}), undefined)
  })

  it('ends with a quit that who shares a room hears once, and the room with its last member', () => {
    const kit = new Kit()
    const { alice, bob } = kit.people('alice', 'bob')
    for (const room of ['#a', '#b']) for (const id of [alice, bob]) kit.ok(id, 'join', { room })
    kit.quiet()
    kit.ok(alice, 'quit', { reason: 'bye\r\nnow' })
    const [quit, ...more] = kit.heardBy(bob)
    assert.ok(quit?.event === 'quit' && quit.by.nick === 'alice' && quit.reason === 'bye now')
    assert.deepEqual(more, [])
    assert.equal(kit.fault(alice, 'say', { to: '#a', kind: 'message', text: 'x' }), 'not-entered')
    const { changedRooms } = kit.do(bob, 'quit', { reason: '' })
    assert.deepEqual([...changedRooms].sort(), ['#a', '#b'])
    assert.equal(kit.rooms.recordOf('#a'), undefined)
    assert.ok(kit.rooms.recordOf('#lobby'), 'the default room stays')
  })

  it('waits when its connection broke: nobody hears of it until its time is over', () => {
    const kit = new Kit()
    const { alice, bob } = kit.people('alice', 'bob')
    for (const id of [alice, bob]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    kit.deliver(kit.rooms.lost(alice, 'Connection lost', kit.nowMs, 60_000).heard)
    assert.deepEqual(kit.eventsOf(bob), [])
    assert.equal(kit.rooms.nextDeadlineMs(), kit.nowMs + 60_000)
    assert.deepEqual(kit.rooms.expire(kit.nowMs + 59_999), { heard: [], changedRooms: [] })
    kit.deliver(kit.rooms.expire(kit.nowMs + 60_000).heard)
    const [quit] = kit.heardBy(bob)
    assert.ok(quit?.event === 'quit' && quit.reason === 'Connection lost')
    assert.equal(kit.rooms.nextDeadlineMs(), undefined)
    assert.equal(kit.rooms.memberIdOfNick('alice'), undefined)
  })

  it('goes on with its secret: same id, nick and rooms, and its former connection ends', () => {
    const kit = new Kit()
    const { me, secret } = kit.ok(undefined, 'enter', kit.asking('alice'))
    const bob = kit.enter('bob')
    for (const id of [me.id, bob]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    const back = kit.ok(undefined, 'enter', kit.asking('whoever', { resume: secret, transport: 'ws' }))
    assert.deepEqual([back.me.id, back.me.nick, back.isResumed, back.secret], [me.id, 'alice', true, secret])
    assert.deepEqual(
      back.rooms.map(({ room }) => room),
      ['#a'],
    )
    assert.deepEqual([kit.eventsOf(me.id), kit.eventsOf(bob)], [['ended'], []])
    kit.rooms.lost(me.id, 'gone', kit.nowMs, 60_000)
    kit.ok(undefined, 'enter', kit.asking(undefined, { resume: secret, address: '192.0.2.9' }))
    assert.deepEqual(kit.eventsOf(me.id), ['rehosted'], 'who was gone hears no end; the others hear where it is now')
    assert.deepEqual(kit.eventsOf(bob), ['rehosted'])
    assert.deepEqual(kit.rooms.expire(kit.nowMs + 100_000).heard, [])
    assert.equal(kit.rooms.nextDeadlineMs(), undefined)
  })

  it('is not resumed with another secret, nor after it has ended', () => {
    const kit = new Kit()
    const { me, secret } = kit.ok(undefined, 'enter', kit.asking('alice'))
    kit.ok(me.id, 'quit', { reason: '' })
    for (const resume of [secret, '', 'guess', kit.rooms.snapshotOf(kit.enter('x'))?.secretHash as string]) {
      const entered = kit.ok(undefined, 'enter', kit.asking('alice', { resume, isFlexible: true }))
      assert.deepEqual([entered.isResumed, entered.rooms], [false, []])
      assert.notEqual(entered.me.id, me.id)
    }
  })

  it('that broke is taken up by the account that it belongs to, and by no other', () => {
    const kit = new Kit()
    const alice = kit.enter('alice', { account: 'al' })
    kit.rooms.lost(alice, 'gone', kit.nowMs, 60_000)
    assert.equal(kit.fault(undefined, 'enter', kit.asking('alice', { account: 'eve' })), 'nick-taken')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('alice')), 'nick-taken')
    assert.equal(kit.enter('alice', { account: 'al' }), alice)
    assert.equal(kit.fault(undefined, 'enter', kit.asking('alice', { account: 'al' })), 'nick-taken', 'it is there now')
  })

  it('at a place goes on when the place is heard of again', () => {
    const kit = new Kit()
    const place = '192.0.2.7:4242'
    const one = kit.enter('alice', { place, transport: 'udp' })
    kit.ok(one, 'join', { room: '#a' })
    const again = kit.ok(undefined, 'enter', kit.asking('other', { place, transport: 'udp' }))
    assert.deepEqual([again.me.id, again.me.nick, again.isResumed, again.rooms.length], [one, 'alice', true, 1])
    assert.equal(kit.rooms.memberIdOfPlace(place), one)
    kit.ok(one, 'quit', { reason: '' })
    assert.equal(kit.rooms.memberIdOfPlace(place), undefined)
    assert.notEqual(kit.enter('alice', { place }), one)
  })

  it('that goes on at a place where another is takes it, and the other has left', () => {
    const kit = new Kit()
    const place = '192.0.2.7:4242'
    const { me, secret } = kit.ok(undefined, 'enter', kit.asking('alice'))
    const bob = kit.enter('bob', { place, transport: 'udp' })
    assert.equal(kit.ok(undefined, 'enter', kit.asking(undefined, { resume: secret, place })).me.id, me.id)
    assert.deepEqual([kit.rooms.memberIdOfPlace(place), kit.rooms.member(bob)], [me.id, undefined])
    kit.ok(me.id, 'quit', { reason: '' })
    assert.equal(kit.rooms.memberIdOfPlace(place), undefined)
  })

  it('that waits to come back makes way where the server is full, the one longest gone first', () => {
    const kit = new Kit({ members: 3 })
    const { alice, bob, carol } = kit.people('alice', 'bob', 'carol')
    for (const id of [alice, bob, carol]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    for (const id of [bob, alice]) kit.rooms.lost(id, 'gone', kit.nowMs++, 60_000)
    assert.equal(kit.fault(undefined, 'enter', kit.asking('carol')), 'nick-taken', 'who is refused ends nobody’s stay')
    kit.enter('dora')
    assert.deepEqual([kit.rooms.member(bob), kit.rooms.member(alice)?.nick], [undefined, 'alice'])
    const [quit] = kit.heardBy(carol)
    assert.ok(quit?.event === 'quit' && quit.by.nick === 'bob' && quit.reason === 'gone')
    kit.enter('emma')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('fay')), 'server-full', 'all are here')
  })

  it('waits beside so many others of its network, and no more; those of other networks do not matter', () => {
    const kit = new Kit({ members: 1_000 })
    const lose = (nick: string, address: string): string => {
      const id = kit.enter(nick, { address })
      kit.deliver(kit.rooms.lost(id, 'gone', kit.nowMs, 60_000).heard)
      return id
    }
    const other = lose('other', '198.51.100.1')
    const back = kit.ok(undefined, 'enter', kit.asking('back', { address: '192.0.2.1' }))
    kit.rooms.lost(back.me.id, 'gone', kit.nowMs, 60_000)
    kit.ok(undefined, 'enter', kit.asking('x', { resume: back.secret, address: '192.0.2.1' }))
    const ids = Array.from({ length: 100 }, (_, index) => lose(`m${index}`, '192.0.2.1'))
    const left = ids.filter((id) => kit.rooms.member(id) !== undefined)
    assert.deepEqual(left, ids.slice(-32))
    assert.ok(kit.rooms.member(other) !== undefined && kit.rooms.member(back.me.id) !== undefined)
    const own = Array.from({ length: 40 }, (_, index) => lose(`l${index}`, '127.0.0.1'))
    assert.ok(
      own.every((id) => kit.rooms.member(id) !== undefined),
      'of the machine itself, as behind a proxy',
    )
    const many = Array.from({ length: 40 }, (_, index) => kit.enter(`r${index}`, { address: '203.0.113.1' }))
    for (const id of many) kit.rooms.lost(id, 'restart', kit.nowMs, 60_000, Infinity)
    assert.ok(
      many.every((id) => kit.rooms.member(id) !== undefined),
      'of a lane that ended',
    )
    kit.rooms.expire(kit.nowMs + 60_000)
    assert.deepEqual(
      kit.rooms.overview().members.map(({ nick }) => nick),
      ['back'],
    )
  })

  it('is refused where the server is full, and what is sent before it', () => {
    const kit = new Kit({ members: 2 })
    kit.people('alice', 'bob')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('carol')), 'server-full')
    assert.equal(kit.fault(undefined, 'alive', {}), 'not-entered')
    assert.equal(kit.fault('nobody', 'list', {}), 'not-entered')
  })

  it('has names without orders: user, realname, away', () => {
    const kit = new Kit()
    const { me } = kit.ok(
      undefined,
      'enter',
      kit.asking('alice', { user: 'a!@* \r\nQUIT:b', realname: 'x\x1b[1m\ny'.repeat(100) }),
    )
    assert.equal(me.user, 'aQUITb')
    assert.ok(Buffer.byteLength(me.realname) <= 150)
    // oxlint-disable-next-line no-control-regex -- what must not be there
    assert.doesNotMatch(me.realname, /[\0-\x1f]/)
    assert.equal(kit.ok(undefined, 'enter', kit.asking('b', { user: '' })).me.user, 'irc')
    kit.ok(me.id, 'away', { text: 'out\r\nfor lunch' })
    assert.equal(kit.rooms.member(me.id)?.away, 'out for lunch')
    assert.equal(kit.fault(me.id, 'realname', { text: '\x02' }), 'text-missing')
  })
})

describe('presence', () => {
  it('is heard when it changes, and only then', () => {
    const kit = new Kit()
    const { alice, bob } = kit.people('alice', 'bob')
    for (const id of [alice, bob]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    for (const text of ['lunch', 'lunch', undefined, undefined])
      kit.ok(alice, 'away', text === undefined ? {} : { text })
    assert.deepEqual(
      kit.heardBy(bob).map((heard) => heard.event === 'away' && heard.away),
      ['lunch', undefined],
    )
    kit.quiet()
    kit.ok(alice, 'realname', { text: 'Al' })
    kit.ok(alice, 'realname', { text: 'Al' })
    assert.deepEqual(kit.eventsOf(bob), ['realname'])
    kit.ok(alice, 'away', { text: 'lunch' })
    assert.equal(kit.ok(bob, 'say', { to: 'alice', kind: 'message', text: 'hi' }).away, 'lunch')
    assert.equal(kit.ok(alice, 'say', { to: 'bob', kind: 'message', text: 'hi' }).away, undefined)
  })

  it('with an account is heard by the rooms and by itself', () => {
    const kit = new Kit()
    const { alice, bob } = kit.people('alice', 'bob')
    for (const id of [alice, bob]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    kit.deliver(kit.rooms.authenticated(alice, 'al', kit.nowMs).heard)
    assert.deepEqual([kit.eventsOf(bob), kit.eventsOf(alice)], [['account'], ['account', 'self']])
    assert.equal(kit.rooms.member(alice)?.account, 'al')
    assert.deepEqual('fault' in kit.rooms.authenticated(alice, 'al', kit.nowMs).answer, true)
    kit.ok(alice, 'logout', {})
    assert.deepEqual(kit.eventsOf(bob), ['account'])
    assert.ok(!('account' in (kit.rooms.member(alice) as object)))
    kit.ok(alice, 'logout', {})
    assert.deepEqual(kit.eventsOf(bob), [])
  })
})
