/**
 * Runs the tests that use the addon most with the addon under AddressSanitizer and
 * UndefinedBehaviourSanitizer, in a copy of the built tree (build/sanitized). `npm test` must have run before.
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildNative } from './native.mjs'

process.chdir(dirname(dirname(fileURLToPath(import.meta.url))))
const copy = resolve('build/sanitized')
const suites = [
  'test/matrix',
  // What WebSockets call is called in one lane, too.
  '!test/matrix/process-websockets',
  '!test/matrix/thread-websockets',
  // Lanes over IPv6 make the same calls as over IPv4; an inline lane has all kinds of addresses. Datagrams are carried by lanes
  // in threads, as are streams; streams alone are carried by lanes in processes, too, whose sanitized start takes a second each.
  '!test/matrix/process-ipv6',
  '!test/matrix/process-datagrams',
  '!test/matrix/thread-ipv6',
  'test/io',
  'test/native',
  'test/process/memory',
  'test/process/queue',
  // Whoever is killed leaves nothing that the addon would look at: queues are read and written in TypeScript.
  '!test/process/queue/kill',
  'test/process/sync',
  'test/process/pipe',
  'test/process/program',
  'test/process/watch',
  'test/batch/machine',
]

rmSync(copy, { recursive: true, force: true })
mkdirSync(join(copy, 'build'), { recursive: true })
for (const part of ['package.json', 'dist', 'tools', 'build/test', 'test', 'examples'])
  cpSync(part, join(copy, part), { recursive: true })
symlinkSync(resolve('node_modules'), join(copy, 'node_modules'))

const flags = [
  '-fsanitize=address,undefined',
  '-fno-sanitize-recover=undefined',
  '-fno-omit-frame-pointer',
  '-g',
  '-O1',
]
const out = join(copy, 'prebuilds', `linux-${process.arch}`, 'lanework.node')
const { built, reason } = buildNative({ flags, out, force: true })
if (!built) {
  console.error(`lanework: the sanitized addon was not built: ${reason}`)
  process.exit(1)
}

const runtimes = ['libasan.so', 'libubsan.so'].map((name) =>
  execFileSync('gcc', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim(),
)
const { status } = spawnSync(process.execPath, ['tools/test.mjs', ...suites], {
  cwd: copy,
  stdio: 'inherit',
  env: {
    ...process.env,
    LANEWORK_TEST_BUILT: '1',
    LD_PRELOAD: runtimes.join(' '),
    // Leaks are not looked for: Node itself frees little at its end. Everything else is fatal.
    ASAN_OPTIONS: 'detect_leaks=0:halt_on_error=1:abort_on_error=1',
    UBSAN_OPTIONS: 'halt_on_error=1:print_stacktrace=1',
  },
})
process.exit(status ?? 1)
