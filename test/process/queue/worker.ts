/** Starts test/fixtures/queue-worker.ts with a queue's descriptors, as a process. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { nativeStatus } from '#lanework/native/index.js'
import type { Shareable } from '#lanework/process/index.js'
import { fixturePath } from '../../support/fixture.ts'
import { until } from '../../support/until.ts'

export const unlessNative: string | false = nativeStatus().available ? false : 'queues need the native addon'

export interface QueueWorker {
  readonly child: ChildProcess
  /** It has attached to the queue. */
  readonly ready: Promise<void>
  /** Exit code or signal, once its output has been read. */
  readonly ended: Promise<number | string>
  /** How many items it got, once it ended. */
  got(): number
  stderr(): string
}

export function startWorker(queue: Shareable, options: object): QueueWorker {
  const { descriptors } = queue.toShared()
  const child = spawn(process.execPath, [fixturePath('queue-worker'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe', ...descriptors],
  })
  let stdout = ''
  let stderr = ''
  child.stdout?.on('data', (chunk: Buffer) => (stdout += String(chunk)))
  child.stderr?.on('data', (chunk: Buffer) => (stderr += String(chunk)))
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | string)
  return {
    child,
    ended,
    ready: until(
      'the worker is ready',
      () => stdout.includes('ready') || child.exitCode !== null || child.signalCode !== null,
    ).then(() => undefined),
    got: () => Number(/"got":(\d+)/.exec(stdout)?.[1] ?? Number.NaN),
    stderr: () => stderr,
  }
}

/** Descriptors and shared mappings of this process. */
export function holdings(): { descriptors: number; mappings: number } {
  const maps = readFileSync('/proc/self/maps', 'latin1')
  return {
    descriptors: readdirSync('/proc/self/fd').length,
    mappings: maps.split('lanework-queue').length - 1,
  }
}
