/**
 * `npm test`: builds, compiles the tests, runs them with node:test. `npm test -- test/io !test/io/bound` runs a part.
 *
 * Every test file is a process of its own, so that addons, signals and open handles cannot leak from one
 * to the next. Files run four at a time: two keep two CPUs busy, while two others wait. Any process warning fails a test (see test/support/strict.ts).
 */
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { run as runFiles } from 'node:test'
import * as reporters from 'node:test/reporters'
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

/**
 * Those that take 15 seconds or more begin first, so that none is left alone at the end; what computes (pages in a browser) and
 * what waits take turns. The order is no promise: a file that is missing here is only started later.
 */
const longest = [
  'test/web/batch-page.test',
  'test/server/lanes/reload-traffic',
  'test/web/batch-page-looks',
  'test/batch/faults/kills',
  'test/web/axe',
  'test/cli/batch.test',
  'test/web/chat-lost',
  'test/services/chat/store/killed',
  'test/web/chat-access',
  'test/server/lanes/reload.test',
  'test/matrix/process-streams',
  'test/web/chat-page',
  'test/services/dns/peers',
  'test/process/pool/killed-lanes',
  'test/matrix/process-ipv6',
  'test/web/page.test',
  'test/process/pool/faults',
  'test/process/held-up',
  'test/matrix/process-datagrams',
  'test/web/access',
  'test/server/lanes/shared',
  'test/examples/tour',
  'test/chaos/lanes',
  'test/docs/blocks',
  'test/cli/simulate',
  'test/matrix/thread',
  'test/server/lanes/start',
  'test/web/chat-crowd',
  'test/matrix/process-websockets',
  'test/process/queue/kill',
]

const sourceOf = (path) => relative('test', path.replace(/^!/, '')).replace(/\.ts$/, '')
const isOneOf = (paths, file) => paths.some((path) => relative('build/test', file).startsWith(sourceOf(path)))
const files = testFilesIn('build/test').filter((file) => {
  return (wanted.length === 0 || isOneOf(wanted, file)) && !isOneOf(unwanted, file)
})
if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(' ')}`)
  process.exit(1)
}
const rankOf = (file) => {
  const rank = longest.findIndex((path) => isOneOf([path], file))
  return rank === -1 ? longest.length : rank
}
const inOrder = files
  .map((file) => resolve(file))
  .toSorted()
  .toSorted((one, other) => rankOf(one) - rankOf(other))

// The command `node --test` sorts its files; this does not. The files' own processes are given what stands in execArgv.
const reporter = flags.find((flag) => flag.startsWith('--test-reporter='))?.split('=')[1] ?? 'spec'
process.execArgv.push('--test-timeout=480000', ...flags.filter((flag) => !flag.startsWith('--test-reporter')))
const running = runFiles({ files: inOrder, concurrency: 4, timeout: 480_000 })
running.on('test:fail', ({ todo }) => {
  if (todo === undefined || todo === false) process.exitCode = 1
})
running.compose(reporters[reporter]).pipe(process.stdout)
