/** Who waits until a connection's peer has read what waits for it. */
import { setImmediate } from 'node:timers/promises'

export class DrainWaiters {
  #waiters: (() => void)[] = []

  /** Resolves in a later turn, once `queuedBytes` gives 0, or undefined: the connection is gone. True while it is there. */
  async wait(queuedBytes: () => number | undefined): Promise<boolean> {
    await setImmediate()
    if ((queuedBytes() ?? 0) > 0) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    return queuedBytes() !== undefined
  }

  /** The queue is empty, or the connection is gone. */
  wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }
}
