/** The batch's side of its control socket. */
import { join, resolve } from 'node:path'

import { ControlServer } from '../../process/index.ts'
import type { Batch } from '../types.ts'
import { batchMethods, socketName } from './methods.ts'

/** A batch that others can command. */
export interface ServedBatch {
  /** Of the control socket. */
  readonly path: string
  /** Resolves when the batch was closed, by `stop` here or by a client. */
  readonly closed: Promise<void>
  /** Closes the batch, then the socket. */
  stop(endJobs: boolean): Promise<void>
}

/** Longest message: a file of jobs comes as one. */
export const frameBytes = 134_217_728
/** Watchers and waiters each hold a connection. */
const connections = 256

/**
 * Serves an open batch at `control.sock` of its folder, for `connectBatch`.
 * Throws ADDRESS_IN_USE when it is served already, FOLDER_NOT_PRIVATE, ADDRESS_INVALID for a path that is too long.
 */
export async function serveBatch(batch: Batch, folder: string): Promise<ServedBatch> {
  const { promise: closed, resolve: onClosed, reject: onFailed } = withResolvers()
  let stopping: Promise<void> | undefined
  const stop = (endJobs: boolean): Promise<void> => {
    stopping ??= (async () => {
      try {
        await batch.close({ endJobs })
      } finally {
        await server.close()
      }
    })()
    stopping.then(onClosed, onFailed)
    return stopping
  }
  const methods = batchMethods(batch, (endJobs) => void stop(endJobs).catch(() => {}))
  const server = await ControlServer.listen(join(resolve(folder), socketName), methods, { frameBytes, connections })
  return { path: server.path, closed, stop }
}

function withResolvers(): {
  readonly promise: Promise<void>
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
} {
  let [onResolve, onReject]: [() => void, (error: unknown) => void] = [() => {}, () => {}]
  const promise = new Promise<void>((resolvePromise, rejectPromise) => {
    ;[onResolve, onReject] = [resolvePromise, rejectPromise]
  })
  promise.catch(() => {})
  return { promise, resolve: onResolve, reject: onReject }
}
