/** Messages of IRC as lines and back: what is read tolerantly, and what is never written. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatMessage, parseMessage } from '#lanework/services/chat/irc/wire/message.js'
import { numerics } from '#lanework/services/chat/irc/wire/numerics.js'
import { packWords } from '#lanework/services/chat/irc/wire/pack.js'
import { escapeTag, isClientTag, unescapeTag } from '#lanework/services/chat/irc/wire/tags.js'

const seed = Date.now() % 1_000_000_000

function parsed(line: string): unknown {
  const message = parseMessage(line)
  return message && { ...message, tags: Object.fromEntries(message.tags) }
}

test('a message is read as RFC 1459 and message-tags have it', () => {
  const cases: [string, unknown][] = [
    ['PING', { tags: {}, command: 'PING', params: [] }],
    ['ping :a b', { tags: {}, command: 'PING', params: ['a b'] }],
    [':src PRIVMSG #a :', { tags: {}, source: 'src', command: 'PRIVMSG', params: ['#a', ''] }],
    ['  NICK   alice  ', { tags: {}, command: 'NICK', params: ['alice'] }],
    ['USER a 0 * ::)', { tags: {}, command: 'USER', params: ['a', '0', '*', ':)'] }],
    ['PRIVMSG a:b c:', { tags: {}, command: 'PRIVMSG', params: ['a:b', 'c:'] }],
    [
      '@a=1;b;+c/d=x\\:y\\s\\\\z\\;a=2 :s CMD p',
      { tags: { a: '2', b: '', '+c/d': 'x;y \\z' }, source: 's', command: 'CMD', params: ['p'] },
    ],
    ['@;;=x;a= CMD', { tags: { a: '' }, command: 'CMD', params: [] }],
    ['PRI\0VMSG a\0 :x\r', { tags: {}, command: 'PRIVMSG', params: ['a', 'x'] }],
    ['', undefined],
    ['   ', undefined],
    ['@tags', undefined],
    [':source', undefined],
  ]
  for (const [line, wanted] of cases) assert.deepEqual(parsed(line), wanted, JSON.stringify(line))
})

test('a tag that is no own property of objects is a tag', () => {
  assert.deepEqual([...(parseMessage('@__proto__=x CMD')?.tags ?? [])], [['__proto__', 'x']])
})

test('100,000 random messages are read as they were written', () => {
  const word = fc.stringMatching(/^[^\0\r\n :][^\0\r\n ]{0,12}$/).filter((text) => text.isWellFormed())
  const last = fc.string({ unit: 'binary', maxLength: 20 }).map((text) => text.replace(/[\0\r\n]/g, '').toWellFormed())
  const tags = fc.uniqueArray(
    fc.tuple(
      fc.stringMatching(/^\+?[a-z0-9-]{1,8}$/),
      fc.string({ maxLength: 10 }).map((text) => text.replaceAll('\0', '')),
    ),
    { selector: ([key]) => key, maxLength: 4 },
  )
  const message = fc.record({
    tags,
    source: fc.option(fc.stringMatching(/^[a-z!@.]{1,12}$/), { nil: undefined }),
    command: fc.stringMatching(/^[A-Z]{1,9}$/),
    middle: fc.array(word, { maxLength: 4 }),
    last: fc.option(last, { nil: undefined }),
  })
  fc.assert(
    fc.property(message, ({ tags: given, source, command, middle, last: text }) => {
      const line = formatMessage({ tags: given, source, command, params: middle, text })
      assert.deepEqual(parsed(line), {
        tags: Object.fromEntries(given),
        ...(source !== undefined && { source }),
        command,
        params: text === undefined ? middle : [...middle, text],
      })
    }),
    { numRuns: 100_000, seed },
  )
})

test('100,000 random lines are read without an exception, and never written with CR, LF or NUL', () => {
  const piece = fc.constantFrom('@', ':', ' ', ';', '=', '\\', '\r', '\n', '\0', 'a', '#', '+', '\u{1F600}', '\ud800')
  const soup = fc.array(piece, { maxLength: 30 }).map((pieces) => pieces.join(''))
  fc.assert(
    fc.property(soup, soup, soup, (line, one, two) => {
      parseMessage(line)
      const written = formatMessage({ tags: [['a', one]], source: 's', command: 'X', params: [one, two], text: line })
      assert.doesNotMatch(written, /[\0\r\n]/)
      const again = parseMessage(written)
      assert.equal(again?.params.length, 3)
      assert.equal(again.command, 'X')
    }),
    { numRuns: 100_000, seed },
  )
})

test('a line without its tags is 510 bytes at most, cut between characters', () => {
  const line = formatMessage({
    tags: [['time', 'x'.repeat(200)]],
    command: 'PRIVMSG',
    params: ['#a'],
    text: '😀'.repeat(400),
  })
  const body = line.slice(line.indexOf(' ') + 1)
  assert.ok(Buffer.byteLength(body) <= 510 && Buffer.byteLength(body) > 506)
  assert.ok(body.isWellFormed())
})

test('escapes of tags are undone by reading, also those that are none', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const value = text.replaceAll('\0', '')
      assert.equal(unescapeTag(escapeTag(value)), value)
    }),
    { seed },
  )
  assert.equal(unescapeTag('test\\'), 'test')
  assert.equal(unescapeTag('a\\bc'), 'abc')
})

test('only tags with a plus are client-only', () => {
  assert.ok(isClientTag('+typing') && isClientTag('+example.org/a-b'))
  for (const key of ['typing', '+', '+a/b/c', '+a b', '+ä', 'label']) assert.ok(!isClientTag(key), key)
})

test('words are packed so that each line fits, and none is lost', () => {
  const words = Array.from({ length: 500 }, (_, at) => `@nick-${at}`)
  const groups = packWords(60, words)
  assert.ok(groups.every((group) => Buffer.byteLength(group) <= 510 - 60))
  assert.deepEqual(
    groups.flatMap((group) => group.split(' ')),
    words,
  )
})

test('each number of the numerics is one reply', () => {
  const numbers = Object.values(numerics).map(([number]) => number)
  assert.equal(new Set(numbers).size, numbers.length)
  assert.ok(numbers.every((number) => /^\d{3}$/.test(number)))
})
