/** Runs a fixture (test/fixtures) in a process of its own; it speaks in lines of JSON on stdout. */
import { spawn, type ChildProcess, type SpawnOptions } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { until } from './until.ts'

export interface Fixture {
  readonly child: ChildProcess
  /** All it has said so far. */
  readonly said: Record<string, unknown>[]
  readonly stderr: () => string
  /** The first thing it says, now or later, that has this field. */
  hear(field: string): Promise<unknown>
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  stop(): Promise<void>
}

/** The compiled fixture's path. */
export function fixturePath(name: string): string {
  return fileURLToPath(new URL(`../fixtures/${name}.js`, import.meta.url))
}

/** `command` stands in front of node: `['sh', '-c', 'ulimit -n 64; exec "$@"', 'sh']`. */
export function runFixture(
  name: string,
  args: readonly string[] = [],
  options: SpawnOptions = {},
  command: readonly string[] = [],
): Fixture {
  const [program, ...rest] = [...command, process.execPath, fixturePath(name), ...args] as [string, ...string[]]
  const child = spawn(program, rest, { ...options, stdio: ['pipe', 'pipe', 'pipe'] })
  const said: Record<string, unknown>[] = []
  let stderr = ''
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line) as Record<string, unknown>))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)))
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  let isOver = false
  void ended.then(() => (isOver = true))
  return {
    child,
    said,
    stderr: () => stderr,
    ended,
    hear: (field) =>
      until(`${name} says ${field}; stderr: ${stderr}`, () => {
        const found = said.find((line) => field in line)
        if (found === undefined && isOver) throw new Error(`${name} ended without saying ${field}: ${stderr}`)
        return found === undefined ? undefined : { value: found[field] }
      }).then(({ value }) => value),
    async stop() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
