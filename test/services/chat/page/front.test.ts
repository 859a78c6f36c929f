/** The page's front at a scripted desk: what it asks, what it answers, and what it does with limits and nonsense. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'

import { badMessagesMost } from '#lanework/services/chat/page/index.js'
import type { Heard, RoomView, Saying } from '#lanework/services/chat/types.js'
import { turns } from '../../../support/until.js'
import { alice, type Asked, countedForms, scriptedPage } from './scripted-desk.js'

const entered = { me: alice, secret: 'secret', rooms: [], isResumed: false }
const answers =
  (others: Record<string, unknown> = {}) =>
  ({ name }: Asked): unknown =>
    others[name] ?? { ok: name === 'enter' ? entered : {} }

const saying = (id: string, text = 'hi'): Saying => ({
  id,
  atMs: 5,
  by: { id: 'b', nick: 'bob', user: 'web', host: 'h' },
  to: '#lobby',
  kind: 'message',
  text,
})

function view(room: string, count: number): RoomView {
  const members = Array.from({ length: count }, (_, index) => ({
    ...alice,
    id: String(index),
    nick: `member${index}`,
    ranks: index === 0 ? (['operator'] as const) : [],
  }))
  return { room, createdMs: 1, modes: { room, createdMs: 1, set: [] }, members }
}

describe("the page's front", () => {
  test('lets in with the address of the peer, never with one that the page gives', async () => {
    const page = scriptedPage(answers())
    await page.receive({
      do: 'enter',
      ref: 'r',
      nick: 'alice',
      address: '203.0.113.9',
      transport: 'irc',
      account: 'root',
      place: 'x',
      user: 'root',
    })
    assert.deepEqual(page.asked, [
      {
        name: 'enter',
        ask: { realname: '', nick: 'alice', user: 'web', transport: 'ws', address: '192.0.2.1' },
        ref: 'r',
      },
    ])
    const [hello] = page.messages()
    assert.equal(hello?.['event'], 'hello')
    assert.equal(hello?.['ref'], 'r')
    assert.equal(hello?.['version'], 1)
    assert.equal(hello?.['secret'], 'secret')
    assert.equal(hello?.['network'], 'Test')
    assert.equal(hello?.['textBytes'], 2_000)
    assert.equal(hello?.['hasHistory'], true)
  })

  test('answers nothing else before, and does not let in twice', async () => {
    const page = scriptedPage(answers())
    await page.receive({ do: 'say', ref: 1 })
    await page.receive({ do: 'say', ref: '2', to: '#lobby', kind: 'message', text: 'hi' })
    await page.receive({ do: 'enter' })
    await page.receive({ do: 'enter', ref: '4' })
    const codes = page.messages().map((message) => (message['fault'] as { code?: string } | undefined)?.code)
    assert.deepEqual(codes, ['bad-message', 'not-entered', undefined, 'value-bad'])
  })

  test('gives answers and faults the ref of their request', async () => {
    const fault = { code: 'cannot-speak', message: 'no' }
    const page = scriptedPage(answers({ say: { fault }, whois: { ok: { member: alice, rooms: [] } } }))
    await page.receive({ do: 'enter' })
    await page.receive({ do: 'say', ref: 'a', to: '#lobby', kind: 'message', text: 'hi' })
    await page.receive({ do: 'whois', ref: 'b', nick: 'alice' })
    assert.deepEqual(page.messages().slice(1), [
      { ref: 'a', fault },
      { ref: 'b', ok: { member: alice, rooms: [] } },
    ])
  })

  test('sends a delayed message itself when its time has come, and receives nothing meanwhile', async () => {
    let refusals = 2
    const limited = { code: 'limited', message: 'Too fast', scope: 'peer', action: 'delay', waitMs: 700 }
    const page = scriptedPage(({ name }) =>
      name === 'say' && refusals-- > 0 ? { fault: limited } : answers({ say: { ok: { id: '1' } } })({ name } as Asked),
    )
    await page.receive({ do: 'enter' })
    let isDone = false
    const receiving = page.receive({ do: 'say', ref: 'a', to: '#lobby', kind: 'message', text: 'hi' }).then(() => {
      isDone = true
    })
    for (const waited of [1, 2]) {
      await turns(3)
      assert.equal(isDone, false)
      assert.equal(page.asked.filter(({ name }) => name === 'say').length, waited)
      page.clock.advance(700)
    }
    await receiving
    assert.deepEqual(page.messages().slice(1), [
      { event: 'waiting', ref: 'a', waitMs: 700 },
      { event: 'waiting', ref: 'a', waitMs: 700 },
      { ref: 'a', ok: { id: '1' } },
    ])
  })

  test('says nothing more for a page that went while its message waited', async () => {
    const limited = { code: 'limited', message: 'Too fast', action: 'delay', waitMs: 700 }
    const page = scriptedPage(answers({ say: { fault: limited } }))
    await page.receive({ do: 'enter' })
    const receiving = page.receive({ do: 'say', to: '#lobby', kind: 'message', text: 'hi' })
    await turns(2)
    page.front.closed?.({ kind: 'reset' })
    page.clock.advance(700)
    await receiving
    assert.equal(page.asked.filter(({ name }) => name === 'say').length, 1)
  })

  test('tells a refusal with its seconds, and ends the connection where the limit says so', async () => {
    for (const action of ['drop', 'mute', 'disconnect']) {
      const limited = { code: 'limited', message: 'Too fast', action, waitMs: 1_500 }
      const page = scriptedPage(answers({ say: { fault: limited } }))
      await page.receive({ do: 'enter' })
      await page.receive({ do: 'say', ref: 'a', to: '#lobby', kind: 'message', text: 'hi' })
      assert.deepEqual(page.messages().at(-1), { ref: 'a', fault: limited })
      assert.equal(page.ended(), action === 'disconnect' ? 'Too fast' : undefined)
    }
  })

  test('ends the connection after ten messages that are none, each told', async () => {
    const page = scriptedPage(answers())
    for (let count = 1; count <= badMessagesMost; count++) {
      assert.equal(page.ended(), undefined)
      await page.receive('{"do":')
    }
    assert.equal(page.ended(), 'Bad messages')
    assert.equal(page.sent.length, badMessagesMost)
    await page.receive({ do: 'enter' })
    assert.equal(page.asked.length, 0)
  })

  test('encodes an event once for all pages of a lane; its own asker alone gets the ref', async () => {
    const own = scriptedPage(answers())
    const other = scriptedPage(answers({ enter: { ok: { ...entered, me: { ...alice, id: '0000000b' } } } }))
    for (const page of [own, other]) await page.receive({ do: 'enter' })
    const forms = countedForms()
    const hearing = { event: 'said' as const, ...saying('1'), by: alice, bytes: 'AA==', tags: { '+x': 'y' } }
    const heard: Heard = { audience: { to: 'room', room: '#lobby' }, ref: '7', hearing }
    for (const page of [other, other, own]) page.front.hear(heard, forms)
    assert.equal(forms.encoded.length, 1)
    const [told, again] = other.messages().slice(1)
    assert.equal(told?.['ref'], undefined)
    assert.deepEqual(told, again)
    assert.equal(told?.['bytes'], undefined)
    assert.equal(told?.['tags'], undefined)
    assert.equal(own.messages().at(-1)?.['ref'], '7')
  })

  test('keeps typing notices of IRC from pages', async () => {
    const page = scriptedPage(answers())
    await page.receive({ do: 'enter' })
    const hearing = { event: 'said' as const, ...saying('1', ''), kind: 'tags' as const }
    page.front.hear({ audience: { to: 'room', room: '#lobby' }, hearing }, countedForms())
    assert.equal(page.sent.length, 1)
  })

  test('sends what was missed after a resume, and only then', async () => {
    for (const isResumed of [true, false]) {
      const page = scriptedPage(({ name, ask }) => {
        if (name === 'enter') return { ok: { ...entered, isResumed } }
        if (name !== 'history') return { ok: {} }
        return ask['target'] === '#lobby'
          ? { ok: [saying('00000009')] }
          : { fault: { code: 'no-such-room', message: '' } }
      })
      await page.receive({
        do: 'enter',
        resume: 's',
        seen: { '#lobby': '0000000000000001', '#gone': '0000000000000001' },
      })
      const missed = page.messages().filter(({ event }) => event === 'missed')
      if (!isResumed) assert.deepEqual(missed, [])
      else
        assert.deepEqual(missed, [{ event: 'missed', target: '#lobby', sayings: [saying('00000009')], hasMore: false }])
      const [, ...histories] = page.asked
      for (const { ask } of histories) assert.equal(ask['isForward'], true)
    }
  })

  test('tells that the rooms are away, and there again', async () => {
    const page = scriptedPage(answers())
    page.front.connection?.('lost')
    page.front.connection?.('back')
    assert.deepEqual(page.messages(), [
      { event: 'connection', state: 'lost' },
      { event: 'connection', state: 'back' },
    ])
  })

  test('asks for no more history than an answer may hold, and says whether there is more', async () => {
    const all = Array.from({ length: 200 }, (_, index) => saying(String(index).padStart(8, '0'), 'x'.repeat(8_000)))
    const page = scriptedPage(answers({ history: { ok: all } }))
    await page.receive({ do: 'enter' })
    for (const isForward of [true, false]) {
      await page.receive({ do: 'history', target: '#lobby', limit: 1_000_000, isForward })
      assert.equal(page.asked.at(-1)?.ask['limit'], 200)
      const { sayings, hasMore } = page.answer() as { sayings: Saying[]; hasMore: boolean }
      assert.ok((page.sent.at(-1)?.length ?? 0) < 500_000)
      assert.equal(hasMore, true)
      assert.equal(isForward ? sayings[0]?.id : sayings.at(-1)?.id, isForward ? '00000000' : '00000199')
      assert.deepEqual(
        sayings.map(({ id }) => id),
        sayings.map(({ id }) => id).toSorted(),
      )
    }
  })

  test('keeps large rooms within what a queue holds: names gives their members, and the count is right', async () => {
    const rooms = [view('#small', 3), view('#huge', 20_000), view('#large', 4_000)]
    const page = scriptedPage(
      answers({ enter: { ok: { ...entered, rooms, isResumed: true } }, names: { ok: view('#huge', 20_000) } }),
    )
    await page.receive({ do: 'enter' })
    const shown = page.messages()[0]?.['rooms'] as {
      room: string
      count: number
      members: object[]
      isPartial?: true
    }[]
    assert.deepEqual(
      shown.map(({ room, count, members, isPartial }) => [room, count, members.length, isPartial]),
      [
        ['#small', 3, 3, undefined],
        ['#huge', 20_000, 0, true],
        ['#large', 4_000, 4_000, undefined],
      ],
    )
    assert.deepEqual(shown[0]?.members[0], { id: '0', nick: 'member0', ranks: ['operator'] })
    await page.receive({ do: 'names', room: '#huge' })
    const huge = page.messages().at(-1)?.['ok'] as { count: number; members: object[]; isPartial?: true }
    assert.equal(huge.count, 20_000)
    assert.ok(huge.members.length > 5_000 && huge.isPartial === true)
    for (const text of page.sent) assert.ok(text.length < 500_000)
  })

  test('lists the largest rooms where there are too many', async () => {
    const all = Array.from({ length: 2_000 }, (_, index) => ({ room: `#r${index}`, members: index, createdMs: 1 }))
    const page = scriptedPage(answers({ list: { ok: all } }))
    await page.receive({ do: 'enter' })
    await page.receive({ do: 'list' })
    const listed = page.messages().at(-1)?.['ok'] as { room: string }[]
    assert.equal(listed.length, 500)
    assert.equal(listed[0]?.room, '#r1999')
  })
})
