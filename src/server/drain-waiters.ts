/** Who waits until a connection's peer has read what waits for it. */
import { setImmediate } from 'node:timers/promises'

export class DrainWaiters {
  #waiters: (() => void)[] = []

  /** Resolves in a later turn, once `queuedBytes` gives 0 or the connection is gone; with whether it is still there. */
  async wait(queuedBytes: () => number, isOpen: () => boolean): Promise<boolean> {
    await setImmediate()
    if (isOpen() && queuedBytes() > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    return isOpen()
  }

  /** The queue is empty, or the connection is gone. */
  wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
