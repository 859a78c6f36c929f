/** The command `lanework disk`: its list, its scenarios, its options and files. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { blockMap, createFileLetters } from '#lanework/cli/space/block-map.js'
import { openScenario } from '#lanework/cli/space/scenario-file.js'
import { makeScreen } from '#lanework/cli/space/screen.js'
import { createDisk, diskScenarios, readDisk } from '#lanework/schedule/index.js'

const command = fileURLToPath(import.meta.resolve('#lanework/cli/main.js'))
const folder = mkdtempSync(join(tmpdir(), 'lanework-disk-'))
after(() => rmSync(folder, { recursive: true }))

function disk(...args: readonly string[]) {
  return spawnSync(process.execPath, [command, 'disk', ...args], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '' },
  })
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('lanework disk', () => {
  it('lists every scenario with its title', () => {
    const { status, stdout } = disk('--width', '120')
    assert.equal(status, 0)
    for (const { name, title } of diskScenarios) assert.ok(stdout.includes(name) && stdout.includes(title), name)
  })

  it('shows users, files, quotas, and with --ledger every block', () => {
    const { stdout } = disk('users', '--ledger')
    assert.match(stdout, /^ada +2 +8 +10 +3700$/m)
    assert.match(stdout, /refused: QUOTA_EXCEEDED/)
    assert.match(stdout, /^19 +data +data +eve +4$/m)
    assert.equal(stdout.match(/^\d+ +(table|data|free)/gm)?.length, 32)
  })

  it('draws the disk at each step with --explain and --step', () => {
    assert.equal(disk('full', '--explain').stdout.match(/^ 0 {2}/gm)?.length, 8)
    assert.match(disk('full', '--step').stdout, /4 blocks needed, 2 free; that is all there is/)
  })

  it('compares the methods', () => {
    const { stdout } = disk('fragments', '--method', 'all')
    assert.match(stdout, /^refused +DISK_FULL +nothing +nothing +nothing$/m)
  })

  it('changes the disk by options', () => {
    assert.match(disk('full', '--blocks', '64', '--block-size', '1024').stdout, /64 blocks of 1024 bytes/)
    assert.equal(disk('full', '--method', 'tape').status, 2)
    assert.equal(disk('full', '--blocks', '0').status, 2)
  })

  it('gives one JSON value with --json, the ledger of the end in it', () => {
    const value = JSON.parse(disk('full', '--json').stdout) as { ledger: unknown[]; steps: { good: boolean }[] }
    assert.equal(value.ledger.length, 16)
    assert.deepEqual(
      value.steps.map(({ good }) => good),
      [true, true, false, false, true, true, true],
    )
  })
})

describe('a file for lanework disk', () => {
  const good = {
    method: 'fat',
    blocks: 8,
    blockSize: 100,
    ops: [
      ['create', 'a', 'ada', 150],
      ['read', 'a'],
    ],
  }

  it('is played, and compared with what it expects', () => {
    const expected = { free: 5, users: { ada: 2 }, reads: [{ file: 'a', blocks: 2, seeks: 1 }] }
    assert.match(disk(fileOf('good.json', JSON.stringify({ ...good, expected }))).stdout, /As expected\./)
    const { status, stdout } = disk(fileOf('bad.json', JSON.stringify({ ...good, expected: { free: 4 } })))
    assert.deepEqual([status, /Not as expected: free\./.test(stdout)], [1, true])
  })

  const wrong: [string, string, RegExp][] = [
    ['key.json', '{"ops": [],\n "blok": 3}', /key\.json:2: blok is unknown/],
    [
      'op.toml',
      'ops = [\n  ["create", "a", "ada", 10],\n  ["rename", "a", "b"],\n]',
      /op\.toml:3: ops\[1\]\[0\] must be one of create, grow/,
    ],
    ['bytes.json', '{"ops": [\n["create", "a", "ada", 1.5]]}', /bytes\.json:2: ops\[0\]\[3\] must be an integer/],
    ['quota.json', '{"quotas": {"ada":\n -1}, "ops": []}', /quota\.json:1: quotas\.ada must be an integer/],
    [
      'large.json',
      `{"blocks": 100000, "ops": [${'["read", "a"],'.repeat(60)}["read", "a"]]}`,
      /operations x blocks at most 2000000/,
    ],
  ]
  for (const [name, text, message] of wrong)
    it(`is refused with its line: ${name}`, () => {
      const open = (): unknown => openScenario('disk', fileOf(name, text), diskScenarios, readDisk)
      assert.throws(open, { code: 'SCENARIO_INVALID', message })
    })
})

describe('a map of blocks', () => {
  const used = createDisk({ method: 'indexed', blocks: 40, blockSize: 16, direct: 2 })
  used.create('a', 64)
  used.create('b', 16)

  it('has a letter for each file, a small one for its index blocks', () => {
    assert.equal(
      blockMap(used.ledger(), makeScreen(80, false), createFileLetters()),
      ' 0  AAaAAB.. ........ ........ ........ ........',
    )
  })

  it('fits any width', () => {
    for (let columns = 20; columns <= 160; columns++) {
      const map = blockMap(used.ledger(), makeScreen(columns, false), createFileLetters())
      assert.ok(map.split('\n').every((line) => line.length <= columns))
      assert.equal(map.replace(/^ *\d+ {2}/gm, '').replace(/[\s]/g, '').length, 40)
    }
  })

  it('says how many blocks of a large disk it leaves out', () => {
    const large = createDisk({ blocks: 100_000 })
    assert.match(blockMap(large.ledger(), makeScreen(80, false), createFileLetters()), /\(and 97440 more blocks\)$/)
  })
})
