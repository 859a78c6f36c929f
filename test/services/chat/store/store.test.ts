/** Both kinds of chat store keep the same contract; the one on the disk finds all of it again. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import type { LaneworkError } from '#lanework/core/index.js'
import {
  memoryStore,
  messageId,
  nextMessageNumber,
  openStore,
  type StoredMessage,
} from '#lanework/services/chat/store/index.js'
import { keepMessages, takeMessages, type Keeping } from '#lanework/services/chat/store/keeping.js'
import { VirtualClock } from '#lanework/testing/index.js'
import { folder } from '../../../support/folder.js'
import { messages, startMs, storeConformance, texts } from './store-conformance.js'

let count = 0
const freshFolder = (): string => join(folder, `store-${++count}`)
const long = { days: 36_500 }
const clockOf = (): VirtualClock => new VirtualClock()

storeConformance(
  'a chat store on the disk',
  (bounds, clock) =>
    openStore({ folder: freshFolder(), ...long, ...bounds, ...(clock === undefined ? {} : { clock }) }),
  clockOf,
)
storeConformance(
  'a chat store in memory',
  async (bounds, clock) => memoryStore({ ...long, ...bounds, ...(clock === undefined ? {} : { clock }) }),
  clockOf,
)

describe('a chat store in memory, and the one that comes after it', () => {
  const kept = new Map<string, Uint8Array>()
  const keeping = (goesOn = true): Keeping => ({
    kept: new Map(kept),
    keep: (name, bytes) => {
      if (goesOn && bytes !== undefined) kept.set(name, bytes)
      else if (goesOn) kept.delete(name)
      return goesOn
    },
  })

  test('has all records at once, all messages once the first is closed, and no copy of them is left behind', async () => {
    const first = memoryStore({ ...long, keeping: keeping() })
    const bytes = {
      ...(messages('#bytes', 1)[0] as StoredMessage),
      text: 'half \ud83d, CR LF \r\n',
      bytes: Uint8Array.of(0, 255, 10),
    }
    await first.append([
      ...messages('lobby', 3_000),
      bytes,
      ...messages('gone', 2),
      { ...messages('big', 1)[0]!, text: 'x'.repeat(900_000) },
    ])
    await first.putRoom({ room: 'lobby', topic: 'tea' })
    await first.putRoom({ room: 'gone' })
    await first.deleteRoom('gone')
    await first.putAccount({ name: 'ada', hash: 'h' })
    await first.putAccount({ name: 'bob', hash: 'h' })
    await first.deleteAccount('bob')
    await first.putSetting('key', 'secret')
    const killed = memoryStore({ ...long, keeping: keeping(false) })
    for (const store of [first, killed]) {
      assert.deepEqual(store.rooms(), [{ room: 'lobby', topic: 'tea' }])
      assert.deepEqual(store.accounts(), [{ name: 'ada', hash: 'h' }])
      assert.equal(store.getSetting('key'), 'secret')
    }
    assert.equal(killed.status().messages, 0)
    await killed.close()
    const before = first.status()
    await first.close()
    await using next = memoryStore({ ...long, keeping: keeping() })
    assert.deepEqual(next.status(), before)
    assert.equal(next.lastId(), first.lastId())
    assert.deepEqual(next.history('#bytes', { limit: 1 }), [bytes])
    assert.equal(texts(next.history('lobby', { limit: 1_000, from: 'oldest' })), texts(messages('lobby', 1_000)))
    assert.deepEqual(
      [...kept.keys()].filter((name) => name.startsWith('history')),
      [],
    )
  })

  test('gives ids that go on also when nothing is left, and the newest messages where there are too many', async () => {
    kept.clear()
    const first = memoryStore({ perRoom: 0, keeping: keeping() })
    await first.append(messages('lobby', 5))
    const last = first.lastId()
    await first.close()
    assert.equal(memoryStore({ keeping: keeping() }).lastId(), last)
    kept.clear()
    keepMessages(keeping(), [...messages('one', 10), ...messages('two', 10, 10)], 1_000)
    const found = takeMessages(keeping())
    assert.ok(found.length > 5 && found.length < 10)
    assert.equal(texts(found), texts(messages('two', 10, 10).slice(-found.length)))
    keepMessages(keeping(false), messages('one', 10))
    assert.equal(kept.size, 0)
  })
})

describe('a chat store on the disk, opened again', () => {
  test('has all that was there, and its ids go on where they ended', async () => {
    const place = freshFolder()
    const first = await openStore({ folder: place, ...long })
    const said = [...messages('lobby', 300), ...messages('@alice\0bob', 3)]
    await first.append(said)
    await first.append([{ ...messages('big', 1)[0]!, text: 'x'.repeat(200_000) }])
    await first.putRoom({ room: 'lobby', topic: 'tea' })
    await first.putAccount({ name: 'ada', hash: 'h' })
    const before = first.status()
    const last = first.lastId()
    await first.close()
    await using again = await openStore({ folder: place, ...long })
    assert.deepEqual({ ...again.status(), bytes: 0 }, { ...before, bytes: 0 })
    assert.equal(again.status().lost, undefined)
    assert.equal(again.lastId(), last)
    assert.equal(texts(again.history('lobby', { limit: 1_000 })), texts(said.slice(0, 300)))
    assert.equal(again.history('big', { limit: 1 })[0]?.text.length, 200_000)
    assert.deepEqual(again.getRoom('lobby'), { room: 'lobby', topic: 'tea' })
    assert.deepEqual(again.getAccount('ada'), { name: 'ada', hash: 'h' })
  })

  test('ids go on also when no message is left', async () => {
    const place = freshFolder()
    const first = await openStore({ folder: place, ...long })
    await first.append(messages('lobby', 5))
    const last = first.lastId()
    await first.close()
    const second = await openStore({ folder: place, days: 0 })
    await second.prune()
    assert.equal(second.status().messages, 0)
    await second.close()
    await using third = await openStore({ folder: place, ...long })
    assert.equal(third.lastId(), last)
    assert.ok(nextMessageNumber(third.lastId(), 0) > last)
  })

  test('what is appended at the moment of closing is kept', async () => {
    const place = freshFolder()
    const first = await openStore({ folder: place, ...long })
    const appended = first.append(messages('lobby', 10))
    await first.close()
    await appended
    await using again = await openStore({ folder: place, ...long })
    assert.equal(again.status().messages, 10)
  })

  test('a file that churns stays bounded, and sound at every start', async () => {
    const place = freshFolder()
    for (let round = 0; round < 4; round++) {
      const store = await openStore({ folder: place, ...long, perRoom: 200 })
      assert.equal(store.status().lost, undefined)
      for (let from = 0; from < 2_000; from += 100)
        await store.append(messages(`room ${from % 300}`, 100, round * 2_000 + from))
      await store.prune()
      assert.ok(store.status().messages <= 600)
      await store.close()
    }
    assert.ok(statSync(join(place, 'chat.mdb')).size < 4_000_000)
  })

  test('one has it at a time; the next may when it is closed', async () => {
    const place = freshFolder()
    const first = await openStore({ folder: place })
    await assert.rejects(openStore({ folder: place }), (error: LaneworkError) => error.code === 'STORE_IN_USE')
    await first.close()
    await (await openStore({ folder: place })).close()
  })

  test('its folder is for its user alone', async () => {
    const place = freshFolder()
    await (await openStore({ folder: place })).close()
    assert.equal(statSync(place).mode & 0o077, 0)
    const open = freshFolder()
    mkdirSync(open, { mode: 0o755 })
    await assert.rejects(openStore({ folder: open }), (error: LaneworkError) => error.code === 'FOLDER_NOT_PRIVATE')
    assert.deepEqual(readdirSync(open), [])
  })

  test('options that cannot be are refused', async () => {
    for (const options of [{ days: -1 }, { perRoom: 1.5 }, { unknown: 1 }])
      await assert.rejects(
        openStore({ folder: freshFolder(), ...options } as never),
        (error: LaneworkError) => error.code === 'OPTION_INVALID',
      )
  })
})

test('ids grow when the clock goes back, and when a millisecond is full', () => {
  let last = nextMessageNumber(0n, startMs)
  assert.ok(nextMessageNumber(last, startMs - 5_000) === last + 1n)
  for (let index = 0; index < 70_000; index++) {
    const next = nextMessageNumber(last, startMs)
    assert.ok(next > last)
    last = next
  }
  assert.equal(messageId(last).length, 16)
})
