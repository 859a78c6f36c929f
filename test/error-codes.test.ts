/** Each error code has a test that names it; the tests of the table itself do not count. */
import assert from 'node:assert/strict'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { errorCodes } from '#lanework/core/index.js'

/** The codes that none of the sources mentions between quotes. */
function codesWithoutMention(codes: readonly string[], sources: readonly string[]): string[] {
  return codes.filter((code) => {
    const mention = new RegExp(`(['"\`])${code}\\1`)
    return !sources.some((source) => mention.test(source))
  })
}

/** The tests as they were written, wherever the compiled ones lie. */
function testSources(): string[] {
  const root = fileURLToPath(new URL('../../test/', import.meta.resolve('#lanework/core/index.js')))
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.ts') && !/^core[/\\]/.test(path))
    .map((path) => readFileSync(join(root, path), 'utf8'))
}

describe('error codes', () => {
  it('are found between quotes of any kind, and only whole', () => {
    const sources = [`code: 'FIRST_CODE'`, 'isError(e, "SECOND_CODE")', '// THIRD_CODE', `'FOURTH_CODE_LONG'`]
    const codes = ['FIRST_CODE', 'SECOND_CODE', 'THIRD_CODE', 'FOURTH_CODE']
    assert.deepEqual(codesWithoutMention(codes, sources), ['THIRD_CODE', 'FOURTH_CODE'])
  })

  it('each have a test outside test/core', () => {
    const missing = codesWithoutMention(errorCodes, testSources())
    assert.deepEqual(missing, [], `No test names ${missing.join(', ')}.`)
  })
})
