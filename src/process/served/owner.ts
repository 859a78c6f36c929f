/** A lock that this thread serves, and a handle of one. Who waits gets it in the order of asking. */
import { fail } from '../../core/index.ts'
import type { Entry, LockCell, Taken } from '../sync/owner-cell.ts'
import type { WaitOptions } from '../sync/wait-point.ts'
import { cannotBlock, type ServedHandle } from './handle.ts'
import { ServedObject, WaitList, type Answer, type Visitor } from './object.ts'

export class OwnerObject extends ServedObject {
  readonly #what: string
  readonly #waiters = new WaitList<{ readonly answer: Answer }>()
  #holder: Visitor | undefined
  /** The last holder is gone, and nobody was told yet. */
  #died = false

  constructor(what: string) {
    super()
    this.#what = what
  }

  readonly methods = {
    acquire: (answer: Answer): void => {
      this.#waiters.add({ answer })
      this.#serve()
    },
    release: (answer: Answer): void => {
      if (this.#holder !== answer.visitor) throw fail('LOCK_NOT_HELD', { what: this.#what })
      this.#holder = undefined
      answer.resolve()
      this.#serve()
    },
  }

  view(): boolean {
    return this.#holder !== undefined || this.#died
  }

  gone(visitor: Visitor): void {
    if (this.#holder !== visitor) return
    this.#holder = undefined
    this.#died = true
    this.#serve()
  }

  #serve(): void {
    const next = this.#holder === undefined ? this.#waiters.shift() : undefined
    if (next !== undefined) {
      this.#holder = next.answer.visitor
      const taken: Taken = this.#died ? 'died' : 'free'
      this.#died = false
      next.answer.resolve(taken)
    }
    this.onChange()
  }
}

/** What the handles of a lock in one thread know together. */
interface Hold {
  mine: boolean
  readonly notes: Int32Array
  /** Those who wait here and may hold it several times. */
  readonly waiting: Set<() => void>
}

export class ServedOwner implements LockCell {
  readonly #handle: ServedHandle
  readonly #what: string
  readonly #hold: Hold

  constructor(handle: ServedHandle, what: string) {
    this.#handle = handle
    this.#what = what
    this.#hold = handle.note('hold', () => ({ mine: false, notes: new Int32Array(2), waiting: new Set() }))
  }

  get taken(): boolean {
    return this.mine || (this.#handle.view as boolean)
  }

  get mine(): boolean {
    return this.#hold.mine
  }

  get notes(): Int32Array {
    return this.#hold.notes
  }

  checkMine(): void {
    if (!this.mine) throw fail('LOCK_NOT_HELD', { what: this.#what })
  }

  take(): Taken | undefined {
    return this.#got(this.#handle.now('acquire', [], 'acquiring without waiting'))
  }

  free(): void {
    this.checkMine()
    this.#hold.mine = false
    this.#handle.tell('release')
  }

  noted(): void {
    for (const tryAgain of this.#hold.waiting) tryAgain()
  }

  acquire(options: WaitOptions, entry?: Entry): Promise<Taken> {
    if (entry === undefined) return this.#ask(options)
    return entry.again() ? Promise.resolve('free') : this.#enter(options, entry)
  }

  acquireSync(): never {
    if (this.mine) throw fail('WOULD_DEADLOCK', { what: this.#what })
    throw cannotBlock('acquireSync')
  }

  /** Asks for it, and withdraws that when its owner has got it meanwhile by another wait: the server knows threads only. */
  #enter(options: WaitOptions, entry: Entry): Promise<Taken> {
    return new Promise((resolve, reject) => {
      const { waiting } = this.#hold
      const stop = new AbortController()
      const { signal: given } = options
      const signal = given === undefined ? stop.signal : AbortSignal.any([given, stop.signal])
      const tryAgain = (): void => {
        if (this.#handle.closed || !entry.again()) return
        waiting.delete(tryAgain)
        resolve('free')
        stop.abort()
      }
      waiting.add(tryAgain)
      const got = (taken: Taken): void => {
        waiting.delete(tryAgain)
        entry.got()
        resolve(taken)
      }
      const failed = (error: unknown): void => {
        waiting.delete(tryAgain)
        reject(error as Error)
      }
      this.#ask({ ...options, signal }).then(got, failed)
    })
  }

  async #ask(options: WaitOptions): Promise<Taken> {
    const late = (): void => this.#handle.giveBack('release')
    return this.#got(await this.#handle.call('acquire', [], { ...options, late })) as Taken
  }

  #got(taken: unknown): Taken | undefined {
    if (taken !== undefined) this.#hold.mine = true
    return taken as Taken | undefined
  }
}
