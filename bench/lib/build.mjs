// Compiles the load generators and the C and Go servers into bench/build.
// A missing load generator ends the run; a missing server only skips its row,
// so the benchmark works on machines without Go.

import { spawnSync } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { bench } from './paths.mjs'

const cFlags = ['-O2', '-Wall', '-Wextra']

function generator(name, ...parts) {
  const sources = [name, ...parts, 'common'].map((part) => `load/${part}.c`)
  return { name, language: 'c', sources, load: true }
}

const programs = [
  generator('udp-load', 'udp-lane', 'udp-closed', 'udp-open'),
  generator('tcp-load', 'tcp-connection'),
  generator('idle-connections'),
  { name: 'c-udp', language: 'c', sources: ['peers/c-udp.c'] },
  { name: 'c-tcp', language: 'c', sources: ['peers/c-tcp.c'] },
  { name: 'go-udp', language: 'go', sources: ['peers/go-udp.go'] },
  { name: 'go-tcp', language: 'go', sources: ['peers/go-tcp.go'] },
]

function compile({ name, language, sources }) {
  const output = `build/${name}`
  const [command, words] =
    language === 'c'
      ? [process.env.CC ?? 'gcc', [...cFlags, '-o', output, ...sources]]
      : ['go', ['build', '-o', output, ...sources]]
  const ran = spawnSync(command, words, { cwd: bench, encoding: 'utf8', timeout: 120_000 })
  if (ran.error) return `${command}: ${ran.error.code ?? ran.error.message}`
  if (ran.status !== 0) return `${command} failed: ${ran.stderr.trim().split('\n').at(-1)}`
  return undefined
}

/** Returns the reason for every server that could not be compiled, by program name. */
export function buildPrograms(wanted = programs) {
  mkdirSync(join(bench, 'build'), { recursive: true })
  const failures = new Map()
  for (const program of wanted) {
    const reason = compile(program)
    if (reason === undefined) continue
    if (program.load) throw new Error(`load generator ${program.name} does not compile: ${reason}`)
    failures.set(program.name, reason)
  }
  return failures
}
