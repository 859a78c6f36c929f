/**
 * Compiles the addon with one call of a C compiler: no node-gyp, no Node source tree, since the headers come
 * from the `node-api-headers` package and libuv's few calls are declared in native/uv_abi.h.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The C compilers that can build for a CPU, best first. */
function compilersFor(cpu) {
  if (process.env.CC && cpu === process.arch) return [process.env.CC]
  const own = cpu === process.arch ? ['cc', 'gcc', 'clang'] : []
  const triple = { x64: 'x86_64-linux-gnu-gcc', arm64: 'aarch64-linux-gnu-gcc' }[cpu]
  return [...own, triple]
}

function newestOf(paths) {
  return Math.max(...paths.map((path) => statSync(path).mtimeMs))
}

/**
 * Builds prebuilds/linux-CPU/lanework.node.
 * @returns {{ built: boolean, reason?: string }} why it was not built, never an exception
 */
export function buildNative({ cpu = process.arch, flags = [], out, force = false } = {}) {
  if (process.platform !== 'linux')
    return { built: false, reason: `the fast path is for Linux, this is ${process.platform}` }
  const target = out ?? join(root, 'prebuilds', `linux-${cpu}`, 'lanework.node')
  const folder = join(root, 'native')
  const sources = readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .map((name) => join(folder, name))
  const inputs = readdirSync(folder)
    .filter((name) => /\.[ch]$/.test(name))
    .map((name) => join(folder, name))
  if (!force && existsSync(target) && statSync(target).mtimeMs > newestOf(inputs)) return { built: true }
  const include = createRequire(import.meta.url)('node-api-headers').include_dir
  mkdirSync(dirname(target), { recursive: true })
  const compilerFlags = [
    '-shared',
    // Stays loaded when the last thread that used it ends: its table of owners, and what reaps, outlive threads.
    '-Wl,-z,nodelete',
    '-fPIC',
    '-O2',
    '-std=gnu11',
    '-Wall',
    '-Wextra',
    '-Wno-missing-field-initializers',
    '-fvisibility=hidden',
    '-fno-strict-aliasing',
    '-I',
    include,
    ...flags,
    '-o',
    target,
    ...sources,
  ]
  let reason = 'no C compiler was found (cc, gcc or clang)'
  for (const compiler of compilersFor(cpu)) {
    const run = spawnSync(compiler, compilerFlags, { encoding: 'utf8' })
    if (run.error?.code === 'ENOENT') continue
    if (run.status === 0) {
      if (run.stderr) process.stderr.write(run.stderr)
      return { built: true }
    }
    reason = `${compiler} failed:\n${run.stderr}`
  }
  return { built: false, reason }
}
