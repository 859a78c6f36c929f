/** Programs that come with the system, as real clients of our servers. */
import { spawn, spawnSync } from 'node:child_process'

/** For node:test's `skip`: false when the program is there, else the reason. */
export function unlessProgram(name: string): string | false {
  const found = spawnSync('sh', ['-c', `command -v ${name}`]).status === 0
  return found ? false : `there is no ${name} here`
}

export interface Ended {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Runs it to its end, 60 seconds at most, without blocking the servers of this process. */
export function runProgram(name: string, words: readonly string[], input: Uint8Array | string = ''): Promise<Ended> {
  const environment = { PATH: `${process.env['PATH']}:/usr/sbin:/sbin`, LC_ALL: 'C', TZ: 'UTC' }
  const child = spawn(name, words, { env: environment, timeout: 60_000, killSignal: 'SIGKILL' })
  const chunks: Buffer[] = []
  let stderr = ''
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
  child.stdin.on('error', () => {})
  child.stdin.end(input)
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ code, stdout: Buffer.concat(chunks), stderr }))
  })
}
