/** The memory that lanes share, and who has which part of it: parts are given back when their lane has ended. */
import { fail } from '../../core/index.ts'
import { ServerMemory } from '../shared/server-memory.ts'
import type { Limits } from '../types.ts'

/** Lanes of former generations that may still finish their work, for each seat. */
const generationsAtOnce = 8

export class LaneRows {
  readonly memory: ServerMemory
  readonly limits: Limits
  readonly #rows: number
  readonly #free: number[]
  readonly #onOver: () => void
  #retired = false

  /** `onOver` is called once it is retired and the last lane has left. */
  constructor(lanes: number, listeners: number, limits: Limits, onOver: () => void) {
    const rows = Math.min(1_024, lanes * generationsAtOnce)
    // For threads too: it travels as a handle, and needs the addon as the lanes' sockets do.
    this.memory = ServerMemory.create('process', { rows, listeners, limits })
    this.limits = limits
    this.#rows = rows
    this.#free = Array.from({ length: rows }, (_, index) => rows - 1 - index)
    this.#onOver = onOver
  }

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
    this.#endIfOver()
  }

  /** No more lanes come. */
  retire(): void {
    this.#retired = true
    this.#endIfOver()
  }

  #endIfOver(): void {
    if (this.#retired && this.#free.length === this.#rows) this.#onOver()
  }
}
