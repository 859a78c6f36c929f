/**
 * Tells when files may have changed: by the system's word about their folders, so that editors that write anew and rename are seen
 * too, and by a look now and then, for file systems that say nothing.
 *
 *   something in a folder ─▶ quiet for a moment? ─▶ told      so that a file is not read while it is being written
 */
import { watch, type FSWatcher } from 'node:fs'
import { dirname } from 'node:path'

import type { Clock, Timer } from '../../../core/index.ts'

export interface WatchOptions {
  readonly clock: Clock
  readonly onChange: () => void
  /** Nothing has happened for so long. @default 200 */
  readonly settleMs?: number
  /** So long after the first event it is told whatever happens. @default 2_000 */
  readonly mostMs?: number
  /** Between two looks without an event. @default 30_000 */
  readonly lookMs?: number
}

export class FolderWatch {
  readonly #clock: Clock
  readonly #onChange: () => void
  readonly #settleMs: number
  readonly #mostMs: number
  readonly #look: Timer
  readonly #watchers = new Map<string, FSWatcher>()
  #timer: Timer | undefined
  #sinceMs: number | undefined

  constructor({ clock, onChange, settleMs = 200, mostMs = 2_000, lookMs = 30_000 }: WatchOptions) {
    this.#clock = clock
    this.#onChange = onChange
    this.#settleMs = settleMs
    this.#mostMs = mostMs
    this.#look = clock.every(lookMs, onChange)
  }

  /** From now on it is these files; folders that stay are watched on. */
  follow(files: Iterable<string>): void {
    const folders = new Set([...files].map((file) => dirname(file)))
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue
      watcher.close()
      this.#watchers.delete(folder)
    }
    for (const folder of folders) if (!this.#watchers.has(folder)) this.#watch(folder)
  }

  close(): void {
    this.#look.cancel()
    this.#timer?.cancel()
    for (const watcher of this.#watchers.values()) watcher.close()
    this.#watchers.clear()
  }

  /** A folder that is not there, or one too many for the system, is looked at now and then all the same. */
  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, () => this.#stir())
      watcher.on('error', () => {
        watcher.close()
        this.#watchers.delete(folder)
      })
      this.#watchers.set(folder, watcher)
    } catch {
      // The next look does.
    }
  }

  #stir(): void {
    const nowMs = this.#clock.monotonicMs()
    this.#sinceMs ??= nowMs
    this.#timer?.cancel()
    const leftMs = this.#sinceMs + this.#mostMs - nowMs
    this.#timer = this.#clock.after(Math.max(0, Math.min(this.#settleMs, leftMs)), () => {
      this.#sinceMs = undefined
      this.#onChange()
    })
  }
}
