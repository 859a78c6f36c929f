// Compiles the loads of the lanes benchmark into bench/build; without them nothing can be measured.

import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bench } from '../lib/paths.mjs'

const own = (names) => names.map((name) => `lanes/load/${name}.c`)
const loads = {
  'lanes-udp': own(['udp', 'ledger', 'pace', 'words']),
  'lanes-tcp': own(['tcp', 'stream', 'ledger', 'pace', 'words']),
  'lanes-slow': own(['slow', 'pace', 'words']),
}

export function buildLoads() {
  mkdirSync(join(bench, 'build'), { recursive: true })
  for (const [name, sources] of Object.entries(loads)) {
    const words = ['-O2', '-Wall', '-Wextra', '-o', `build/${name}`, ...sources, 'load/common.c']
    const ran = spawnSync(process.env.CC ?? 'gcc', words, { cwd: bench, encoding: 'utf8', timeout: 120_000 })
    if (ran.status !== 0) throw new Error(`${name} does not compile: ${ran.error?.message ?? ran.stderr}`)
  }
}
