/**
 * One object of a manager, in the process where it lives. Its methods run one at a time in the order in which they were
 * called; one that gives a promise holds the object until that is settled.
 */
import { fail } from '../../core/index.ts'
import { ServedObject, WaitList, type Answer, type Visitor } from '../served/object.ts'

interface Waiting {
  readonly answer: Answer
  readonly method: string
  readonly args: readonly unknown[]
}

/** Finds the method of a name, bound to its object; undefined when there is none. */
export type FindMethod = (name: string) => ((...args: readonly unknown[]) => unknown) | undefined

export class ManagedObject extends ServedObject {
  readonly methods = {}
  readonly #find: FindMethod
  readonly #known: string
  readonly #waiting = new WaitList<Waiting>()
  #busy = false
  #released = false

  /** `known` names the methods for who asks for another one. */
  constructor(find: FindMethod, known: string) {
    super()
    this.#find = find
    this.#known = known
  }

  override call(method: string, args: readonly unknown[], answer: Answer): void {
    if (this.#released) return answer.reject(released())
    if (this.#busy) return this.#waiting.add({ answer, method, args })
    this.#run({ answer, method, args })
  }

  view(): undefined {
    return undefined
  }

  gone(_visitor: Visitor): void {}

  /** Who waits, and whoever calls from now on, gets CLOSED. */
  release(): void {
    this.#released = true
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift())
      next.answer.reject(released())
  }

  #run({ answer, method, args }: Waiting): void {
    try {
      const run = this.#find(method)
      if (run === undefined) throw fail('METHOD_UNKNOWN', { method, known: this.#known })
      const result = run(...args)
      if (isThenable(result)) return this.#hold(answer, result)
      answer.resolve(result)
    } catch (error) {
      answer.reject(error)
    }
  }

  #hold(answer: Answer, result: PromiseLike<unknown>): void {
    this.#busy = true
    const goOn = (): void => {
      this.#busy = false
      while (!this.#busy) {
        const next = this.#waiting.shift()
        if (next === undefined) return
        this.#run(next)
      }
    }
    result.then(
      (value) => {
        answer.resolve(value)
        goOn()
      },
      (error: unknown) => {
        answer.reject(error)
        goOn()
      },
    )
  }
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

function released(): Error {
  return fail('CLOSED', { what: 'managed object' })
}
