/**
 * A machine without processes, on a clock without time: programs are lists of bursts, computing and waiting in turn. It obeys
 * the engine at once, and tells it what a real machine would.
 */
import { Engine, type EngineSettings, type Fact, type JobPlan, type Machine, type Step } from '#lanework/batch/index.js'

/** [3, 5, 2] computes 3 ms, waits 5 ms, computes 2 ms, and exits. */
export interface Program {
  readonly bursts: readonly number[]
  /** @default 0 */
  readonly exitCode?: number | undefined
}

export interface Submission {
  readonly at: number
  readonly plan: JobPlan
  /** Of each attempt; the last one for all further ones. */
  readonly programs: readonly Program[]
}

/** Times are sums of floating-point numbers; less than this is nothing. */
const rounding = 1e-9

/** More turns than any run of a test needs. */
const turnsLimit = 100_000

interface Running {
  readonly id: number
  readonly attempt: number
  readonly program: Program
  place: number
  left: number
  goes: boolean
  cpus: readonly number[]
  /** When it computed last, or is done waiting; and the order in which it began to wait. */
  since: number
  waitsUntil: number | undefined
  asked: number
}

export class VirtualMachine implements Machine {
  readonly engine: Engine
  readonly steps: Step[] = []
  readonly facts: Fact[] = []
  /** What the engine said, in words: `start 1`, `stop 2`. */
  readonly said: string[] = []
  now = 0
  readonly #programs = new Map<number, readonly Program[]>()
  readonly #running = new Map<number, Running>()
  readonly #arriving: Submission[]
  #starting: Running[] = []
  #ending: Running[] = []
  #asked = 0
  #ids = 0

  constructor(settings: EngineSettings, submissions: readonly Submission[]) {
    const events = { step: (step: Step) => this.steps.push(step), fact: (fact: Fact) => this.facts.push(fact) }
    this.engine = new Engine(settings, this, events)
    this.#arriving = submissions.toSorted((a, b) => a.at - b.at)
  }

  start(id: number, attempt: number, _plan: JobPlan, cpus: readonly number[]): void {
    this.said.push(`start ${id}`)
    const programs = this.#programs.get(id) ?? []
    const program = programs[Math.min(attempt, programs.length) - 1] ?? { bursts: [] }
    const [left = 0] = program.bursts
    const entry = { id, attempt, program, place: 0, left, goes: true, cpus, since: this.now }
    this.#starting.push({ ...entry, waitsUntil: undefined, asked: 0 })
  }

  go(id: number, cpus: readonly number[]): void {
    this.said.push(`go ${id}`)
    const program = this.#running.get(id)
    if (program === undefined) return
    this.#book(program)
    program.goes = true
    program.cpus = cpus
  }

  stop(id: number): void {
    this.said.push(`stop ${id}`)
    const program = this.#running.get(id)
    if (program === undefined) return
    this.#book(program)
    program.goes = false
  }

  end(id: number): void {
    this.said.push(`end ${id}`)
    const program = this.#running.get(id)
    if (program !== undefined) this.#ending.push(program)
  }

  flush(): void {}

  /** From event to event, until nothing is left to happen, or that instant. */
  run(until = Infinity): void {
    this.#answer()
    for (let turn = 0; ; turn++) {
      if (turn === turnsLimit) throw new Error(`The engine is called for ever at ${this.now}.`)
      const next = Math.min(this.#nextAt(), this.engine.nextAt())
      if (next === Infinity || next > until) return
      this.now = Math.max(this.now, next)
      for (const program of this.#running.values()) this.#book(program)
      this.engine.together(this.now, () => {
        this.#arrive()
        this.#waitIsOver()
        this.#burstIsOver()
      })
      this.#answer()
    }
  }

  /** Runs up to that instant, and then does this. */
  at(instant: number, call: (engine: Engine) => void): void {
    this.run(instant)
    this.now = instant
    for (const program of this.#running.values()) this.#book(program)
    call(this.engine)
    this.#answer()
  }

  /** `build running, test waiting`, in the order of submission. */
  states(): string {
    return this.engine
      .statuses()
      .map(({ name, state, outcome }) => `${name} ${outcome ?? state}`)
      .join(', ')
  }

  /** What became of one job: `waiting 0, queued 0, ready 0, running 0, ended 5`. */
  story(id: number): string {
    return this.steps.flatMap(({ job, to, at }) => (job === id ? [`${to} ${at}`] : [])).join(', ')
  }

  /** Programs that were started are, and those that were ended too. */
  #answer(): void {
    const { engine, now } = this
    while (this.#starting.length + this.#ending.length > 0) {
      const [starting, ending] = [this.#starting, this.#ending]
      this.#starting = []
      this.#ending = []
      engine.together(now, () => {
        for (const program of starting) {
          this.#running.set(program.id, program)
          engine.started(program.id, program.attempt, 100 + program.id, now)
        }
        for (const program of ending) this.#exit(program, -15)
      })
    }
  }

  #arrive(): void {
    for (let next = this.#arriving[0]; next !== undefined && next.at <= this.now; next = this.#arriving[0]) {
      this.#arriving.shift()
      const id = ++this.#ids
      this.#programs.set(id, next.programs)
      this.engine.add([{ id, plan: next.plan, submittedAt: next.at }], this.now)
    }
  }

  #waitIsOver(): void {
    const over = [...this.#running.values()].filter(({ waitsUntil = Infinity }) => waitsUntil <= this.now)
    for (const program of over.toSorted((a, b) => (a.waitsUntil ?? 0) - (b.waitsUntil ?? 0) || a.asked - b.asked)) {
      program.waitsUntil = undefined
      this.#next(program)
      if (this.#running.has(program.id)) this.engine.unblocked(program.id, this.now)
    }
  }

  #burstIsOver(): void {
    const over = [...this.#running.values()].filter((each) => each.waitsUntil === undefined && each.left <= rounding)
    for (const program of over.toSorted((a, b) => (a.cpus[0] ?? 0) - (b.cpus[0] ?? 0))) this.#next(program)
  }

  #next(program: Running): void {
    const { bursts, exitCode = 0 } = program.program
    const length = bursts[++program.place]
    if (length === undefined) return this.#exit(program, exitCode)
    if (program.place % 2 === 0) {
      program.left = length
      return
    }
    program.waitsUntil = this.now + length
    program.asked = this.#asked++
    this.engine.blocked(program.id, this.now, this.now)
  }

  #exit(program: Running, exitCode: number): void {
    if (!this.#running.delete(program.id)) return
    const signal = exitCode < 0 ? 'SIGTERM' : undefined
    this.engine.ended(program.id, program.attempt, { exitCode, signal, use: undefined, resources: undefined }, this.now)
  }

  #book(program: Running): void {
    const computes = program.goes && program.waitsUntil === undefined
    if (computes) program.left -= this.now - program.since
    program.since = this.now
  }

  #nextAt(): number {
    let next = this.#arriving[0]?.at ?? Infinity
    for (const { goes, waitsUntil, left, since } of this.#running.values())
      next = Math.min(next, waitsUntil ?? (goes ? since + left : Infinity))
    return next
  }
}
