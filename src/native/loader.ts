/**
 * Finds and loads the addon once, or says why not. Never throws: without the addon everything works
 * on Node's own modules, and `lanework doctor` shows the reason.
 */
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import type { Native } from './bindings.ts'

export type NativeStatus =
  | { readonly available: true; readonly native: Native; readonly path: string }
  | { readonly available: false; readonly reason: string }

let status: NativeStatus | undefined

/** The addon, or the reason why it is not in use; the same answer for the life of the thread. */
export function nativeStatus(): NativeStatus {
  status ??= load()
  return status
}

/** The addon, or undefined: what the fast paths ask. */
export function loadNative(): Native | undefined {
  const found = nativeStatus()
  return found.available ? found.native : undefined
}

function load(): NativeStatus {
  if (process.env['LANEWORK_NO_NATIVE'] === '1') return { available: false, reason: 'LANEWORK_NO_NATIVE=1 is set' }
  if (process.platform !== 'linux')
    return { available: false, reason: `the fast path is for Linux, this is ${process.platform}` }
  const path = fileURLToPath(new URL(`../../prebuilds/linux-${process.arch}/lanework.node`, import.meta.url))
  if (!existsSync(path)) {
    return {
      available: false,
      reason: `no addon was built for linux-${process.arch} (it needs a C compiler at install time)`,
    }
  }
  try {
    return { available: true, native: createRequire(import.meta.url)(path) as Native, path }
  } catch (error) {
    return { available: false, reason: `the addon does not load: ${(error as Error).message.split('\n')[0]}` }
  }
}
