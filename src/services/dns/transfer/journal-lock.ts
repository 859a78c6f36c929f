/**
 * One owner of a journal: a file beside it names the process, and its start, as numbers of processes are given again.
 *
 * The kernel's own locks (flock) need the addon; this works everywhere, and a dead owner's file is seen to be that.
 */
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

let made = 0
/** Held by this thread. A lock of another thread of this process is a dead owner's: a server has one at a time. */
const held = new Set<string>()

export class JournalLock {
  readonly #path: string
  readonly #words = `${process.pid} ${startOf(process.pid)}`

  constructor(path: string) {
    this.#path = path
  }

  /** False while somebody else who lives holds it. Throws what the system says where it cannot be written. */
  take(): boolean {
    if (held.has(this.#path)) return false
    if (!this.#takeFile()) return false
    held.add(this.#path)
    return true
  }

  release(): void {
    if (held.delete(this.#path) && this.#holder() === this.#words) rmSync(this.#path, { force: true })
  }

  #takeFile(): boolean {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#link()) return true
      const holder = this.#holder()
      if (holder !== undefined && holder !== this.#words && isAlive(holder)) return false
      // Taken away by a rename, so that of two who see a dead owner's file one wins.
      const aside = `${this.#path}.${process.pid}.${++made}.old`
      try {
        renameSync(this.#path, aside)
      } catch {
        continue
      }
      rmSync(aside, { force: true })
    }
    return false
  }

  /** Made whole beside its place: a lock that is there has always its words. */
  #link(): boolean {
    const beside = `${this.#path}.${process.pid}.${++made}`
    mkdirSync(dirname(beside), { recursive: true })
    const file = openSync(beside, 'w', 0o640)
    try {
      writeSync(file, this.#words)
    } finally {
      closeSync(file)
    }
    try {
      linkSync(beside, this.#path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      return false
    } finally {
      rmSync(beside, { force: true })
    }
  }

  #holder(): string | undefined {
    try {
      return readFileSync(this.#path, 'latin1')
    } catch {
      return undefined
    }
  }
}

function isAlive(words: string): boolean {
  const [pid = '', start = ''] = words.split(' ')
  if (!/^\d+$/.test(pid)) return false
  try {
    process.kill(Number(pid), 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
  }
  const now = startOf(Number(pid))
  return now === '' || start === '' || now === start
}

/** When a process began, as the kernel counts it; empty where it does not tell. */
function startOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    // Behind the program's name, which may hold anything, it is the 20th.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''
  } catch {
    return ''
  }
}
