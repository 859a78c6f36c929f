/** Runs the `lanework` command as a user does: a process of its own, with a pipe for each stream. */
import { spawn, type ChildProcess } from 'node:child_process'
import { after } from 'node:test'

import { folder } from './folder.js'
import { until } from './until.js'

const main = 'dist/cli/main.js'

/** None outlives the test. */
const children = new Set<ChildProcess>()
const killAll = (): void => children.forEach((child) => child.kill('SIGKILL'))
process.on('exit', killAll)
// A test that failed keeps nobody waiting for what it started.
after(killAll)

export interface Finished {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Running {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** The addresses that it said it listens on, once there are so many. */
  listening(count?: number): Promise<string[]>
  finished: Promise<Finished>
}

export function start(words: readonly string[], environment: Record<string, string> = {}): Running {
  const child = spawn(process.execPath, [main, ...words], {
    env: { ...process.env, XDG_STATE_HOME: folder, ...environment },
  })
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  const finished = new Promise<Finished>((resolve) => child.on('close', (code) => resolve({ code, stdout, stderr })))
  children.add(child)
  child.on('exit', () => children.delete(child))
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    finished,
    listening: (count = 1) =>
      until(`${words.join(' ')} listens`, () => {
        // Whole lines: what comes in two pieces is not read after the first.
        const found = [...stdout.matchAll(/listening (\S+).*\n/g)].map(([, address = '']) => address)
        if (child.exitCode !== null) throw new Error(`it ended: ${stderr}`)
        return found.length >= count && found
      }),
  }
}

/** Runs it to its end with `input` on stdin. */
export async function lanework(
  words: readonly string[],
  input: string | Uint8Array = '',
  environment: Record<string, string> = {},
): Promise<Finished> {
  const running = start(words, environment)
  running.child.stdin?.on('error', () => {})
  running.child.stdin?.end(input)
  return running.finished
}
