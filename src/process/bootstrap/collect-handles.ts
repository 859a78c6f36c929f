/**
 * Closes the handles that tasks of a lane were given and none has kept. They close when nobody refers to them any more,
 * which only a garbage collection finds out, and V8 sees no need for one: a handle is a few bytes to it, and a descriptor
 * out of a thousand to the system. So a lane asks for one each time that so many more are open.
 */
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { openDescriptors } from '../memory/owned-descriptor.ts'

/** A collection is worth its time once so many descriptors are open. */
const worthwhile = 256
/** Where few are allowed, not more often than after so many. */
const least = 16
/** The part of what the system still allows that may be used up in between. */
const part = 4
/** What was found is closed in one of the next turns. */
const turns = 3

export class HandleCollector {
  readonly #most = descriptorLimit()
  #limit = this.#next()
  #collect: (() => void) | undefined

  /** Whether enough are open to look for those that nobody has. */
  get isDue(): boolean {
    return openDescriptors() >= this.#limit
  }

  async run(): Promise<void> {
    // Of the objects that the current turn has looked at, none is collected before its end.
    await turn()
    this.#collect ??= collector()
    this.#collect()
    for (let waited = 0; waited < turns; waited++) await turn()
    this.#limit = this.#next()
  }

  /** Those that are in use are not looked at again before there are twice as many, or the room gets short. */
  #next(): number {
    const open = openDescriptors()
    return open + Math.max(least, Math.min(Math.max(worthwhile, open), Math.floor((this.#most - open) / part)))
  }
}

function collector(): () => void {
  const { gc } = globalThis as { gc?: () => void }
  if (gc !== undefined) return gc
  setFlagsFromString('--expose-gc')
  const found = runInNewContext('gc') as () => void
  setFlagsFromString('--no-expose-gc')
  return found
}

function descriptorLimit(): number {
  try {
    const [, soft] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1')) ?? []
    return soft === undefined ? Infinity : Number(soft)
  } catch {
    return Infinity
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
