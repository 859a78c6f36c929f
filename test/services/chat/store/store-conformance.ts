/** What every chat store promises, whichever keeps it: run over the disk and over memory. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LaneworkError } from '#lanework/core/index.js'
import {
  messageId,
  messageTimeMs,
  nextMessageNumber,
  type ChatStore,
  type StoreBounds,
  type StoredMessage,
} from '#lanework/services/chat/store/index.js'
import type { VirtualClock } from '#lanework/testing/index.js'

export type MakeStore = (bounds?: StoreBounds, clock?: VirtualClock) => Promise<ChatStore>

export const startMs = 1_700_000_000_000

/** Messages of a room, one a second, numbered from 0. */
export function messages(room: string, count: number, from = 0): StoredMessage[] {
  return Array.from({ length: count }, (_, index) => messageAt(room, startMs + (from + index) * 1_000, from + index))
}

function messageAt(room: string, atMs: number, number: number): StoredMessage {
  const id = messageId(nextMessageNumber(0n, atMs))
  return { id, room, atMs, from: 'ada', kind: 'say', text: `m${number}` }
}

export function texts(found: readonly StoredMessage[]): string {
  return found.map(({ text }) => text).join(' ')
}

function hasCode(code: string): (error: LaneworkError) => boolean {
  return (error) => error.code === code
}

export function storeConformance(name: string, make: MakeStore, clockOf: () => VirtualClock): void {
  describe(name, () => {
    test('a message comes back as it was, with all of its fields and bytes that are no text', async () => {
      await using store = await make()
      const message: StoredMessage = {
        ...(messages('lobby', 1)[0] as StoredMessage),
        text: 'half a pair \ud83d, NUL \0, and CR LF \r\n',
        bytes: Uint8Array.of(0, 255, 13, 10),
        account: 'ada',
        tags: { '+typing': 'active' },
      }
      await store.append([message])
      assert.deepEqual(store.history('lobby', { limit: 1 }), [message])
    })

    test('the newest come last, and places are ids or times, which are not among what they bound', async () => {
      await using store = await make()
      const all = messages('lobby', 10)
      await store.append(all)
      const id = (index: number): string => (all[index] as StoredMessage).id
      const at = (index: number): number => startMs + index * 1_000
      const cases: [Parameters<ChatStore['history']>[1], string][] = [
        [{ limit: 3 }, 'm7 m8 m9'],
        [{ limit: 0 }, ''],
        [{ limit: 3, from: 'oldest' }, 'm0 m1 m2'],
        [{ before: id(5), limit: 2 }, 'm3 m4'],
        [{ before: at(5), limit: 2 }, 'm3 m4'],
        [{ before: at(5) + 1, limit: 2 }, 'm4 m5'],
        [{ after: id(5), limit: 2 }, 'm6 m7'],
        [{ after: at(5), limit: 2 }, 'm6 m7'],
        [{ after: at(5) - 1, limit: 2 }, 'm5 m6'],
        [{ after: id(5), limit: 2, from: 'newest' }, 'm8 m9'],
        [{ after: id(2), before: id(6), limit: 2 }, 'm3 m4'],
        [{ after: id(2), before: id(6), limit: 2, from: 'newest' }, 'm4 m5'],
        [{ after: id(6), before: id(2), limit: 5 }, ''],
        [{ after: id(4), before: id(5), limit: 5 }, ''],
        [{ around: id(5), limit: 5 }, 'm3 m4 m5 m6 m7'],
        [{ around: at(5), limit: 4 }, 'm3 m4 m5 m6'],
        [{ around: id(9), limit: 4 }, 'm6 m7 m8 m9'],
        [{ around: id(0), limit: 4 }, 'm0 m1 m2 m3'],
        [{ around: id(5), limit: 1 }, 'm5'],
        [{ before: 0, limit: 5 }, ''],
        [{ before: -5, limit: 5 }, ''],
        [{ after: Infinity, limit: 5 }, ''],
        [{ before: Infinity, limit: 1 }, 'm9'],
        [{ after: -1, limit: 1 }, 'm0'],
        [{ before: 'ffffffffffffffff', limit: 1 }, 'm9'],
        [{ after: '0000000000000000', limit: 1 }, 'm0'],
        [{ limit: 1_000 }, texts(all)],
      ]
      for (const [range, expected] of cases)
        assert.equal(texts(store.history('lobby', range)), expected, JSON.stringify(range))
    })

    test('rooms keep apart, whatever their names are', async () => {
      await using store = await make()
      const names = [
        'a',
        'ab',
        '',
        'a\0',
        '@alice\0bob',
        '@alice\0bobby',
        'é',
        '\u{1f642}',
        'x'.repeat(512),
        '*',
        'r',
        'm',
      ]
      for (const [index, room] of names.entries()) await store.append(messages(room, 2, index))
      for (const [index, room] of names.entries())
        assert.equal(texts(store.history(room, { limit: 10 })), `m${index} m${index + 1}`, JSON.stringify(room))
      assert.deepEqual(store.history('nobody', { limit: 10 }), [])
      assert.equal(store.status().rooms, names.length)
    })

    test('a message with an id that its room has takes the place of the other', async () => {
      await using store = await make()
      const [first, second] = messages('lobby', 2) as [StoredMessage, StoredMessage]
      await store.append([first, second])
      await store.append([{ ...first, text: 'again' }])
      assert.equal(texts(store.history('lobby', { limit: 10 })), 'again m1')
      assert.equal(store.status().messages, 2)
      await Promise.all([store.append([second]), store.append([second])])
      assert.equal(store.status().messages, 2)
    })

    test('messages that come out of order are found in order', async () => {
      await using store = await make()
      const all = messages('lobby', 20)
      for (const message of all.toReversed()) await store.append([message])
      assert.equal(texts(store.history('lobby', { limit: 20 })), texts(all))
      assert.equal(store.lastId(), BigInt(`0x${(all[19] as StoredMessage).id}`))
    })

    test('what many callers append at once is all there when each is told so', async () => {
      await using store = await make()
      const all = messages('lobby', 500)
      await Promise.all(
        all.map(async (message) => {
          await store.append([message])
          assert.equal(store.history('lobby', { before: nextId(message.id), limit: 1 })[0]?.id, message.id)
        }),
      )
      assert.equal(texts(store.history('lobby', { limit: 1_000 })), texts(all))
    })

    test('rooms by the time of their last message, the latest last', async () => {
      await using store = await make()
      await store.append([...messages('first', 3), ...messages('second', 2, 10), ...messages('third', 1, 20)])
      const names = (range: Parameters<ChatStore['targets']>[0]): string =>
        store
          .targets(range)
          .map(({ room, latestMs }) => `${room}@${(latestMs - startMs) / 1_000}`)
          .join(' ')
      assert.equal(names({ limit: 10 }), 'first@2 second@11 third@20')
      assert.equal(names({ limit: 2 }), 'second@11 third@20')
      assert.equal(names({ afterMs: startMs + 2_000, beforeMs: startMs + 20_000, limit: 10 }), 'second@11')
      assert.equal(names({ limit: 0 }), '')
      assert.equal(
        names({ where: ({ room }) => room !== 'third', limit: 1 }),
        'second@11',
        'which are looked for first',
      )
      assert.equal(names({ where: ({ latestMs }) => latestMs < startMs + 11_000, limit: 9 }), 'first@2')
      assert.equal(names({ where: () => false, limit: 9 }), '')
    })

    test('what is older than `since` is not given, nor does it count towards the limit', async () => {
      await using store = await make()
      const all = messages('lobby', 10)
      await store.append(all)
      const id = (index: number): string => (all[index] as StoredMessage).id
      const since = startMs + 5_000
      const cases: [Parameters<ChatStore['history']>[1], string][] = [
        [{ since, limit: 2, from: 'oldest' }, 'm5 m6'],
        [{ since, after: id(0), limit: 2 }, 'm5 m6'],
        [{ since, after: startMs, limit: 2 }, 'm5 m6'],
        [{ since, after: id(6), limit: 2 }, 'm7 m8'],
        [{ since, after: startMs + 5_000, limit: 1 }, 'm6'],
        [{ since, before: id(7), limit: 9 }, 'm5 m6'],
        [{ since, before: id(5), limit: 9 }, ''],
        [{ since, before: id(3), limit: 9 }, ''],
        [{ since, around: id(6), limit: 4 }, 'm5 m6 m7 m8'],
        [{ since, around: id(2), limit: 3 }, 'm5 m6 m7'],
        [{ since: startMs + 4_001, limit: 9 }, 'm5 m6 m7 m8 m9'],
        [{ since: 0, limit: 1, from: 'oldest' }, 'm0'],
        [{ since: startMs + 60_000, limit: 9 }, ''],
      ]
      for (const [range, expected] of cases)
        assert.equal(texts(store.history('lobby', range)), expected, JSON.stringify(range))
      assert.throws(() => store.history('lobby', { since: NaN, limit: 1 }), hasCode('OPTION_INVALID'))
    })

    test('records of rooms and accounts are kept, replaced and removed', async () => {
      await using store = await make()
      await store.putRoom({ room: 'lobby', topic: 'tea', bans: ['*!*@evil'] })
      await store.putRoom({ room: 'lobby', topic: 'coffee', bans: [] })
      await store.putAccount({ name: 'ada', hash: 'h', created: 5 })
      await store.putAccount({ name: 'bob' })
      assert.deepEqual(store.getRoom('lobby'), { room: 'lobby', topic: 'coffee', bans: [] })
      assert.deepEqual(store.rooms(), [{ room: 'lobby', topic: 'coffee', bans: [] }])
      assert.deepEqual(
        store
          .accounts()
          .map(({ name }) => name)
          .toSorted(),
        ['ada', 'bob'],
      )
      await store.deleteAccount('ada')
      await store.deleteAccount('nobody')
      assert.equal(store.getAccount('ada'), undefined)
      assert.equal(store.status().accounts, 1)
    })

    test('a room that is deleted leaves no messages to one of the same name, and ids go on', async () => {
      await using store = await make()
      await store.append([...messages('lobby', 2_500), ...messages('other', 1)])
      await store.putRoom({ room: 'lobby' })
      const last = store.lastId()
      await store.deleteRoom('lobby')
      assert.deepEqual(store.history('lobby', { limit: 10 }), [])
      assert.deepEqual([store.getRoom('lobby'), store.lastId(), store.status().messages], [undefined, last, 1])
    })

    test('what is said in a new room of the name while the former is deleted stays', async () => {
      await using store = await make()
      for (let round = 0; round < 5; round++) {
        const formerly = store.append(messages('lobby', 1_200, round * 10_000))
        const deleted = store.deleteRoom('lobby')
        await store.append(messages('lobby', 3, round * 10_000 + 2_000))
        const more = store.append(messages('lobby', 1, round * 10_000 + 2_003))
        await Promise.all([formerly, deleted, more])
        const said = [2_000, 2_001, 2_002, 2_003].map((number) => `m${round * 10_000 + number}`)
        assert.equal(texts(store.history('lobby', { limit: 10 })), said.join(' '))
        assert.equal(store.status().messages, 4)
        await store.deleteRoom('lobby')
        assert.equal(store.status().messages, 0)
      }
    })

    test('a room that is deleted and made anew while its oldest messages are removed is counted right', async () => {
      await using store = await make({ perRoom: 10 })
      for (let round = 0; round < 5; round++) {
        await store.append(messages('lobby', 26, round * 1_000))
        const pruned = store.prune()
        const deleted = store.deleteRoom('lobby')
        await store.append(messages('lobby', 4, round * 1_000 + 500))
        await Promise.all([pruned, deleted])
        assert.equal(store.history('lobby', { limit: 10 }).length, 4)
        assert.equal(store.status().messages, 4)
        await store.deleteRoom('lobby')
      }
    })

    test('a room has no more messages than it may', async () => {
      await using store = await make({ perRoom: 100 })
      for (let from = 0; from < 1_000; from += 50) await store.append(messages('lobby', 50, from))
      await store.prune()
      assert.equal(store.status().messages, 100)
      assert.equal(texts(store.history('lobby', { limit: 2, from: 'oldest' })), 'm900 m901')
      assert.equal(store.status().pruned, 900)
    })

    test('all rooms together have no more bytes than they may: the oldest of all go', async () => {
      await using store = await make({ bytes: 300_000 })
      const rooms = ['a', 'b', 'c'].map((room, part) =>
        messages(room, 1_000, part * 200).map((each) => Object.assign({}, each, { text: 'x'.repeat(400) })),
      )
      for (let from = 0; from < 1_000; from += 50)
        await store.append(rooms.flatMap((those) => those.slice(from, from + 50)))
      await store.prune()
      const kept = rooms.map((those) => store.history(those[0]!.room, { limit: 1_000 }).map(({ id }) => id))
      const [oldest = ''] = kept.flat().toSorted()
      const expected = rooms.map((those) => those.map(({ id }) => id).filter((id) => id >= oldest))
      assert.equal(store.status().messages, kept.flat().length)
      assert.ok(kept.flat().length > 150 && kept.flat().length < 800, String(kept.flat().length))
      for (const [index, ids] of kept.entries()) {
        const missing = (expected[index] as string[]).length - ids.length
        assert.ok(missing >= 0 && missing <= 1, 'of one instant any may go first')
      }
      await store.append([{ ...messages('a', 1, 5_000)[0]!, text: 'x'.repeat(290_000) }])
      await store.prune()
      assert.ok(store.status().messages <= 30)
    })

    test('messages that are too old go, also from rooms in which nobody speaks', async () => {
      const clock = clockOf()
      await using store = await make({ days: 1 }, clock)
      const now = clock.wallMs()
      const day = 86_400_000
      const id = (ms: number): string => messageId(nextMessageNumber(0n, ms))
      const said = (room: string, ms: number): StoredMessage => ({
        id: id(ms),
        room,
        atMs: ms,
        from: 'a',
        kind: 'say',
        text: room,
      })
      await store.append([said('quiet', now - day + 5_000), said('lively', now - day + 5_000), said('lively', now)])
      assert.equal(store.status().messages, 3)
      await clock.advance(60_000)
      await store.prune()
      assert.deepEqual(
        store.targets({ limit: 9 }).map(({ room }) => room),
        ['lively'],
      )
      assert.equal(store.status().messages, 1)
      assert.equal(store.lastId(), BigInt(`0x${id(now)}`))
    })

    test('settings are kept by name, and are no rooms and no accounts', async () => {
      await using store = await make()
      assert.equal(store.getSetting('lobby'), undefined)
      await store.putSetting('lobby', 'one')
      await store.putSetting('lobby', 'two')
      assert.equal(store.getSetting('lobby'), 'two')
      assert.deepEqual([store.rooms(), store.accounts(), store.getRoom('lobby')], [[], [], undefined])
      await assert.rejects(store.putSetting('x', 'y'.repeat(513)), hasCode('OPTION_INVALID'))
    })

    test('a clock that jumps ahead makes no message older, and is told of once; time that passes does', async () => {
      const clock = clockOf()
      await using store = await make({ days: 1 }, clock)
      const day = 86_400_000
      const jumps: number[] = []
      store.on('jumped', ({ aheadMs }) => jumps.push(aheadMs))
      const atMs = clock.wallMs()
      await store.append([messageAt('lobby', atMs, 1)])
      clock.setWall(atMs + 365 * day)
      await clock.advance(120_000)
      assert.equal(await store.prune(), 0)
      assert.deepEqual(jumps, [365 * day])
      clock.setWall(atMs + 120_000)
      assert.equal(await store.prune(), 0)
      clock.setWall(atMs + 365 * day)
      await clock.advance(3_600_000)
      assert.deepEqual(jumps.length, 2)
      assert.equal(store.status().messages, 1)
      await clock.advance(day)
      await store.prune()
      assert.equal(store.status().messages, 0)
    })

    test('what cannot be kept is refused, and nothing of it is kept', async () => {
      await using store = await make()
      const good = messages('lobby', 1)[0] as StoredMessage
      const circle: Record<string, unknown> = {}
      circle['self'] = circle
      const bad: object[] = [
        { id: '1' },
        { id: 'FFFFFFFFFFFFFFFF' },
        { room: 'half \ud83d' },
        { room: 'x'.repeat(513) },
        { room: 7 },
        { atMs: NaN },
        { text: undefined },
        { bytes: 'text' },
        { circle },
        { text: 'x'.repeat(1_048_577) },
      ]
      for (const change of bad)
        await assert.rejects(store.append([good, { ...good, ...change } as StoredMessage]), hasCode('OPTION_INVALID'))
      await assert.rejects(store.putRoom({ room: 'half \udc00' }), hasCode('OPTION_INVALID'))
      await assert.rejects(store.putAccount({ name: 'x'.repeat(600) }), hasCode('OPTION_INVALID'))
      assert.equal(store.status().messages, 0)
      for (const range of [{ limit: 1_001 }, { limit: -1 }, { limit: 1, before: 'x' }, { limit: 1, around: NaN }])
        assert.throws(() => store.history('lobby', range), hasCode('OPTION_INVALID'), JSON.stringify(range))
      assert.throws(() => store.history('lobby', { limit: 1, around: 1, before: 2 }), hasCode('OPTION_INVALID'))
      assert.throws(() => store.history('lobby', { limit: 1, until: 2 } as never), hasCode('OPTION_INVALID'))
    })

    test('what the caller changes later does not change what is kept', async () => {
      await using store = await make()
      const bytes = Uint8Array.of(1, 2)
      await store.append([{ ...(messages('lobby', 1)[0] as StoredMessage), bytes }])
      bytes[0] = 9
      assert.deepEqual(store.history('lobby', { limit: 1 })[0]?.bytes, Uint8Array.of(1, 2))
    })

    test('after close nothing is taken', async () => {
      const store = await make()
      await store.close()
      await store.close()
      await assert.rejects(store.append(messages('lobby', 1)), hasCode('CLOSED'))
      assert.throws(() => store.history('lobby', { limit: 1 }), hasCode('CLOSED'))
    })

    test('ids carry the time of their message', () => {
      assert.equal(messageTimeMs(messageId(nextMessageNumber(0n, startMs))), startMs)
    })
  })
}

function nextId(id: string): string {
  return messageId(BigInt(`0x${id}`) + 1n)
}
