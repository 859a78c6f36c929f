/** Jobs whose main process has ended: what it left behind is ended with its grace before the job is over. */
import type { ProcessIdentity } from '../../process/index.ts'
import { adoptedBy, leftOf } from './leftovers.ts'
import { attemptName, type Held } from './types.ts'

const lookMs = 20
/** After SIGKILL a process is gone when the kernel lets it; one that waits for a broken device may stay for ever. */
const patienceMs = 5_000

export interface EndingsEvents {
  terminate(held: Held, left: readonly ProcessIdentity[]): void
  /** Nothing of it is left, or nothing can be done about it. */
  over(held: Held): void
  trouble(held: Held, text: string): void
}

interface Ending {
  readonly deadline: number
  left: readonly ProcessIdentity[]
}

export class Endings {
  readonly #folder: string
  readonly #events: EndingsEvents
  readonly #endings = new Map<Held, Ending>()
  #timer: NodeJS.Timeout | undefined

  constructor(folder: string, events: EndingsEvents) {
    this.#folder = folder
    this.#events = events
  }

  /** Its main process has ended. `parent` is who adopts what left its session; `isMain` knows the main processes of others. */
  begin(held: Held, parent: number, isMain: (pid: number) => boolean): void {
    const left = leftOf(held, this.#folder, parent, isMain)
    if (left.length === 0) return this.#events.over(held)
    const { graceMs, plan, job } = held
    if (graceMs === undefined) {
      const many = left.length === 1 ? 'a process' : `${left.length} processes`
      this.#events.trouble(held, `Job ${job} (${plan.name}) left ${many} behind, which was ended too.`)
    }
    this.#events.terminate(held, left)
    this.#endings.set(held, { deadline: performance.now() + (graceMs ?? plan.graceMs) + patienceMs, left })
    this.#timer ??= setInterval(() => this.#look(parent, isMain), lookMs)
  }

  /** Adds to each job what has left its session and lives on as a child of `parent`. */
  findAdopted(running: readonly Held[], parent: number, isMain: (pid: number) => boolean): void {
    const known = new Set(running.flatMap(({ strays }) => strays.map(({ pid }) => pid)))
    const found = adoptedBy(parent, this.#folder, (pid) => isMain(pid) || known.has(pid))
    if (found.size === 0) return
    for (const held of running) {
      const more = found.get(attemptName(held.job, held.attempt))
      if (more !== undefined) held.strays = [...held.strays, ...more]
    }
  }

  close(): void {
    clearInterval(this.#timer)
    this.#endings.clear()
  }

  #look(parent: number, isMain: (pid: number) => boolean): void {
    for (const [held, ending] of this.#endings) {
      const left = leftOf(held, this.#folder, parent, isMain)
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
