/** What is seen of rooms and members from outside, and what operators of the server may. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Kit, made, on } from './room-kit.ts'

describe('seen from outside', () => {
  it('a secret room is not there', () => {
    const { kit, alice, bob, carol } = made(on('secret'))
    assert.deepEqual(
      kit.ok(bob, 'list', {}).map(({ room }) => room),
      ['#lobby'],
    )
    assert.equal(kit.ok(bob, 'names', { room: '#a' }), undefined)
    assert.deepEqual(kit.ok(bob, 'who', { mask: '#a' }), [])
    assert.deepEqual(kit.ok(bob, 'whois', { nick: 'alice' }).rooms, [])
    for (const fault of [
      kit.fault(bob, 'topic', { room: '#a' }),
      kit.fault(bob, 'modes', { room: '#a' }),
      kit.fault(bob, 'mode', { room: '#a', changes: [] }),
      kit.fault(bob, 'kick', { room: '#a', nick: 'alice' }),
      kit.fault(bob, 'invite', { room: '#a', nick: 'carol' }),
      kit.fault(bob, 'part', { room: '#a' }),
      kit.fault(bob, 'say', { to: '#a', kind: 'message', text: 'x' }),
    ])
      assert.equal(fault, 'no-such-room')
    kit.ok(carol, 'operator', { name: '', password: '' })
    assert.equal(kit.ok(carol, 'names', { room: '#a' })?.members.length, 1)
    assert.equal(kit.ok(alice, 'whois', { nick: 'alice' }).rooms.length, 1)
  })

  it('invisible members are seen by who shares the room', () => {
    const { kit, alice, bob, carol } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.ok(alice, 'ownMode', { invisible: true })
    const nicksIn = (id: string): string[] | undefined =>
      kit.ok(id, 'names', { room: '#a' })?.members.map(({ nick }) => nick)
    assert.deepEqual([nicksIn(bob), nicksIn(carol), nicksIn(alice)], [['alice', 'bob'], ['bob'], ['alice', 'bob']])
    const found = (id: string, mask: string): string[] => kit.ok(id, 'who', { mask }).map(({ member }) => member.nick)
    assert.deepEqual(
      [found(carol, '*'), found(bob, '*')],
      [
        ['bob', 'carol'],
        ['alice', 'bob', 'carol'],
      ],
    )
    assert.deepEqual(found(carol, 'alice'), ['alice'], 'who knows the nick')
    assert.deepEqual(kit.ok(carol, 'whois', { nick: 'alice' }).rooms, [])
    assert.equal(kit.ok(carol, 'counts', {}).invisible, 1)
  })

  it('who finds by parts of names, operators alone where asked, and a shared room with each', () => {
    const { kit, bob, carol } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.ok(carol, 'operator', { name: '', password: '' })
    kit.ok(bob, 'away', { text: 'out' })
    const lines = kit.ok(bob, 'who', { mask: 'AL*' })
    assert.deepEqual(
      lines.map(({ room, member }) => [room, member.nick, member.ranks]),
      [['#a', 'alice', ['operator']]],
    )
    assert.deepEqual(
      kit.ok(bob, 'who', { mask: '*', operatorsOnly: true }).map(({ member }) => member.nick),
      ['carol'],
    )
    assert.equal(kit.ok(bob, 'who', { mask: 'real*' }).length, 3)
    assert.deepEqual(
      kit.ok(bob, 'who', { mask: '#a' }).map(({ member }) => member.away),
      [undefined, 'out'],
    )
    assert.deepEqual(kit.ok(bob, 'who', { mask: 'nobody' }), [])
  })

  it('list finds rooms by name, mask and size', () => {
    const { kit, alice, bob } = made()
    kit.ok(bob, 'join', { room: '#a' })
    kit.ok(bob, 'join', { room: '#bee' })
    kit.ok(alice, 'topic', { room: '#a', topic: 'hi' })
    const listed = (ask: object): string[] => kit.ok(bob, 'list', ask).map(({ room }) => room)
    assert.deepEqual(listed({}), ['#lobby', '#a', '#bee'])
    assert.deepEqual(listed({ rooms: ['#BEE', '#nope'] }), ['#bee'])
    assert.deepEqual(listed({ mask: '#B*' }), ['#bee'])
    assert.deepEqual(listed({ membersAtLeast: 2 }), ['#a'])
    assert.deepEqual(listed({ membersAtMost: 0 }), ['#lobby'])
    assert.deepEqual(kit.ok(bob, 'list', { rooms: ['#a'] })[0], {
      room: '#a',
      members: 2,
      createdMs: kit.nowMs,
      topic: 'hi',
    })
  })

  it('addresses are shown to oneself and operators of the server', () => {
    const { kit, bob, carol } = made()
    assert.equal(kit.ok(bob, 'whois', { nick: 'alice' }).address, undefined)
    assert.equal(kit.ok(bob, 'whois', { nick: 'bob' }).address, '192.0.2.1')
    kit.ok(carol, 'operator', { name: '', password: '' })
    assert.equal(kit.ok(carol, 'whois', { nick: 'alice' }).address, '192.0.2.1')
    assert.equal(kit.fault(bob, 'whois', { nick: 'zoe' }), 'no-such-nick')
  })

  it('whowas remembers who was, newest first, and not without bound', () => {
    const kit = new Kit()
    const { bob } = kit.people('bob')
    for (let turn = 0; turn < 1_100; turn++) {
      kit.nowMs += 1
      kit.ok(kit.enter(turn < 100 ? 'early' : 'alice'), 'quit', { reason: '' })
    }
    const [newest, next] = kit.ok(bob, 'whowas', { nick: 'ALICE', count: 2 })
    assert.deepEqual([newest?.leftMs, next?.leftMs], [kit.nowMs, kit.nowMs - 1])
    assert.equal(kit.ok(bob, 'whowas', { nick: 'alice' }).length, 1_000)
    assert.equal(kit.fault(bob, 'whowas', { nick: 'early' }), 'no-such-nick')
  })
})

describe('operators of the server', () => {
  it('kill: the one meant hears its end, the others that it has left', () => {
    const { kit, alice, bob, carol } = made()
    for (const id of [bob, carol]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    assert.equal(kit.fault(bob, 'kill', { nick: 'alice', reason: '' }), 'not-operator')
    assert.equal(kit.fault(bob, 'wallops', { text: 'x' }), 'not-operator')
    assert.equal(kit.ok(bob, 'operator', { name: '', password: '' }).isOperator, true)
    kit.quiet()
    kit.ok(bob, 'kill', { nick: 'alice', reason: 'spam' })
    const [ended, ...more] = kit.heardBy(alice)
    assert.ok(ended?.event === 'ended' && ended.reason === 'Killed by bob: spam')
    assert.deepEqual([more.map(({ event }) => event), kit.eventsOf(carol)], [['quit'], ['quit']])
    assert.equal(kit.rooms.member(alice), undefined)
  })

  it('speak to all that hear wallops, and stop being what they are', () => {
    const { kit, alice, bob, carol } = made()
    kit.ok(bob, 'operator', { name: '', password: '' })
    kit.ok(carol, 'ownMode', { wallops: true })
    kit.quiet()
    kit.ok(bob, 'wallops', { text: 'hello\r\n' })
    assert.deepEqual([kit.eventsOf(alice), kit.eventsOf(carol)], [[], ['wallops']])
    assert.equal(kit.fault(bob, 'wallops', { text: '' }), 'text-missing')
    assert.equal(kit.ok(bob, 'counts', {}).operators, 1)
    kit.ok(bob, 'ownMode', { operator: false })
    assert.equal(kit.ok(bob, 'counts', {}).operators, 0)
    assert.equal(kit.fault(bob, 'wallops', { text: 'x' }), 'not-operator')
  })
})
