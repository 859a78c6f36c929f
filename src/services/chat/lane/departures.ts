/**
 * Datagram members that go on in another lane: what they said here before is still on its way to the owner, one request after the other,
 * and only then their peers are let go.
 */
import type { Clock } from '../../../core/index.ts'
import type { LaneDesk } from './desk.ts'

/** How often it is looked whether one is done. */
const lookEveryMs = 50

export class Departures {
  readonly #clock: Clock
  readonly #desks = new Set<LaneDesk>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Those that are not done. */
  get size(): number {
    return this.#desks.size
  }

  add(desk: LaneDesk): void {
    this.#desks.delete(desk)
    // It may have come back.
    if (desk.me !== undefined) return
    if (!desk.isBusy) return desk.peer.close()
    this.#desks.add(desk)
    this.#clock.after(lookEveryMs, () => this.add(desk))
  }
}
