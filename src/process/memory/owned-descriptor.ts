/**
 * A descriptor that is closed with its owner: when that says so, when nobody refers to it any more, or at the latest when
 * the thread ends. The last is the addon's doing, as a thread that is terminated runs no JavaScript.
 */
import { loadNative } from '../../native/index.ts'

const dropped = new FinalizationRegistry<number>((descriptor) => {
  loadNative()?.close(descriptor)
})

export class OwnedDescriptor {
  readonly number: number
  #closed = false

  constructor(number: number) {
    this.number = number
    loadNative()?.claim(number)
    dropped.register(this, number, this)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    dropped.unregister(this)
    loadNative()?.close(this.number)
  }
}
