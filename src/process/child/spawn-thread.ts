/** Starts a worker thread that runs lanework's bootstrap. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'

import { PortTransport } from '../channel/index.ts'
import type { Body, ChildOptions } from './child.ts'

const entry = new URL('../bootstrap/thread.js', import.meta.url)

/** What the bootstrap of a thread gets. */
export interface ThreadData {
  readonly port: MessagePort
  /** Streams whose output goes nowhere. */
  readonly ignore: readonly ('stdout' | 'stderr')[]
}

export function spawnThread(options: ChildOptions): Body {
  const { port1, port2 } = new MessageChannel()
  const ignore = (['stdout', 'stderr'] as const).filter((name) => options[name] === 'ignore')
  const worker = new Worker(entry, {
    workerData: { port: port2, ignore } satisfies ThreadData,
    transferList: [port2],
    name: options.name,
    // A stream of ours keeps the program running while it is read; Node's own forwarding does not.
    stdout: options.stdout === 'pipe',
    stderr: options.stderr === 'pipe',
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.execArgv === undefined ? {} : { execArgv: [...options.execArgv] }),
    ...(options.heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.heapMiB } }),
  })
  let alive = true
  let asked: NodeJS.Signals | undefined
  let error: Error | undefined
  worker.on('error', (thrown: unknown) => (error ??= thrown instanceof Error ? thrown : new Error(String(thrown))))
  const ended: Body['ended'] = new Promise((resolve) => {
    worker.on('exit', (code) => {
      alive = false
      // A thread gets no signals; what it was told stands for one, as for a process.
      resolve({ code: asked === undefined ? code : undefined, signal: asked, error })
    })
  })
  return {
    pid: process.pid,
    transport: new PortTransport(port1),
    stdout: options.stdout === 'pipe' ? worker.stdout : null,
    stderr: worker.stderr,
    forwardsStderr: true,
    ended,
    signal(name) {
      if (!alive || !['SIGTERM', 'SIGKILL', 'SIGINT'].includes(name)) return
      asked = name
      void worker.terminate()
    },
    isAlive: () => alive,
    ref(yes) {
      if (yes) worker.ref()
      else worker.unref()
    },
  }
}
