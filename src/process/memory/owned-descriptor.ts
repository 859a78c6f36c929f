/**
 * A descriptor that is closed with its owner: when that says so, when nobody refers to it any more, or at the latest when
 * the thread ends. The last is the addon's doing, as a thread that is terminated runs no JavaScript.
 */
import { loadNative } from '../../native/index.ts'

let open = 0
const dropped = new FinalizationRegistry<number>((descriptor) => {
  open -= 1
  loadNative()?.close(descriptor)
})

/** How many of them are open in this thread. */
export function openDescriptors(): number {
  return open
}

export class OwnedDescriptor {
  readonly number: number
  #closed = false

  constructor(number: number) {
    this.number = number
    open += 1
    loadNative()?.claim(number)
    dropped.register(this, number, this)
  }

  close(): void {
    if (this.#closed) return
    this.leave()
    loadNative()?.close(this.number)
  }

  /** From now on it is the caller's to close. */
  leave(): number {
    if (!this.#closed) open -= 1
    this.#closed = true
    dropped.unregister(this)
    return this.number
  }
}
