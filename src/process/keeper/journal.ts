/**
 * What a keeper writes down, so that it outlives everybody: a line of JSON at each start and end, appended with one write.
 * A line that the machine's end cut off is not read.
 */
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs'

import type { EndRecord, ProgramEntry } from './types.ts'

export type JournalLine =
  | ({ readonly kind: 'start' } & Omit<ProgramEntry, 'end'>)
  | ({ readonly kind: 'end' } & EndRecord)

export class Journal {
  readonly #descriptor: number
  /** What could not be written yet: the disk is full. */
  #waiting = ''

  constructor(path: string) {
    this.#descriptor = openSync(path, 'a', 0o600)
  }

  /** Never throws: what does not fit on the disk is written with a later line. */
  write(line: JournalLine): void {
    this.#waiting += `${JSON.stringify(line)}\n`
    this.flush()
  }

  flush(): void {
    if (this.#waiting === '') return
    try {
      const bytes = Buffer.from(this.#waiting)
      const written = writeSync(this.#descriptor, bytes)
      this.#waiting = String(bytes.subarray(written))
    } catch {
      // Kept for the next time.
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
