/** The source tree keeps its rules; and the rules themselves notice what they are for. */
import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'

import {
  checkCycles,
  checkLayers,
  checkOwners,
  checkPaths,
  checkRooms,
  checkTexts,
  importsOf,
  type Layer,
  type SourceFile,
} from './tidy/rules.js'

const layers = JSON.parse(readFileSync('tools/layers.json', 'utf8')) as Layer[]

function filesIn(folder: string, ending: string): SourceFile[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = `${folder}/${entry.name}`
    if (entry.isDirectory()) return filesIn(path, ending)
    return path.endsWith(ending) ? [{ path, text: readFileSync(path, 'utf8') }] : []
  })
}

const sources = filesIn('src', '.ts')

describe('the source tree', () => {
  test('imports go down the layers, through index files', () => assert.deepEqual(checkLayers(sources, layers), []))
  test('sockets, processes, the console and the addon have one owner each', () =>
    assert.deepEqual(checkOwners(sources), []))
  test('modules that the build joins find no file by their own place', () => assert.deepEqual(checkPaths(sources), []))
  test('no two modules need each other', () => assert.deepEqual(checkCycles(sources), []))
  test('files are small and their names speak', () => {
    assert.deepEqual(checkRooms([...sources, ...filesIn('native', '.c'), ...filesIn('test', '.ts')]), [])
  })
  test('every file says what it is for, and nothing is left half-done', () => {
    assert.deepEqual(
      checkTexts([...sources, ...filesIn('native', '.c'), ...filesIn('native', '.h'), ...filesIn('examples', '.ts')]),
      [],
    )
  })
  test('every folder of src is in the table of layers, and the other way round', () => {
    const folders = readdirSync('src', { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => entry.name)
    assert.deepEqual(folders.toSorted(), layers.map((layer) => layer.name).toSorted())
  })
  test('every subpath of the package is a layer with an index', () => {
    const { exports } = JSON.parse(readFileSync('package.json', 'utf8')) as {
      exports: Record<string, { default?: string }>
    }
    for (const target of Object.values(exports)) {
      if (typeof target === 'string') continue
      const source = (target.default ?? '').replace('./dist/', 'src/').replace(/\.js$/, '.ts')
      assert.ok(existsSync(join(source)), `${source} is exported and does not exist`)
    }
  })
})

describe('the rules notice', () => {
  const table: Layer[] = [
    { name: 'core', rank: 0, role: '' },
    { name: 'io', rank: 2, role: '' },
  ]
  const file = (path: string, text: string): SourceFile => ({ path, text })

  test('an import up the layers', () => {
    const bad = file('src/core/a.ts', "import { udp } from '../io/index.ts'")
    assert.match(checkLayers([bad], table)[0] ?? '', /core \(0\) must not import io \(2\)/)
  })
  test('a path relative to a module that is joined with others', () => {
    const text = "const child = new URL('./child.js', import.meta.url)"
    assert.equal(checkPaths([file('src/io/native/a.ts', text)]).length, 1)
    assert.deepEqual(checkPaths([file('src/io/a.ts', text), file('src/cli/up/a.ts', text)]), [])
  })
  test('an import past an index', () => {
    const bad = file('src/io/a.ts', "import { fail } from '../core/errors.ts'")
    assert.match(checkLayers([bad], table)[0] ?? '', /use src\/core\/index\.ts/)
  })
  test('a layer that nobody declared', () => {
    assert.equal(checkLayers([file('src/new/a.ts', '')], table).length, 1)
  })
  test('a re-export and a type import like any other import', () => {
    const found = importsOf(
      file('src/io/a.ts', "export { x } from './b.ts'\nimport type { Y } from '../core/index.ts'"),
    )
    assert.deepEqual(found, [
      { target: 'src/io/b.ts', typeOnly: false },
      { target: 'src/core/index.ts', typeOnly: true },
    ])
  })
  test('what stands in a comment is not code', () => {
    assert.deepEqual(importsOf(file('src/io/a.ts', "// import { x } from './b.ts'\n/* from './c.ts' */")), [])
  })
  test('a socket outside io, a console outside cli', () => {
    assert.equal(checkOwners([file('src/server/a.ts', "import { connect } from 'node:net'\nconsole.log(1)")]).length, 2)
    assert.deepEqual(checkOwners([file('src/io/a.ts', "import { connect } from 'node:net'")]), [])
  })
  test('a cycle of values, not of types', () => {
    const a = file('src/io/a.ts', "import { b } from './b.ts'")
    assert.equal(checkCycles([a, file('src/io/b.ts', "import { a } from './a.ts'")]).length, 1)
    assert.deepEqual(checkCycles([a, file('src/io/b.ts', "import type { a } from './a.ts'")]), [])
  })
  test('a long file, an empty name, a wrong case', () => {
    assert.equal(checkRooms([file('src/io/a.ts', '\n'.repeat(401))]).length, 1)
    assert.equal(checkRooms([file('src/io/utils.ts', '')]).length, 1)
    assert.equal(checkRooms([file('src/io/camelCase.ts', '')]).length, 1)
  })
  test('unfinished work, and a file without a word on its role', () => {
    assert.equal(checkTexts([file('src/io/a.ts', `/** A. */\n// ${'TO' + 'DO'} later`)]).length, 1)
    assert.equal(checkTexts([file('src/io/a.ts', 'export {}')]).length, 1)
  })
})
