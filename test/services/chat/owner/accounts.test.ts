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
    assert.equal(codeOf(await accounts.register('bob', 'short', '192.0.2.6', 0)), 'password-weak')
    assert.equal(codeOf(await accounts.register('bob', 'x'.repeat(257), '192.0.2.6', 0)), 'password-bad')
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

  it('are opened by any number of right passwords, one after the other and at once', async () => {
    const accounts = new Accounts(memoryStore({}), [], true)
    await accounts.register('alice', 'open sesame', '192.0.2.1', 0)
    for (let count = 0; count < 6; count++)
      assert.equal(codeOf(await accounts.login('alice', 'open sesame', '192.0.2.1', count)), undefined)
    const atOnce = Array.from({ length: 7 }, () => accounts.login('alice', 'open sesame', '192.0.2.1', 20))
    assert.deepEqual(
      (await Promise.all(atOnce)).filter((answer) => 'code' in answer),
      [],
    )
  })

  it('take five wrong passwords a minute from an address, the machine itself too, and all at once count as well', async () => {
    for (const [address, same, other] of [
      ['2001:db8::1', '2001:db8::ffff', '2001:db8:0:1::1'],
      ['127.0.0.1', '127.0.0.9', '192.0.2.9'],
    ] as const) {
      const accounts = new Accounts(memoryStore({}), [], true)
      await accounts.register('alice', 'open sesame', '192.0.2.1', 0)
      const guesses = Array.from({ length: 7 }, () => accounts.login('alice', 'wrong', address, 0))
      const codes = (await Promise.all(guesses)).map(codeOf)
      assert.equal(codes.filter((code) => code === 'password-wrong').length, 5, address)
      assert.equal(codes.filter((code) => code === 'limited').length, 2, address)
      const fault = await accounts.login('ALICE', 'open sesame', same, 20_000)
      assert.ok('code' in fault && fault.code === 'limited' && fault.waitMs === 40_000, 'the same network')
      assert.match(fault.message, /wait 40 s$/)
      assert.equal(
        codeOf(await accounts.login('alice', 'open sesame', other, 20_000)),
        undefined,
        'its owner elsewhere',
      )
      assert.equal(codeOf(await accounts.login('alice', 'open sesame', address, 60_000)), undefined, 'a minute later')
    }
  })

  it('take 25 wrong passwords from one network, whosever they are; the machine itself is exempt', async () => {
    const guess = async (address: string): Promise<number> => {
      // Slow to verify as they are, these are too many.
      const accounts = new Accounts(memoryStore({}), [], true, () => Promise.resolve(false))
      const guesses = Array.from({ length: 27 }, (_, at) => accounts.login(`nick${at}`, 'wrong', address, 0))
      const answers = await Promise.all(guesses)
      return answers.filter((answer) => codeOf(answer) === 'password-wrong').length
    }
    assert.equal(await guess('192.0.2.1'), 25)
    assert.equal(await guess('127.0.0.1'), 27)
  })

  it('are asked for five times a minute by one address', async () => {
    const accounts = new Accounts(memoryStore({}), [], true)
    const asked = async (address: string): Promise<unknown[]> => {
      const codes: unknown[] = []
      for (let at = 0; at < 6; at++) codes.push(codeOf(await accounts.register(`a ${at}`, 'open sesame', address, at)))
      return codes
    }
    assert.deepEqual((await asked('192.0.2.1')).slice(4), ['nick-bad', 'limited'])
    assert.deepEqual((await asked('127.0.0.1')).slice(4), ['nick-bad', 'nick-bad'])
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
    await assert.rejects(book.add('carol', 'five5'), { code: 'OPTION_INVALID', message: /6 to 256 characters/ })
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
