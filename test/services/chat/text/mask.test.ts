/** Masks mean whom they say, in any writing, and take no longer for who means harm. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { asMask, maskable, matchesMask, meansMember } from '#lanework/services/chat/text/mask.js'
import { anyText } from '../any-text.ts'

const alice = { id: '1', nick: 'Alice', user: 'al', host: 'h4x.example', account: 'Alice_A' }

/** What a mask means, by its definition. */
function matchesSlowly(mask: string, text: string): boolean {
  const [first] = mask
  if (first === undefined) return text === ''
  if (first === '*') return matchesSlowly(mask.slice(1), text) || (text !== '' && matchesSlowly(mask, text.slice(1)))
  return text !== '' && (first === '?' || first === text[0]) && matchesSlowly(mask.slice(1), text.slice(1))
}

describe('a mask', () => {
  it('is kept with all its parts', () => {
    const kept = {
      alice: 'alice!*@*',
      'ALICE!*@*': 'alice!*@*',
      'al@host': '*!al@host',
      '@host': '*!*@host',
      'a!b': 'a!b@*',
      '!b@': '*!b@*',
      'a!@h': 'a!*@h',
      '*': '*!*@*',
      '***a**!*@**': '*a*!*@*',
      'account:Alice': 'account:alice',
      'a!b@c@d': 'a!b@c@d',
      王小明: '王小明!*@*',
    }
    for (const [given, mask] of Object.entries(kept)) assert.equal(asMask(given), mask, given)
    for (const given of ['', 'a b', 'a,b', 'a\r\nb', 'a\0', 'a'.repeat(201)]) assert.equal(asMask(given), undefined)
  })

  it('means a member by nick, user, host or account, large or small', () => {
    const masked = maskable(alice)
    const yes = ['alice', 'AL*', 'a?ice!*@*', '*!al@*', '*@*.EXAMPLE', 'account:alice_a', 'account:*', '*']
    const no = ['bob', 'a?ce', '*!alice@*', '*@example', 'account:alice', 'account:bob*']
    for (const mask of yes) assert.ok(meansMember(asMask(mask) as string, masked), mask)
    for (const mask of no) assert.ok(!meansMember(asMask(mask) as string, masked), mask)
    const { account: _, ...visitor } = alice
    assert.ok(!meansMember('account:*', maskable(visitor)))
  })

  it('matches as its definition says', () => {
    const letters = (unit: string): fc.Arbitrary<string> =>
      fc.array(fc.constantFrom(...unit), { maxLength: 9 }).map((list) => list.join(''))
    fc.assert(
      fc.property(letters('ab*?'), letters('ab'), (mask, text) => {
        assert.equal(matchesMask(mask, text), matchesSlowly(mask, text))
      }),
      { numRuns: 5_000 },
    )
  })

  it('with many stars does not run away', () => {
    assert.ok(!matchesMask(`${'a*'.repeat(100)}b`, 'a'.repeat(100_000)))
    assert.ok(!matchesMask(`${'*a?'.repeat(60)}b`, 'a'.repeat(100_000)))
  })

  it('is made of any text or none', () => {
    fc.assert(
      fc.property(anyText(60), (text) => {
        const mask = asMask(text)
        if (mask === undefined) return
        assert.match(mask, /^account:.|^[^!]*![^@]*@.*$/s)
        assert.equal(asMask(mask), mask)
      }),
      { numRuns: 3_000 },
    )
  })
})
