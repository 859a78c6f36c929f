/**
 * One run of a child, from the call of its `start` until nothing of it runs: asks it to stop, kills it when the grace
 * is over, and reports its end once, whatever the child does.
 */
import type { Clock, Timer } from '../../core/index.ts'
import { invalid, type ChildSettings } from './settings.ts'
import type { ChildEnd, Supervised } from './types.ts'

export interface RunReports {
  started(): void
  startFailed(reason: unknown): void
  ended(end: ChildEnd): void
  killed(): void
  stuck(): void
}

export class ChildRun {
  readonly #settings: ChildSettings
  readonly #clock: Clock
  readonly #killMs: number
  readonly #reports: RunReports
  readonly #abort = new AbortController()
  #supervised: Supervised | undefined
  #timer: Timer | undefined
  #asked: 'stop' | 'kill' | undefined
  #isOver = false

  constructor(settings: ChildSettings, clock: Clock, killMs: number, reports: RunReports) {
    this.#settings = settings
    this.#clock = clock
    this.#killMs = killMs
    this.#reports = reports
  }

  async start(): Promise<void> {
    try {
      this.#supervised = checkSupervised(await this.#settings.start({ signal: this.#abort.signal }), this.#settings.id)
    } catch (error) {
      this.#finish(() => this.#reports.startFailed(error))
      return
    }
    const supervised = this.#supervised
    this.#watch(supervised)
    // A run that was given up while it started must not come to life after all.
    if (this.#isOver) return this.#reallyKill(supervised)
    this.#reports.started()
    if (this.#asked === 'kill') this.#reallyKill(supervised)
    else if (this.#asked === 'stop') this.#reallyStop(supervised)
  }

  stop(): void {
    if (this.#asked !== undefined || this.#isOver) return
    const { shutdownMs } = this.#settings
    if (shutdownMs === 0) return this.kill()
    this.#asked = 'stop'
    if (shutdownMs !== Infinity) this.#timer = this.#clock.after(shutdownMs, () => this.#graceIsOver())
    this.#abort.abort()
    if (this.#supervised !== undefined) this.#reallyStop(this.#supervised)
  }

  kill(): void {
    if (this.#asked === 'kill' || this.#isOver) return
    this.#asked = 'kill'
    this.#timer?.cancel()
    this.#timer = this.#clock.after(this.#killMs, () => this.#finish(() => this.#reports.stuck()))
    this.#abort.abort()
    if (this.#supervised !== undefined) this.#reallyKill(this.#supervised)
  }

  #graceIsOver(): void {
    this.#reports.killed()
    this.kill()
  }

  #watch(supervised: Supervised): void {
    Promise.resolve(supervised.ended).then(
      (end) => this.#finish(() => this.#reports.ended({ normal: end?.normal === true, reason: end?.reason })),
      (reason: unknown) => this.#finish(() => this.#reports.ended({ normal: false, reason })),
    )
  }

  /** A child that cannot even be asked is killed. */
  #reallyStop(supervised: Supervised): void {
    attempt(
      () => supervised.stop(this.#settings.shutdownMs),
      () => this.kill(),
    )
  }

  #reallyKill(supervised: Supervised): void {
    attempt(
      () => (supervised.kill === undefined ? supervised.stop(0) : supervised.kill()),
      () => {}, // whether it ended is what counts, and that is watched
    )
  }

  #finish(report: () => void): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#timer?.cancel()
    report()
  }
}

function checkSupervised(supervised: Supervised, id: string): Supervised {
  if (typeof supervised?.stop === 'function' && typeof supervised.ended?.then === 'function') return supervised
  throw invalid(`${id}.start`, 'a function that returns { ended, stop }', supervised)
}

/** Calls what may throw or reject. */
function attempt(action: () => unknown, onError: () => void): void {
  try {
    Promise.resolve(action()).catch(onError)
  } catch {
    onError()
  }
}
