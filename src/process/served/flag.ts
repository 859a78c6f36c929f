/** The flag of an event that this thread serves, and a handle of one. */
import type { Flag } from '../sync/flag.ts'
import type { WaitOptions } from '../sync/wait-point.ts'
import { cannotBlock, type ServedHandle } from './handle.ts'
import { ServedObject, WaitList, type Answer } from './object.ts'

export class FlagObject extends ServedObject {
  #isSet = false
  readonly #waiters = new WaitList<{ readonly answer: Answer }>()

  readonly methods = {
    set: (answer: Answer): void => {
      this.#isSet = true
      for (let next = this.#waiters.shift(); next !== undefined; next = this.#waiters.shift()) next.answer.resolve()
      answer.resolve()
      this.onChange()
    },
    clear: (answer: Answer): void => {
      this.#isSet = false
      answer.resolve()
      this.onChange()
    },
    wait: (answer: Answer): void => {
      if (this.#isSet) answer.resolve()
      else this.#waiters.add({ answer })
    },
  }

  view(): boolean {
    return this.#isSet
  }

  gone(): void {}
}

export class ServedFlag implements Flag {
  readonly #handle: ServedHandle

  constructor(handle: ServedHandle) {
    this.#handle = handle
  }

  get isSet(): boolean {
    return this.#handle.view as boolean
  }

  set(): void {
    this.#handle.assume(true)
    this.#handle.tell('set')
  }

  clear(): void {
    this.#handle.assume(false)
    this.#handle.tell('clear')
  }

  async wait(options: WaitOptions): Promise<void> {
    await this.#handle.call('wait', [], options)
  }

  waitSync(): never {
    throw cannotBlock('waitSync')
  }
}
