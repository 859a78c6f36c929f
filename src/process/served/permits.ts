/** The permits of a semaphore that this thread serves, and a handle of them. */
import { fail } from '../../core/index.ts'
import type { Taken } from '../sync/owner-cell.ts'
import type { Permits } from '../sync/permit-table.ts'
import type { WaitOptions } from '../sync/wait-point.ts'
import { cannotBlock, type ServedHandle } from './handle.ts'
import { ServedObject, WaitList, type Answer, type Visitor } from './object.ts'

export class PermitsObject extends ServedObject {
  readonly #limit: number
  readonly #reclaim: boolean
  readonly #what: string
  readonly #waiters = new WaitList<{ readonly answer: Answer }>()
  readonly #held = new Map<Visitor, number>()
  #free: number
  #absent: number
  /** Of holders that are gone. */
  #left = 0

  constructor(value: number, limit: number, reclaim: boolean, what: string) {
    super()
    this.#limit = limit
    this.#reclaim = reclaim
    this.#what = what
    this.#free = value
    this.#absent = limit - value
  }

  readonly methods = {
    acquire: (answer: Answer): void => {
      this.#waiters.add({ answer })
      this.#serve()
    },
    release: (answer: Answer): void => {
      if (!this.#takeBack(answer.visitor)) throw fail('RELEASED_TOO_OFTEN', { what: this.#what, limit: this.#limit })
      this.#free += 1
      answer.resolve()
      this.#serve()
    },
  }

  /** Free permits; and for those elsewhere, whether only their own can be released. */
  view(): [value: number, isBounded: boolean, limit: number, what: string] {
    return [this.#free, this.#reclaim && this.#absent === 0, this.#limit, this.#what]
  }

  gone(visitor: Visitor): void {
    this.#left += this.#held.get(visitor) ?? 0
    this.#held.delete(visitor)
    this.#serve()
  }

  #takeBack(visitor: Visitor): boolean {
    const held = this.#held.get(visitor) ?? 0
    if (held > 0) this.#held.set(visitor, held - 1)
    else if (this.#absent > 0) this.#absent -= 1
    else return false
    return true
  }

  #serve(): void {
    while (this.#free + this.#left > 0) {
      const next = this.#waiters.shift()
      if (next === undefined) break
      const taken: Taken = this.#free > 0 ? 'free' : 'died'
      if (taken === 'free') this.#free -= 1
      else this.#left -= 1
      const { visitor } = next.answer
      if (this.#reclaim) this.#held.set(visitor, (this.#held.get(visitor) ?? 0) + 1)
      else this.#absent += 1
      next.answer.resolve(taken)
    }
    this.onChange()
  }
}

export class ServedPermits implements Permits {
  readonly #handle: ServedHandle
  /** Held by this thread. */
  readonly #own: { count: number }

  constructor(handle: ServedHandle) {
    this.#handle = handle
    this.#own = handle.note('permits', () => ({ count: 0 }))
  }

  get value(): number {
    return (this.#handle.view as [number])[0]
  }

  async acquire(options: WaitOptions): Promise<Taken> {
    const late = (): void => this.#handle.giveBack('release')
    return this.#got(await this.#handle.call('acquire', [], { ...options, late })) as Taken
  }

  acquireSync(): never {
    throw cannotBlock('acquireSync')
  }

  take(): Taken | undefined {
    return this.#got(this.#handle.now('acquire', [], 'acquiring without waiting'))
  }

  give(): void {
    if (!this.#handle.isLocal && this.#own.count === 0) this.#checkMayGive()
    this.#handle.tell('release')
    this.#own.count = Math.max(0, this.#own.count - 1)
  }

  #checkMayGive(): void {
    const [, isBounded, limit, what] = this.#handle.view as [number, boolean, number, string]
    if (isBounded) throw fail('RELEASED_TOO_OFTEN', { what, limit })
  }

  #got(taken: unknown): Taken | undefined {
    if (taken !== undefined) this.#own.count += 1
    return taken as Taken | undefined
  }
}
