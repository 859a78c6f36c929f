/**
 * What a keeper writes down, so that it outlives everybody: a line of JSON at each start and end, appended with one write.
 * A line that the machine's end cut off is not read. When it is long, its older half goes, but for the starts of what runs.
 */
import { closeSync, fstatSync, openSync, readFileSync, renameSync, writeFileSync, writeSync } from 'node:fs'

import type { EndRecord, ProgramEntry } from './types.ts'

export type JournalLine =
  | ({ readonly kind: 'start' } & Omit<ProgramEntry, 'end'>)
  | ({ readonly kind: 'end' } & EndRecord)

const longestBytes = 8_388_608

export class Journal {
  readonly #path: string
  readonly #longestBytes: number
  #descriptor: number
  #bytes: number
  /** What could not be written yet: the disk is full. */
  #waiting = ''
  /** Starts of programs that run. */
  readonly #starts = new Map<number, string>()

  constructor(path: string, mostBytes: number = longestBytes) {
    this.#path = path
    this.#longestBytes = mostBytes
    this.#descriptor = openSync(path, 'a', 0o600)
    this.#bytes = fstatSync(this.#descriptor).size
  }

  /** Never throws: what does not fit on the disk is written with a later line. */
  write(line: JournalLine): void {
    const text = `${JSON.stringify(line)}\n`
    if (line.kind === 'start') this.#starts.set(line.id, text)
    else this.#starts.delete(line.id)
    this.#waiting += text
    this.flush()
    if (this.#bytes > this.#longestBytes) this.#shorten()
  }

  flush(): void {
    if (this.#waiting === '') return
    try {
      const bytes = Buffer.from(this.#waiting)
      const written = writeSync(this.#descriptor, bytes)
      this.#waiting = String(bytes.subarray(written))
      this.#bytes += written
    } catch {
      // Kept for the next time.
    }
  }

  #shorten(): void {
    try {
      const text = readFileSync(this.#path, 'utf8')
      const newer = text.slice(text.indexOf('\n', text.length / 2) + 1)
      const starts = [...this.#starts.values()].filter((line) => !newer.includes(line))
      writeFileSync(`${this.#path}.new`, starts.join('') + newer, { mode: 0o600 })
      const descriptor = openSync(`${this.#path}.new`, 'a')
      renameSync(`${this.#path}.new`, this.#path)
      closeSync(this.#descriptor)
      this.#descriptor = descriptor
      this.#bytes = fstatSync(descriptor).size
    } catch {
      // No room for a copy: tried again when it has grown by as much.
      this.#bytes = 0
    }
  }

  close(): void {
    this.flush()
    closeSync(this.#descriptor)
  }
}

/** The lines of a keeper's journal, oldest first; none when there is no such file. */
export function readJournal(path: string): JournalLine[] {
  return textOf(path)
    .split('\n')
    .map(parseLine)
    .filter((line) => line !== undefined)
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

function parseLine(line: string): JournalLine | undefined {
  try {
    return JSON.parse(line) as JournalLine
  } catch {
    return undefined
  }
}
