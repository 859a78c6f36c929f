/**
 * `npm test`: builds, compiles the tests, runs them with node:test. `npm test -- test/io !test/io/bound` runs a part.
 *
 * Every test file is a process of its own, so that addons, signals and open handles cannot leak from one
 * to the next. Files run three at a time: two keep two CPUs busy, and one of three waits. Any process warning fails a test (see test/support/strict.ts).
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
process.chdir(root)
const wanted = process.argv.slice(2).filter((argument) => !/^[-!]/.test(argument))
const unwanted = process.argv.slice(2).filter((argument) => argument.startsWith('!'))
const flags = process.argv.slice(2).filter((argument) => argument.startsWith('-'))

function run(...command) {
  const { status } = spawnSync(process.execPath, command, { stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

if (process.env.LANEWORK_TEST_BUILT !== '1') {
  run('tools/build.mjs')
  rmSync('build/test', { recursive: true, force: true })
  run(join('node_modules', 'typescript', 'bin', 'tsc'), '-p', 'test')
}

function testFilesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    if (entry.isDirectory()) return testFilesIn(path)
    return entry.name.endsWith('.test.js') ? [path] : []
  })
}

const sourceOf = (path) => relative('test', path.replace(/^!/, '')).replace(/\.ts$/, '')
const isOneOf = (paths, file) => paths.some((path) => relative('build/test', file).startsWith(sourceOf(path)))
const files = testFilesIn('build/test').filter((file) => {
  return (wanted.length === 0 || isOneOf(wanted, file)) && !isOneOf(unwanted, file)
})
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`)
  process.exit(1)
}
if (!flags.some((flag) => flag.startsWith('--test-reporter'))) flags.push('--test-reporter=spec')
run('--test', '--test-concurrency=3', '--test-timeout=240000', ...flags, ...files.sort())
