/** Jobs whose main process has ended: what it left behind is ended with its grace before the job is over. */
import type { ProcessIdentity } from '../../process/index.ts'
import { adoptedBy, leftOf, lookFor } from './leftovers.ts'
import { attemptName, type Held } from './types.ts'

const lookMs = 20
/** After SIGKILL a process is gone when the kernel lets it; one that waits for a broken device may stay for ever. */
const patienceMs = 5_000

export interface EndingsEvents {
  terminate(held: Held, left: readonly ProcessIdentity[]): void
  /** Nothing of it is left, or nothing can be done about it. */
  over(held: Held): void
  trouble(held: Held, text: string): void
  /** Who adopts what left its job's session. */
  adopter(): number
  /** The main processes of all jobs. */
  mains(): ReadonlySet<number>
}

interface Ending {
  readonly deadline: number
  left: readonly ProcessIdentity[]
}

export class Endings {
  readonly #folder: string
  readonly #events: EndingsEvents
  readonly #endings = new Map<Held, Ending>()
  /** Their main processes ended in this turn. */
  readonly #begun = new Set<Held>()
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string, events: EndingsEvents) {
    this.#folder = folder
    this.#events = events
  }

  /** Its main process has ended. Those that end together are looked at together, when the turn is over. */
  begin(held: Held): void {
    if (this.#begun.size === 0) setImmediate(() => this.#lookAtBegun())
    this.#begun.add(held)
  }

  #lookAtBegun(): void {
    const look = lookFor(this.#events.adopter(), this.#folder, this.#events.mains())
    for (const held of this.#begun) {
      this.#begun.delete(held)
      this.#begin(held, leftOf(held, look))
    }
  }

  #begin(held: Held, left: readonly ProcessIdentity[]): void {
    if (left.length === 0) return this.#events.over(held)
    const { graceMs, plan, job } = held
    if (graceMs === undefined) {
      const many = left.length === 1 ? 'a process' : `${left.length} processes`
      this.#events.trouble(held, `Job ${job} (${plan.name}) left ${many} behind, which was ended too.`)
    }
    this.#events.terminate(held, left)
    this.#endings.set(held, { deadline: performance.now() + (graceMs ?? plan.graceMs) + patienceMs, left })
    this.#timer ??= setInterval(() => this.#look(), lookMs)
  }

  /** Adds to each job what has left its session and lives on as a child of `parent`. */
  findAdopted(running: readonly Held[], parent: number, mains: ReadonlySet<number>): void {
    const known = new Set(running.flatMap(({ strays }) => strays.map(({ pid }) => pid)))
    const found = adoptedBy(parent, this.#folder, (pid) => mains.has(pid) || known.has(pid))
    if (found.size === 0) return
    for (const held of running) {
      const more = found.get(attemptName(held.job, held.attempt))
      if (more !== undefined) held.strays = [...held.strays, ...more]
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#endings.clear()
    this.#begun.clear()
  }

  #look(): void {
    const look = lookFor(this.#events.adopter(), this.#folder, this.#events.mains())
    for (const [held, ending] of this.#endings) {
      const left = leftOf(held, look)
      const isLate = performance.now() > ending.deadline
      if (left.length > 0 && !isLate) {
        // Somebody was forked while its parent was being ended.
        if (left.some(({ pid }) => !ending.left.some((one) => one.pid === pid))) this.#events.terminate(held, left)
        ending.left = left
        continue
      }
      if (isLate)
        this.#events.trouble(held, `Job ${held.job} (${held.plan.name}) is over, but cannot be rid of its processes.`)
      this.#endings.delete(held)
      this.#events.over(held)
    }
    if (this.#endings.size > 0) return
    clearInterval(this.#timer)
    this.#timer = undefined
  }
}
