/** Hubs and ends of a bus in processes of their own. */
import { spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { until } from './until.js'

const children = new Set<ChildProcess>()
process.on('exit', () => {
  for (const child of children) child.kill('SIGKILL')
})

export interface BusProcess {
  /** Kills it as kill -9 does; resolves once it is gone. */
  kill(): Promise<void>
}

/** Starts one of the fixtures `bus-hub` and `bus-client`, and waits until it is ready. */
export async function busProcess(fixture: 'bus-hub' | 'bus-client', ...words: string[]): Promise<BusProcess> {
  const file = fileURLToPath(new URL(`../fixtures/${fixture}.js`, import.meta.url))
  const child = spawn(process.execPath, [file, ...words], { stdio: ['pipe', 'pipe', 'inherit'] })
  children.add(child)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()))
  await until(`${fixture} is ready`, () => {
    if (child.exitCode !== null) throw new Error(`${fixture} ended with ${child.exitCode}`)
    return output.includes('ready')
  })
  return {
    async kill() {
      child.kill('SIGKILL')
      await ended
      children.delete(child)
    },
  }
}
