/** Children that do what a test says, and a journal of what happened to them. */
import { VirtualClock } from '#lanework/testing/index.js'
import { Supervisor, type ChildEnd, type ChildSpec, type SupervisorOptions } from '#lanework/process/index.js'

/** Oddities of a child; by default it starts at once, and ends when it is asked to. */
export interface Manner {
  /** Virtual time that its start takes. */
  readonly startMs?: number
  /** Virtual time from `stop` to its end; Infinity ignores it. */
  readonly stopMs?: number
  /** Survives even `kill`. */
  readonly immortal?: boolean
  /** Which of its starts fail, from 1. */
  readonly failing?: readonly number[]
}

export class Stage {
  readonly clock: VirtualClock = new VirtualClock()
  /** In order: `start a`, `stop a`, `kill a`, `end a`. */
  readonly journal: string[] = []
  /** Events of the supervisor: `restarting a 100`. */
  readonly told: string[] = []
  readonly #alive = new Map<string, (end: ChildEnd) => void>()
  readonly #starts = new Map<string, number>()
  /** Set when a child was started while it still ran. */
  doubled: string | undefined

  get alive(): string[] {
    return [...this.#alive.keys()].sort()
  }

  startsOf(id: string): number {
    return this.#starts.get(id) ?? 0
  }

  child(id: string, manner: Manner = {}, spec: Partial<ChildSpec> = {}): ChildSpec {
    return { id, start: ({ signal }) => this.#start(id, manner, signal), ...spec }
  }

  supervisor(options: SupervisorOptions): Supervisor {
    const supervisor = new Supervisor({ clock: this.clock, random: () => 0, ...options })
    supervisor.on('restarting', ({ id, delayMs }) => this.told.push(`restarting ${id} ${delayMs}`))
    supervisor.on('gaveUp', ({ error }) => this.told.push(`gave up: ${(error as { code?: string }).code}`))
    supervisor.on('stuck', ({ id }) => this.told.push(`stuck ${id}`))
    supervisor.on('killed', ({ id, shutdownMs }) => this.told.push(`killed ${id} after ${shutdownMs}`))
    return supervisor
  }

  /** The child dies by itself; promises settle, time stands. */
  async die(id: string, end: ChildEnd = { normal: false, reason: 'crash' }): Promise<void> {
    this.#end(id, end)
    await this.settle()
  }

  async settle(): Promise<void> {
    for (let turn = 0; turn < 3; turn++) await this.clock.advance(0)
  }

  /** Stops the supervisor, letting time pass. */
  async close(supervisor: Supervisor): Promise<void> {
    const stopped = supervisor.stop()
    await this.clock.advance(60_000)
    await stopped
  }

  /** The journal since the last call. */
  since(): string[] {
    return this.journal.splice(0)
  }

  #end(id: string, end: ChildEnd): void {
    const resolve = this.#alive.get(id)
    if (resolve === undefined) return
    this.#alive.delete(id)
    this.journal.push(`end ${id}`)
    resolve(end)
  }

  async #start(id: string, manner: Manner, signal: AbortSignal) {
    if (this.#alive.has(id)) this.doubled ??= id
    this.journal.push(`start ${id}`)
    const count = this.startsOf(id) + 1
    this.#starts.set(id, count)
    const ended = new Promise<ChildEnd>((resolve) => this.#alive.set(id, resolve))
    if (manner.startMs !== undefined) await this.#pass(manner.startMs, signal, id)
    if (manner.failing?.includes(count)) {
      this.#alive.delete(id)
      throw new Error(`start ${count} of ${id} failed`)
    }
    return {
      ended,
      stop: () => {
        this.journal.push(`stop ${id}`)
        const { stopMs = 0 } = manner
        const end = (): void => this.#end(id, { normal: true, reason: 'stopped' })
        if (stopMs === 0) end()
        else if (stopMs !== Infinity) this.clock.after(stopMs, end)
      },
      kill: () => {
        this.journal.push(`kill ${id}`)
        if (!manner.immortal) this.#end(id, { normal: false, reason: 'killed' })
      },
    }
  }

  #pass(ms: number, signal: AbortSignal, id: string): Promise<void> {
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        timer.cancel()
        this.#alive.delete(id)
        reject(new Error('aborted'))
      }
      const timer = this.clock.after(ms, () => {
        signal.removeEventListener('abort', aborted)
        resolve()
      })
      signal.addEventListener('abort', aborted)
    })
  }
}
