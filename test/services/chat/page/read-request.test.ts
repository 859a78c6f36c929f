/** What a page may say, and a hundred thousand messages that it may not. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'

import { longestText, readRequest } from '#lanework/services/chat/page/read-request.js'
import { answersOf, legal } from './requests.js'
import { alice, scriptedPage } from './scripted-desk.js'

const isBad = (message: unknown): boolean =>
  'bad' in readRequest(typeof message === 'string' ? message : JSON.stringify(message))

describe('a message of a page', () => {
  test('is taken where it is a request with its fields', () => {
    for (const message of legal) {
      const { do: name, ref, ...ask } = message
      // Names are anybody's, so what has them has no prototype.
      const read = JSON.parse(JSON.stringify(readRequest(JSON.stringify(message)))) as unknown
      assert.deepEqual(read, { name, ask, ...(ref !== undefined && { ref }) })
    }
  })

  test('loses fields that nobody knows, wherever they stand', () => {
    const message = { do: 'mode', room: '#a', extra: 1, changes: [{ mode: 'ban', on: true, value: 'x', extra: {} }] }
    assert.deepEqual(readRequest(JSON.stringify(message)), {
      name: 'mode',
      ask: { room: '#a', changes: [{ mode: 'ban', on: true, value: 'x' }] },
    })
  })

  test('is refused where a field is missing, of another type, or too large', () => {
    const say = { do: 'say', to: '#a', kind: 'message', text: 'x' }
    for (const wrong of [
      { ...say, to: undefined },
      { ...say, to: '' },
      { ...say, to: 'x'.repeat(201) },
      { ...say, to: ['#a'] },
      { ...say, kind: 'tags' },
      { ...say, kind: 'toString' },
      { ...say, text: 5 },
      { ...say, text: null },
      { ...say, text: 'x'.repeat(longestText + 1) },
      { ...say, ref: 5 },
      { ...say, ref: 'x'.repeat(65) },
      { do: 'history', target: '#a', limit: 0 },
      { do: 'history', target: '#a', limit: 1.5 },
      { do: 'history', target: '#a', limit: 10, before: '../../x' },
      { do: 'history', target: '#a', limit: 10, before: 'deadbeef' },
      { do: 'history', target: '#a', limit: 10, after: '0'.repeat(17) },
      { do: 'history', target: '#a', limit: 10, around: '0'.repeat(15) + 'G' },
      { do: 'history', target: '#a', limit: 10, before: -1 },
      { do: 'mode', room: '#a', changes: [{ mode: 'god', on: true }] },
      { do: 'mode', room: '#a', changes: Array.from({ length: 51 }, () => ({ mode: 'ban', on: true })) },
      { do: 'mode', room: '#a', changes: 'ban' },
      { do: 'ownMode', operator: true },
      { do: 'enter', seen: { '#a': 'not an id' } },
      { do: 'enter', seen: [] },
      {
        do: 'enter',
        seen: Object.fromEntries(Array.from({ length: 61 }, (_, index) => [`#${index}`, '0'.repeat(16)])),
      },
    ])
      assert.equal(isBad(wrong), true, JSON.stringify(wrong).slice(0, 100))
  })

  test('is refused where it is no request at all', () => {
    for (const wrong of [
      '',
      'x',
      '{',
      'null',
      '5',
      '"enter"',
      '[]',
      '[{"do":"enter"}]',
      '{}',
      '{"do":5}',
      '{"do":"fly"}',
      '\0',
    ])
      assert.equal(isBad(wrong), true, wrong)
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty'])
      assert.equal(isBad(`{"do":${JSON.stringify(name)}}`), true, name)
    assert.equal(isBad(`${'['.repeat(60_000)}${']'.repeat(60_000)}`), true)
    assert.equal(
      isBad(`{"do":"alive","x":${'{"x":'.repeat(9_000)}1${'}'.repeat(9_000)}}`),
      false,
      'unknown fields are not read',
    )
  })

  test('sets nothing on prototypes', () => {
    const id = '0'.repeat(16)
    const read = readRequest(`{"do":"enter","__proto__":{"resume":"x"},"seen":{"__proto__":"${id}"},"constructor":1}`)
    assert.ok(!('bad' in read))
    assert.equal((read.ask as { resume?: string }).resume, undefined)
    assert.deepEqual(Object.keys((read.ask as { seen: object }).seen), ['__proto__'])
    assert.equal(({} as { resume?: string }).resume, undefined)
  })

  test('never throws, and what is taken has the right types: 100,000 of them, random and changed', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const pick = fc.constantFrom(...legal)
    const noise = fc.oneof(
      fc.string({ maxLength: 60 }),
      fc.json(),
      fc.string({ unit: 'binary', maxLength: 40 }),
      // A legal one with a field of something else.
      fc
        .tuple(
          pick,
          fc.constantFrom('do', 'ref', 'room', 'to', 'text', 'nick', 'changes', 'limit', 'seen', '__proto__'),
          fc.jsonValue(),
        )
        .map(([message, field, value]) => JSON.stringify({ ...message, [field]: value })),
      // A legal one with a character changed, left out or doubled.
      fc.tuple(pick, fc.nat(), fc.string({ maxLength: 2 })).map(([message, at, put]) => {
        const text = JSON.stringify(message)
        const place = at % text.length
        return text.slice(0, place) + put + text.slice(place + 1)
      }),
    )
    const page = scriptedPage(({ name }) => answersOf(name))
    await page.receive({ do: 'enter' })
    let taken = 0
    for (const message of fc.sample(noise, { numRuns: 100_000, seed })) {
      const read = readRequest(message)
      if ('bad' in read) assert.ok(read.bad.length < 200 && (read.ref?.length ?? 0) <= 64, `seed ${seed}`)
      else {
        taken++
        for (const value of Object.values(read.ask)) assert.notEqual(value, null, `seed ${seed}: ${message}`)
      }
    }
    assert.ok(taken > 1_000, `${taken} were taken`)
  })

  test('costs a front nothing but an answer, whatever it is', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31)
    const noise = fc
      .tuple(fc.constantFrom(...legal), fc.jsonValue())
      .map(([message, value]) => Object.assign({}, message, { text: value }))
    for (const message of fc.sample(noise, { numRuns: 2_000, seed })) {
      const page = scriptedPage(({ name }) => answersOf(name))
      await page.receive({ do: 'enter' })
      await page.receive(message)
      assert.ok(page.sent.length >= 2, `seed ${seed}: ${JSON.stringify(message)}`)
      assert.equal(alice.nick, 'alice')
    }
  })
})
