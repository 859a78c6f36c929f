/** A queue that this thread serves: items that wait to be got, puts that wait for room, gets that wait for items. */
import { fail } from '../../core/index.ts'
import { numbersOf, type Layout } from '../queue/layout.ts'
import { ServedObject, WaitList, type Answer } from './object.ts'
import { sizeOf } from './packing.ts'
import { invalidMessage } from './wire.ts'

interface Putter {
  readonly answer: Answer
  readonly items: readonly Uint8Array[]
  /** The first that is not in the queue yet. */
  from: number
}

interface Getter {
  readonly answer: Answer
  readonly most: number
}

export class QueueObject extends ServedObject {
  readonly #layout: Layout
  /** Of numbers: bytes of each. */
  readonly #numberBytes: number
  #items: Uint8Array[] = []
  #head = 0
  #bytes = 0
  #puts = 0
  #gets = 0
  #dones = 0
  #ended = false
  readonly #putters = new WaitList<Putter>()
  readonly #getters = new WaitList<Getter>()
  readonly #joiners = new WaitList<{ readonly answer: Answer }>()

  constructor(layout: Layout) {
    super()
    this.#layout = layout
    this.#numberBytes = numbersOf(layout.form)?.BYTES_PER_ELEMENT ?? 0
  }

  readonly methods = {
    /** Answered with how many went in, once all are; fewer, when it was cancelled or the queue ended. */
    put: (answer: Answer, bytes: unknown, ends: unknown): void => {
      if (this.#ended) throw closed()
      const putter = { answer, items: this.#cut(bytes, ends), from: 0 }
      this.#putters.add(putter)
      const cancel = answer.onCancel
      answer.onCancel = () => {
        if (putter.from > 0) answer.resolve(putter.from)
        cancel?.()
        this.#serve()
      }
      this.#serve()
    },

    /** Answered with at least one item and at most so many: their bytes, and where each ends. */
    get: (answer: Answer, most: unknown): void => {
      if (typeof most !== 'number' || !(most >= 1)) throw invalidMessage('a get without a number')
      this.#getters.add({ answer, most })
      this.#serve()
    },

    /** Items that nobody waited for any more when they arrived go back to the front. */
    restore: (answer: Answer, bytes: unknown, ends: unknown): void => {
      const items = this.#cut(bytes, ends)
      this.#items = [...items, ...this.#items.slice(this.#head)]
      this.#head = 0
      for (const item of items) this.#bytes += this.#size(item)
      this.#gets -= items.length
      answer.resolve()
      this.#serve()
    },

    end: (answer: Answer): void => {
      this.#ended = true
      for (const { answer: putting, from } of this.#all(this.#putters)) {
        if (from > 0) putting.resolve(from)
        else putting.reject(closed())
      }
      answer.resolve()
      this.#serve()
    },

    done: (answer: Answer): void => {
      if (this.#dones === this.#gets) throw fail('TASKS_DONE_EXCEEDED', { what: 'queue' })
      this.#dones += 1
      if (this.#dones === this.#puts) for (const { answer: joining } of this.#all(this.#joiners)) joining.resolve()
      answer.resolve()
      this.onChange()
    },

    join: (answer: Answer): void => {
      if (this.#dones === this.#puts) answer.resolve()
      else this.#joiners.add({ answer })
    },
  }

  /** Items in it, and items that are not done. */
  view(): [count: number, unfinished: number] {
    return [this.#items.length - this.#head, this.#puts - this.#dones]
  }

  /** What a getter had is lost with it. */
  gone(): void {}

  #serve(): void {
    while (this.#fill() || this.#give()) continue
    if (this.#ended && this.#items.length === this.#head)
      for (const { answer } of this.#all(this.#getters)) answer.reject(closed())
    this.onChange()
  }

  /** Lets the first who puts go on as far as there is room. */
  #fill(): boolean {
    const putter = this.#putters.first
    if (putter === undefined) return false
    const before = putter.from
    for (; putter.from < putter.items.length; putter.from++) {
      const item = putter.items[putter.from] as Uint8Array
      const bytes = this.#bytes + this.#size(item)
      const isFull = this.#items.length - this.#head >= this.#layout.capacity || bytes > this.#layout.bodyBytes
      if (isFull) return putter.from > before
      this.#items.push(item)
      this.#bytes = bytes
      this.#puts += 1
    }
    this.#putters.remove(putter)
    putter.answer.resolve(putter.from)
    return true
  }

  #give(): boolean {
    const count = this.#items.length - this.#head
    const getter = count === 0 ? undefined : this.#getters.shift()
    if (getter === undefined) return false
    const items = this.#items.slice(this.#head, this.#head + Math.min(count, getter.most))
    this.#head += items.length
    if (this.#head > 1_024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    for (const item of items) this.#bytes -= this.#size(item)
    this.#gets += items.length
    getter.answer.resolve(packOf(items, this.#numberBytes > 0))
    return true
  }

  /** Of a number: nothing, as room for numbers is counted. */
  #size(item: Uint8Array): number {
    return this.#numberBytes > 0 ? 0 : sizeOf(item, 0, item.length)
  }

  *#all<Waiter extends { readonly answer: Answer }>(waiters: WaitList<Waiter>): Generator<Waiter> {
    for (let waiter = waiters.shift(); waiter !== undefined; waiter = waiters.shift()) yield waiter
  }

  #cut(bytes: unknown, ends: unknown): Uint8Array[] {
    if (!(bytes instanceof Uint8Array) || !Array.isArray(ends)) throw invalidMessage('items that are no bytes')
    const items: Uint8Array[] = []
    const each = this.#numberBytes
    if (each > 0) for (let at = 0; at < bytes.length; at += each) items.push(bytes.subarray(at, at + each))
    let start = 0
    for (const end of ends as number[]) items.push(bytes.subarray(start, (start = end)))
    return items
  }
}

function packOf(items: readonly Uint8Array[], areNumbers: boolean): [Uint8Array, number[]] {
  const [only] = items
  if (only !== undefined && items.length === 1) return [only, areNumbers ? [] : [only.length]]
  let end = 0
  return [Buffer.concat(items), areNumbers ? [] : items.map(({ length }) => (end += length))]
}

function closed(): Error {
  return fail('CLOSED', { what: 'queue' })
}
