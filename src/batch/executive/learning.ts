/** What a batch learns of its jobs, and what it expects of them: the history of its folder, kept up and asked. */
import type { PolicyChoice } from '../../schedule/index.ts'
import { forecast } from '../predict/forecast.ts'
import { History } from '../predict/history.ts'
import type { Forecast, JobStatus } from '../types.ts'
import type { SettledSettings } from './settings.ts'

/** Saved so long after something was learned. */
const saveMs = 1_000
/** Simulating holds up slices, so it is done rarely and briefly: some events of the simulator take a microsecond. */
const freshMs = 1_000
const events = 4_000

export interface Asked {
  readonly choice: PolicyChoice
  statuses(): readonly JobStatus[]
}

export class Learning {
  readonly #history: History
  readonly #settings: SettledSettings
  #saving: NodeJS.Timeout | undefined
  #forecasts: ReadonlyMap<number, Forecast> = new Map()
  #forecastAt = -Infinity

  constructor(folder: string, settings: SettledSettings) {
    this.#history = History.open(folder)
    this.#settings = settings
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

  /** When jobs will end, by their numbers; not older than a second. `now` in ms since 1970. */
  forecasts(asked: Asked, now: number): ReadonlyMap<number, Forecast> {
    if (now - this.#forecastAt < freshMs) return this.#forecasts
    const { memoryBytes, resources, slots, degree, cpus } = this.#settings
    const settings = { policy: asked.choice, memoryBytes, resources, slots, degree, cpus, events }
    this.#forecasts = forecast(asked.statuses(), settings, this.#history, now)
    this.#forecastAt = now
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
