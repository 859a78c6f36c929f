/**
 * Every command in docs/memory-and-disk.md prints what the page shows. A block with `$ npx lanework ...` is a command and its
 * output, where `...` stands for lines that were left out; a block behind a name like `office.toml`: is that file.
 */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { diskScenarios, memoryScenarios } from '#lanework/schedule/index.js'

const root = fileURLToPath(new URL('../', import.meta.resolve('#lanework/index.js')))
const command = join(root, 'dist/cli/main.js')
const page = readFileSync(join(root, 'docs/memory-and-disk.md'), 'utf8')
const files = [...page.matchAll(/^`([\w-]+\.(?:toml|json))`:\n\n```\w+\n([\s\S]*?)^```$/gm)]
const shown = [...page.matchAll(/^```text\n\$ npx lanework (.*)\n([\s\S]*?)^```$/gm)]

describe('the page on memory and disk', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanework-docs-'))
  for (const [, name = '', text = ''] of files) writeFileSync(join(folder, name), text)
  after(() => rmSync(folder, { recursive: true }))

  it('shows commands and files', () => {
    assert.ok(shown.length >= 18 && files.length === 3)
  })

  for (const [, words = '', output = ''] of shown) {
    it(`lanework ${words} prints what it says`, () => {
      const { stdout, stderr } = spawnSync(process.execPath, [command, ...words.split(' ')], {
        cwd: folder,
        encoding: 'utf8',
        env: { ...process.env, FORCE_COLOR: '' },
      })
      const printed = `${stdout}${stderr}`.trimEnd().split('\n')
      const lines = output.trimEnd().split('\n')
      const [isCutBefore, isCutBehind] = [lines[0] === '...', lines.at(-1) === '...']
      const expected = lines.slice(isCutBefore ? 1 : 0, isCutBehind ? -1 : undefined)
      const start = isCutBefore ? printed.indexOf(expected[0] ?? '') : 0
      assert.deepEqual(printed.slice(start, isCutBehind ? start + expected.length : undefined), expected)
    })
  }

  it('names only scenarios that there are', () => {
    const known = {
      memory: memoryScenarios.map(({ name }) => name),
      disk: diskScenarios.map(({ name }) => name),
    }
    for (const [, which = '', name = ''] of page.matchAll(/`npx lanework (memory|disk) ([\w-]+)/g))
      assert.ok(known[which as 'memory' | 'disk'].includes(name), name)
  })
})
