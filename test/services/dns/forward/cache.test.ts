/** The cache: what is put is found, the limit holds, floods of new names leave what is used; against a model that keeps all. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseName } from '#lanework/services/dns/index.js'
import { AnswerCache } from '#lanework/services/dns/forward/cache.js'
import { keyHash, type KeptAnswer, sizeOf } from '#lanework/services/dns/forward/entry.js'
import { HashedName } from '#lanework/services/dns/zone/name-hash.js'
import { SeededRandom } from '#lanework/testing/index.js'

const hashed = (text: string): HashedName => new HashedName().takeName(parseName(text))

function answer(fill: number, size: number, ttl = 60): KeptAnswer {
  const tail = new Uint8Array(size).fill(fill)
  const counts = [1, 0, 0] as const
  return { rcode: 0, authentic: false, local: false, tail, ttlOffsets: [30], counts, ttl, ede: undefined }
}

function tailOf({ memory }: AnswerCache, at: number): Uint8Array {
  const start = memory.tailAt(at)
  return memory.bytes.subarray(start, start + memory.halves[(at >>> 1) + 20]!)
}

describe('the cache', () => {
  it('finds an answer by name in any case, type, DO and CD', () => {
    const cache = new AnswerCache(1_048_576)
    cache.put(hashed('WWW.example.'), 1, 0, 5, answer(7, 20))
    const at = cache.find(hashed('www.EXAMPLE.'), 1, 0)
    assert.deepEqual(
      [...tailOf(cache, at)],
      Array.from({ length: 20 }, () => 7),
    )
    assert.deepEqual([cache.memory.storedAt(at), cache.memory.expiresAt(at)], [5, 60_005])
    assert.deepEqual(
      [
        cache.find(hashed('www.example.'), 28, 0),
        cache.find(hashed('www.example.'), 1, 1),
        cache.find(hashed('ww.example.'), 1, 0),
      ],
      [-1, -1, -1],
    )
  })
  it('replaces an answer by a newer one', () => {
    const cache = new AnswerCache(1_048_576)
    const name = hashed('a.')
    for (let round = 1; round <= 50; round++) cache.put(name, 1, 0, round, answer(round, round))
    const at = cache.find(name, 1, 0)
    assert.deepEqual([cache.count, tailOf(cache, at).length, tailOf(cache, at)[0]], [1, 50, 50])
  })
  it('holds what must not be kept until the next is put, and does not find it', () => {
    const cache = new AnswerCache(1_048_576)
    const at = cache.put(hashed('a.'), 1, 0, 0, answer(3, 10, 0))
    assert.deepEqual([tailOf(cache, at).length, cache.find(hashed('a.'), 1, 0), cache.count], [10, -1, 0])
    const large = cache.put(hashed('b.'), 1, 0, 0, answer(4, 60_000))
    assert.deepEqual([tailOf(cache, large).length, cache.find(hashed('b.'), 1, 0)], [60_000, -1])
  })
  it('gives what a newer answer has made untrue no more, where that itself is not kept', () => {
    const cache = new AnswerCache(1_048_576)
    for (const newer of [answer(2, 10, 0), answer(3, 60_000)]) {
      cache.put(hashed('a.'), 1, 0, 0, answer(1, 10))
      cache.put(hashed('a.'), 1, 0, 1, newer)
      assert.deepEqual([cache.find(hashed('a.'), 1, 0), cache.count], [-1, 0])
    }
  })
  it('takes no more than its limit says, whatever is put', () => {
    for (const limit of [1_048_576, 3_000_000, 33_554_432]) {
      const cache = new AnswerCache(limit)
      assert.ok(cache.bytes <= limit && cache.bytes > limit * 0.95, `${cache.bytes} of ${limit}`)
    }
  })
  it('does not let names be chosen that share a bucket', () => {
    for (const [one, other] of [
      ['8e200fc779d0.example.', '75df63609809.example.'],
      ['757be053baa9.example.', '110375fbd897.example.'],
      ['52c14983141f.example.', '4031da8c4663.example.'],
    ] as const) {
      assert.equal(hashed(one).hashFrom(0), hashed(other).hashFrom(0))
      for (const seed of [1, 2]) assert.notEqual(keyHash(hashed(one), 1, 0, seed), keyHash(hashed(other), 1, 0, seed))
    }
    assert.notEqual(keyHash(hashed('a.'), 1, 0, 1), keyHash(hashed('a.'), 1, 0, 2))
  })
  it('forgets all', () => {
    const cache = new AnswerCache(1_048_576)
    cache.put(hashed('a.'), 1, 0, 0, answer(1, 10))
    cache.clear()
    assert.deepEqual([cache.find(hashed('a.'), 1, 0), cache.count], [-1, 0])
  })
  it('keeps what is asked for again while many thousand other names pass through', () => {
    const cache = new AnswerCache(1_048_576)
    const used = Array.from({ length: 500 }, (_, at) => hashed(`used-${at}.example.`))
    for (const name of used) cache.put(name, 1, 0, 0, answer(1, 100))
    for (const name of used) assert.ok(cache.find(name, 1, 0) >= 0)
    for (let at = 0; at < 60_000; at++) {
      cache.put(hashed(`random-${at}.example.`), 1, 0, 0, answer(2, 100))
      if (at % 30 === 0) cache.find(used[(at / 30) % used.length]!, 1, 0)
    }
    const left = used.filter((name) => cache.find(name, 1, 0) >= 0).length
    // Where each lies is drawn anew in each run: some 483 stay, give or take ten.
    assert.ok(left > 440, `${left} of 500 are left`)
  })
  it('fills most of its memory with answers', () => {
    const cache = new AnswerCache(4_194_304)
    const size = sizeOf(hashed('name-12345.example.').length, answer(1, 100))
    for (let at = 0; at < 100_000; at++) cache.put(hashed(`name-${10_000 + at}.example.`), 1, 0, 0, answer(1, 100))
    assert.ok(cache.count * size > 4_194_304 * 0.7, `${cache.count} answers of ${size} bytes`)
  })
  for (const seed of [1, 2, 3, 4]) {
    it(`never gives one answer for another, nor a broken one (seed ${seed})`, () => {
      const random = new SeededRandom(seed)
      const below = (limit: number): number => Math.floor(random.next() * limit)
      const cache = new AnswerCache(1_048_576)
      const last = new Map<string, number>()
      let found = 0
      for (let step = 0; step < 60_000; step++) {
        // Some names often, most seldom; sizes from nothing to more than the small queue takes.
        const number = below(below(2) === 0 ? 200 : 20_000)
        const [type, key] = [1 + (number % 3), number % 4]
        const text = `n${number}.example./${type}/${key}`
        const name = hashed(`n${number}.example.`)
        if (below(3) === 0) {
          const at = cache.find(name, type, key)
          if (at < 0) continue
          found++
          const tail = tailOf(cache, at)
          assert.equal(tail.length, last.get(text), text)
          assert.ok(
            tail.every((byte) => byte === (tail.length & 0xff)),
            text,
          )
          continue
        }
        const size = below(50) === 0 ? below(45_000) : below(600)
        const ttl = below(20) === 0 ? 0 : 60
        const at = cache.put(name, type, key, step, answer(size & 0xff, size, ttl))
        assert.equal(tailOf(cache, at).length, size)
        const isKept = cache.find(name, type, key) >= 0 && tailOf(cache, cache.find(name, type, key)).length === size
        if (isKept) last.set(text, size)
      }
      assert.ok(found > 1_000, `${found} were found`)
    })
  }
})
