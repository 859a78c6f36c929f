/** Gives shared objects to a process or a thread that runs test/fixtures/shares.ts. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { Worker } from 'node:worker_threads'
import { loadNative, nativeStatus } from '#lanework/native/index.js'
import { type Shareable } from '#lanework/process/index.js'
import { fixturePath } from './fixture.ts'
import { until } from './until.ts'

export const unlessNative: string | false = nativeStatus().available ? false : 'sharing memory needs the addon'

export interface Sharer {
  readonly child: ChildProcess
  hear(field: string): Promise<unknown>
  /** Lets it go on where it waits for us. */
  go(): void
  /** Exit code, or the signal's name. */
  readonly ended: Promise<number | string>
  kill(): Promise<void>
}

const firstDescriptor = 3

/** A test that failed leaves none of them behind. */
const running = new Set<ChildProcess>()
process.on('exit', () => running.forEach((child) => child.kill('SIGKILL')))

/** A process that has the objects; `act` is one of the fixture's, of those in shares.ts or another. */
export function shareWith(act: string, objects: readonly Shareable[], count = 0, fixture = 'shares'): Sharer {
  const descriptors: number[] = []
  const forms = objects.map((object) => {
    const form = object.toShared()
    const at = form.descriptors.map((descriptor) => firstDescriptor - 1 + descriptors.push(descriptor))
    return { kind: form.kind, data: form.data ?? {}, descriptors: at }
  })
  const order = JSON.stringify({ act, count, forms })
  const child = spawn(process.execPath, [fixturePath(fixture), order], {
    stdio: ['pipe', 'pipe', 'pipe', ...descriptors],
  })
  running.add(child)
  child.once('exit', () => running.delete(child))
  let stderr = ''
  const said: Record<string, unknown>[] = []
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)))
  child.stdin?.on('error', () => {})
  if (child.stdout !== null)
    createInterface(child.stdout).on('line', (line) => said.push(JSON.parse(line) as Record<string, unknown>))
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  let isOver = false
  void ended.then(() => (isOver = true))
  return {
    child,
    ended,
    go: () => void child.stdin?.write('g'),
    hear: (field) =>
      until(`${act} says ${field}; stderr: ${stderr}`, () => {
        const found = said.find((line) => field in line)
        if (found === undefined && isOver) throw new Error(`${act} ended without saying ${field}: ${stderr}`)
        return found === undefined ? undefined : { value: found[field] }
      }).then(({ value }) => value),
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** The same in a worker thread, with descriptors of its own. */
export function shareWithThread(act: string, objects: readonly Shareable[], count = 0): Worker {
  const native = loadNative()
  const forms = objects.map((object) => {
    const { kind, data, descriptors } = object.toShared()
    return { kind, data, descriptors: descriptors.map((descriptor) => native?.duplicate(descriptor) ?? -1) }
  })
  return new Worker(fixturePath('shares'), { workerData: { act, count, forms } })
}

/** What this process has open and mapped of ours. */
export function usage(): { descriptors: number; mappings: number } {
  const mappings = readFileSync('/proc/self/maps', 'utf8').split('\n')
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    mappings: mappings.filter((line) => line.includes('lanework') && !line.includes('.node')).length,
  }
}
