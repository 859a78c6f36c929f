/** Passwords: what verifies, what does not, and how much of it runs at a time. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { LaneworkError } from '#lanework/core/index.js'
import { hashPassword, isOutdated, verifyPassword, type PasswordRecord } from '#lanework/services/chat/store/index.js'

const hasCode =
  (code: string) =>
  (error: LaneworkError): boolean =>
    error.code === code

/** A key of RFC 7914's kind, cheap, made by Python: hashlib.scrypt(b'secret', salt=b'NaCl' * 4, n=1024, r=8, p=1, dklen=32). */
const cheap: PasswordRecord = {
  scheme: 'scrypt',
  cost: 1_024,
  blockSize: 8,
  parallel: 1,
  salt: Buffer.from('NaClNaClNaClNaCl').toString('base64'),
  hash: 'cEvrT1NWzlNgTYEpoGIBNc+vE099wNIDF8MFlwXGp2Y=',
}

describe('a password', () => {
  test('verifies against its own record and no other', async () => {
    const record = await hashPassword('correct horse')
    assert.equal(await verifyPassword('correct horse', record), true)
    assert.equal(await verifyPassword('correct horse ', record), false)
    assert.equal(await verifyPassword('', record), false)
    assert.deepEqual(JSON.parse(JSON.stringify(record)), record)
    assert.equal(isOutdated(record), false)
  })

  test('twice the same gives two records', async () => {
    const [first, second] = await Promise.all([hashPassword('same'), hashPassword('same')])
    assert.notEqual(first.hash, second.hash)
    assert.notEqual(first.salt, second.salt)
  })

  test('composed and decomposed letters are the same', async () => {
    assert.equal(await verifyPassword('ze\u0301ro', await hashPassword('z\u00e9ro')), true)
  })

  test('records of another cost verify by their own, and are known to be old', async () => {
    assert.equal(await verifyPassword('secret', cheap), true)
    assert.equal(await verifyPassword('Secret', cheap), false)
    assert.equal(isOutdated(cheap), true)
  })

  test('without a record nothing verifies, and it is computed all the same', async () => {
    assert.equal(await verifyPassword('anything', undefined), false)
    assert.equal(await verifyPassword('', undefined), false)
  })

  test('empty and endless ones are refused, endless ones never verify', async () => {
    await assert.rejects(hashPassword(''), hasCode('OPTION_INVALID'))
    await assert.rejects(hashPassword('x'.repeat(1_025)), hasCode('OPTION_INVALID'))
    assert.equal(await verifyPassword('x'.repeat(1_025), cheap), false)
  })

  test('a record that would take the machine is refused before anything is computed', async () => {
    const bad: Partial<Record<keyof PasswordRecord, unknown>>[] = [
      { cost: 2 ** 30 },
      { cost: 1_000 },
      { blockSize: 2 ** 20 },
      { parallel: 1_000 },
      { hash: '' },
      { salt: 'AA' },
      { scheme: 'plain' },
    ]
    for (const change of bad)
      await assert.rejects(
        verifyPassword('secret', { ...cheap, ...change } as PasswordRecord),
        hasCode('OPTION_INVALID'),
      )
  })

  test('so many wait and no more; whoever waits is served', async () => {
    const results = await Promise.allSettled(Array.from({ length: 70 }, () => verifyPassword('secret', cheap)))
    const refused = results.filter((result) => result.status === 'rejected')
    assert.equal(refused.length, 4)
    for (const { reason } of refused) assert.equal((reason as LaneworkError).code, 'QUEUE_FULL')
    assert.equal(results.filter((result) => result.status === 'fulfilled' && result.value).length, 66)
    assert.equal(await verifyPassword('secret', cheap), true)
  })
})
