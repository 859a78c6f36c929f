/** The memory that lanes share, and who has which part of it: parts are given back when their lane has ended. */
import { fail } from '../../core/index.ts'
import { ServerMemory } from '../shared/server-memory.ts'
import type { Limits } from '../types.ts'

/** Lanes of former generations that may still finish their work, for each seat. */
const generationsAtOnce = 8

export class LaneRows {
  readonly memory: ServerMemory
  readonly limits: Limits
  readonly #free: number[]
  #closing = false

  constructor(kind: 'thread' | 'process', lanes: number, listeners: number, limits: Limits) {
    const rows = Math.min(1_024, lanes * generationsAtOnce)
    this.memory = ServerMemory.create(kind, { rows, listeners, limits })
    this.limits = limits
    this.#free = Array.from({ length: rows }, (_, index) => rows - 1 - index)
    this.#rows = rows
  }

  readonly #rows: number

  /** A part that nobody writes. Throws CONTROL_BUSY when too many lanes still finish their work. */
  take(): number {
    const row = this.#free.pop()
    if (row === undefined) throw fail('CONTROL_BUSY', { what: 'lanes that finish their work', limit: this.#rows })
    return row
  }

  /** Once its lane has ended. */
  giveBack(row: number): void {
    this.memory.bury(row)
    this.#free.push(row)
    this.#closeIfOver()
  }

  /** Frees the memory when the last lane has ended. */
  retire(): void {
    this.#closing = true
    this.#closeIfOver()
  }

  #closeIfOver(): void {
    if (this.#closing && this.#free.length === this.#rows) this.memory.close()
  }
}
