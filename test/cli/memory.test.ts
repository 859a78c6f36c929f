/** The command `lanework memory`: its list, its scenarios, its options, files, and what is wrong with them. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { framesTable } from '#lanework/cli/space/frames-table.js'
import { createOwners, memoryBar } from '#lanework/cli/space/memory-map.js'
import { makeScreen } from '#lanework/cli/space/screen.js'
import { labelled, wrapText } from '#lanework/cli/terminal.js'
import { openScenario } from '#lanework/cli/space/scenario-file.js'
import { showSteps } from '#lanework/cli/space/stepping.js'
import {
  memoryScenarios,
  playMemory,
  readMemory,
  variablePartitions,
  type MemoryReport,
} from '#lanework/schedule/index.js'

const command = fileURLToPath(import.meta.resolve('#lanework/cli/main.js'))
const folder = mkdtempSync(join(tmpdir(), 'lanework-memory-'))
after(() => rmSync(folder, { recursive: true }))

function memory(args: readonly string[], environment: Record<string, string> = {}) {
  return spawnSync(process.execPath, [command, 'memory', ...args], {
    encoding: 'utf8',
    env: { ...process.env, FORCE_COLOR: '', NO_COLOR: '', ...environment },
  })
}

function fileOf(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

describe('lanework memory', () => {
  it('lists every scenario with its title', () => {
    const { status, stdout } = memory(['--width', '120'])
    assert.equal(status, 0)
    for (const { name, title } of memoryScenarios) assert.ok(stdout.includes(name) && stdout.includes(title), name)
  })

  it('prints text for people, and one JSON value with --json', () => {
    const text = memory(['compaction', '--explain']).stdout
    assert.match(text, /^ 13 {2}I asks for 150: at 400\n {5}after compaction, first fit looked at 1/m)
    assert.match(text, /^compaction +400 copied$/m)
    const value = JSON.parse(memory(['compaction', '--json']).stdout) as MemoryReport
    assert.deepEqual([value.scenario, value.steps.length, value.usage?.free], ['compaction', 14, 50])
  })

  it('compares variants side by side', () => {
    const { stdout } = memory(['fits', '--fit', 'all'])
    assert.match(stdout, /^ +first fit +best fit +worst fit +next fit$/m)
    assert.match(stdout, /^waiting +J +nobody +J +nobody$/m)
    assert.match(memory(['fits', '--fit', 'best,first']).stdout, /^ +best fit +first fit$/m)
  })

  it('changes a scenario by options, and refuses those that it does not have', () => {
    assert.match(memory(['belady', '--frames', '3', '--policy', 'fifo']).stdout, /^FIFO +9 faults, 3 hits/m)
    assert.match(memory(['protection', '--protection', 'off']).stdout, /^system +has crashed$/m)
    assert.match(memory(['compaction', '--compaction', 'never']).stdout, /^waiting +I \(150\), J \(200\)$/m)
    assert.match(memory(['unequal', '--queues', 'one']).stdout, /C asks for 50: at 192/)
    const { status, stderr } = memory(['belady', '--fit', 'best'])
    assert.equal(status, 2)
    assert.match(stderr, /--fit must be one of --policy, --frames, --seed here; got it for the scenario belady/)
    assert.equal(memory(['fits', '--fit', 'good']).status, 2)
    assert.equal(memory(['belady', '--frames', '0']).status, 2)
  })

  it('uses colours when it is told to, and none for NO_COLOR', () => {
    const isColoured = (environment: Record<string, string>) =>
      memory(['buddy'], environment).stdout.includes('\u001b[')
    assert.deepEqual([{}, { FORCE_COLOR: '1' }, { FORCE_COLOR: '1', NO_COLOR: '1' }].map(isColoured), [
      false,
      true,
      false,
    ])
  })

  it('shows every step in a pipe with --step', () => {
    const { stdout } = memory(['waiting', '--step'])
    assert.equal(stdout.match(/^\|/gm)?.length, 11)
    assert.match(stdout, /its hole is joined with 1 neighbour/)
  })

  it('suggests the name that was probably meant', () => {
    const { status, stderr } = memory(['buddi'])
    assert.equal(status, 2)
    assert.match(stderr, /perhaps buddy\?/)
  })
})

describe('a file for lanework memory', () => {
  const cases = JSON.parse(
    readFileSync(
      fileURLToPath(new URL('../test/fixtures/schedule/cases.json', import.meta.resolve('#lanework/index.js'))),
      'utf8',
    ),
  ) as { cases: { name: string; expected: { hits?: number } }[] }
  const clock = cases.cases.find(({ name }) => name === 'paging-ostep-clock-3')

  it('may be a known answer, and is compared with what it expects', () => {
    const right = memory([fileOf('right.json', JSON.stringify(clock))])
    assert.deepEqual([right.status, right.stdout.includes('As expected.')], [0, true])
    const wrong = memory([fileOf('wrong.json', JSON.stringify({ ...clock, expected: { hits: 6, faults: 6 } }))])
    assert.deepEqual([wrong.status, wrong.stdout.includes('Not as expected: hits.')], [1, true])
  })

  it('may be TOML', () => {
    const path = fileOf('a.toml', 'policy = "next-fit"\npartitions = [50, 20]\n[[jobs]]\nname = "A"\nsize = 15\n')
    assert.match(memory([path]).stdout, /A asks for 15: at 0/)
  })

  const wrong: [string, string, RegExp][] = [
    ['no-json.json', '{"policy":\n "buddy",\n}', /no-json\.json:3: this is no JSON: /],
    ['cut.json', '{"policy":\n "bud', /cut\.json:2: this is no JSON: /],
    ['no-toml.toml', 'policy = "buddy"\nsize =\n', /no-toml\.toml:2: this is no TOML: /],
    ['list.json', '[]', /list\.json:1: the file must be an object; got an array of 0/],
    ['key.json', '{"policy": "buddy",\n "siez": 64}', /key\.json:2: siez is unknown; known are /],
    ['policy.json', '{\n\n"policy": "quick-fit"}', /policy\.json:3: policy must be one of first-fit, best-fit/],
    [
      'size.toml',
      'policy = "buddy"\nops = [["alloc", "A", 1]]',
      /size\.toml:1: size must be a finite number; got nothing/,
    ],
    [
      'negative.json',
      '{"policy": "best-fit", "size": 10, "ops": [\n["alloc", "A", 3],\n["alloc", "B", -3]]}',
      /negative\.json:3: ops\[1\]\[2\] must be a number above 0; got -3/,
    ],
    [
      'twice.json',
      '{"policy": "best-fit", "size": 10, "jobs": [{"name": "A", "size": 1},\n {"name": "A", "size": 1}]}',
      /twice\.json:2: jobs\[1\]\.name must be a name that no other has/,
    ],
    [
      'free.json',
      '{"policy": "best-fit", "size": 10, "ops": [["free", "A"]]}',
      /free\.json:1: ops\[0\]\[1\] must be a job that asked/,
    ],
    [
      'frames.json',
      '{"policy": "lru",\n "frames": 0, "references": [1]}',
      /frames\.json:2: frames must be an integer from 1 to/,
    ],
    [
      'nan.toml',
      'policy = "lru"\nframes = 1\nreferences = [1, nan]',
      /nan\.toml:3: references\[1\] must be a finite number; got NaN/,
    ],
  ]
  for (const [name, text, message] of wrong)
    it(`is refused with its line: ${name}`, () => {
      const open = (): unknown => openScenario('memory', fileOf(name, text), memoryScenarios, readMemory)
      assert.throws(open, { code: 'SCENARIO_INVALID', message })
    })

  it('that is wrong ends the command with code 2', () => {
    const { status, stderr } = memory([fileOf('first.json', '{"policy": 1}')])
    assert.equal(status, 2)
    assert.match(stderr, /first\.json:1: policy must be one of/)
  })

  it('is refused when a memory cannot be: OPTION_INVALID', () => {
    const { status, stderr } = memory([fileOf('odd.json', '{"policy": "buddy", "size": 100, "ops": []}')])
    assert.equal(status, 2)
    assert.match(stderr, /size must be a power of two/)
  })

  it('is refused when there are too many operations, or when it is no file', () => {
    const many = JSON.stringify({
      policy: 'best-fit',
      size: 10,
      ops: Array.from({ length: 2_001 }, () => ['compact']),
    })
    assert.match(
      memory([fileOf('many.json', many)]).stderr,
      /ops must be an array of at most 2000; got an array of 2001/,
    )
    assert.match(memory([folder]).stderr, /EISDIR/)
  })
})

describe('a map of memory', () => {
  it('is as wide as the screen, whatever is in memory', () => {
    const sizes = fc.array(fc.integer({ min: 1, max: 1_000 }), { minLength: 1, maxLength: 30 })
    const property = fc.property(
      sizes,
      fc.integer({ min: 20, max: 160 }),
      fc.integer({ min: 0, max: 29 }),
      (each, columns, gone) => {
        const allocator = variablePartitions({ size: each.reduce((sum, size) => sum + size, 0) })
        for (const [at, size] of each.entries()) allocator.admit(`job-${at}`, size)
        if (gone < each.length) allocator.release(`job-${gone}`)
        const bar = memoryBar(allocator.map(), columns, makeScreen(columns, false), createOwners())
        assert.equal(bar.length, columns)
        assert.match(bar, /^\|.*\|$/)
      },
    )
    fc.assert(property)
  })

  it('says in words and colours whose a stretch is', () => {
    const map = [
      { base: 0, size: 10, job: 'A', used: 5 },
      { base: 10, size: 10, job: undefined, used: 0 },
    ]
    assert.equal(memoryBar(map, 21, makeScreen(21, false), createOwners()), '|A====----|.........|')
    const coloured = memoryBar(map, 21, makeScreen(21, true), createOwners())
    assert.ok(coloured.includes('\u001b[30;42mA====----\u001b[0m'))
  })

  it('stands under a title that is broken too', () => {
    const { stdout } = memory(['protection-off', '--width', '40', '--explain'])
    assert.deepEqual(
      stdout.split('\n').filter((line) => line.length > 40),
      [],
    )
  })

  it('of pages breaks long lists of references to the width', () => {
    const scenario = memoryScenarios.find(({ name }) => name === 'replacement')
    const { steps } = playMemory(scenario as (typeof memoryScenarios)[number])
    for (const columns of [20, 40, 80])
      for (const line of framesTable(steps, makeScreen(columns, false)).split('\n'))
        assert.ok(line.length <= Math.max(columns, 23), line)
  })

  it('has its texts broken at spaces', () => {
    assert.equal(wrapText('aa bb cc', 5), 'aa bb\ncc')
    assert.equal(
      labelled(
        [
          ['a', 'one two three'],
          ['long label', 'x'],
        ],
        40,
      ),
      'a           one two three\nlong label  x',
    )
    assert.equal(labelled([['a', 'one two three']], 20), 'a\n  one two three')
  })
})

describe('stepping', () => {
  /** A terminal with these lines typed into it. */
  const terminal = (typed: string) => {
    const input = Object.assign(new PassThrough(), { isTTY: true })
    const output = Object.assign(new PassThrough(), { isTTY: true })
    input.end(typed)
    let shown = ''
    output.on('data', (chunk: Buffer) => (shown += chunk.toString()))
    return { input, output, shown: () => shown }
  }

  it('shows the next step after Enter, and ends at q', async () => {
    const all = terminal('\n\n\n')
    assert.equal(await showSteps(['one', 'two', 'three'], all), true)
    assert.ok(all.shown().includes('three'))
    const some = terminal('\nq\n')
    assert.equal(await showSteps(['one', 'two', 'three'], some), false)
    assert.ok(some.shown().includes('two') && !some.shown().includes('three'))
  })

  it('ends when its input does', async () => {
    assert.equal(await showSteps(['one', 'two'], terminal('')), false)
  })
})
