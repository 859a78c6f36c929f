/** Makes a folder and those that it is in, for their owner only. */
import { mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'

/** Throws the system's error, with `code`. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && statSync(path).isDirectory()) return
    const parent = dirname(path)
    // Where the parent is there, nothing can be made in it (/proc): Node's recursive mkdir tries that for ever.
    if (code !== 'ENOENT' || parent === path || statSync(parent, { throwIfNoEntry: false }) !== undefined) throw error
    makeFolder(parent)
    mkdirSync(path, { mode: 0o700 })
  }
}
