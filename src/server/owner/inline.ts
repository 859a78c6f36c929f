/** The one owner in the calling thread, for its one lane: calls and snapshots take no way at all. */
import type { Clock } from '../../core/index.ts'
import type { AnyService, ServerStatus, SharedAccess } from '../types.ts'
import { LaneAccess } from './access.ts'
import { startOwner, type OwnerHost } from './host.ts'
import { copySnapshot } from './snapshot.ts'

export interface InlineOwnerOptions {
  readonly clock: Clock
  readonly signal?: AbortSignal | undefined
  /** Told what a listener of `onSnapshot` threw. */
  readonly onError: (error: unknown) => void
}

/** Arguments and results are the objects themselves; snapshots are copies, as everywhere. It is not restarted. */
export class InlineOwner {
  readonly access: SharedAccess
  readonly #host: OwnerHost

  private constructor(access: SharedAccess, host: OwnerHost) {
    this.access = access
    this.#host = host
  }

  /** Rejects as `startOwner` does. */
  static async start(service: AnyService, { clock, signal, onError }: InlineOwnerOptions): Promise<InlineOwner> {
    const access: LaneAccess = new LaneAccess(
      { ask: (id, method, args) => void answer(access, id, host.call(method, args)) },
      { clock, onError },
    )
    const publish = (bytes: Uint8Array): void => access.setSnapshot(copySnapshot(bytes))
    const host = await startOwner(service, { clock, run: 1, signal, publish })
    return new InlineOwner(access, host)
  }

  status(): ServerStatus['shared'] {
    const state = this.#host.ended ? 'dead' : this.#host.inHand > 0 ? 'running' : 'ready'
    return { state, pid: process.pid, restarts: 0 }
  }

  /** An operator's call, which may take its time. */
  call(method: string, args: readonly unknown[]): Promise<unknown> {
    return this.#host.call(method, args)
  }

  /** Rejects with what `close` throws. */
  end(): Promise<void> {
    return this.#host.end()
  }
}

async function answer(access: LaneAccess, id: number, call: Promise<unknown>): Promise<void> {
  try {
    access.answer(id, await call)
  } catch (error) {
    access.refuse(id, error)
  }
}
