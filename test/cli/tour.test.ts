/** The command `lanework tour`: its list, one row, bad names, and what it does with an example that misbehaves. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { compareLines } from '#lanework/cli/tour/expectation.js'
import { nearestName } from '#lanework/core/index.js'
import { runRow } from '#lanework/cli/tour/run.js'
import { resultText, summaryText } from '#lanework/cli/tour/show.js'
import type { TourRow } from '#lanework/cli/tour/row.js'
import { tourRows } from '#lanework/cli/tour/table.js'

const command = fileURLToPath(import.meta.resolve('#lanework/cli/main.js'))

function tour(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [command, 'tour', ...args], { encoding: 'utf8' })
}

describe('lanework tour', () => {
  it('lists every row with its title, in at most 100 columns', () => {
    const { status, stdout } = tour()
    assert.equal(status, 0)
    for (const row of tourRows) assert.ok(stdout.includes(row.title) && stdout.includes(`  ${row.name} `), row.name)
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 100),
      [],
    )
  })

  it('lists one JSON value a row with --json', () => {
    const { stdout } = tour('--json')
    const values = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string })
    assert.deepEqual(
      values.map((value) => value.name),
      tourRows.map((row) => row.name),
    )
  })

  it('runs a row: expected beside observed, the explanation, the source', () => {
    const { status, stdout } = tour('glued')
    assert.equal(status, 0)
    assert.match(stdout, /^ok +tcp receive 1: helloworld! +tcp receive 1: helloworld!$/m)
    assert.match(stdout, /no fault of TCP/)
    assert.match(stdout, /^source +\S*examples\/glued\.ts$/m)
  })

  it('gives the comparison as one JSON value with --json', () => {
    const { status, stdout } = tour('glued', '--json')
    const value = JSON.parse(stdout) as {
      outcome: string
      lines: { expected: string; observed: string; matched: boolean }[]
    }
    assert.equal(status, 0)
    assert.equal(value.outcome, 'matched')
    assert.deepEqual(value.lines.at(-1), {
      expected: 'tcp receive 1: helloworld!',
      observed: 'tcp receive 1: helloworld!',
      matched: true,
    })
  })

  it('answers an unknown name with the one that was probably meant, and exit code 2', () => {
    const { status, stdout, stderr } = tour('udp-uper')
    assert.equal(status, 2)
    assert.equal(stdout, '')
    assert.match(stderr, /perhaps udp-upper\?/)
  })
})

describe('comparing lines', () => {
  it('takes <number> for digits and <text> for anything but nothing', () => {
    const expected = ['port <number>', 'sizes <text>']
    assert.ok(compareLines(expected, ['port 80', 'sizes 1 2'], 'native').every((line) => line.matched))
    assert.ok(compareLines(expected, ['port x', 'sizes '], 'native').every((line) => !line.matched))
  })

  it('takes everything else as it stands', () => {
    assert.equal(compareLines(['a.c (1)'], ['abc (1)'], 'native')[0]?.matched, false)
    assert.equal(compareLines(['a.c (1)'], ['a.c (1)'], 'native')[0]?.matched, true)
  })

  it('wants every line, in order, and no others', () => {
    const marks = (observed: string[]) => compareLines(['one', 'two'], observed, 'node').map((line) => line.matched)
    assert.deepEqual(marks(['one', 'two']), [true, true])
    assert.deepEqual(marks(['two', 'one']), [false, false])
    assert.deepEqual(marks(['one']), [true, false])
    assert.deepEqual(marks(['one', 'two', 'three']), [true, true, false])
  })

  it('wants of a line with two forms the one of the network in use', () => {
    const expected = [{ native: 'drops <number>', node: 'drops undefined' }]
    assert.equal(compareLines(expected, ['drops 3'], 'native')[0]?.matched, true)
    assert.equal(compareLines(expected, ['drops 3'], 'node')[0]?.matched, false)
  })
})

describe('the nearest name', () => {
  it('contains what was typed, or differs in few letters', () => {
    const names = ['udp-upper', 'glued', 'framing-lines']
    assert.equal(nearestName('lines', names), 'framing-lines')
    assert.equal(nearestName('gleud', names), 'glued')
    assert.equal(nearestName('weather', names), undefined)
    assert.equal(nearestName('', names), undefined)
  })
})

describe('an example that misbehaves', () => {
  const folder = mkdtempSync(join(tmpdir(), 'lanework-tour-'))
  after(() => rmSync(folder, { recursive: true, force: true }))
  const example = (source: string): { row: TourRow; examples: URL } => {
    writeFileSync(join(folder, 'bad.js'), source)
    const row = { section: 'udp', name: 'bad', title: 'Bad', explanation: 'None.', seed: 'none', expected: ['fine'] }
    return { row, examples: pathToFileURL(`${folder}/`) }
  }

  it('is killed when it does not end, and what it printed is kept', async () => {
    const { row, examples } = example(`console.log('fine'); setInterval(() => {}, 1_000)`)
    const result = await runRow(row, { examples, limitMs: 3_000 })
    assert.equal(result.outcome, 'differs')
    assert.equal(result.lines[0]?.matched, true)
    assert.match(result.remark ?? '', /did not end within 3000 ms/)
  })

  it('is killed when it prints without end', async () => {
    const { row, examples } = example(`setInterval(() => console.log('x'.repeat(99_999)), 1)`)
    const result = await runRow(row, { examples })
    assert.match(result.remark ?? '', /^it printed more than 1048576 bytes and was killed/)
  })

  it('differs when it fails, even if every line was right', async () => {
    const { row, examples } = example(`console.log('fine'); process.exitCode = 3`)
    const result = await runRow(row, { examples })
    assert.equal(result.outcome, 'differs')
    assert.match(resultText(result), /it ended with code 3/)
  })

  it('cannot write escape sequences to the terminal', async () => {
    const { row, examples } = example(
      String.raw`console.log('\x1b[2Jfine'); console.error('\x1b[31m'); process.exitCode = 1`,
    )
    const result = await runRow(row, { examples })
    for (const text of [resultText(result), summaryText(result)]) assert.ok(!text.includes('\x1b'), text)
    assert.match(summaryText(result), /\\x1b\[2Jfine/)
  })

  it('is named with its source when it does not exist', async () => {
    const { row, examples } = example('')
    const result = await runRow({ ...row, name: 'missing' }, { examples })
    assert.match(result.remark ?? '', /missing\.js/)
  })
})
