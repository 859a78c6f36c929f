// The program that computes: in C where there is a compiler, else in JavaScript.

import { spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { bench } from '../lib/paths.mjs'

/** The words of a command that computes: `kind` is 'wall' or 'cpu', for so many milliseconds. */
export function spinner() {
  mkdirSync(join(bench, 'build'), { recursive: true })
  const program = join(bench, 'build', 'spin')
  const words = ['-O2', '-Wall', '-Wextra', '-o', program, join(bench, 'batch', 'programs', 'spin.c')]
  const { status } = spawnSync(process.env.CC ?? 'gcc', words, { timeout: 60_000, stdio: 'ignore' })
  const script = [process.execPath, join(bench, 'batch', 'programs', 'spin.mjs')]
  const start = status === 0 ? [program] : script
  return { name: status === 0 ? 'C' : 'Node', argv: (kind, ms) => [...start, kind, String(ms)] }
}

/** When a job's program had the CPU, in ms; breaks shorter than `mergeMs` are left out. */
export function stretches(status, mergeMs) {
  const all = readFileSync(status.logs.stdout, 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(' ').map((ns) => Number(ns) / 1e6))
  const merged = []
  for (const [from, to] of all) {
    const last = merged.at(-1)
    if (last !== undefined && from - last.to < mergeMs) last.to = to
    else merged.push({ from, to })
  }
  return merged
}
