/** The supervisor: carries out what the rules command, and tells them what came of it. */
import { Emitter, fail, systemClock, type Clock, type Timer } from '../../core/index.ts'
import type { Command } from './commands.ts'
import { SupervisorRules } from './rules.ts'
import { ChildRun } from './run.ts'
import { checkChild, checkSettings, invalid, type ChildSettings, type Settings } from './settings.ts'
import type { ChildEnd, ChildSpec, Supervised, SupervisorEvents, SupervisorOptions, SupervisorStatus } from './types.ts'
import { Waiters } from './waiters.ts'

/**
 * Keeps children running, as in Erlang/OTP: starts them in order, restarts those that die, gives up when they die too
 * often, and stops them in reverse order, each within its time. A supervisor may be a child itself.
 *
 * The constructor throws OPTION_INVALID for options that make no sense.
 *
 * @example
 * await using supervisor = new Supervisor({ strategy: 'rest-for-one', children: [
 *   { id: 'journal', start: () => superviseProcess(startJournal()) },
 *   { id: 'lane', start: () => superviseFunction((signal) => runLane(signal)), shutdownMs: 10_000 },
 * ] })
 * supervisor.on('restarting', ({ id, delayMs, reason }) => log(`${id} is back in ${delayMs} ms`, reason))
 * await supervisor.start()
 */
export class Supervisor implements Supervised {
  /** Resolves when no child runs any more; `reason` is an error (RESTART_INTENSITY, ...) if it gave up. */
  readonly ended: Promise<ChildEnd>
  readonly #settings: Settings
  readonly #rules: SupervisorRules
  readonly #clock: Clock
  readonly #events = new Emitter<SupervisorEvents>()
  readonly #specs = new Map<string, ChildSettings>()
  readonly #runs = new Map<string, ChildRun>()
  readonly #delays = new Map<string, Timer>()
  readonly #waiters = new Waiters()
  readonly #queue: Command[] = []
  #isWorking = false
  #keeper: ReturnType<typeof setInterval> | undefined
  #starting: Promise<void> | undefined
  #onReady: (error?: unknown) => void = () => {}
  #resolveEnded: (end: ChildEnd) => void = () => {}

  constructor(options: SupervisorOptions = {}) {
    this.#settings = checkSettings(options)
    this.#clock = options.clock ?? systemClock
    this.#rules = new SupervisorRules(this.#settings)
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve
    })
    for (const spec of options.children ?? []) this.#add(spec)
  }

  /** Subscribes to an event; returns the function that unsubscribes. */
  on<Name extends keyof SupervisorEvents>(name: Name, listener: (event: SupervisorEvents[Name]) => void): () => void {
    return this.#events.on(name, listener)
  }

  status(): SupervisorStatus {
    return { state: this.#rules.state, strategy: this.#settings.strategy, children: this.#rules.status() }
  }

  /**
   * Starts the children in order; resolves when all run. When a first start fails, those already started are stopped in
   * reverse order and it rejects with CHILD_START_FAILED; with RESTART_INTENSITY when children died too often meanwhile,
   * and with CLOSED when the supervisor was stopped.
   */
  start(): Promise<void> {
    this.#starting ??= new Promise((resolve, reject) => {
      this.#onReady = (error) => (error === undefined ? resolve() : reject(error as Error))
      if (this.#rules.state === 'ended') this.#onReady(fail('CLOSED', { what: 'supervisor' }))
      else this.#do(() => this.#rules.start())
    })
    return this.#starting
  }

  /**
   * Adds a child as the last one; resolves when it runs (before `start()`: at once). Rejects with CHILD_START_FAILED, and
   * then forgets it; with OPTION_INVALID for a spec that makes no sense or an id that is taken, and with CLOSED.
   */
  async startChild(spec: ChildSpec): Promise<void> {
    this.#checkOpen()
    if (this.#rules.state === 'new') return this.#add(spec)
    const { id } = this.#check(spec)
    const isUp = this.#waiters.until(id, 'up')
    this.#add(spec)
    return isUp
  }

  /** Stops a child (unless it is down) and keeps its spec; a temporary one is forgotten. Rejects with CHILD_UNKNOWN. */
  async stopChild(id: string): Promise<void> {
    this.#checkKnown(id)
    const isDown = this.#waiters.until(id, 'down')
    this.#do(() => this.#rules.stopChild(id))
    return isDown
  }

  /**
   * Starts a child that was stopped or ended, or stops and starts one that runs; resolves when it runs. Its back-off
   * begins anew. Rejects with CHILD_START_FAILED (it stays stopped), CHILD_UNKNOWN, CLOSED.
   */
  async restartChild(id: string): Promise<void> {
    this.#checkOpen()
    this.#checkKnown(id)
    const isUp = this.#waiters.until(id, 'up')
    this.#do(() => this.#rules.restartChild(id))
    return isUp
  }

  /** Stops a child and forgets it. Rejects with CHILD_UNKNOWN. */
  async removeChild(id: string): Promise<void> {
    await this.stopChild(id)
    this.#do(() => this.#rules.forget(id))
  }

  /**
   * Stops all children in reverse order of start, each within its `shutdownMs`; resolves when none runs, or when those that
   * are left could not be killed (`ended` then has CHILD_STUCK as its reason).
   * @param graceMs After this time those that are left are killed. @default Infinity
   */
  async stop(graceMs: number = Infinity): Promise<void> {
    const isBounded = graceMs !== Infinity
    if (isBounded && !(graceMs >= 0)) throw invalid('graceMs', 'a number, 0 or more', graceMs)
    const grace = isBounded ? this.#clock.after(graceMs, () => this.kill()) : undefined
    this.#do(() => this.#rules.stop())
    await this.ended
    grace?.cancel()
  }

  /** Kills all children at once. */
  kill(): void {
    this.#do(() => this.#rules.kill())
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  // Commands

  /** Commands may call back into the supervisor; what follows from that waits for its turn. */
  #do(decide: () => Command[]): void {
    this.#queue.push(...decide())
    if (this.#isWorking) return
    this.#isWorking = true
    for (let command = this.#queue.shift(); command !== undefined; command = this.#queue.shift()) this.#execute(command)
    this.#isWorking = false
    this.#keepProcess(this.#rules.isBusy)
  }

  #execute(command: Command): void {
    switch (command.do) {
      case 'start':
        return this.#startRun(command.id)
      case 'stop':
        return this.#runs.get(command.id)?.stop()
      case 'kill':
        return this.#runs.get(command.id)?.kill()
      case 'delay':
        return this.#delay(command.id, command.delayMs)
      case 'cancelDelay':
        return this.#cancelDelay(command.id)
      case 'forget':
        return void this.#specs.delete(command.id)
      case 'settle':
        return this.#waiters.settle(command.id, command.outcome, command.error)
      case 'tell':
        return this.#events.emit(command.told.name, command.told.event)
      case 'ready':
        return this.#onReady()
      case 'end':
        return this.#finish(command.end)
    }
  }

  /** Timers of a clock do not keep the process; a child that waits for its restart has to. */
  #keepProcess(isNeeded: boolean): void {
    if (isNeeded) this.#keeper ??= setInterval(() => {}, 1_000_000)
    else {
      clearInterval(this.#keeper)
      this.#keeper = undefined
    }
  }

  #startRun(id: string): void {
    const settings = this.#specs.get(id)
    if (settings === undefined) return
    const over = (decide: () => Command[]): void => {
      this.#runs.delete(id)
      this.#do(decide)
    }
    const now = (): number => this.#clock.monotonicMs()
    const run = new ChildRun(settings, this.#clock, this.#settings.killMs, {
      started: () => this.#do(() => this.#rules.started(id, now())),
      startFailed: (reason) => over(() => this.#rules.startFailed(id, reason, now())),
      ended: (end) => over(() => this.#rules.ended(id, end, now())),
      stuck: () => over(() => this.#rules.stuck(id)),
      killed: () => this.#events.emit('killed', { id, shutdownMs: settings.shutdownMs }),
    })
    this.#runs.set(id, run)
    void run.start()
  }

  #delay(id: string, delayMs: number): void {
    const over = (): void => {
      this.#delays.delete(id)
      this.#do(() => this.#rules.delayOver(id))
    }
    this.#delays.set(id, this.#clock.after(delayMs, over))
  }

  #cancelDelay(id: string): void {
    this.#delays.get(id)?.cancel()
    this.#delays.delete(id)
  }

  #finish(end: ChildEnd): void {
    const closed = fail('CLOSED', { what: 'supervisor' })
    this.#waiters.close(closed)
    this.#onReady(end.normal ? closed : end.reason)
    this.#resolveEnded(end)
  }

  // Children

  #add(spec: ChildSpec): void {
    const settings = this.#check(spec)
    this.#specs.set(settings.id, settings)
    this.#do(() => this.#rules.add(settings))
  }

  #check(spec: ChildSpec): ChildSettings {
    const settings = checkChild(spec, this.#settings.autoShutdown)
    if (this.#rules.has(settings.id)) throw invalid('child.id', 'unique in its supervisor', settings.id)
    return settings
  }

  #checkKnown(id: string): void {
    if (this.#rules.has(id)) return
    throw fail('CHILD_UNKNOWN', { child: id, known: [...this.#specs.keys()].join(', ') || 'none' })
  }

  #checkOpen(): void {
    const { state } = this.#rules
    if (state === 'stopping' || state === 'ended') throw fail('CLOSED', { what: 'supervisor' })
  }
}
