/** A lock that this thread serves, and a handle of one. Who waits gets it in the order of asking. */
import { fail } from '../../core/index.ts'
import type { LockCell, Taken } from '../sync/owner-cell.ts'
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
}

export class ServedOwner implements LockCell {
  readonly #handle: ServedHandle
  readonly #what: string
  readonly #hold: Hold

  constructor(handle: ServedHandle, what: string) {
    this.#handle = handle
    this.#what = what
    this.#hold = handle.note('hold', () => ({ mine: false, notes: new Int32Array(2) }))
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

  async acquire(options: WaitOptions): Promise<Taken> {
    const late = (): void => this.#handle.giveBack('release')
    return this.#got(await this.#handle.call('acquire', [], { ...options, late })) as Taken
  }

  acquireSync(): never {
    if (this.mine) throw fail('WOULD_DEADLOCK', { what: this.#what })
    throw cannotBlock('acquireSync')
  }

  #got(taken: unknown): Taken | undefined {
    if (taken !== undefined) this.#hold.mine = true
    return taken as Taken | undefined
  }
}
