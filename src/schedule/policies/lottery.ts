/** Lottery scheduling: a ticket is drawn for each slice, and its holder runs. */
import { checkChoice, checkKnownKeys } from '../../core/index.ts'
import { checkBoolean, checkNotQueued, checkQuantum, invalid, ticketsOf } from '../checks.ts'
import { mersenne } from '../random/mersenne.ts'
import type { Job, Offer, Policy } from '../types.ts'
import { noteOf, type Note } from './note.ts'
import { SumTree } from './sum-tree.ts'

export interface LotteryOptions {
  /** Length of a slice. @default 1 */
  readonly quantum?: number
  /** Of the generator, which is Python's. The same seed draws the same tickets. @default 0 */
  readonly seed?: number
  /** Random numbers in [0, 1) instead of the seeded ones. */
  readonly random?: () => number
  /**
   * 'fraction': the random number times all tickets. 'modulo': an integer up to a million modulo the tickets, as the
   * program of OSTEP draws. @default 'fraction'
   */
  readonly draw?: 'fraction' | 'modulo'
  /**
   * A job that used only a part f of its slice before it waited has 1/f times its tickets until it runs again, so that
   * it gets its share (Waldspurger, Weihl: compensation tickets). @default false
   */
  readonly compensation?: boolean
}

/** Where a job stands in the scan for the winner, as long as it lives. */
interface SeatNote extends Note {
  seat: number
  /** Factor of its tickets. */
  worth: number
}

/**
 * Lottery scheduling: the chance of a job is its tickets, of all tickets of ready jobs; over time so is its share
 * (Waldspurger, Weihl: Lottery scheduling, OSDI 1994; OSTEP, Scheduling: Proportional Share). Tickets are counted
 * through in the order in which the jobs arrived. `ready`, `pick` and `withdraw` take O(log n). Throws OPTION_INVALID,
 * also for tickets that are not above 0.
 *
 * @example
 * const policy = lottery({ seed: 7, quantum: 2 })
 * policy.ready({ place: -1, name: 'A', tickets: 75 }, 0)
 */
export function lottery<Item extends Job = Job>(options: LotteryOptions = {}): Policy<Item> {
  return new Lottery<Item>(options)
}

class Lottery<Item extends Job> implements Policy<Item> {
  readonly name = 'lottery'
  readonly #quantum: number
  readonly #random: () => number
  readonly #modulo: boolean
  readonly #compensates: boolean
  readonly #tickets = new SumTree()
  /** Who sits where, ready or not. */
  #seats: (Item | undefined)[] = []
  #taken = 0
  #size = 0
  #drawn: { ticket: number; total: number } | undefined

  constructor(options: LotteryOptions) {
    checkKnownKeys('lottery', options, ['quantum', 'seed', 'random', 'draw', 'compensation'])
    const { quantum = 1, seed = 0, random, draw = 'fraction', compensation = false } = options
    this.#quantum = checkQuantum('quantum', quantum)
    if (random !== undefined && typeof random !== 'function') throw invalid('random', 'a function', random)
    this.#random = random ?? mersenne(seed).random
    this.#modulo = checkChoice('draw', draw, ['fraction', 'modulo']) === 'modulo'
    this.#compensates = checkBoolean('compensation', compensation)
  }

  get size(): number {
    return this.#size
  }

  arrive(job: Item): void {
    this.#seatOf(job)
  }

  ready(job: Item): void {
    checkNotQueued(job)
    const tickets = ticketsOf(job)
    const note = this.#seatOf(job)
    this.#tickets.set(note.seat, tickets * note.worth)
    job.place = note.seat
    this.#size++
  }

  pick(_now: number, offer?: Offer<Item>): Item | undefined {
    const job = offer === undefined ? this.#draw() : this.#drawOffered(offer)
    if (job === undefined) return undefined
    this.#unqueue(job)
    const note = noteOf<SeatNote>(job, this)
    if (note !== undefined) note.worth = 1
    return job
  }

  withdraw(job: Item): boolean {
    if (job.place < 0 || this.#seats[job.place] !== job) return false
    this.#unqueue(job)
    this.#leave(job)
    return true
  }

  block(job: Item, ran: number): void {
    const note = noteOf<SeatNote>(job, this)
    if (!this.#compensates || note === undefined || !(ran > 0)) return
    note.worth = Math.max(1, this.#quantum / ran)
  }

  finish(job: Item): void {
    this.#leave(job)
  }

  abort(job: Item): void {
    this.#leave(job)
  }

  quantum(): number {
    return this.#quantum
  }

  explain(job: Item): string {
    const { name = 'The job' } = job
    if (this.#drawn === undefined) return `${name} holds the only tickets.`
    return `${name} holds ticket ${this.#drawn.ticket} of ${this.#drawn.total}, which was drawn.`
  }

  #draw(): Item | undefined {
    if (this.#size === 0) return undefined
    const { total } = this.#tickets
    const random = this.#random()
    const ticket = this.#modulo ? Math.trunc(random * 1_000_001) % total : random * total
    this.#drawn = { ticket: Math.floor(ticket), total }
    return this.#seats[this.#tickets.find(ticket)]
  }

  /** Draws among those that may run here: who wins and may not is left out of the next draw. */
  #drawOffered(offer: Offer<Item>): Item | undefined {
    const aside: { seat: number; tickets: number }[] = []
    let winner: Item | undefined
    while (this.#tickets.total > 0) {
      winner = this.#draw()
      if (winner === undefined || offer.accepts(winner)) break
      aside.push({ seat: winner.place, tickets: this.#tickets.of(winner.place) })
      this.#tickets.set(winner.place, 0)
      winner = undefined
    }
    for (const { seat, tickets } of aside) this.#tickets.set(seat, tickets)
    return winner === undefined || (winner.width ?? 1) > offer.free ? undefined : winner
  }

  #unqueue(job: Item): void {
    this.#tickets.set(job.place, 0)
    job.place = -1
    this.#size--
  }

  #leave(job: Item): void {
    const note = noteOf<SeatNote>(job, this)
    job.memo = undefined
    if (note === undefined || this.#seats[note.seat] !== job) return
    this.#seats[note.seat] = undefined
    this.#taken--
  }

  #seatOf(job: Item): SeatNote {
    const known = noteOf<SeatNote>(job, this)
    if (known !== undefined) return known
    if (this.#seats.length >= this.#tickets.capacity && this.#taken * 2 <= this.#seats.length) this.#closeRanks()
    const note: SeatNote = { of: this, seat: this.#seats.length, worth: 1 }
    job.memo = note
    this.#seats.push(job)
    this.#taken++
    return note
  }

  /** Seats that were left are filled by those behind, in order. */
  #closeRanks(): void {
    const seats = this.#seats.filter((job) => job !== undefined)
    const tickets = seats.map((job) => (job.place < 0 ? 0 : this.#tickets.of(job.place)))
    this.#tickets.clear()
    for (const [seat, job] of seats.entries()) {
      const note = noteOf<SeatNote>(job, this)
      if (note !== undefined) note.seat = seat
      if (job.place < 0) continue
      job.place = seat
      this.#tickets.set(seat, tickets[seat] as number)
    }
    this.#seats = seats
  }
}
