/** Damaged files: the store starts, says what was lost, keeps the file aside, and has all that could be read. */
import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { openStore, type ChatStore } from '#lanework/services/chat/store/index.js'
import { SeededRandom } from '#lanework/testing/index.js'
import { folder } from '../../../support/folder.js'
import { until } from '../../../support/until.js'
import { messages } from './store-conformance.js'

const long = { days: 36_500 }
const total = 1_200
let good: Buffer
let count = 0

/** A folder with such a file as its store. */
function placed(bytes: Uint8Array): string {
  const place = join(folder, `damage-${++count}`)
  mkdirSync(place, { mode: 0o700 })
  writeFileSync(join(place, 'chat.mdb'), bytes)
  return place
}

async function filled(place: string): Promise<void> {
  const store = await openStore({ folder: place, ...long })
  for (let from = 0; from < total; from += 60) {
    await store.append(messages(`room ${(from / 60) % 5}`, 60, from))
    await store.putAccount({ name: `account ${from / 60}`, hash: 'h'.repeat(200) })
  }
  await store.putAccount({ name: 'gone', hash: 'h' })
  await store.deleteAccount('gone')
  await store.append([{ ...messages('long', 1)[0]!, text: 'y'.repeat(30_000) }])
  await store.close()
}

/** It works as any other: what is written now is there after the next start. */
async function checkWorks(store: ChatStore, place: string): Promise<void> {
  await store.append(messages('afterwards', 50, 100_000))
  await store.prune()
  for (const { room } of store.targets({ limit: 1_000 })) store.history(room, { limit: 1_000 })
  await store.close()
  await using again = await openStore({ folder: place, ...long })
  assert.equal(again.status().lost, undefined)
  assert.equal(again.history('afterwards', { limit: 100 }).length, 50)
}

before(async () => {
  const place = join(folder, 'good')
  await filled(place)
  good = readFileSync(join(place, 'chat.mdb'))
})

describe('a history file that was cut short', () => {
  const places: [string, (size: number) => number][] = [
    ['to nothing', () => 0],
    ['to one byte', () => 1],
    ['within the first root', () => 100],
    ['behind the first root', () => 4_096],
    ['within the second root', () => 4_196],
    ['behind both roots', () => 8_192],
    ['within the first page', () => 8_200],
    ['in its first quarter', (size) => Math.floor(size / 4)],
    ['in its middle', (size) => Math.floor(size / 2)],
    ['within its last page', (size) => size - 1_000],
    ['by its last page', (size) => size - 4_096],
    ['by one byte', (size) => size - 1],
  ]
  for (const [name, cut] of places)
    test(`${name}: it starts and says what was lost`, async () => {
      const size = cut(good.length)
      const place = placed(good.subarray(0, size))
      const store = await openStore({ folder: place, ...long })
      let told = ''
      store.on('lost', ({ lost }) => (told = lost))
      const { lost = '', messages: kept } = store.status()
      assert.match(lost, /chat\.mdb was damaged \(.*\): .*records could be read/)
      await until('the event came', () => told === lost)
      const aside = readdirSync(place).filter((file) => file.startsWith('chat.mdb.damaged-'))
      assert.equal(aside.length, 1)
      assert.ok(readFileSync(join(place, aside[0] ?? '')).equals(good.subarray(0, size)))
      // A page holds some 25 of these; all but a few pages of what is left is data.
      if (size > good.length / 4) assert.ok(kept >= (total * (size / good.length) - 200) * 0.8, `${kept} of ${total}`)
      assert.equal(store.getAccount('gone'), undefined)
      await checkWorks(store, place)
    })
})

describe('a history file that is something else', () => {
  const contents: [string, () => Uint8Array][] = [
    ['text', () => Buffer.from('#!/bin/sh\necho hello\n'.repeat(1_000))],
    ['zeros', () => Buffer.alloc(65_536)],
    ['all ones', () => Buffer.alloc(65_536, 255)],
    ['random bytes', () => Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7_919) & 255))],
    [
      'the right roots and nothing true behind them',
      () => Buffer.concat([good.subarray(0, 8_192), Buffer.alloc(good.length)]),
    ],
  ]
  for (const [name, bytes] of contents)
    test(`${name}: it starts empty and keeps it aside`, async () => {
      const place = placed(bytes())
      const store = await openStore({ folder: place, ...long })
      assert.equal(store.status().messages, 0)
      assert.match(store.status().lost ?? '', /was damaged/)
      await checkWorks(store, place)
    })
})

describe('a history file with bytes that changed', () => {
  test(
    'anywhere, a few at a time, 100 times: nothing but what they touched is lost',
    { timeout: 100_000 },
    async () => {
      const seed = Math.floor(Math.random() * 2 ** 32)
      const random = new SeededRandom(seed)
      let noticed = 0
      for (let round = 0; round < 100; round++) {
        const bytes = Buffer.from(good)
        const at = Math.floor(random.next() * bytes.length)
        const length = 1 + Math.floor(random.next() * 6)
        for (let offset = 0; offset < length; offset++)
          bytes[(at + offset) % bytes.length]! ^= 1 + Math.floor(random.next() * 255)
        const place = placed(bytes)
        const store = await openStore({ folder: place, ...long })
        const { messages: kept, accounts, lost } = store.status()
        const hint = `round ${round} of seed ${seed}, at ${at}: ${lost}`
        if (lost === undefined) assert.deepEqual([kept, accounts], [total + 1, total / 60], hint)
        else {
          noticed++
          // One page, or the value that begins there.
          assert.ok(kept >= total - 80, `${kept} messages are left; ${hint}`)
          assert.equal(store.getAccount('gone'), undefined, hint)
        }
        if (round % 10 === 0) await checkWorks(store, place)
        else await store.close()
      }
      assert.ok(noticed > 20, `${noticed} were noticed; seed ${seed}`)
    },
  )

  test('in its roots: the other root, and the pages themselves, give everything back', async () => {
    for (const root of [0, 4_096])
      for (const field of [0, 18, 24, 28, 40, 48, 52, 54, 80, 88, 96, 102, 128, 136, 144, 152, 156]) {
        const bytes = Buffer.from(good)
        bytes[root + field]! ^= 0x15
        const place = placed(bytes)
        const store = await openStore({ folder: place, ...long })
        const { messages: kept, lost } = store.status()
        const hint = `byte ${field} of root ${root}: ${lost}`
        assert.ok(kept >= total - 60, `${kept} messages are left; ${hint}`)
        await store.close()
      }
  })
})

test('a recovery that was cut off between its two names is finished by the next start', async () => {
  const place = placed(good)
  renameSync(join(place, 'chat.mdb'), join(place, 'chat.mdb.new'))
  await using store = await openStore({ folder: place, ...long })
  assert.equal(store.status().messages, total + 1)
})

test('what is left of a recovery that was cut off before is not taken for the whole', async () => {
  const bytes = Buffer.from(good)
  bytes[good.length - 8_000] = (bytes[good.length - 8_000] as number) ^ 255
  bytes[4_096 + 24] = 0
  const place = placed(bytes)
  writeFileSync(join(place, 'chat.mdb.new'), good.subarray(0, 8_192))
  await using store = await openStore({ folder: place, ...long })
  assert.ok(store.status().messages >= total - 80)
})
