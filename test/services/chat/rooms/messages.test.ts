/** Messages: to rooms and members, in text and in bytes that are none; their ids, and who may read them later. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Ids } from '#lanework/services/chat/rooms/ids.js'
import type { Say, Saying } from '#lanework/services/chat/types.js'
import { Kit, made, on } from './room-kit.ts'
import { anyText } from '../any-text.ts'

const message = (to: string, text: string, more: Partial<Say> = {}): Say => ({ to, kind: 'message', text, ...more })
const ofBytes = (to: string, ...bytes: number[]): Say => ({
  to,
  kind: 'message',
  bytes: Buffer.from(bytes).toString('base64'),
})

/** Alice, bob in `#a`, and carol outside. */
function talking(): ReturnType<typeof made> {
  const all = made()
  all.kit.ok(all.bob, 'join', { room: '#a' })
  all.kit.quiet()
  return all
}

function said(kit: Kit, id: string): Saying {
  const [heard, ...more] = kit.heardBy(id)
  assert.ok(heard?.event === 'said')
  assert.deepEqual(more, [])
  return heard
}

describe('a message', () => {
  it('to a room is heard by its members, with its asker’s reference, stored once, and answered', () => {
    const { kit, alice, bob, carol } = talking()
    const { answer, heard, stored } = kit.do(bob, 'say', message('#A', 'hello'), 'ref-1')
    assert.ok('ok' in answer)
    assert.deepEqual(
      heard.map(({ ref, audience }) => [ref, audience]),
      [['ref-1', { to: 'room', room: '#a' }]],
    )
    const saying = said(kit, alice)
    assert.deepEqual([saying.text, saying.by.nick, saying.to, saying.id], ['hello', 'bob', '#a', answer.ok.id])
    assert.equal(said(kit, bob).id, saying.id)
    assert.deepEqual(kit.eventsOf(carol), [])
    assert.deepEqual(
      stored.map(({ key, saying: { id } }) => [key, id]),
      [['#a', saying.id]],
    )
  })

  it('to a nick is heard by the two alone, once where they are one, and found by both', () => {
    const { kit, alice, bob, carol } = talking()
    const one = kit.do(alice, 'say', message('CAROL', 'psst'))
    assert.deepEqual([said(kit, carol).to, said(kit, alice).to, kit.eventsOf(bob)], ['carol', 'carol', []])
    const two = kit.do(carol, 'say', message('alice', 'what?'))
    assert.equal(one.stored[0]?.key, two.stored[0]?.key)
    kit.quiet()
    kit.ok(alice, 'say', message('alice', 'note'))
    assert.equal(said(kit, alice).text, 'note')
    assert.equal(kit.fault(alice, 'say', message('nobody', 'x')), 'no-such-nick')
    assert.equal(kit.fault(alice, 'say', message('#nowhere', 'x')), 'no-such-room')
    assert.equal(kit.fault(alice, 'say', message('', 'x')), 'no-such-nick')
  })

  it('has no orders in it; formatting of IRC stands beside it', () => {
    const { kit, alice, bob } = talking()
    kit.ok(bob, 'say', message('#a', 'a\r\nQUIT :x\0\x1b[2J \x02b\x02'))
    const saying = said(kit, alice)
    assert.deepEqual([saying.text, saying.formatted], ['a QUIT :x[2J b', 'a QUIT :x[2J \x02b\x02'])
    kit.ok(bob, 'say', message('#a', 'plain'))
    assert.ok(!('formatted' in said(kit, alice)))
  })

  it('is neither empty nor too long', () => {
    const { kit, alice } = talking()
    for (const text of ['', '   ', '\r\n', '\0\x1b', '\x02']) {
      assert.equal(kit.fault(alice, 'say', message('#a', text)), 'text-missing', JSON.stringify(text))
    }
    assert.equal(kit.fault(alice, 'say', message('#a', 'é'.repeat(100))), undefined)
    assert.equal(kit.fault(alice, 'say', message('#a', `${'é'.repeat(100)}!`)), 'text-too-long')
    assert.equal(kit.fault(alice, 'say', ofBytes('#a', ...Array<number>(201).fill(0xff))), 'text-too-long')
    assert.equal(kit.fault(alice, 'say', ofBytes('#a')), 'text-missing')
  })

  it('of bytes that are no text keeps them, and shows each; bytes that are text are text', () => {
    const { kit, alice, bob } = talking()
    kit.ok(bob, 'say', ofBytes('#a', 0xc4, 0xe3, 0x20, 0x68, 0x0a))
    const bad = said(kit, alice)
    assert.deepEqual(
      [bad.text, bad.bytes],
      ['\\xc4\\xe3 h', Buffer.of(0xc4, 0xe3, 0x20, 0x68, 0x0a).toString('base64')],
    )
    kit.ok(bob, 'say', { to: '#a', kind: 'message', bytes: Buffer.from('你好\n').toString('base64') })
    const good = said(kit, alice)
    assert.deepEqual([good.text, 'bytes' in good], ['你好', false])
  })

  it('of tags alone is heard and not stored; tags of others than clients are refused', () => {
    const { kit, alice, bob } = talking()
    const typing: Say = { to: '#a', kind: 'tags', tags: { '+typing': 'active' } }
    assert.deepEqual(kit.do(bob, 'say', typing).stored, [])
    assert.deepEqual(said(kit, alice).tags, { '+typing': 'active' })
    const bad = (tags: Record<string, string>): unknown => kit.fault(bob, 'say', { to: '#a', kind: 'tags', tags })
    assert.equal(bad({}), 'text-missing')
    assert.equal(bad({ time: '2020' }), 'value-bad')
    assert.equal(bad({ '+a b': '' }), 'value-bad')
    assert.equal(bad({ '+a': 'x'.repeat(4_100) }), 'text-too-long')
    kit.ok(bob, 'say', message('#a', 'x', { tags: { '+draft/reply': '1' } }))
    assert.deepEqual(said(kit, alice).tags, { '+draft/reply': '1' })
  })

  it('of any text and bytes is refused or heard clean, never thrown at', () => {
    const { kit, alice, bob } = talking()
    const asks = fc.oneof(
      fc.record({
        to: fc.constantFrom('#a', 'alice', '#', ''),
        kind: fc.constantFrom('message', 'notice', 'action'),
        text: anyText(60),
      }),
      fc.record({
        to: fc.constantFrom('#a', 'alice'),
        kind: fc.constant('message'),
        bytes: fc.uint8Array({ maxLength: 80 }).map((bytes) => Buffer.from(bytes).toString('base64')),
      }),
      fc.record({
        to: anyText(30),
        kind: fc.constant('message'),
        text: fc.constant('x'),
      }),
    )
    fc.assert(
      fc.property(asks, (ask) => {
        kit.quiet()
        const { answer } = kit.do(bob, 'say', ask as Say)
        if ('fault' in answer) return
        const [heard] = kit.heardBy(alice)
        assert.ok(heard?.event === 'said')
        // oxlint-disable-next-line no-control-regex -- what must not be there
        assert.doesNotMatch(heard.text, /[\0-\x1f\x7f-\x9f]/)
        // oxlint-disable-next-line no-control-regex -- what must not be there
        assert.doesNotMatch(heard.formatted ?? '', /[\0\r\n\x1b]/)
      }),
      { numRuns: 2_000 },
    )
  })
})

describe('ids', () => {
  it('increase whatever the clock does, and say the time where it is right', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 2 ** 41 })), (times) => {
        const ids = new Ids()
        let last = ''
        for (const time of times) {
          const id = ids.next(time)
          assert.match(id, /^[0-9a-f]{16}$/)
          assert.ok(id > last)
          last = id
        }
      }),
    )
    assert.equal(new Ids().next(1_700_000_000_000), '018bcfe568000000')
  })

  it('go on behind the last that was stored, though the clock says less, and when the counter is full', () => {
    const ids = new Ids()
    ids.continueAfter('018bcfe56800ffff')
    assert.equal(ids.next(5), '018bcfe568010000')
    ids.continueAfter('018bcfe568000000')
    assert.equal(ids.next(5), '018bcfe568010001')
    ids.continueAfter('no id')
    assert.equal(ids.next(5), '018bcfe568010002')
    const kit = new Kit()
    kit.rooms.continueAfter('ffff00000000ffff')
    assert.ok(kit.enter('alice') > 'ffff00000000ffff')
  })
})

describe('the history', () => {
  it('of a room is for its members, since it was made', () => {
    const { kit, alice, bob, carol } = talking()
    const madeMs = kit.nowMs
    kit.nowMs += 1_000
    assert.deepEqual(kit.rooms.mayReadHistory(bob, '#A'), { key: '#a', since: madeMs })
    assert.deepEqual(kit.rooms.mayReadHistory(carol, '#a'), {
      code: 'not-in-room',
      message: 'You are not in that room',
      about: '#a',
    })
    kit.ok(alice, 'mode', { room: '#a', changes: [on('secret')] })
    assert.ok('code' in kit.rooms.mayReadHistory(carol, '#a'))
    for (const id of [alice, bob]) kit.ok(id, 'part', { room: '#a' })
    kit.ok(carol, 'join', { room: '#a' })
    assert.deepEqual(
      kit.rooms.mayReadHistory(carol, '#a'),
      { key: '#a', since: kit.nowMs },
      'another room of that name',
    )
    kit.ok(carol, 'join', { room: '#lobby' })
    assert.deepEqual(kit.rooms.mayReadHistory(carol, '#lobby'), { key: '#lobby' })
    assert.ok('code' in kit.rooms.mayReadHistory('nobody', '#a'))
  })

  it('of private messages is by account from the beginning, by nick only of this stay', () => {
    const { kit, alice, bob } = talking()
    const { stored } = kit.do(alice, 'say', message('bob', 'x'))
    const own = { key: stored[0]?.key, since: kit.nowMs }
    assert.deepEqual(kit.rooms.mayReadHistory(alice, 'BOB'), own)
    assert.deepEqual(kit.rooms.mayReadHistory(bob, 'alice'), own)
    kit.rooms.authenticated(alice, 'al', kit.nowMs)
    const later = kit.do(bob, 'say', message('alice', 'y')).stored[0]?.key
    assert.notEqual(later, own.key)
    assert.deepEqual(kit.rooms.mayReadHistory(alice, 'bob'), { key: later })
    kit.nowMs += 10
    kit.ok(alice, 'quit', { reason: '' })
    assert.deepEqual(
      kit.rooms.mayReadHistory(bob, 'alice'),
      { key: later, since: kit.nowMs - 10 },
      'with who had the nick',
    )
    const thief = kit.enter('alice')
    assert.notDeepEqual(kit.rooms.mayReadHistory(thief, 'bob'), kit.rooms.mayReadHistory(bob, 'alice'), 'another alice')
    assert.equal((kit.rooms.mayReadHistory(thief, 'bob') as { since: number }).since, kit.nowMs)
  })

  it('of private messages is not for who was there before and takes the nick of one of the two', () => {
    const kit = new Kit()
    const { mallory } = kit.people('mallory')
    kit.nowMs += 1_000
    const { alice } = kit.people('alice', 'bob')
    kit.nowMs += 1_000
    const said = kit.do(alice, 'say', message('bob', 'only for you')).stored[0]
    kit.nowMs += 1_000
    kit.ok(alice, 'quit', { reason: '' })
    kit.ok(mallory, 'nick', { nick: 'alice' })
    const since = kit.nowMs
    assert.deepEqual(kit.rooms.mayReadHistory(mallory, 'bob'), { key: said?.key, since })
    assert.equal(kit.rooms.historyOfKey(mallory, said?.key ?? '')?.since, since)
    kit.nowMs += 1_000
    kit.ok(mallory, 'nick', { nick: 'ALICE' })
    assert.deepEqual(kit.rooms.mayReadHistory(mallory, 'bob'), { key: said?.key, since }, 'the same nick')
    kit.rooms.authenticated(mallory, 'mal', kit.nowMs)
    kit.nowMs += 1_000
    kit.ok(mallory, 'logout', {})
    assert.deepEqual(kit.rooms.mayReadHistory(mallory, 'bob'), { key: said?.key, since: kit.nowMs })

    const next = new Kit()
    next.nowMs = kit.nowMs + 1_000
    const snapshot = kit.rooms.snapshotOf(mallory)
    assert.ok(snapshot)
    next.rooms.restoreMember(snapshot, next.nowMs)
    assert.equal((next.rooms.mayReadHistory(mallory, 'bob') as { since: number }).since, kit.nowMs, 'over a restart')
    const other = new Kit()
    other.nowMs = next.nowMs
    other.enter('alice')
    other.rooms.restoreMember(snapshot, other.nowMs)
    assert.equal((other.rooms.mayReadHistory(mallory, 'bob') as { since: number }).since, other.nowMs, 'another nick')
  })

  it('is named by the keys of the store for who may read it', () => {
    const { kit, alice, bob, carol } = talking()
    const key = kit.do(alice, 'say', message('bob', 'x')).stored[0]?.key as string
    assert.equal(kit.rooms.historyOfKey(alice, key)?.target, 'bob')
    assert.equal(kit.rooms.historyOfKey(bob, key)?.target, 'alice')
    assert.equal(kit.rooms.historyOfKey(carol, key), undefined)
    assert.equal(kit.rooms.historyOfKey(bob, '#a')?.target, '#a')
    assert.equal(kit.rooms.historyOfKey(carol, '#a'), undefined)
    assert.equal(kit.rooms.historyOfKey(carol, '#nowhere'), undefined)
  })
})
