/**
 * Watches how late the event loop is and how much memory there is in use, and says when to turn work away: better a part of
 * the clients refused at once than all of them served too late.
 */
import { checkInteger, checkKnownKeys, systemClock, type Clock, type Timer } from '../../core/index.ts'
import { Hysteresis, type Thresholds } from './hysteresis.ts'

export type LoadReason = 'lag' | 'memory'

export interface LoadState {
  readonly overloaded: boolean
  readonly reasons: readonly LoadReason[]
  /** How much later than due the last look came. */
  readonly lagMs: number
  /** Undefined without a threshold for memory. */
  readonly memoryBytes: number | undefined
}

export interface LoadWatchOptions {
  /** Lateness of the event loop, in milliseconds. @default not watched */
  readonly lagMs?: Thresholds | undefined
  /** Memory in use, in bytes. @default not watched */
  readonly memoryBytes?: Thresholds | undefined
  /** How often to look. @default 100 */
  readonly everyMs?: number | undefined
  /** So long a value must stay below `low` before it counts as calm. @default 1_000 */
  readonly calmMs?: number | undefined
  readonly clock?: Clock | undefined
  /** Gives bytes in use. @default the resident set of this process */
  readonly readMemory?: (() => number) | undefined
  /** Called when `overloaded` or its reasons change. */
  readonly onChange?: ((state: LoadState) => void) | undefined
  /** Called after each look, and after `onChange`. */
  readonly onLook?: ((state: LoadState) => void) | undefined
}

const optionNames = ['lagMs', 'memoryBytes', 'everyMs', 'calmMs', 'clock', 'readMemory', 'onChange', 'onLook']

/** Looks until it is closed; its timer does not keep the process. Throws OPTION_INVALID. */
export class LoadWatch {
  readonly #clock: Clock
  readonly #everyMs: number
  readonly #lag: Hysteresis | undefined
  readonly #memory: Hysteresis | undefined
  readonly #readMemory: () => number
  readonly #onChange: (state: LoadState) => void
  readonly #onLook: (state: LoadState) => void
  readonly #timer: Timer
  #lookedMs: number
  #state: LoadState = { overloaded: false, reasons: [], lagMs: 0, memoryBytes: undefined }

  constructor(options: LoadWatchOptions) {
    checkKnownKeys('load', options, optionNames)
    const { lagMs, memoryBytes, calmMs = 1_000 } = options
    this.#clock = options.clock ?? systemClock
    this.#everyMs = checkInteger('everyMs', options.everyMs ?? 100, 1, 60_000)
    this.#lag = lagMs && new Hysteresis('lagMs', lagMs, calmMs)
    this.#memory = memoryBytes && new Hysteresis('memoryBytes', memoryBytes, calmMs)
    this.#readMemory = options.readMemory ?? (() => process.memoryUsage.rss())
    this.#onChange = options.onChange ?? (() => {})
    this.#onLook = options.onLook ?? (() => {})
    this.#lookedMs = this.#clock.monotonicMs()
    this.#timer = this.#clock.every(this.#everyMs, () => this.#look())
  }

  /** For hot paths. */
  get overloaded(): boolean {
    return this.#state.overloaded
  }

  /** As of the last look. */
  get state(): LoadState {
    return this.#state
  }

  close(): void {
    this.#timer.cancel()
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs()
    const lagMs = Math.max(0, nowMs - this.#lookedMs - this.#everyMs)
    this.#lookedMs = nowMs
    const memoryBytes = this.#memory && this.#readMemory()
    const reasons: LoadReason[] = []
    if (this.#lag?.update(lagMs, nowMs) === true) reasons.push('lag')
    if (this.#memory?.update(memoryBytes ?? 0, nowMs) === true) reasons.push('memory')
    const before = this.#state.reasons.join()
    this.#state = { overloaded: reasons.length > 0, reasons, lagMs, memoryBytes }
    if (reasons.join() !== before) this.#onChange(this.#state)
    this.#onLook(this.#state)
  }
}
