/** Starts a worker thread that runs lanework's bootstrap. */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'

import { loadNative } from '../../native/index.ts'
import { PortTransport } from '../channel/index.ts'
import { threadEntry } from '../entries.ts'
import type { Body, ChildOptions } from './child.ts'
import { flagsForThread } from './flags.ts'

/** What the bootstrap of a thread gets. */
export interface ThreadData {
  readonly port: MessagePort
  /** What is on its way between the two threads belongs to it. */
  readonly transit: number
}

export function spawnThread(options: ChildOptions): Body {
  const hasOwnStdout = (options.stdout ?? 'inherit') !== 'inherit'
  const execArgv = options.execArgv ?? flagsForThread()
  const { port1, port2 } = new MessageChannel()
  const transit = loadNative()?.transitOpen() ?? 0
  const worker = new Worker(threadEntry, {
    workerData: { port: port2, transit } satisfies ThreadData,
    transferList: [port2],
    name: options.name,
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(execArgv === undefined ? {} : { execArgv: [...execArgv] }),
    ...(options.heapMiB === undefined ? {} : { resourceLimits: { maxOldGenerationSizeMb: options.heapMiB } }),
  })
  // Told so at its making, a worker whose output is read would keep this program, `unref` or not.
  if (hasOwnStdout) worker.stdout.unpipe()
  worker.stderr.unpipe()
  let takers = 2
  // What the thread sent may arrive after its end, and what it was sent after the end of the channel here.
  const leaveTransit = (): void => {
    if (--takers === 0) loadNative()?.transitClose(transit)
  }
  let alive = true
  let asked: NodeJS.Signals | undefined
  let error: Error | undefined
  worker.on('error', (thrown: unknown) => (error ??= thrown instanceof Error ? thrown : new Error(String(thrown))))
  const ended: Body['ended'] = new Promise((resolve) => {
    worker.on('exit', (code) => {
      alive = false
      leaveTransit()
      // A thread gets no signals; what it was told stands for one, as for a process.
      resolve({ code: asked === undefined ? code : undefined, signal: asked, error })
    })
  })
  return {
    pid: process.pid,
    transport: new PortTransport(port1, { transit, onClose: leaveTransit }),
    stdout: hasOwnStdout ? worker.stdout : null,
    stderr: worker.stderr,
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
