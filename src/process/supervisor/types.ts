/** What a supervisor is given and tells: children, strategy, limits, events, status. */
import type { Clock } from '../../core/index.ts'

/** How something ended. */
export interface ChildEnd {
  /** True when it came to its end by itself, without error: a transient child is not restarted then. */
  readonly normal: boolean
  /** What it ended with: a result, an error, a typed death. */
  readonly reason: unknown
}

/** Anything that can be supervised: a process, a program, a lane, a function, another supervisor. */
export interface Supervised {
  /** Resolves once nothing of it runs any more. A rejection counts as an end that is not normal. */
  readonly ended: Promise<ChildEnd>
  /** Asks it to end within `graceMs` (Infinity: whenever it can). */
  stop(graceMs: number): unknown
  /** Ends it at once; called when the grace is over. */
  kill?(): unknown
}

/** What `start` is told. */
export interface StartContext {
  /** Aborted when the child is to stop, also while it starts. */
  readonly signal: AbortSignal
}

/** Permanent: always restarted. Transient: unless it ended normally. Temporary: never, and forgotten when it ends. */
export type RestartKind = 'permanent' | 'transient' | 'temporary'

export interface ChildSpec {
  /** Unique in its supervisor. */
  readonly id: string
  /** Starts it; called again for each restart, never while the last one still runs. */
  readonly start: (context: StartContext) => Supervised | Promise<Supervised>
  /** @default 'permanent' */
  readonly restart?: RestartKind
  /**
   * Milliseconds between `stop` and `kill`; 0 kills at once, Infinity waits (for supervisors).
   * @default 5000
   */
  readonly shutdownMs?: number
  /** Its end without a restart may end the supervisor, see `autoShutdown`. Not for permanent children. @default false */
  readonly significant?: boolean
}

/**
 * Who is restarted when a child dies: it alone, all children, or it and those that were started after it (they may depend
 * on it). Those that have to go are stopped in reverse order of start, then all are started in order. Children that have
 * ended for good are left alone.
 */
export type Strategy = 'one-for-one' | 'one-for-all' | 'rest-for-one'

/** When too many children died in too short a time, restarting does not help. */
export interface Intensity {
  /** Restarts that are allowed within the time; 0 allows none. @default 3 */
  readonly restarts?: number
  /** Milliseconds. @default 5000 */
  readonly withinMs?: number
}

/** How long a child stays down before it is restarted. */
export interface Backoff {
  /** Before the first restart. @default 100 */
  readonly initialMs?: number
  /** Each further one takes so many times longer. @default 2 */
  readonly factor?: number
  /** @default 10000 */
  readonly maxMs?: number
  /** A child that ran so long starts again with `initialMs`. @default 30000 */
  readonly resetAfterMs?: number
  /** Part of the delay that is random, 0 to 1, so that children which died together do not return together. @default 0.5 */
  readonly jitter?: number
}

export interface SupervisorOptions {
  /** Started in this order, each when the one before runs. @default [] */
  readonly children?: readonly ChildSpec[]
  /** @default 'one-for-one' */
  readonly strategy?: Strategy
  readonly intensity?: Intensity
  /** False restarts at once. */
  readonly backoff?: Backoff | false
  /**
   * Whether the supervisor ends when a significant child (or the last of them) ended and is not restarted.
   * @default 'never'
   */
  readonly autoShutdown?: 'never' | 'any-significant' | 'all-significant'
  /** Milliseconds after which a child that was killed, and yet did not end, is given up. @default 5000 */
  readonly killMs?: number
  /** @default systemClock */
  readonly clock?: Clock
  /** Numbers in [0, 1) for the jitter. @default Math.random */
  readonly random?: () => number
}

/** Payloads by event; ids are those of children. */
export interface SupervisorEvents {
  /** The child runs; `run` counts from 1. */
  started: { readonly id: string; readonly run: number }
  /** The child does not run any more. `expected`: it was asked to end. */
  ended: { readonly id: string; readonly normal: boolean; readonly reason: unknown; readonly expected: boolean }
  /** Its start failed. */
  startFailed: { readonly id: string; readonly reason: unknown }
  /** It will be started again after the delay; `attempt` counts from 1 and falls back after a long run. */
  restarting: { readonly id: string; readonly delayMs: number; readonly attempt: number; readonly reason: unknown }
  /** Its grace was over. */
  killed: { readonly id: string; readonly shutdownMs: number }
  /** It did not even end when it was killed. */
  stuck: { readonly id: string }
  /** All children run. */
  ready: Record<string, never>
  /** The supervisor stops because of this error. */
  gaveUp: { readonly error: Error }
  /** No child runs any more. */
  stopped: ChildEnd
}

/** Waiting: for its turn or for the end of its back-off. Ended: by itself. Stopped: by `stopChild` or the supervisor. */
export type ChildState = 'waiting' | 'starting' | 'running' | 'stopping' | 'ended' | 'stopped' | 'stuck'

export interface ChildStatus {
  readonly id: string
  readonly state: ChildState
  readonly restart: RestartKind
  readonly significant: boolean
  /** Successful starts. */
  readonly runs: number
  /** Restarts because of a death. */
  readonly restarts: number
  /** Why it ended last; undefined before. */
  readonly lastReason: unknown
}

export type SupervisorState = 'new' | 'starting' | 'running' | 'stopping' | 'ended'

export interface SupervisorStatus {
  readonly state: SupervisorState
  readonly strategy: Strategy
  /** In order of start. */
  readonly children: readonly ChildStatus[]
}
