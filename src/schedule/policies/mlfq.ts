/**
 * The multilevel feedback queue: jobs begin at the top, and sink by what they use.
 *
 *   level 0   ──▶ A ─ B ──▶ CPU ──▶ waits for I/O: comes back to its level, with what is left of its slice
 *                            │ slices of the level used up
 *   level 1   ──▶ C ◀────────┘                              ▲
 *   level 2   ──▶ D ─ E     runs only if those above are empty │ boost: all of them to the top
 */
import { checkNotQueued } from '../checks.ts'
import { JobHeap } from '../heap.ts'
import type { Job, Offer, Policy, ReadyCause, Running } from '../types.ts'
import { checkMlfq, type MlfqOptions, type MlfqRules } from './mlfq-rules.ts'
import { noteOf, type Note } from './note.ts'
import { rounded } from './words.ts'

/** Times are sums of floating-point numbers; less than this is nothing. */
const rounding = 1e-9

interface LevelNote extends Note {
  level: number
  /** Left of its slice, and slices left at this level, this one included. */
  left: number
  slices: number
  /** The last boost that it took part in. */
  boosts: number
  /** Its place in the order of its level. */
  order: number
  /** Where it will stand if it is queued again, after a boost found it on a CPU. */
  reserved: number | undefined
  /** Picked then; what it had run before a boost is forgiven. */
  since: number
  forgiven: number
  /** Its slice is over, and whether it sinks is open until it is known if others are ready. */
  undecided: boolean
  /** Its slice is over: it goes to the tail, whatever took its CPU. */
  spent: boolean
}

/**
 * Multilevel feedback queue (MLFQ): the highest level that is not empty, round robin in it. A job that used up its
 * slices of a level sinks by one, so jobs sort themselves by what they need, without anybody's saying so (OSTEP,
 * Scheduling: The Multi-Level Feedback Queue, rules 1 to 5; Stallings, Feedback; Corbato's CTSS, 1962). What I/O does
 * to a job, how far it sinks and when all are lifted are options. `ready`, `pick` and `withdraw` take O(log n), a boost
 * O(n log n). Throws OPTION_INVALID.
 *
 * @example
 * const policy = mlfq({ quanta: [10, 20, 40], boost: 1000 })
 * policy.quantum?.({ place: -1 }, 0) // 10
 */
export function mlfq<Item extends Job = Job>(options: MlfqOptions = {}): Policy<Item> {
  return new Feedback<Item>(checkMlfq(options))
}

class Feedback<Item extends Job> implements Policy<Item> {
  readonly name = 'mlfq'
  readonly #rules: MlfqRules
  readonly #levels: JobHeap<Item>[]
  /** On a CPU, or between leaving it and being ready again. */
  readonly #active = new Set<Item>()
  #size = 0
  #last = 0
  #first = 0
  #boosts = 0
  #nextBoost: number
  /** Running jobs have new slices, and the driver does not know yet. */
  #renewed = false

  constructor(rules: MlfqRules) {
    this.#rules = rules
    this.#levels = rules.quanta.map(() => new JobHeap<Item>())
    this.#nextBoost = rules.boost
  }

  get size(): number {
    return this.#size
  }

  ready(job: Item, now: number, cause: ReadyCause = 'arrived'): void {
    checkNotQueued(job)
    this.#boostIfDue(now)
    const note = this.#note(job)
    this.#active.delete(job)
    if (cause === 'expired' && note.undecided && this.#size > 0) this.#sink(note)
    const order = note.reserved ?? (this.#goesToHead(note, cause) ? --this.#first : ++this.#last)
    note.reserved = undefined
    note.undecided = false
    note.spent = false
    this.#enqueue(job, note, order)
  }

  pick(now: number, offer?: Offer<Item>): Item | undefined {
    const job = this.peek(now, offer)
    if (job === undefined) return undefined
    const note = this.#note(job)
    this.#dequeue(job, note)
    note.since = now
    note.forgiven = 0
    this.#active.add(job)
    return job
  }

  peek(now: number, offer?: Offer<Item>): Item | undefined {
    this.#boostIfDue(now)
    for (const queue of this.#levels) {
      const job = offer === undefined ? queue.peek() : queue.find((each) => offer.accepts(each))
      if (job === undefined) continue
      return offer !== undefined && (job.width ?? 1) > offer.free ? undefined : job
    }
    return undefined
  }

  withdraw(job: Item): boolean {
    const note = noteOf<LevelNote>(job, this)
    return note !== undefined && this.#dequeue(job, note)
  }

  expire(job: Item, _ran: number, now: number): void {
    const note = this.#note(job)
    note.since = now
    this.#endSlice(note)
  }

  preempt(job: Item, ran: number): void {
    const note = this.#note(job)
    if (this.#charge(note, ran)) this.#endSlice(note)
  }

  block(job: Item, ran: number): void {
    this.#active.delete(job)
    const note = this.#note(job)
    const isOver = this.#charge(note, ran)
    const { io } = this.#rules
    if (io === 'raise') this.#settle(note, Math.max(0, note.level - 1))
    else {
      if (io === 'reset') this.#settle(note, note.level)
      if (isOver) this.#endSlice(note)
    }
    note.reserved = undefined
    note.spent = false
  }

  finish(job: Item): void {
    this.#forget(job)
  }

  abort(job: Item): void {
    this.#forget(job)
  }

  quantum(job: Item): number {
    return this.#note(job).left
  }

  preempts(running: Running<Item>, candidate: Item): number {
    if (!this.#rules.preemptive) return 0
    const [ours, other] = [this.#note(running.job), this.#note(candidate)]
    if (ours.level !== other.level) return ours.level - other.level
    return ours.reserved !== undefined && other.order < ours.reserved ? 1 : 0
  }

  wakeAt(now: number): number {
    return this.#renewed ? now : this.#nextBoost
  }

  wake(now: number): boolean {
    this.#boostIfDue(now)
    const renewed = this.#renewed
    this.#renewed = false
    return renewed
  }

  level(job: Item): number {
    return this.#note(job).level
  }

  explain(job: Item): string {
    const { level, left } = this.#note(job)
    const above = level === 0 ? 'the highest' : `and the ${level} above are empty`
    const slice = left === Infinity ? 'no slice ends its turn' : `it has ${rounded(left)} of its slice`
    return `${job.name ?? 'The job'} is first at level ${level}, ${above}; ${slice}.`
  }

  #goesToHead(note: LevelNote, cause: ReadyCause): boolean {
    if (note.spent) return false
    if (cause === 'preempted') return this.#rules.preempted === 'head'
    return cause === 'unblocked' && this.#rules.returns === 'head'
  }

  /** True when the slice is used up. */
  #charge(note: LevelNote, ran: number): boolean {
    note.left -= Math.max(0, ran - note.forgiven)
    note.forgiven = 0
    return note.left <= rounding
  }

  #endSlice(note: LevelNote): void {
    note.spent = true
    note.undecided = false
    if (note.slices > 1) {
      note.slices--
      note.left = this.#rules.quanta[note.level] as number
      return
    }
    if (this.#rules.demote === 'always' || this.#size > 0) return this.#sink(note)
    this.#settle(note, note.level)
    note.undecided = true
  }

  #sink(note: LevelNote): void {
    this.#settle(note, Math.min(note.level + 1, this.#levels.length - 1))
  }

  /** At that level, with all slices of it. */
  #settle(note: LevelNote, level: number): void {
    note.level = level
    note.left = this.#rules.quanta[level] as number
    note.slices = this.#rules.allotments[level] as number
  }

  #boostIfDue(now: number): void {
    if (now + rounding < this.#nextBoost) return
    const { boost } = this.#rules
    this.#nextBoost = (Math.floor(now / boost + rounding) + 1) * boost
    this.#boost(now)
  }

  /**
   * The lowest level first, as each goes to the end of the highest; who runs stands first in its level, who was on it
   * last.
   */
  #boost(now: number): void {
    this.#boosts++
    this.#renewed = this.#active.size > 0
    this.#reserve(0, (note) => note.spent)
    for (let level = this.#levels.length - 1; level > 0; level--) {
      this.#reserve(level, (note) => !note.spent)
      const queue = this.#levels[level] as JobHeap<Item>
      for (let job = queue.pop(); job !== undefined; job = queue.pop()) {
        this.#size--
        this.#enqueue(job, this.#note(job), ++this.#last)
      }
      this.#reserve(level, (note) => note.spent)
    }
    for (const job of this.#active) {
      const note = this.#note(job)
      note.forgiven = note.spent ? 0 : now - note.since
    }
  }

  /**
   * Keeps places for jobs of a level that are not in its queue just now. Their notes are still those from before the
   * boost.
   */
  #reserve(level: number, chosen: (note: LevelNote) => boolean): void {
    for (const job of this.#active) {
      const note = noteOf<LevelNote>(job, this)
      if (note !== undefined && note.boosts < this.#boosts && note.level === level && chosen(note))
        note.reserved = ++this.#last
    }
  }

  #enqueue(job: Item, note: LevelNote, order: number): void {
    note.order = order
    this.#levels[note.level]?.push(job, order)
    this.#size++
  }

  #dequeue(job: Item, note: LevelNote): boolean {
    const removed = this.#levels[note.level]?.remove(job) ?? false
    if (removed) this.#size--
    return removed
  }

  #forget(job: Item): void {
    this.#active.delete(job)
    job.memo = undefined
  }

  /** What is known of a job, after the boosts since it was last looked at. */
  #note(job: Item): LevelNote {
    let note = noteOf<LevelNote>(job, this)
    if (note === undefined) {
      const times = { left: 0, slices: 0, since: 0, forgiven: 0 }
      const flags = { reserved: undefined, undecided: false, spent: false }
      job.memo = note = { of: this, level: 0, order: 0, boosts: this.#boosts, ...times, ...flags }
      this.#settle(note, 0)
    } else if (note.boosts < this.#boosts) {
      note.boosts = this.#boosts
      note.undecided = false
      this.#settle(note, 0)
    }
    return note
  }
}
