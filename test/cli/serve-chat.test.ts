/** `lanework serve chat` and `lanework chat account`: what is wrong with files and folders is said before anything is served. */
import assert from 'node:assert/strict'
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'

import { lanework } from '../support/command.js'
import { folder } from '../support/folder.js'

const timeout = 60_000
const serve = (...words: string[]) =>
  lanework(['serve', 'chat', '--listen', 'tcp://127.0.0.1:0', '--no-control', ...words])

test('a message of the day must be a file of text', { timeout }, async () => {
  const home = mkdtempSync(join(folder, 'motd'))
  const binary = join(home, 'binary')
  writeFileSync(binary, Buffer.from([0xff, 0xfe, 0]))
  const zeros = join(home, 'zeros')
  writeFileSync(zeros, 'a\0b')
  const long = join(home, 'long')
  writeFileSync(long, 'x'.repeat(70_000))
  for (const [path, got] of [
    [join(home, 'none'), 'ENOENT'],
    [home, 'EISDIR'],
    [binary, 'bytes that are no UTF-8'],
    [zeros, 'bytes that are no text'],
    [long, '70000 bytes, where 65536 are the most'],
  ] as const) {
    const { code, stderr } = await serve('--motd', path)
    assert.equal(code, 2, stderr)
    assert.ok(stderr.startsWith(`lanework: Option --motd must be a file of UTF-8 text; got ${path}: ${got}.`), stderr)
  }
})

test('a history that others may enter, or that cannot be made, ends it at once', { timeout }, async () => {
  const open = join(mkdtempSync(join(folder, 'open')), 'rooms')
  mkdirSync(open, { mode: 0o755 })
  const refused = await serve('--history', open)
  assert.equal(refused.code, 1)
  assert.match(refused.stderr, /which must be private: its mode is 755/)
  // In /proc nothing can be made.
  const impossible = await serve('--history', '/proc/lanework/rooms')
  assert.equal(impossible.code, 1)
  assert.match(impossible.stderr, /ENOENT for \/proc\/lanework/)
})

test('accounts are added, listed and removed in a folder, which only adding makes', { timeout }, async () => {
  const home = mkdtempSync(join(folder, 'accounts'))
  const rooms = join(home, 'rooms')
  const account = (words: string[], input = '') => lanework(['chat', 'account', ...words, '--history', rooms], input)
  for (const words of [['list'], ['remove', 'ada']]) {
    const { code, stderr } = await account(words)
    assert.equal(code, 2)
    assert.ok(stderr.includes('which is not there'), stderr)
  }
  assert.ok(!existsSync(rooms))
  assert.equal((await account(['add', 'ada'], 'correct horse\n')).stdout, 'added ada\n')
  assert.match((await account(['list'])).stdout, /^account +created\nada +\d{4}-/)
  assert.equal((await account(['remove', 'ada'])).stdout, 'removed ada\n')
  assert.equal((await account(['list'])).stdout, 'no accounts\n')
})
