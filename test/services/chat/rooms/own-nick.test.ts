/** The nick that is an account's name belongs to it: nobody else has it, and its owner gets it back, whoever has it. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ChatSettings } from '#lanework/services/chat/options.js'
import { nickKey } from '#lanework/services/chat/text/nick.js'
import { Kit } from './room-kit.ts'

/** Rooms that know the account `Bob`. */
function withBob(settings: Partial<ChatSettings> = {}, isThere: () => boolean = () => true): Kit {
  const bob = { name: 'Bob', createdMs: 1_000 }
  return new Kit(settings, undefined, (name) => (nickKey(name) === nickKey('bob') && isThere() ? bob : undefined))
}

const mine = { account: 'Bob' }

describe('the nick of an account', () => {
  it('is refused to everybody else, and given to its owner', () => {
    const kit = withBob()
    const eve = kit.enter('eve', { account: 'eve' })
    for (const nick of ['bob', 'BOB', 'b0b']) {
      assert.equal(kit.fault(undefined, 'enter', kit.asking(nick)), 'nick-reserved')
      assert.equal(kit.fault(undefined, 'enter', kit.asking(nick, { account: 'eve' })), 'nick-reserved')
      assert.equal(kit.fault(eve, 'nick', { nick }), 'nick-reserved')
    }
    assert.equal(kit.ok(undefined, 'enter', kit.asking('bob', { isFlexible: true })).me.nick, 'bob-2')
    const bob = kit.enter('bob', mine)
    assert.equal(kit.fault(undefined, 'enter', kit.asking('bob')), 'nick-taken')
    kit.ok(bob, 'nick', { nick: 'robert' })
    assert.equal(kit.ok(bob, 'nick', { nick: 'bob' }).nick, 'bob')
  })

  it('is anybody\u2019s where nicks are not reserved', () => {
    const kit = withBob({ reserveNicks: false })
    kit.enter('bob')
    assert.equal(kit.fault(undefined, 'enter', kit.asking('bob', mine)), 'nick-taken')
  })

  it('is taken from who had it, or one that looks like it, before: that one is called otherwise, and everybody hears it', () => {
    for (const had of ['bob', 'b0b']) {
      let isThere = false
      const kit = withBob({}, () => isThere)
      const guest = kit.enter(had)
      const watch = kit.enter('watch')
      for (const id of [guest, watch]) kit.ok(id, 'join', { room: '#a' })
      isThere = true
      assert.match(kit.fault(undefined, 'enter', kit.asking('bob')) ?? '', had === 'bob' ? /taken$/ : /confusable$/)
      kit.quiet()
      const bob = kit.enter('bob', mine)
      assert.equal(kit.rooms.memberIdOfNick('bob'), bob)
      assert.equal(kit.rooms.member(guest)?.nick, `${had}-2`)
      assert.deepEqual([kit.eventsOf(guest), kit.eventsOf(watch)], [['renamed'], ['renamed']])
    }
  })

  it('ends an own other stay that has it, when its owner asks for it by NICK', () => {
    const kit = withBob()
    const [open, watch] = [kit.enter('bob', mine), kit.enter('watch')]
    for (const id of [open, watch]) kit.ok(id, 'join', { room: '#a' })
    const here = kit.enter('bob_', mine)
    kit.quiet()
    assert.equal(kit.ok(here, 'nick', { nick: 'bob' }).nick, 'bob')
    assert.deepEqual([kit.rooms.member(open), kit.rooms.memberIdOfNick('bob')], [undefined, here])
    assert.equal(kit.eventsOf(open)[0], 'ended')
    assert.deepEqual(kit.eventsOf(watch), ['quit'])
  })

  it('comes with the login to who was given a number for it', () => {
    const kit = withBob()
    const open = kit.enter('bob', mine)
    const { id, nick } = kit.ok(undefined, 'enter', kit.asking('bob', { isFlexible: true })).me
    assert.equal(nick, 'bob-2')
    kit.deliver(kit.rooms.authenticated(id, 'Bob', kit.nowMs).heard)
    assert.deepEqual([kit.rooms.member(id)?.nick, kit.rooms.member(open)], ['Bob', undefined])
    const other = kit.enter('rob')
    kit.deliver(kit.rooms.authenticated(other, 'Bob', kit.nowMs).heard)
    assert.equal(kit.rooms.member(other)?.nick, 'rob', 'who chose another one keeps it')
  })

  it('is refused, and nobody loses it, to its owner who is silenced under another', () => {
    let isThere = false
    const kit = withBob({}, () => isThere)
    const [guest, op, bob] = [kit.enter('bob'), kit.enter('op'), kit.enter('rob', mine)]
    isThere = true
    for (const id of [op, bob]) kit.ok(id, 'join', { room: '#a' })
    kit.ok(op, 'mode', { room: '#a', changes: [{ mode: 'mute', on: true, value: 'rob' }] })
    assert.equal(kit.fault(bob, 'nick', { nick: 'bob' }), 'banned')
    assert.equal(kit.rooms.memberIdOfNick('bob'), guest)
  })
})

describe('an account that is removed', () => {
  it('logs out who is logged in, and its rooms have no founder', () => {
    let isThere = true
    const kit = withBob({}, () => isThere)
    const [bob, watch] = [kit.enter('bob', mine), kit.enter('watch')]
    for (const id of [bob, watch]) kit.ok(id, 'join', { room: '#a' })
    kit.quiet()
    isThere = false
    const { heard, changedRooms } = kit.rooms.accountRemoved('Bob', kit.nowMs)
    kit.deliver(heard)
    assert.deepEqual(changedRooms, ['#a'])
    assert.equal(kit.rooms.recordOf('#a')?.founder, undefined)
    assert.equal(kit.rooms.member(bob)?.account, undefined)
    assert.deepEqual([kit.eventsOf(bob), kit.eventsOf(watch)], [['account', 'self'], ['account']])
    kit.ok(bob, 'part', { room: '#a' })
    assert.deepEqual(kit.ok(kit.enter('next', mine), 'join', { room: '#a' }).members.at(-1)?.ranks, [])
  })

  it('and made again is another one: it reads nothing from before', () => {
    let createdMs = 1_000
    const kit = new Kit({}, undefined, (name) => (name === 'Bob' ? { name, createdMs } : undefined))
    const read = (id: string): unknown => kit.rooms.mayReadHistory(id, 'eve')
    const bob = kit.enter('bob', mine)
    assert.deepEqual(read(bob), { key: 'a:Bob n:eve', since: 1_000 })
    createdMs = 2_000
    assert.deepEqual(read(bob), { key: 'a:Bob n:eve', since: 2_000 })
    assert.equal(kit.rooms.historyOfKey(bob, 'a:Bob n:eve')?.since, 2_000)
  })
})
