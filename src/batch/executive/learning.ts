/** What a batch learns of its jobs, and what it expects of them: the history of its folder, kept up and asked. */
import type { PolicyChoice } from '../../schedule/index.ts'
import { forecast } from '../predict/forecast.ts'
import { History } from '../predict/history.ts'
import { savedSwitchMs } from '../predict/switch-cost/saved.ts'
import type { Forecast, JobState, JobStatus } from '../types.ts'
import type { SettledSettings } from './settings.ts'

/** Saved so long after something was learned. */
const saveMs = 1_000
/** Simulating holds up slices, so it is done rarely and briefly: some events of the simulator take a microsecond. */
const events = 4_000
/** A forecast is at least so old before another is made, and older where it took long: it takes one part of a hundred at most. */
const freshMs = 1_000
const share = 100
/** With more jobs that have not ended none is made: it would take too long, and say little. */
const jobsLimit = 100

export interface Asked {
  readonly choice: PolicyChoice
  statuses(): readonly JobStatus[]
  counts(): Readonly<Record<JobState, number>>
}

export class Learning {
  readonly #history: History
  readonly #settings: SettledSettings
  /** What a switch costs here, if somebody has measured it. */
  readonly #contextSwitchMs: number
  #saving: NodeJS.Timeout | undefined
  #forecasts: ReadonlyMap<number, Forecast> = new Map()
  #freshUntil = -Infinity

  constructor(folder: string, settings: SettledSettings) {
    this.#history = History.open(folder)
    this.#settings = settings
    this.#contextSwitchMs = savedSwitchMs(folder)
  }

  expected(key: string): number | undefined {
    return this.#history.expected(key)
  }

  /** From a job that has ended. */
  learn(status: JobStatus): void {
    if (!this.#history.learnFrom(status)) return
    this.#saving ??= setTimeout(() => {
      this.#saving = undefined
      void this.#history.save()
    }, saveMs).unref()
  }

  /** When those that have not ended will, by their numbers; some seconds old at most. `now` in ms since 1970. */
  forecasts(asked: Asked, now: number): ReadonlyMap<number, Forecast> {
    if (performance.now() < this.#freshUntil) return this.#forecasts
    const { memoryBytes, resources, slots, degree, cpus } = this.#settings
    const contextSwitchMs = this.#contextSwitchMs
    const settings = { policy: asked.choice, memoryBytes, resources, slots, degree, cpus, events, contextSwitchMs }
    const begin = performance.now()
    const counts = Object.entries(asked.counts())
    const unended = counts.reduce((sum, [state, count]) => (state === 'ended' ? sum : sum + count), 0)
    const isShort = unended > 0 && unended <= jobsLimit
    this.#forecasts = isShort ? forecast(asked.statuses(), settings, this.#history, now) : new Map()
    const end = performance.now()
    if (isShort) this.#freshUntil = end + Math.max(freshMs, share * (end - begin))
    return this.#forecasts
  }

  troubles(): readonly string[] {
    return this.#history.trouble === undefined ? [] : [this.#history.trouble]
  }

  async close(): Promise<void> {
    clearTimeout(this.#saving)
    await this.#history.save()
  }
}
