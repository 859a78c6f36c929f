/** Readiness of one descriptor on this thread's event loop. */
import type { Handle, Native } from './bindings.ts'
import { checkCall } from './errno.ts'

export const readable = 1
export const writable = 2

export class Poll {
  readonly #native: Native
  readonly #handle: Handle<'poll'>
  #mask: number
  #closed = false

  /** `onReady` gets a mask of `readable` and `writable`, or a negative errno. */
  constructor(native: Native, descriptor: number, mask: number, onReady: (events: number) => void) {
    const handle = native.pollStart(descriptor, mask, (events) => {
      // libuv stops a poll that met an error; the next `watch` must start it again.
      if (events < 0) this.#mask = 0
      onReady(events)
    })
    if (typeof handle === 'number') {
      checkCall(handle, 'uv_poll', `descriptor ${descriptor}`)
      throw new Error('unreachable')
    }
    this.#native = native
    this.#handle = handle
    this.#mask = mask
  }

  get mask(): number {
    return this.#mask
  }

  /** Watches for other events; without a change it costs nothing. */
  watch(mask: number): void {
    if (this.#closed || mask === this.#mask) return
    this.#mask = mask
    this.#native.pollSet(this.#handle, mask)
  }

  /**
   * From the next turn on the kernel wakes one of those that wait for the descriptor like this, instead of all; until
   * `watch` changes something. For a poll of `readable` alone.
   */
  watchAlone(turns: number = 3): void {
    setImmediate(() => {
      if (this.#closed || this.#mask !== readable) return
      // Before the loop has waited once with it, the descriptor is not yet watched.
      if (this.#native.pollExclusive(this.#handle) < 0 && turns > 1) this.watchAlone(turns - 1)
    })
  }

  ref(yes: boolean): void {
    if (!this.#closed) this.#native.pollRef(this.#handle, yes ? 1 : 0)
  }

  close(): void {
    if (this.#closed) return
    this.#closed = true
    this.#native.pollClose(this.#handle)
  }
}
