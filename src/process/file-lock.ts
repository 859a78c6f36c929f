/**
 * One owner of a file or folder: a file beside it names the process, and its start, as numbers of processes are given again.
 *
 * The kernel's own locks (flock) need the addon; this works everywhere, and a dead owner's file is seen to be that. Whoever puts his own
 * in its place holds a second file meanwhile, so that of two who saw the dead one the slower does not put away the faster's.
 */
import { closeSync, linkSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

let made = 0
/** Held by this thread. A lock of another thread of this process is a dead owner's: a server has one at a time. */
const held = new Set<string>()

/** A lock that is free again when its holder has ended, however that happened. */
export class FileLock {
  readonly #path: string
  readonly #words = `${process.pid} ${startOf(process.pid)}`
  readonly #onDead: () => void

  /** `onDead` is called once a holder was seen to be dead: for tests, in which others are faster then. */
  constructor(path: string, onDead: () => void = () => {}) {
    this.#path = path
    this.#onDead = onDead
  }

  /** False while somebody else who lives holds it. Throws what the system says where it cannot be written. */
  take(): boolean {
    if (held.has(this.#path)) return false
    if (!this.#takeFile()) return false
    held.add(this.#path)
    return true
  }

  /** The process that holds it, dead or alive; undefined where there is none. */
  get holderPid(): number | undefined {
    const pid = Number.parseInt(holderOf(this.#path) ?? '', 10)
    return Number.isNaN(pid) ? undefined : pid
  }

  release(): void {
    if (held.delete(this.#path) && holderOf(this.#path) === this.#words) rmSync(this.#path, { force: true })
  }

  #takeFile(): boolean {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (this.#link(this.#path)) return true
      const holder = holderOf(this.#path)
      if (holder === undefined) continue
      if (holder !== this.#words && isAlive(holder)) return false
      this.#onDead()
      if (this.#replace(holder)) return true
    }
    return false
  }

  /** Puts this one's file in the place of a dead holder's, unless somebody else has done so. */
  #replace(holder: string): boolean {
    const turn = `${this.#path}.turn`
    if (!this.#link(turn)) {
      const other = holderOf(turn)
      if (other !== undefined && !isAlive(other)) rmSync(turn, { force: true })
      return false
    }
    try {
      // As long as this one has its turn, nobody else replaces a dead holder's file.
      if (holderOf(this.#path) !== holder) return false
      renameSync(this.#written(), this.#path)
      return true
    } finally {
      rmSync(turn, { force: true })
    }
  }

  /** The words in a file of its own: what is then put in its place is whole. */
  #written(): string {
    const beside = `${this.#path}.${process.pid}.${++made}`
    mkdirSync(dirname(beside), { recursive: true })
    const file = openSync(beside, 'w', 0o640)
    try {
      writeSync(file, this.#words)
    } finally {
      closeSync(file)
    }
    return beside
  }

  #link(path: string): boolean {
    const beside = this.#written()
    try {
      linkSync(beside, path)
      return true
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
      return false
    } finally {
      rmSync(beside, { force: true })
    }
  }
}

function holderOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return undefined
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
