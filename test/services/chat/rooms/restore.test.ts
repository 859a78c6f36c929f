/** A restarted owner: rooms from their records, members from their lanes, and all is as it was. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { MemberSnapshot, RoomRecord } from '#lanework/services/chat/rooms/types.js'
import { Kit, made, on } from './room-kit.ts'

const throughJson = <Value>(value: Value): Value => JSON.parse(JSON.stringify(value)) as Value

describe('a restarted owner', () => {
  it('has rooms with all their settings, and members with nicks, ranks, invitations and secrets', () => {
    const { kit, alice, bob } = made(
      on('secret'),
      on('moderated'),
      on('key', 'k'),
      on('limit', '9'),
      on('ban', 'eve'),
      on('except', 'x'),
      on('invited', 'y'),
      on('mute', 'z'),
    )
    kit.ok(alice, 'topic', { room: '#a', topic: 'hello' })
    kit.ok(alice, 'invite', { room: '#a', nick: 'carol' })
    const { me: dora, secret } = kit.ok(undefined, 'enter', kit.asking('dora', { account: 'd', place: '192.0.2.1:5' }))
    for (const id of [bob, dora.id]) kit.ok(id, 'join', { room: '#a', key: 'k' })
    kit.ok(alice, 'mode', { room: '#a', changes: [on('voice', 'bob')] })
    kit.ok(bob, 'away', { text: 'out' })
    kit.ok(bob, 'ownMode', { invisible: true, wallops: true })
    kit.ok(bob, 'operator', { name: '', password: '' })
    const ids = [alice, bob, dora.id, kit.rooms.memberIdOfNick('carol') as string]
    const snapshots = throughJson(ids.map((id) => kit.rooms.snapshotOf(id) as MemberSnapshot))
    const records = throughJson(['#a', '#lobby'].map((room) => kit.rooms.recordOf(room) as RoomRecord))

    const next = new Kit()
    for (const record of records) next.rooms.restoreRoom(record)
    for (const snapshot of snapshots) next.rooms.restoreMember(snapshot, next.nowMs)
    for (const snapshot of snapshots) next.rooms.restoreMember(snapshot, next.nowMs)
    assert.deepEqual(
      ids.map((id) => next.rooms.snapshotOf(id)),
      snapshots,
    )
    assert.deepEqual(
      ['#a', '#lobby'].map((room) => next.rooms.recordOf(room)),
      records,
    )
    for (const id of ids) assert.deepEqual(next.ok(id, 'names', { room: '#a' }), kit.ok(id, 'names', { room: '#a' }))
    assert.deepEqual(next.ok(alice, 'counts', {}), kit.ok(alice, 'counts', {}))
    assert.equal(next.rooms.memberIdOfPlace('192.0.2.1:5'), dora.id)
    assert.equal(next.ok(undefined, 'enter', next.asking('x', { resume: secret })).me.id, dora.id)
    next.ok(ids[3], 'join', { room: '#a' })
    const id = next.enter('zoe')
    assert.ok(!ids.includes(id) && ids.every((former) => former < id))
  })

  it('gives another nick to who comes back to find it taken', () => {
    const { kit, alice } = made()
    const snapshot = kit.rooms.snapshotOf(alice) as MemberSnapshot
    const next = new Kit()
    next.nowMs++
    next.enter('Alice')
    const me = next.rooms.restoreMember(snapshot, next.nowMs)
    assert.deepEqual([me.id, me.nick], [alice, 'alice-2'])
    assert.equal(next.ok(alice, 'whois', { nick: 'alice-2' }).rooms.length, 1)
  })

  it('gives another id to who comes back after the clock has gone back', () => {
    const { kit, alice } = made()
    const snapshot = kit.rooms.snapshotOf(alice) as MemberSnapshot
    const next = new Kit()
    assert.equal(next.ok(undefined, 'enter', { ...next.asking('zoe'), resume: 'x' }).me.id, alice, 'the same instant')
    next.rooms.restoreMember({ ...snapshot, secretHash: 'of another' }, next.nowMs)
    assert.notEqual(next.rooms.memberIdOfNick('alice'), alice)
    assert.equal(next.rooms.memberIdOfNick('zoe'), alice)
  })

  it('keeps rooms that nobody comes back to as long as they have messages, and those of late when there are too many', () => {
    const spoken = new Set(['#one', '#two', '#three'])
    const next = new Kit({ rooms: 3 }, (key) => spoken.has(key))
    for (const room of ['#silent', '#one', '#two', '#three']) next.rooms.restoreRoom({ room, createdMs: 5 })
    next.rooms.expire(next.nowMs)
    assert.deepEqual(next.rooms.expire((next.nowMs += 60_000)).changedRooms, ['#silent', '#one'])
    assert.deepEqual(next.rooms.expire((next.nowMs += 600_000)).changedRooms, [])
    spoken.delete('#two')
    const { alice } = next.people('alice')
    next.ok(alice, 'join', { room: '#three' })
    assert.deepEqual(next.rooms.expire((next.nowMs += 600_000)).changedRooms, ['#two'])
    assert.equal(next.rooms.nextDeadlineMs(), undefined)
    assert.deepEqual(next.do(alice, 'part', { room: '#three' }).changedRooms, ['#three'])
  })

  it('says nothing before what it has said, also when the clock goes back', () => {
    const { kit, alice, bob } = made()
    const { atMs, id } = kit.ok(alice, 'say', { to: '#a', kind: 'message', text: 'one' })
    kit.nowMs -= 3_600_000
    const later = kit.ok(alice, 'say', { to: '#a', kind: 'message', text: 'two' })
    assert.ok(later.id > id && later.atMs >= atMs)
    kit.ok(bob, 'join', { room: '#b' })
    const may = kit.rooms.mayReadHistory(bob, '#b')
    assert.ok(!('code' in may) && (may.since ?? 0) >= atMs)
  })

  it('lets rooms go that nobody comes back to, but those that are kept', () => {
    const next = new Kit()
    assert.equal(next.rooms.nextDeadlineMs(), undefined)
    for (const room of ['#gone', '#there', '#kept']) {
      next.rooms.restoreRoom({ room, createdMs: 5, ...(room === '#kept' && { founder: 'fay' }) })
    }
    assert.equal(next.rooms.nextDeadlineMs(), 0)
    next.rooms.expire(next.nowMs)
    assert.equal(next.rooms.nextDeadlineMs(), next.nowMs + 60_000)
    const { alice } = next.people('alice')
    assert.deepEqual(next.ok(alice, 'join', { room: '#there' }).members[0]?.ranks, ['operator'])
    const { changedRooms, heard } = next.rooms.expire(next.nowMs + 60_000)
    assert.deepEqual([changedRooms, heard, next.rooms.nextDeadlineMs()], [['#gone'], [], undefined])
    assert.deepEqual(
      next.ok(alice, 'list', {}).map(({ room }) => room),
      ['#lobby', '#there', '#kept'],
    )
  })

  it('gives nobody a room without a founder in which others have decided something, and who comes first any other', () => {
    const mask = { mask: '*!*@evil', by: 'alice', atMs: 5 }
    const settings: Partial<RoomRecord>[] = [
      { key: 'k' },
      { limit: 5 },
      { secret: true },
      { moderated: true },
      { inviteOnly: true, invited: [{ ...mask, mask: 'zoe!*@*' }] },
      { ban: [mask] },
      { mute: [mask] },
      { except: [mask] },
    ]
    const ranksIn = (setting: Partial<RoomRecord>): readonly string[] => {
      const next = new Kit({}, () => true)
      next.rooms.restoreRoom({ room: '#a', createdMs: 5, topicLocked: true, noOutside: true, ...setting })
      const zoe = next.enter('zoe')
      const { members } = next.ok(zoe, 'join', { room: '#a', key: 'k' })
      // Once all have left it is gone, and what is made under its name is a new room.
      next.ok(zoe, 'part', { room: '#a' })
      assert.deepEqual(next.ok(zoe, 'join', { room: '#a' }).members[0]?.ranks, ['operator'])
      return members[0]?.ranks ?? []
    }
    for (const setting of settings) assert.deepEqual(ranksIn(setting), [], JSON.stringify(setting))
    const topic = { text: 'tea', by: 'alice', atMs: 5 }
    assert.deepEqual(ranksIn({ topic }), ['operator'])
  })

  it('lets a room go that nobody could come into any more, with its messages', () => {
    const everybody = [{ mask: '*!*@*', by: 'alice', atMs: 5 }]
    const next = new Kit({}, () => true)
    const records: readonly Partial<RoomRecord>[] = [
      { room: '#shut', inviteOnly: true },
      { room: '#banned', ban: everybody },
      { room: '#asked', inviteOnly: true, invited: everybody },
      { room: '#excepted', ban: everybody, except: everybody },
      { room: '#key', key: 'k' },
      { room: '#founded', inviteOnly: true, founder: 'fay' },
      { room: '#back', inviteOnly: true },
    ]
    for (const record of records) next.rooms.restoreRoom({ room: '', createdMs: 5, ...record })
    const { kit, alice } = made()
    const snapshot = kit.rooms.snapshotOf(alice) as MemberSnapshot
    next.rooms.restoreMember({ ...snapshot, rooms: [{ room: '#back', ranks: ['operator'] }] }, next.nowMs)
    const bob = next.enter('bob')
    next.rooms.expire(next.nowMs)
    assert.equal(next.fault(bob, 'join', { room: '#shut' }), 'invite-only', 'its members may come back yet')
    next.nowMs += 60_000
    assert.deepEqual(next.rooms.expire(next.nowMs).changedRooms, ['#shut', '#banned'])
    assert.deepEqual(next.ok(bob, 'join', { room: '#shut' }).members[0]?.ranks, ['operator'])
    assert.equal(next.fault(bob, 'join', { room: '#back' }), 'invite-only')
  })
})
