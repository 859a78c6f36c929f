/**
 * The rules of a supervisor as a state machine without time or promises: it is told what happened, and answers with
 * commands. Each event changes what is wanted; `#advance` then orders the next steps towards it, so that overlapping
 * deaths and calls need no cases of their own.
 *
 *            start             started             stop (mustEnd)            ended
 *  waiting ────────▶ starting ─────────▶ running ────────────────▶ stopping ───────▶ waiting (wanted) or stopped
 *     ▲                  │ failed           │ ended                     │ neither stop nor kill helped
 *     └── restart, delay ┴──────────────────┴──▶ ended (not restarted)  └──▶ stuck
 */
import { fail } from '../../core/index.ts'
import { isOccupied, newChild, statusOf, type Child } from './children.ts'
import type { Command, Outcome, Told } from './commands.ts'
import { RestartWindow } from './restart-window.ts'
import { delayOf, type ChildSettings, type Settings } from './settings.ts'
import type { ChildEnd, ChildStatus, SupervisorState } from './types.ts'

export class SupervisorRules {
  readonly #settings: Settings
  readonly #window: RestartWindow
  #children: Child[] = []
  #state: SupervisorState = 'new'
  /** How the supervisor will have ended; the first reason counts. */
  #end: ChildEnd | undefined
  #commands: Command[] = []

  constructor(settings: Settings) {
    this.#settings = settings
    this.#window = new RestartWindow(settings.restarts, settings.withinMs)
  }

  get state(): SupervisorState {
    return this.#state
  }

  status(): ChildStatus[] {
    return this.#children.map((child) => statusOf(child))
  }

  has(id: string): boolean {
    return this.#children.some((child) => child.settings.id === id)
  }

  // What is asked

  start(): Command[] {
    if (this.#state === 'new') this.#state = 'starting'
    return this.#advance()
  }

  add(settings: ChildSettings): Command[] {
    const isInitial = this.#state === 'new'
    this.#children.push(newChild(settings, isInitial ? 'supervisor' : 'caller'))
    return this.#advance()
  }

  stopChild(id: string): Command[] {
    const child = this.#find(id)
    child.wanted = false
    child.mustEnd = isOccupied(child)
    this.#cancelDelay(child)
    if (!child.mustEnd) this.#down(child, child.state === 'waiting' ? 'stopped' : child.state)
    return this.#advance()
  }

  /** Stops it if it runs; then it starts, without delay. */
  restartChild(id: string): Command[] {
    const child = this.#find(id)
    child.wanted = true
    child.mustEnd = isOccupied(child)
    child.proving ??= 'caller'
    child.attempts = 0
    this.#cancelDelay(child)
    if (!child.mustEnd) child.state = 'waiting'
    return this.#advance()
  }

  /** Forgets a child that does not run and is not about to. */
  forget(id: string): Command[] {
    const child = this.#children.find(({ settings }) => settings.id === id)
    if (child !== undefined && !child.wanted && !isOccupied(child)) this.#remove(child)
    return this.#advance()
  }

  /** Something is about to happen, so the process must not end meanwhile. */
  get isBusy(): boolean {
    if (this.#state === 'new' || this.#state === 'ended') return false
    return this.#children.some(({ state }) => state === 'waiting' || state === 'starting' || state === 'stopping')
  }

  stop(end: ChildEnd = { normal: true, reason: 'stopped' }): Command[] {
    this.#shutDown(end)
    return this.#advance()
  }

  /** Stops without order and grace. */
  kill(): Command[] {
    this.#shutDown({ normal: true, reason: 'killed' })
    for (const child of this.#children.filter(isOccupied)) {
      child.state = 'stopping'
      this.#commands.push({ do: 'kill', id: child.settings.id })
    }
    return this.#advance()
  }

  // What happened

  started(id: string, nowMs: number): Command[] {
    const child = this.#find(id)
    child.runs++
    child.startedAtMs = nowMs
    // One that is stopping meanwhile is up only to go down.
    if (child.state === 'starting') {
      child.state = 'running'
      if (!child.mustEnd) this.#up(child)
    }
    this.#tell({ name: 'started', event: { id, run: child.runs } })
    return this.#advance()
  }

  startFailed(id: string, reason: unknown, nowMs: number): Command[] {
    const child = this.#find(id)
    child.lastReason = reason
    this.#tell({ name: 'startFailed', event: { id, reason } })
    const isExpected = child.state === 'stopping' || child.mustEnd
    if (isExpected) this.#down(child, 'stopped')
    else if (child.proving !== undefined) this.#startedInVain(child, reason)
    else this.#died(child, { normal: false, reason }, nowMs)
    return this.#advance()
  }

  ended(id: string, end: ChildEnd, nowMs: number): Command[] {
    const child = this.#find(id)
    child.lastReason = end.reason
    const expected = child.state === 'stopping' || child.mustEnd
    this.#tell({ name: 'ended', event: { id, ...end, expected } })
    if (expected) this.#down(child, 'stopped')
    else this.#died(child, end, nowMs)
    return this.#advance()
  }

  /** It did not end, whatever was done: nothing may take its place, so the supervisor gives up. */
  stuck(id: string): Command[] {
    const child = this.#find(id)
    child.wanted = false
    this.#tell({ name: 'stuck', event: { id } })
    this.#down(child, 'stuck')
    const error = fail('CHILD_STUCK', { child: id, shutdownMs: child.settings.shutdownMs })
    if (this.#end?.normal) this.#end = { normal: false, reason: error }
    this.#giveUp(error)
    return this.#advance()
  }

  delayOver(id: string): Command[] {
    this.#find(id).delayed = false
    return this.#advance()
  }

  // Deaths

  #died(child: Child, end: ChildEnd, nowMs: number): void {
    const { id, restart } = child.settings
    const isRestarted = restart === 'permanent' || (restart === 'transient' && !end.normal)
    if (!isRestarted) {
      child.wanted = false
      this.#down(child, 'ended')
      if (child.settings.significant) this.#significantEnded(id)
      return
    }
    if (this.#window.add(nowMs)) {
      child.wanted = false
      this.#down(child, 'ended')
      return this.#giveUp(this.#tooMany(child, end.reason))
    }
    child.state = 'waiting'
    this.#restartLater(child, end.reason, nowMs)
    for (const sibling of this.#affectedBy(child)) this.#renew(sibling)
  }

  #restartLater(child: Child, reason: unknown, nowMs: number): void {
    const { backoff, random } = this.#settings
    const { id } = child.settings
    if (backoff !== undefined && child.runs > 0 && nowMs - child.startedAtMs >= backoff.resetAfterMs) child.attempts = 0
    const delayMs = backoff === undefined ? 0 : delayOf(backoff, child.attempts, random())
    child.attempts++
    child.restarts++
    child.delayed = delayMs > 0
    this.#tell({ name: 'restarting', event: { id, delayMs, attempt: child.attempts, reason } })
    if (child.delayed) this.#commands.push({ do: 'delay', id, delayMs })
  }

  #affectedBy(child: Child): Child[] {
    const { strategy } = this.#settings
    if (strategy === 'one-for-one') return []
    const from = strategy === 'one-for-all' ? 0 : this.#children.indexOf(child) + 1
    return this.#children.slice(from).filter((other) => other !== child)
  }

  /** A sibling that runs has to end and start again; temporary ones only end. */
  #renew(sibling: Child): void {
    if (sibling.state !== 'running' && sibling.state !== 'starting') return
    sibling.mustEnd = true
    if (sibling.settings.restart === 'temporary') sibling.wanted = false
  }

  #startedInVain(child: Child, reason: unknown): void {
    const { id } = child.settings
    const error = fail('CHILD_START_FAILED', { child: id, reason: describe(reason) }, { cause: reason })
    const isInitial = child.proving === 'supervisor'
    child.wanted = false
    this.#settle(child, 'gone', error)
    // One that was to be added never was a child.
    if (child.runs === 0 && !isInitial) this.#remove(child)
    else this.#down(child, 'stopped')
    if (isInitial) this.#giveUp(error)
  }

  #significantEnded(id: string): void {
    const { autoShutdown } = this.#settings
    const others = this.#children.some((child) => child.settings.significant && child.wanted)
    if (autoShutdown === 'never' || (autoShutdown === 'all-significant' && others)) return
    this.#shutDown({ normal: true, reason: `the significant child ${id} ended` })
  }

  #tooMany(child: Child, reason: unknown): Error {
    const { restarts, withinMs } = this.#settings
    const detail = { child: child.settings.id, restarts, withinMs, reason: describe(reason) }
    return fail('RESTART_INTENSITY', detail, { cause: reason })
  }

  #giveUp(error: Error): void {
    if (this.#state === 'stopping' || this.#state === 'ended') return
    this.#tell({ name: 'gaveUp', event: { error } })
    this.#shutDown({ normal: false, reason: error })
  }

  #shutDown(end: ChildEnd): void {
    if (this.#state === 'stopping' || this.#state === 'ended') return
    this.#end = end
    this.#state = 'stopping'
    for (const child of this.#children) {
      child.wanted = false
      child.mustEnd = isOccupied(child)
      this.#cancelDelay(child)
      if (child.state === 'waiting') this.#down(child, 'stopped')
    }
  }

  // Up and down

  #up(child: Child): void {
    child.proving = undefined
    this.#settle(child, 'up')
  }

  /** Nothing of it runs now; one that is wanted waits for its turn. */
  #down(child: Child, state: Child['state']): void {
    child.mustEnd = false
    child.state = child.wanted ? 'waiting' : state
    this.#settle(child, 'down')
    if (child.wanted) return
    this.#settle(child, 'gone')
    if (child.settings.restart === 'temporary' && child.state !== 'stuck') this.#remove(child)
  }

  #remove(child: Child): void {
    this.#children = this.#children.filter((each) => each !== child)
    this.#commands.push({ do: 'forget', id: child.settings.id })
  }

  #cancelDelay(child: Child): void {
    if (child.delayed) this.#commands.push({ do: 'cancelDelay', id: child.settings.id })
    child.delayed = false
  }

  // The next steps

  #advance(): Command[] {
    if (this.#state !== 'new' && this.#state !== 'ended') {
      this.#stopNext()
      this.#startNext()
      this.#completeState()
    }
    const commands = this.#commands
    this.#commands = []
    return commands
  }

  /** Order matters while all start or stop, and always where children may depend on those before them. */
  get #isOrdered(): boolean {
    return this.#state !== 'running' || this.#settings.strategy !== 'one-for-one'
  }

  /** Those that must end are stopped, the last one first. */
  #stopNext(): void {
    for (const child of this.#children.toReversed()) {
      const mayStop = child.mustEnd && (child.state === 'running' || child.state === 'starting')
      if (mayStop) {
        child.state = 'stopping'
        this.#commands.push({ do: 'stop', id: child.settings.id })
      }
      if (this.#isOrdered && child.state === 'stopping') return
    }
  }

  /** Those that wait are started, the first one first, once those that had to end are down. */
  #startNext(): void {
    const isOrdered = this.#isOrdered
    if (isOrdered && this.#children.some((child) => child.mustEnd)) return
    for (const child of this.#children) {
      if (!child.wanted || child.state === 'running') continue
      if (child.state === 'waiting' && !child.delayed) {
        child.state = 'starting'
        this.#commands.push({ do: 'start', id: child.settings.id })
      }
      if (isOrdered) return
    }
  }

  #completeState(): void {
    const { state } = this
    if (state === 'starting' && this.#children.every((child) => !child.wanted || isUp(child))) {
      this.#state = 'running'
      this.#commands.push({ do: 'ready' })
      this.#tell({ name: 'ready', event: {} })
    }
    if (state === 'stopping' && !this.#children.some(isOccupied)) {
      this.#state = 'ended'
      const end = this.#end ?? { normal: true, reason: 'stopped' }
      this.#tell({ name: 'stopped', event: end })
      this.#commands.push({ do: 'end', end })
    }
  }

  #tell(told: Told): void {
    this.#commands.push({ do: 'tell', told })
  }

  #settle(child: Child, outcome: Outcome, error?: Error): void {
    this.#commands.push({ do: 'settle', id: child.settings.id, outcome, ...(error === undefined ? {} : { error }) })
  }

  #find(id: string): Child {
    const child = this.#children.find(({ settings }) => settings.id === id)
    if (child !== undefined) return child
    const known = this.#children.map(({ settings }) => settings.id).join(', ') || 'none'
    throw fail('CHILD_UNKNOWN', { child: id, known })
  }
}

function isUp(child: Child): boolean {
  return child.state === 'running' && !child.mustEnd
}

function describe(reason: unknown): string {
  return reason instanceof Error ? `${reason.name}: ${reason.message}` : String(reason)
}
