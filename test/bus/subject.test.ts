/** Words of subjects from any text: different texts, different words; and interest against a plain matcher. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkPattern, checkSubject, isPattern, localBus, subjectToken } from '#lanework/bus/index.js'
import { bytes } from './conformance.js'

test('any text becomes one word, and different texts different words', () => {
  const texts = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
  )
  fc.assert(
    fc.property(texts, texts, (one, other) => {
      for (const text of [one, other]) {
        const word = subjectToken(text)
        checkSubject(`chat.room.${word}`)
        assert.match(word, /^[A-Za-z0-9_=-]{1,100}$/)
      }
      assert.equal(subjectToken(one) === subjectToken(other), one === other)
    }),
    { numRuns: 5_000 },
  )
})

test('texts that look alike, are empty, long, or halves of pairs are told apart', () => {
  const texts = [
    '',
    '=',
    '=3D',
    '=h',
    ' ',
    '\ud83d',
    '\ude42',
    '\ud83d\ude42',
    '\ufffd',
    'a',
    'A',
    'x'.repeat(96),
    'x'.repeat(97),
  ]
  for (const length of [97, 98, 500]) texts.push('é'.repeat(length), `${'é'.repeat(length)}!`)
  assert.equal(new Set(texts.map(subjectToken)).size, texts.length)
  assert.equal(subjectToken('#Lobby 2'), '=23Lobby=202')
})

test('patterns match as their words say', async () => {
  const word = fc.constantFrom('a', 'b', 'c')
  const subject = fc.array(word, { minLength: 1, maxLength: 4 }).map((words) => words.join('.'))
  const pattern = fc
    .tuple(fc.array(fc.oneof(word, fc.constant('*')), { minLength: 0, maxLength: 4 }), fc.boolean())
    .filter(([words, rest]) => words.length > 0 || rest)
    .map(([words, rest]) => [...words, ...(rest ? ['>'] : [])].join('.'))
  await fc.assert(
    fc.asyncProperty(
      fc.array(pattern, { maxLength: 8 }),
      fc.array(fc.nat(7)),
      subject,
      async (patterns, closed, said) => {
        const bus = localBus()
        const heard = patterns.map(() => 0)
        const subscriptions = patterns.map((each, index) => bus.subscribe(each, () => heard[index]!++))
        for (const index of closed) subscriptions[index]?.close()
        bus.publish(said, bytes(''))
        await bus.flush()
        const expected = patterns.map((each, index) => (matches(each, said) && !closed.includes(index) ? 1 : 0))
        assert.deepEqual(heard, expected)
        await bus.close()
      },
    ),
    { numRuns: 1_000 },
  )
})

/** By words, one after the other. */
function matches(pattern: string, subject: string): boolean {
  const form = pattern.split('.').map((word) => (word === '*' ? '[^.]+' : word === '>' ? '.+' : word))
  return new RegExp(`^${form.join('\\.')}$`).test(subject)
}

test('what a pattern is', () => {
  assert.deepEqual(['a', 'a.b', '*', 'a.*', '>', 'a.>'].map(isPattern), [false, false, true, true, true, true])
  checkPattern('a.*.b.>')
})
