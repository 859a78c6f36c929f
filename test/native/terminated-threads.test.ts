/** What the addon does in a thread that is being terminated, where Node makes no objects any more. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import { nativeStatus } from '#lanework/native/index.js'
import { fixturePath } from '../support/fixture.ts'

const skip = nativeStatus().available ? false : 'needs the addon'

test('threads that are terminated while they make handles end, and nothing else does', { skip }, async () => {
  const { stdout } = await promisify(execFile)(process.execPath, [fixturePath('terminated-threads')])
  assert.equal(stdout.trim(), 'all terminated')
})
