/** Runs every example of the tour and checks what its row claims; each row is one test, named by its title. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { runRow } from '#lanework/cli/tour/run.js'
import { pictureOf, sourceOf, tasksOf, tourRows, tourSections, tourTest } from '#lanework/cli/tour/table.js'
import { capabilities, nativeStatus } from '#lanework/io/index.js'

const root = fileURLToPath(new URL('../', import.meta.resolve('#lanework/index.js')))
const native = nativeStatus().available

/** What the lines of a row cannot express; given what the example printed. */
const claims: Record<string, (lines: readonly string[]) => void> = {
  'udp-upper': ([server = '', ...replies]) => {
    const address = server.replace('server: ', '')
    for (const reply of replies)
      assert.ok(reply.endsWith(` from ${address}`), `the reply comes from the server: ${reply}`)
  },
  'slow-reader': ([udp = '']) => {
    const [sent = 0, received = 0, dropped] = numbersIn(udp)
    assert.ok(received > 0 && received < sent, `some datagrams are lost: ${udp}`)
    if (native) assert.equal(received + (dropped ?? 0), sent, 'the kernel counts every one that is lost')
    else assert.match(udp, /undefined$/, 'what cannot be known is no number')
  },
  'small-writes': (lines) => {
    const [withNoDelay = [], without = []] = lines.map((line) => numbersIn(line.replace(/^.* of /, '')))
    for (const sizes of [withNoDelay, without])
      assert.equal(
        sizes.reduce((sum, size) => sum + size, 0),
        10,
      )
    assert.ok(without.length <= withNoDelay.length, `collecting makes no more chunks: ${lines.join('; ')}`)
  },
  'concurrent-or-parallel': ([, , , atOnce, cpuLine]) => {
    const several = cpus > 1
    assert.equal(atOnce, `two lanes: at the same instant: ${several}`)
    assert.equal(cpuLine, several ? 'there is more than one CPU' : 'there is only one CPU for us')
  },
  'more-lanes': ([, , , busyLine = '']) => {
    const [one = 0, two = 0, four = 0, all = 0] = numbersIn(busyLine)
    assert.equal(all, cpus)
    assert.ok(one <= 1 && two <= Math.min(2, cpus) && four <= Math.min(4, cpus), `no CPU is busy twice: ${busyLine}`)
  },
}

/** What the system says, as cpuCount() of the examples does. */
const cpus = availableParallelism()

function numbersIn(text: string): number[] {
  return (text.match(/\d+/g) ?? []).map(Number)
}

function importsOf({ text }: { text: string }): string[] {
  return [...text.matchAll(/from '([^']+)'/g)].map((match) => match[1] ?? '')
}

/** Modules that it names by URL, as lanes load them. */
function addressedBy({ text }: { text: string }): string[] {
  return [...text.matchAll(/new URL\('([^'#]+)\.js(?:#\w+)?', import\.meta\.url\)/g)].map((match) => `${match[1]}.ts`)
}

describe('the tour', { concurrency: 2 }, () => {
  for (const row of tourRows) {
    const possible = native || capabilities.find((each) => each.id === row.needs)?.node !== false
    it(row.title, { skip: possible ? false : `needs ${row.needs}` }, async () => {
      const { lines, outcome, remark } = await runRow(row, { limitMs: 60_000 })
      const compared = lines.map((line) => (line.matched ? line.expected : line.observed))
      assert.deepEqual(
        compared,
        lines.map((line) => line.expected),
        remark,
      )
      assert.equal(outcome, 'matched', remark)
      claims[row.name]?.(lines.map((line) => line.observed ?? ''))
    })
  }
})

describe('the table of the tour', () => {
  it('has a row for every example, and an example for every row', () => {
    const files = readdirSync(join(root, 'examples')).filter((name) => name.endsWith('.ts'))
    assert.deepEqual(tourRows.map((row) => `${row.name}.ts`).toSorted(), files.toSorted())
  })

  it('names files that exist, and sections and capabilities that are known', () => {
    const paths = tourRows.flatMap((row) => [sourceOf(row), pictureOf(row) ?? tourTest, tasksOf(row) ?? tourTest])
    assert.deepEqual(
      paths.filter((path) => !existsSync(join(root, path))),
      [],
    )
    const sections = tourSections.map((section) => section.id)
    assert.deepEqual(
      tourRows.filter((row) => !sections.includes(row.section)),
      [],
    )
    assert.deepEqual(
      sections.filter((id) => !tourRows.some((row) => row.section === id)),
      [],
      'no section is empty',
    )
    const known = new Set(capabilities.map((each) => each.id))
    assert.deepEqual(
      tourRows.filter((row) => row.needs !== undefined && !known.has(row.needs)),
      [],
    )
  })

  it('has a title of its own for every row, and no claim for a row that is gone', () => {
    assert.equal(new Set(tourRows.map((row) => row.title)).size, tourRows.length)
    const names = new Set(tourRows.map((row) => row.name))
    assert.deepEqual(
      Object.keys(claims).filter((name) => !names.has(name)),
      [],
    )
  })
})

describe('every example', () => {
  const read = (name: string, path: string): { name: string; text: string } => {
    return { name, text: readFileSync(join(root, path), 'utf8') }
  }
  const programs = tourRows.map((row) => read(row.name, sourceOf(row)))
  const modules = readdirSync(join(root, 'examples/tasks')).map((name) =>
    read(`tasks/${name}`, `examples/tasks/${name}`),
  )
  const sources = [...programs, ...modules]

  it('has at most 40 lines', () => {
    const long = programs.filter(({ text }) => text.trimEnd().split('\n').length > 40)
    assert.deepEqual(
      long.map(({ name }) => name),
      [],
    )
  })

  it('opens with a comment that says what it shows', () => {
    assert.deepEqual(
      sources.filter(({ text }) => !/^\/\/ \S/.test(text)).map(({ name }) => name),
      [],
    )
  })

  it('imports lanework by the name of its package, and nothing but it, Node and tasks', () => {
    assert.deepEqual(
      sources
        .flatMap(importsOf)
        .filter((name) => !/^(lanework(\/[\w/]+)?|node:[\w/]+|\.\/tasks\/[\w-]+\.ts)$/.test(name)),
      [],
    )
  })

  it('is named in its row along with its tasks, which are a module of their own', () => {
    const used = new Set<string>()
    for (const [index, { name, text }] of programs.entries()) {
      const tasks = [...importsOf({ text }), ...addressedBy({ text })].filter((path) => path.startsWith('./tasks/'))
      for (const path of tasks) used.add(path.slice(2))
      const named = tourRows[index]?.tasks
      assert.equal(
        tasks.length === 0 ? undefined : tasks.includes(`./tasks/${named}.ts`),
        named === undefined ? undefined : true,
        name,
      )
    }
    assert.deepEqual([...used].toSorted(), modules.map(({ name }) => name).toSorted())
  })

  it('reads as plain JavaScript: it closes by close(), without `using`', () => {
    assert.deepEqual(
      sources.filter(({ text }) => /\busing\b .*=/.test(text)).map(({ name }) => name),
      [],
    )
  })
})
