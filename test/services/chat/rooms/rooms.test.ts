/** Who may come into a room, speak there, and decide who does. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ModeChange, ModeName } from '#lanework/services/chat/types.js'
import { Kit, made, off, on } from './room-kit.ts'

describe('a room', () => {
  it('is made by who joins it first, who is its operator; the next is not', () => {
    const kit = new Kit()
    const { alice, bob } = kit.people('alice', 'bob')
    const view = kit.ok(alice, 'join', { room: '#Dev' })
    assert.deepEqual(
      view.members.map(({ nick, ranks }) => [nick, ranks]),
      [['alice', ['operator']]],
    )
    assert.deepEqual(
      view.modes.set.map(({ mode }) => mode),
      ['topicLocked', 'noOutside'],
    )
    const second = kit.ok(bob, 'join', { room: '#dEv' })
    assert.deepEqual(
      second.members.map(({ nick, ranks }) => [nick, ranks]),
      [
        ['alice', ['operator']],
        ['bob', []],
      ],
    )
    assert.equal(second.room, '#Dev')
    assert.deepEqual([kit.eventsOf(alice), kit.eventsOf(bob)], [['joined', 'joined'], ['joined']])
    assert.equal(kit.fault(bob, 'join', { room: '#DEV' }), 'already-in-room')
    assert.equal(kit.fault(bob, 'join', { room: 'dev' }), 'room-bad')
  })

  it('is told of with so many of its members as asked for, and how many there are', () => {
    const { kit, alice, bob } = made()
    const { members, count } = kit.ok(bob, 'join', { room: '#a', mostMembers: 1 })
    assert.deepEqual([members.map(({ nick }) => nick), count], [['alice'], 2])
    assert.deepEqual(kit.eventsOf(alice), ['joined'])
    const all = kit.ok(bob, 'names', { room: '#a' })
    assert.deepEqual([all?.members.length, all?.count], [2, undefined])
  })

  it('is the same with look-alikes of other scripts, and there is no second beside it', () => {
    const { kit, bob } = made()
    assert.equal(kit.ok(bob, 'join', { room: '#\u0430' }).room, '#a')
  })

  it('by default is there, with nobody its operator', () => {
    const kit = new Kit()
    const { alice } = kit.people('alice')
    assert.deepEqual(kit.ok(alice, 'join', { room: '#lobby' }).members[0]?.ranks, [])
    assert.equal(kit.fault(alice, 'topic', { room: '#lobby', topic: 'mine' }), 'not-room-operator')
    kit.ok(alice, 'operator', { name: 'root', password: '' })
    kit.ok(alice, 'topic', { room: '#lobby', topic: 'ours' })
    kit.ok(alice, 'part', { room: '#lobby' })
    assert.equal(kit.ok(alice, 'topic', { room: '#lobby' }).topic?.text, 'ours')
  })

  it('that an account made is kept for it; others go with their last member', () => {
    const kit = new Kit({ rooms: 3, roomsPerMember: 3 })
    const founder = kit.enter('fay', { account: 'fay' })
    const { bob } = kit.people('bob')
    kit.ok(founder, 'join', { room: '#kept' })
    kit.ok(founder, 'topic', { room: '#kept', topic: 'here' })
    kit.ok(founder, 'part', { room: '#kept' })
    const view = kit.ok(bob, 'join', { room: '#kept' })
    assert.deepEqual([view.topic?.text, view.members[0]?.ranks], ['here', []])
    const { members } = kit.ok(founder, 'join', { room: '#kept' })
    assert.deepEqual(members.find(({ nick }) => nick === 'fay')?.ranks, ['operator'])
    kit.ok(bob, 'join', { room: '#gone' })
    assert.deepEqual(kit.do(bob, 'part', { room: '#gone' }).changedRooms, ['#gone'])
    assert.equal(kit.rooms.recordOf('#gone'), undefined)
    // With no room left, a kept one that is empty makes way.
    kit.ok(founder, 'part', { room: '#kept' })
    assert.equal(kit.fault(founder, 'join', { room: '#x' }), undefined)
    assert.equal(kit.fault(bob, 'part', { room: '#kept' }), undefined)
    const { changedRooms } = kit.do(bob, 'join', { room: '#y' })
    assert.deepEqual([...changedRooms].sort(), ['#kept', '#y'])
    assert.equal(kit.fault(bob, 'join', { room: '#z' }), 'too-many-rooms')
  })

  it('is one of so many that a member may be in', () => {
    const kit = new Kit({ roomsPerMember: 2 })
    const { alice } = kit.people('alice')
    for (const room of ['#a', '#b']) kit.ok(alice, 'join', { room })
    assert.equal(kit.fault(alice, 'join', { room: '#c' }), 'too-many-rooms')
  })
})

describe('admission to a room', () => {
  it('needs its key, a place, an invitation; bans keep out, but exceptions, and founders', () => {
    const { kit, alice, bob, carol } = made()
    const set = (...changes: ModeChange[]): void => void kit.ok(alice, 'mode', { room: '#a', changes })
    const fault = (id: string, key?: string): string | undefined => {
      const code = kit.fault(id, 'join', { room: '#a', ...(key !== undefined && { key }) })
      if (code === undefined) kit.ok(id, 'part', { room: '#a' })
      return code
    }
    set(on('key', 's3cret'))
    assert.deepEqual([fault(bob), fault(bob, 'S3CRET'), fault(bob, 's3cret')], ['key-wrong', 'key-wrong', undefined])
    set(off('key'), on('limit', '1'))
    assert.equal(fault(bob), 'room-full')
    set(off('limit'), on('inviteOnly'))
    assert.equal(fault(bob), 'invite-only')
    set(on('invited', '*@host-192.0.2.1'))
    assert.equal(fault(bob), undefined)
    set(on('ban', 'BOB'))
    assert.deepEqual([fault(bob), fault(carol)], ['banned', undefined])
    set(on('except', 'bob!*@*'))
    assert.equal(fault(bob), undefined)
    set(off('except', 'bob'), on('ban', 'account:*'))
    kit.rooms.authenticated(carol, 'carol', kit.nowMs)
    assert.equal(fault(carol), 'banned')
  })

  it('is opened once by an operator’s invitation, whatever stands in the way', () => {
    const { kit, alice, bob, carol } = made(on('inviteOnly'), on('key', 'k'), on('limit', '1'), on('ban', 'bob'))
    assert.equal(kit.fault(carol, 'invite', { room: '#a', nick: 'bob' }), 'not-in-room')
    assert.deepEqual(kit.ok(alice, 'invite', { room: '#a', nick: 'bob' }), {})
    assert.deepEqual([kit.eventsOf(bob), kit.eventsOf(alice), kit.eventsOf(carol)], [['invited'], ['invited'], []])
    kit.ok(bob, 'join', { room: '#a' })
    assert.equal(kit.fault(bob, 'invite', { room: '#a', nick: 'carol' }), 'not-room-operator')
    assert.equal(kit.fault(alice, 'invite', { room: '#a', nick: 'bob' }), 'already-in-room')
    kit.ok(bob, 'part', { room: '#a' })
    assert.equal(kit.fault(bob, 'join', { room: '#a' }), 'banned')
  })

  it('is not needed by operators of the server, whatever stands in the way', () => {
    const { kit, bob } = made(on('inviteOnly'), on('key', 'k'), on('limit', '1'), on('ban', 'bob'))
    assert.equal(kit.fault(bob, 'join', { room: '#a' }), 'banned')
    kit.ok(bob, 'operator', { name: '', password: '' })
    assert.deepEqual(kit.ok(bob, 'join', { room: '#a' }).members.find(({ nick }) => nick === 'bob')?.ranks, [])
  })

  it('is heard of by its operators, whoever invites', () => {
    const { kit, alice, bob, carol } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.quiet()
    kit.ok(bob, 'invite', { room: '#a', nick: 'carol' })
    for (const id of [alice, bob, carol]) assert.deepEqual(kit.eventsOf(id), ['invited'])
  })

  it('is not opened by the invitation of who is no operator', () => {
    const { kit, alice, bob, carol } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.ok(bob, 'invite', { room: '#a', nick: 'carol' })
    kit.ok(alice, 'mode', { room: '#a', changes: [on('key', 'k')] })
    assert.equal(kit.fault(carol, 'join', { room: '#a' }), 'key-wrong')
  })

  it('is for the room that was, not for another of its name; of many invitations the newest hold', () => {
    const { kit, alice, bob } = made(on('inviteOnly'))
    kit.ok(alice, 'invite', { room: '#a', nick: 'bob' })
    kit.ok(alice, 'part', { room: '#a' })
    kit.ok(alice, 'join', { room: '#a' })
    kit.ok(alice, 'mode', { room: '#a', changes: [on('inviteOnly')] })
    assert.equal(kit.fault(bob, 'join', { room: '#a' }), 'invite-only')
    const many = new Kit({ rooms: 100, roomsPerMember: 100 })
    const { dora, eve } = many.people('dora', 'eve')
    for (let index = 0; index < 21; index++) {
      many.ok(dora, 'join', { room: `#${index}` })
      many.ok(dora, 'mode', { room: `#${index}`, changes: [on('inviteOnly')] })
      many.ok(dora, 'invite', { room: `#${index}`, nick: 'eve' })
    }
    assert.equal(many.fault(eve, 'join', { room: '#0' }), 'invite-only')
    assert.equal(many.fault(eve, 'join', { room: '#1' }), undefined)
  })

  it('ends with a kick, of which all hear, the one kicked too', () => {
    const { kit, alice, bob, carol } = made()
    for (const id of [bob, carol]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    assert.equal(kit.fault(bob, 'kick', { room: '#a', nick: 'carol' }), 'not-room-operator')
    assert.equal(kit.fault(alice, 'kick', { room: '#a', nick: 'nobody' }), 'no-such-nick')
    kit.ok(alice, 'kick', { room: '#a', nick: 'BOB', reason: 'enough\r\n' })
    for (const id of [alice, bob, carol]) {
      const [kicked, ...more] = kit.heardBy(id)
      assert.ok(kicked?.event === 'kicked' && kicked.whom.nick === 'bob' && kicked.reason === 'enough')
      assert.deepEqual(more, [])
    }
    assert.equal(kit.fault(alice, 'kick', { room: '#a', nick: 'bob' }), 'they-are-not-in-room')
    assert.equal(kit.fault(bob, 'part', { room: '#a' }), 'not-in-room')
    assert.equal(kit.fault(bob, 'say', { to: '#a', kind: 'message', text: 'x' }), 'cannot-speak')
  })
})

describe('speech in a room', () => {
  const speaks = (kit: Kit, id: string): boolean =>
    kit.fault(id, 'say', { to: '#a', kind: 'message', text: 'x' }) === undefined

  it('is for members; from outside where the room allows it', () => {
    const { kit, alice, bob } = made()
    assert.ok(!speaks(kit, bob))
    kit.ok(alice, 'mode', { room: '#a', changes: [off('noOutside')] })
    assert.ok(speaks(kit, bob))
    assert.deepEqual(kit.eventsOf(bob), [], 'who is outside hears nothing of it')
    kit.ok(alice, 'mode', { room: '#a', changes: [on('ban', 'bob')] })
    assert.ok(!speaks(kit, bob))
  })

  it('is for ranks where the room is moderated, and not for who is muted or banned without one', () => {
    const { kit, alice, bob, carol } = made(on('moderated'))
    for (const id of [bob, carol]) kit.ok(id, 'join', { room: '#a' })
    kit.ok(alice, 'mode', { room: '#a', changes: [on('voice', 'bob')] })
    assert.deepEqual([speaks(kit, alice), speaks(kit, bob), speaks(kit, carol)], [true, true, false])
    kit.ok(alice, 'mode', { room: '#a', changes: [off('moderated'), on('mute', 'carol'), on('ban', 'bob')] })
    assert.deepEqual([speaks(kit, bob), speaks(kit, carol)], [true, false])
    kit.ok(alice, 'mode', { room: '#a', changes: [off('voice', 'bob'), off('mute', 'carol')] })
    assert.deepEqual([speaks(kit, bob), speaks(kit, carol)], [false, true])
    kit.ok(alice, 'mode', { room: '#a', changes: [on('except', 'bob'), on('mute', 'bob')] })
    assert.ok(speaks(kit, bob), 'the exception is of both')
    kit.ok(bob, 'operator', { name: '', password: '' })
    kit.ok(alice, 'mode', { room: '#a', changes: [off('except', 'bob')] })
    assert.ok(speaks(kit, bob), 'operators of the server always do')
  })
})

describe('modes', () => {
  it('are applied one by one, and those refused are told', () => {
    const { kit, alice, bob } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.quiet()
    const { applied, refused } = kit.ok(alice, 'mode', {
      room: '#a',
      changes: [
        on('secret'),
        on('secret'),
        on('noOutside'),
        on('limit', '0'),
        on('limit', '5'),
        on('key', 'a b'),
        on('key', ':x'),
        on('key'),
        on('ban', 'a b'),
        on('ban', 'EVE'),
        on('ban', 'eve'),
        off('except', 'eve'),
        on('operator', 'carol'),
        on('operator', 'nobody'),
        on('voice', 'bOb'),
        on('sticky' as ModeName),
      ],
    })
    assert.deepEqual(applied, [on('secret'), on('limit', '5'), on('ban', 'eve!*@*'), on('voice', 'bob')])
    assert.deepEqual(
      refused.map(({ code, about }) => [code, about]),
      [
        ['value-bad', 'limit'],
        ['value-bad', 'key'],
        ['value-bad', 'key'],
        ['value-bad', 'key'],
        ['value-bad', 'ban'],
        ['they-are-not-in-room', 'carol'],
        ['no-such-nick', 'nobody'],
        ['mode-unknown', 'sticky'],
      ],
    )
    const [heard, ...more] = kit.heardBy(bob)
    assert.ok(heard?.event === 'mode')
    assert.deepEqual([heard.changes, more], [applied, []])
    assert.deepEqual(kit.do(alice, 'mode', { room: '#a', changes: [on('secret')] }).heard, [], 'nothing has changed')
  })

  it('are for operators of the room, and of the server', () => {
    const { kit, bob, carol } = made()
    kit.ok(bob, 'join', { room: '#a' })
    assert.equal(kit.fault(bob, 'mode', { room: '#a', changes: [on('secret')] }), 'not-room-operator')
    assert.equal(kit.fault(carol, 'mode', { room: '#a', changes: [on('secret')] }), 'not-in-room')
    kit.ok(carol, 'operator', { name: '', password: '' })
    assert.equal(kit.fault(carol, 'mode', { room: '#a', changes: [on('operator', 'bob')] }), undefined)
    assert.equal(kit.fault(bob, 'mode', { room: '#a', changes: [off('operator', 'alice')] }), undefined)
  })

  it('show masks with who set them, exceptions to operators alone, and the key to members', () => {
    const { kit, alice, bob } = made(on('ban', 'eve'), on('except', 'x'), on('key', 'k'))
    const [mask] = kit.ok(bob, 'modes', { room: '#a', list: 'ban' }).masks ?? []
    assert.deepEqual(mask, { mask: 'eve!*@*', by: 'alice!user@host-192.0.2.1', atMs: kit.nowMs })
    assert.equal(kit.fault(bob, 'modes', { room: '#a', list: 'except' }), 'not-room-operator')
    assert.equal(kit.ok(alice, 'modes', { room: '#a', list: 'except' }).masks?.length, 1)
    const keyFor = (id: string): unknown => kit.ok(id, 'modes', { room: '#a' }).set.find(({ mode }) => mode === 'key')
    assert.deepEqual([keyFor(bob), keyFor(alice)], [on('key'), on('key', 'k')])
  })

  it('have lists of bounded length, and so many changes at once', () => {
    const { kit, alice } = made()
    const bans = Array.from({ length: 120 }, (_, index) => on('ban', `nick${index}`))
    const first = kit.ok(alice, 'mode', { room: '#a', changes: bans })
    assert.deepEqual([first.applied.length, first.refused.length], [50, 70])
    kit.ok(alice, 'mode', { room: '#a', changes: bans.slice(50, 100) })
    const last = kit.ok(alice, 'mode', { room: '#a', changes: bans.slice(100) })
    assert.deepEqual([last.applied.length, last.refused[0]?.code], [0, 'list-full'])
  })
})

describe('a topic', () => {
  it('is set by operators where it is locked, with who and when, and without line ends', () => {
    const { kit, alice, bob } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.quiet()
    assert.equal(kit.fault(bob, 'topic', { room: '#a', topic: 'x' }), 'not-room-operator')
    kit.nowMs += 5
    const { topic } = kit.ok(alice, 'topic', { room: '#a', topic: 'a\nb\x1b' })
    assert.deepEqual(topic, { text: 'a b', by: 'alice!user@host-192.0.2.1', atMs: kit.nowMs })
    assert.deepEqual(kit.eventsOf(bob), ['topic'])
    kit.ok(alice, 'mode', { room: '#a', changes: [off('topicLocked')] })
    assert.deepEqual(kit.ok(bob, 'topic', { room: '#a', topic: '' }), {})
    assert.deepEqual(kit.ok(bob, 'topic', { room: '#a' }), {})
    const long = kit.ok(bob, 'topic', { room: '#a', topic: 'é'.repeat(300) })
    assert.equal(long.topic?.text, 'é'.repeat(195))
  })
})
