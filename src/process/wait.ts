/** Waits for whichever comes first: a connection, a socket, the end of a process, a promise. */
import { checkTime } from './sync/options.ts'

/** Anything that can tell when it is worth looking at. */
export type Waitable =
  | PromiseLike<unknown>
  /** Connections, queues, sockets: ready when receiving would not wait. */
  | { whenReadable(options: { signal: AbortSignal }): Promise<void> }
  /** Processes: ready when they have ended. */
  | { readonly sentinel: PromiseLike<unknown> }

/**
 * Those of the objects that are ready, at least one of them; none when the time is over. Rejects with OPTION_INVALID.
 *
 * @example
 * const ready = await wait([connection, child], 1_000)
 * if (ready.includes(child)) console.log('it ended with', child.exitCode)
 */
export async function wait<Item extends Waitable>(items: readonly Item[], timeoutMs?: number): Promise<Item[]> {
  checkTime('timeoutMs', timeoutMs)
  const stop = new AbortController()
  const ready = new Set<Item>()
  let timer: NodeJS.Timeout | undefined
  try {
    await new Promise<void>((resolve) => {
      for (const item of items) {
        const note = (): void => {
          if (stop.signal.aborted) return
          ready.add(item)
          // What became ready in the same turn is told together.
          setImmediate(resolve)
        }
        readiness(item, stop.signal).then(note, note)
      }
      if (timeoutMs !== undefined) timer = setTimeout(resolve, timeoutMs)
    })
  } finally {
    clearTimeout(timer)
    stop.abort()
  }
  return items.filter((item) => ready.has(item))
}

function readiness(item: Waitable, signal: AbortSignal): PromiseLike<unknown> {
  if ('whenReadable' in item) return item.whenReadable({ signal })
  return 'sentinel' in item ? item.sentinel : item
}
