/** The rounds of a barrier that this thread serves, and a handle of them. */
import { fail } from '../../core/index.ts'
import type { Rounds } from '../sync/barrier-rounds.ts'
import type { WaitOptions } from '../sync/wait-point.ts'
import { cannotBlock, type ServedHandle } from './handle.ts'
import { ServedObject, WaitList, type Answer } from './object.ts'

export class BarrierObject extends ServedObject {
  readonly #parties: number
  readonly #arrived = new WaitList<{ readonly answer: Answer }>()
  #broken = false

  constructor(parties: number) {
    super()
    this.#parties = parties
  }

  readonly methods = {
    pass: (answer: Answer): void => {
      if (this.#broken) throw this.#brokenError()
      this.#arrived.add({ answer }, () => this.#break())
      if (this.#arrived.size === this.#parties) this.#endRound((party, index) => party.resolve(index))
      this.onChange()
    },
    abort: (answer: Answer): void => {
      this.#break()
      answer.resolve()
    },
    reset: (answer: Answer): void => {
      this.#endRound((party) => party.reject(this.#brokenError()))
      this.#broken = false
      answer.resolve()
      this.onChange()
    },
  }

  view(): [broken: boolean, waiting: number] {
    return [this.#broken, this.#arrived.size]
  }

  gone(): void {}

  #break(): void {
    this.#broken = true
    this.#endRound((party) => party.reject(this.#brokenError()))
    this.onChange()
  }

  #endRound(tell: (party: Answer, index: number) => void): void {
    const parties = [...this.#arrived]
    for (const party of parties) this.#arrived.remove(party)
    for (const [index, { answer }] of parties.entries()) tell(answer, index)
  }

  #brokenError(): Error {
    return fail('BARRIER_BROKEN', { parties: this.#parties })
  }
}

export class ServedRounds implements Rounds {
  readonly #handle: ServedHandle

  constructor(handle: ServedHandle) {
    this.#handle = handle
  }

  get broken(): boolean {
    return this.#view[0]
  }

  get waiting(): number {
    return this.#view[1]
  }

  async pass(options: WaitOptions): Promise<number> {
    return (await this.#handle.call('pass', [], options)) as number
  }

  passSync(): never {
    throw cannotBlock('waitSync')
  }

  abort(): void {
    this.#handle.assume([true, 0])
    this.#handle.tell('abort')
  }

  reset(): void {
    this.#handle.assume([false, 0])
    this.#handle.tell('reset')
  }

  get #view(): readonly [broken: boolean, waiting: number] {
    return this.#handle.view as [boolean, number]
  }
}
