/** Makes functions, processes, programs and lanes supervisable. The shapes are the least that is needed of each. */
import { Supervisor } from './supervisor.ts'
import type { ChildEnd, StartContext, Supervised, SupervisorOptions } from './types.ts'

/** A process or program as far as supervision needs it. */
export interface ProcessLike {
  /** Settles when it has ended and its output is drained. */
  readonly sentinel: PromiseLike<unknown>
  /** 0 after a normal end; negative for a signal. */
  readonly exitCode: number | null | undefined
  /** Why it ended; taken as the reason if it is there. */
  readonly death?: unknown
  terminate(): unknown
  kill(): unknown
}

/** A lane of a server as far as supervision needs it. */
export interface LaneLike {
  /** Settles when it is closed; rejects when it died. */
  readonly ended: PromiseLike<unknown>
  /** Finishes what is in flight, and closes. */
  drain(deadlineMs: number): unknown
  close(): unknown
}

/**
 * A function as a child: it ends when its promise settles, normally unless it rejects. It is asked to stop by its signal,
 * and cannot be killed. What it rejects with after it was asked to stop is a normal end.
 *
 * @example
 * const child = { id: 'poller', start: () => superviseFunction(async (signal) => poll({ signal })) }
 */
export function superviseFunction(run: (signal: AbortSignal) => unknown): Supervised {
  const abort = new AbortController()
  const ended = Promise.resolve(abort.signal)
    .then(run)
    .then(
      (reason): ChildEnd => ({ normal: true, reason }),
      (reason: unknown): ChildEnd => ({ normal: abort.signal.aborted, reason }),
    )
  return { ended, stop: () => abort.abort() }
}

/**
 * A process or program as a child: `terminate` stops it, `kill` kills it, exit code 0 is a normal end.
 * The reason is its `death` where it has one, else its exit code.
 */
export function superviseProcess(process: ProcessLike): Supervised {
  const end = (): ChildEnd => ({ normal: process.exitCode === 0, reason: process.death ?? process.exitCode })
  return {
    ended: Promise.resolve(process.sentinel).then(end),
    stop: () => process.terminate(),
    kill: () => process.kill(),
  }
}

/** A lane as a child: it is drained to stop, and closed when its time is over. */
export function superviseLane(lane: LaneLike): Supervised {
  return {
    ended: Promise.resolve(lane.ended).then((reason) => ({ normal: true, reason })),
    stop: (graceMs) => lane.drain(graceMs),
    kill: () => lane.close(),
  }
}

/**
 * A supervisor as a child: the `start` of a spec, each call of which makes a new one. Its `shutdownMs` should be Infinity,
 * since the children below have deadlines of their own.
 *
 * @example
 * const child = { id: 'lanes', start: superviseTree({ strategy: 'one-for-all', children }), shutdownMs: Infinity }
 */
export function superviseTree(options: SupervisorOptions): (context: StartContext) => Promise<Supervised> {
  return async ({ signal }) => {
    const supervisor = new Supervisor(options)
    signal.addEventListener('abort', () => void supervisor.stop(), { once: true })
    await supervisor.start()
    return supervisor
  }
}
