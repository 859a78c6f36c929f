/** Accounts and operators: passwords, names that are taken, and how often one may try. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import { accountBook } from '#lanework/services/chat/owner/account-book.js'
import { Accounts } from '#lanework/services/chat/owner/accounts.js'
import { passwordText, readPasswordText } from '#lanework/services/chat/owner/password-text.js'
import { memoryStore } from '#lanework/services/chat/store/index.js'

const codeOf = (answer: object | undefined): unknown => (answer as { code?: string } | undefined)?.code

describe('accounts', () => {
  it('are made once, whatever the case and the look of the name, and log in with their password alone', async () => {
    const accounts = new Accounts(memoryStore({}), [], true)
    assert.deepEqual(await accounts.register('Alice', 'open sesame', '192.0.2.1', 0), { account: 'Alice' })
    assert.equal(codeOf(await accounts.register('alice', 'another one', '192.0.2.2', 0)), 'account-taken')
    assert.deepEqual(await accounts.login('ALICE', 'open sesame', '192.0.2.3', 0), { account: 'Alice' })
    assert.equal(codeOf(await accounts.login('alice', 'open Sesame', '192.0.2.4', 0)), 'password-wrong')
    assert.equal(codeOf(await accounts.login('nobody', 'open sesame', '192.0.2.5', 0)), 'password-wrong')
    assert.equal(codeOf(await accounts.register('bob', 'short', '192.0.2.6', 0)), 'account-bad')
    assert.equal(codeOf(await accounts.register('b o b', 'long enough', '192.0.2.7', 0)), 'nick-bad')
  })

  it('are made by one of two who want the same at once', async () => {
    const accounts = new Accounts(memoryStore({}), [], true)
    const answers = await Promise.all([1, 2].map((at) => accounts.register('same', 'password', `192.0.2.${at}`, 0)))
    assert.deepEqual(answers.map(codeOf).toSorted(), ['account-taken', undefined])
  })

  it('are not made by members where that is not allowed', async () => {
    const accounts = new Accounts(memoryStore({}), [], false)
    assert.equal(codeOf(await accounts.register('alice', 'open sesame', '192.0.2.1', 0)), 'register-closed')
  })

  it('let an address try five times a minute, right or wrong', async () => {
    const accounts = new Accounts(memoryStore({}), [], true)
    await accounts.register('alice', 'open sesame', '192.0.2.1', 0)
    const codes: unknown[] = []
    for (let attempt = 0; attempt < 6; attempt++)
      codes.push(codeOf(await accounts.login('alice', 'wrong', '2001:db8::1', attempt)))
    assert.deepEqual(codes, [...Array.from({ length: 5 }, () => 'password-wrong'), 'limited'])
    assert.equal(
      codeOf(await accounts.login('alice', 'open sesame', '2001:db8::ffff', 10)),
      'limited',
      'the same network',
    )
    assert.equal(codeOf(await accounts.login('alice', 'open sesame', '2001:db8:0:1::1', 10)), undefined)
    assert.equal(
      codeOf(await accounts.login('alice', 'open sesame', '2001:db8::1', 80_000)),
      undefined,
      'a minute later',
    )
  })

  it('of operators are those of the options', async () => {
    const accounts = new Accounts(memoryStore({}), [{ name: 'root', password: await passwordText('let me in') }], false)
    assert.equal(await accounts.isOperator('root', 'let me in', '192.0.2.1', 0), undefined)
    assert.equal(codeOf(await accounts.isOperator('root', 'let me', '192.0.2.2', 0)), 'password-wrong')
    assert.equal(codeOf(await accounts.isOperator('toor', 'let me in', '192.0.2.3', 0)), 'password-wrong')
  })
})

describe('the book of accounts', () => {
  it('adds, lists and removes, and says what is wrong', async () => {
    const book = accountBook(memoryStore({}), () => 1_000)
    await book.add('Alice', 'open sesame')
    assert.deepEqual(await book.list(), [{ name: 'Alice', createdMs: 1_000 }])
    await assert.rejects(book.add('alice', 'another'), { code: 'OPTION_INVALID' })
    await assert.rejects(book.add('a b', 'another'), { code: 'OPTION_INVALID' })
    await assert.rejects(book.remove('bob'), { code: 'OPTION_INVALID' })
    await book.remove('ALICE')
    assert.deepEqual(await book.list(), [])
  })
})

describe('a password as text', () => {
  it('is read as it was written, and nothing else is', async () => {
    const text = await passwordText('secret')
    assert.match(text, /^lw1\.[\w-]+$/)
    assert.ok(readPasswordText(text) !== undefined)
    for (const wrong of ['', 'secret', 'lw1.', 'lw1.!!!', text.slice(0, 20), 'lw1.bnVsbA', 'lw1.e30'])
      assert.equal(readPasswordText(wrong), undefined, wrong)
  })
})
