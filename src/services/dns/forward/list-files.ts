/** The files of hosts and block lists, read again where one of them has changed: a million names take seconds. */
import { statSync } from 'node:fs'

import { readLists, withLists } from './lists.ts'
import type { ForwardOptions } from './options.ts'

export class ListFiles {
  readonly files: readonly string[]
  readonly #options: ForwardOptions
  #bytes: Uint8Array | undefined
  /** What the files looked like when they were read. */
  #seen: string | undefined

  constructor(options: ForwardOptions = {}) {
    this.#options = options
    const { hosts = [], block = [], allowNames = [] } = options
    this.files = [...hosts, ...block, ...allowNames]
  }

  /** False where there are files and none has been read yet. */
  get isLoaded(): boolean {
    return this.files.length === 0 || this.#bytes !== undefined
  }

  /** Reads what has changed; true where it has. Throws OPTION_INVALID, and then what was read before stays. */
  reload(): boolean {
    if (this.files.length === 0) return false
    const looks = this.files.map(lookOf).join('\n')
    if (looks === this.#seen && this.#bytes !== undefined) return false
    this.#bytes = readLists(this.#options)
    this.#seen = looks
    return true
  }

  /** The snapshot, with the lists behind it. */
  behind(snapshot: Uint8Array): Uint8Array {
    return withLists(snapshot, this.#bytes)
  }
}

function lookOf(file: string): string {
  try {
    const { mtimeMs, size, ino } = statSync(file)
    return `${mtimeMs} ${size} ${ino}`
  } catch {
    return 'gone'
  }
}
