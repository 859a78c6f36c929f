/** What is learned of commands, and that a file that was cut, spoilt or written by two does no harm. */
import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { History } from '#lanework/batch/index.js'
import { folder as base } from '../../support/folder.ts'
import { statusOf, timesOf } from './recorded.ts'

const freshFolder = (): string => mkdtempSync(join(base, 'history-'))
const fileIn = (folder: string): string => join(folder, 'history.json')

describe('History', () => {
  it('expects the exponential average of the CPU times of a key', () => {
    const history = History.open(freshFolder())
    assert.equal(history.expected('gzip'), undefined)
    history.learn('gzip', 12, 20, 1_000)
    assert.equal(history.expected('gzip'), 12)
    history.learn('gzip', 8, 9, 2_000)
    assert.equal(history.expected('gzip'), 10)
    assert.equal(history.expected('sort'), undefined)
    const known = history.of('gzip')
    assert.equal(known?.rssBytes, 2_000)
    assert.equal(known?.wallMs, 14.5)
    assert.equal(known?.medianMs, 10)
    assert.ok((known?.lowMs ?? 0) < 10 && (known?.highMs ?? 0) > 10)
  })

  it('is there again after a restart', async () => {
    const folder = freshFolder()
    const history = History.open(folder)
    for (const cpu of [10, 20, 30]) history.learn('gzip', cpu, cpu + 5, 1e6)
    await history.save()
    const again = History.open(folder)
    assert.equal(again.trouble, undefined)
    assert.equal(again.expected('gzip'), history.expected('gzip'))
    assert.deepEqual(again.of('gzip')?.runs, history.of('gzip')?.runs)
    assert.deepEqual(readdirSync(folder), ['history.json'])
  })

  it('adds to what another batch has written meanwhile', async () => {
    const folder = freshFolder()
    const [one, other] = [History.open(folder), History.open(folder)]
    one.learn('gzip', 10, 10, 0)
    other.learn('gzip', 30, 30, 0)
    other.learn('sort', 5, 5, 0)
    await Promise.all([one.save(), one.save()])
    await other.save()
    const both = History.open(folder)
    assert.deepEqual(both.keys().toSorted(), ['gzip', 'sort'])
    assert.deepEqual(
      both.of('gzip')?.runs.map(({ cpuMs }) => cpuMs),
      [10, 30],
    )
    assert.equal(other.expected('gzip'), 20)
  })

  it('loses nothing of what several write at the same time', async () => {
    const folder = freshFolder()
    const all = Array.from({ length: 8 }, () => History.open(folder))
    for (const [index, each] of all.entries()) each.learn(`key ${index}`, index + 1, index + 1, 0)
    await Promise.all(all.map((each) => each.save()))
    assert.equal(History.open(folder).keys().length, all.length)
    assert.deepEqual(readdirSync(folder), ['history.json'])
  })

  it('forgets the key that has not run for longest, and the oldest runs of a key', async () => {
    const folder = freshFolder()
    const history = History.open(folder, { keys: 2, runs: 3 })
    for (const cpu of [1, 2, 3, 4]) history.learn('a', cpu, cpu, 0)
    history.learn('b', 1, 1, 0)
    history.learn('a', 5, 5, 0)
    history.learn('c', 1, 1, 0)
    assert.deepEqual(history.keys(), ['a', 'c'])
    assert.deepEqual(
      history.of('a')?.runs.map(({ cpuMs }) => cpuMs),
      [3, 4, 5],
    )
    await history.save()
    assert.deepEqual(History.open(folder, { keys: 2, runs: 3 }).keys(), ['a', 'c'])
  })

  it('takes any key for a key', async () => {
    const folder = freshFolder()
    const history = History.open(folder)
    const keys = ['__proto__', 'constructor', '', '\0\n"', 'ä€😀', '\ud800', 'x'.repeat(5_000)]
    for (const [index, key] of keys.entries()) history.learn(key, index + 1, index + 1, 0)
    await history.save()
    const again = History.open(folder)
    for (const [index, key] of keys.entries())
      assert.equal(again.expected(key), index + 1, JSON.stringify(key).slice(0, 20))
    assert.equal(({} as Record<string, unknown>)['cpuMs'], undefined)
    assert.ok(readFileSync(fileIn(folder)).length < 4_000)
  })

  it('does not learn what is no amount', () => {
    const history = History.open(freshFolder())
    for (const wrong of [NaN, -1, Infinity, undefined as unknown as number]) {
      history.learn('a', wrong, 1, 1)
      history.learn('a', 1, wrong, 1)
      history.learn('a', 1, 1, wrong)
    }
    assert.equal(history.expected('a'), undefined)
  })

  it('survives a file that was cut anywhere, and keeps it aside', async () => {
    const folder = freshFolder()
    const whole = History.open(folder)
    for (const key of ['a', 'b', 'c']) whole.learn(key, 1, 1, 1)
    await whole.save()
    const text = readFileSync(fileIn(folder), 'utf8')
    for (let length = 0; length < text.trimEnd().length; length += 7) {
      writeFileSync(fileIn(folder), text)
      truncateSync(fileIn(folder), length)
      const cut = History.open(folder)
      assert.match(cut.trouble ?? '', /history\.json/)
      assert.deepEqual(cut.keys(), [])
      cut.learn('new', 7, 7, 0)
      await cut.save()
      assert.equal(cut.trouble, undefined)
      assert.deepEqual(History.open(folder).keys(), ['new'])
      assert.equal(readFileSync(`${fileIn(folder)}.damaged`, 'utf8'), text.slice(0, length))
    }
  })

  it('reads what makes sense in a file of somebody else', () => {
    const folder = freshFolder()
    const garbage: [text: string, keys: string[]][] = [
      ['null', []],
      ['[]', []],
      ['{"version":2,"keys":[]}', []],
      ['{"version":1,"keys":{"a":1}}', []],
      ['{"version":1,"keys":[1,null,["a"],["b",[]],["c",[[1,2]]],[5,[[1,1,1]]],["d",[[1,-1,1],[2,2,2],"x"]]]}', ['d']],
      ['{"version":1,"keys":[["e",[[1e999,1,1]]],["f",[[1,1,1]]]]}', ['f']],
      ['\0\0\0', []],
    ]
    for (const [text, keys] of garbage) {
      writeFileSync(fileIn(folder), text)
      const history = History.open(folder)
      assert.deepEqual(history.keys(), keys, text)
      assert.notEqual(history.trouble, undefined, text)
    }
  })

  it('goes on in memory when it cannot be written, and says so', async () => {
    const folder = freshFolder()
    mkdirSync(fileIn(folder))
    writeFileSync(join(fileIn(folder), 'x'), '')
    const history = History.open(folder)
    assert.match(history.trouble ?? '', /cannot be read/)
    history.learn('a', 1, 1, 1)
    mkdirSync(`${fileIn(folder)}.damaged`)
    writeFileSync(join(`${fileIn(folder)}.damaged`, 'x'), '')
    await history.save()
    assert.match(history.trouble ?? '', /cannot be written/)
    assert.equal(history.expected('a'), 1)
  })

  it('learns from jobs that ended well at their first attempt', () => {
    const history = History.open(freshFolder())
    const times = timesOf({ running: 40, blocked: 10, ready: 500 })
    const ended = { id: 1, times, dispatches: 7, preemptions: 4, request: { key: 'make' } }
    assert.equal(history.learnFrom(statusOf({ ...ended, outcome: 'failed' })), false)
    assert.equal(history.learnFrom(statusOf({ ...ended, outcome: 'ok', attempt: 2 })), false)
    assert.equal(history.learnFrom(statusOf({ ...ended, outcome: 'ok' })), true)
    assert.deepEqual(history.of('make')?.runs, [{ cpuMs: 40, wallMs: 50, rssBytes: 0, waits: 2 }])
  })

  it('refuses limits that hold nothing', () => {
    assert.throws(() => History.open(freshFolder(), { keys: 0 }), { code: 'OPTION_INVALID' })
    assert.throws(() => History.open(freshFolder(), { runs: 0 }), { code: 'OPTION_INVALID' })
  })
})
