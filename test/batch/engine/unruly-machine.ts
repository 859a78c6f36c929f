/**
 * A machine on which anything may happen at any time: programs that do not start, that end twice, that are blocked after their
 * end. It knows what is true of each program, to compare with what the engine thinks.
 */
import { Engine, type EngineSettings, type Fact, type JobPlan, type Machine, type Step } from '#lanework/batch/index.js'
import type { Found, RestoredJob } from '#lanework/batch/index.js'
import { fail } from '#lanework/core/index.js'

export interface Process {
  readonly job: number
  readonly attempt: number
  state: 'starting' | 'runs' | 'over'
  goes: boolean
  isEnding: boolean
  cpus: readonly number[]
  exitCode: number | undefined
}

export class UnrulyMachine implements Machine {
  readonly steps: Step[] = []
  readonly facts: Fact[] = []
  readonly processes: Process[] = []
  /** What was wrong with a command. */
  readonly faults: string[] = []
  readonly engine: Engine
  now: number
  isFull = false

  constructor(settings: EngineSettings, now = 0) {
    this.now = now
    this.engine = new Engine(settings, this, {
      step: (step) => this.steps.push(step),
      fact: (fact) => {
        if (this.isFull) throw new Error('no space left on device')
        this.facts.push(fact)
      },
    })
  }

  start(job: number, attempt: number, _plan: JobPlan, cpus: readonly number[]): void {
    const isWritten = this.facts.some(
      (fact) => fact.kind === 'starting' && fact.job === job && fact.attempt === attempt,
    )
    if (!isWritten) this.faults.push(`${job}.${attempt} starts, and nothing of it is written`)
    if (this.alive(job) !== undefined) this.faults.push(`${job} starts twice`)
    this.processes.push({ job, attempt, state: 'starting', goes: true, isEnding: false, cpus, exitCode: undefined })
  }

  go(job: number, cpus: readonly number[]): void {
    const found = this.alive(job)
    if (found === undefined) this.faults.push(`${job} goes, and has no program`)
    else Object.assign(found, { goes: true, cpus })
  }

  stop(job: number): void {
    const found = this.alive(job)
    if (found === undefined) this.faults.push(`${job} stops, and has no program`)
    else found.goes = false
  }

  end(job: number): void {
    const found = this.alive(job)
    if (found === undefined) this.faults.push(`${job} is ended, and has no program`)
    else Object.assign(found, { isEnding: true, goes: true })
  }

  flush(): void {}

  alive(job: number): Process | undefined {
    return this.processes.find((each) => each.job === job && each.state !== 'over')
  }

  started(process: Process): void {
    if (process.state === 'starting') process.state = 'runs'
    this.engine.started(process.job, process.attempt, 1_000 + process.job, this.now)
  }

  notStarted(process: Process): void {
    if (process.state === 'runs') return
    process.state = 'over'
    this.engine.notStarted(process.job, process.attempt, new Error('no such program'), this.now)
  }

  /** No room for its mark: nothing ran, and nothing is left of the attempt. */
  notTried(process: Process): void {
    if (process.state === 'runs') return
    this.processes.splice(this.processes.indexOf(process), 1)
    const about = { program: 'p', argv: ['p'], cwd: '/', step: 'mark', errno: 'ENOSPC' }
    process.state = 'over'
    this.engine.notStarted(process.job, process.attempt, fail('PROGRAM_NOT_STARTED', about), this.now)
  }

  exit(process: Process, exitCode: number | undefined): void {
    process.state = 'over'
    process.exitCode = exitCode
    this.engine.ended(process.job, process.attempt, endOf(exitCode), this.now)
  }

  /** What a machine would find of these programs after the executive was killed; all that run are continued. */
  find(jobs: readonly RestoredJob[], successor: UnrulyMachine): RestoredJob[] {
    return jobs.map((job) => {
      if (job.program === 'none' || job.ended !== undefined) return job
      const known = this.processes.find((each) => each.job === job.id && each.attempt === job.attempt)
      if (known === undefined) return { ...job, found: { kind: 'never' } satisfies Found }
      if (known.state === 'over')
        return { ...job, found: { kind: 'ended', end: endOf(known.exitCode) } satisfies Found }
      successor.processes.push({ ...known, state: 'runs', goes: true })
      return { ...job, found: { kind: 'runs', pid: 1_000 + job.id } satisfies Found }
    })
  }
}

function endOf(exitCode: number | undefined) {
  const signal = exitCode !== undefined && exitCode < 0 ? 'SIGKILL' : undefined
  return { exitCode, signal, use: undefined, resources: undefined }
}
