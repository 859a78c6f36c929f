/** A pipe that this thread serves: what each end was sent and has not received. An end belongs to one thread at a time. */
import { fail } from '../../core/index.ts'
import { ServedObject, WaitList, type Answer, type Visitor } from './object.ts'
import { invalidMessage } from './wire.ts'

const windowBytes = 1_048_576

interface End {
  /** Undefined while it is on its way to another thread. */
  owner: Visitor | undefined
  closed: boolean
  waiting: Uint8Array[]
  bytes: number
  /** Sends to it that wait for room. */
  readonly senders: WaitList<{ readonly answer: Answer }>
  readonly receivers: WaitList<{ readonly answer: Answer }>
}

export class PipeObject extends ServedObject {
  readonly #ends: readonly [End, End]

  constructor(maker: Visitor) {
    super()
    this.#ends = [newEnd(maker), newEnd(maker)]
  }

  readonly methods = {
    claim: (answer: Answer, number: unknown): void => {
      this.#end(number).owner = answer.visitor
      answer.resolve()
    },
    leave: (answer: Answer, number: unknown): void => {
      const end = this.#end(number)
      if (end.owner === answer.visitor) end.owner = undefined
      answer.resolve()
    },
    close: (answer: Answer, number: unknown): void => {
      this.#close(number)
      answer.resolve()
    },
    /** Answered when there is room for more. */
    send: (answer: Answer, number: unknown, bytes: unknown): void => {
      const to = this.#other(number)
      if (!(bytes instanceof Uint8Array)) throw invalidMessage('a value that is no bytes')
      if (to.closed) throw otherClosed()
      to.waiting.push(bytes)
      to.bytes += bytes.length
      if (to.bytes > windowBytes) to.senders.add({ answer })
      else answer.resolve()
      this.#give(to)
    },
    /** Answered with all that waits: the bytes of each value. */
    receive: (answer: Answer, number: unknown): void => {
      const end = this.#end(number)
      end.receivers.add({ answer })
      this.#give(end)
      if (this.#other(number).closed) for (const { answer: receiving } of end.receivers) receiving.reject(otherClosed())
    },
  }

  view(): undefined {
    return undefined
  }

  gone(visitor: Visitor): void {
    for (const number of [0, 1]) if (this.#end(number).owner === visitor) this.#close(number)
  }

  #end(number: unknown): End {
    return this.#ends[number === 1 ? 1 : 0]
  }

  #other(number: unknown): End {
    return this.#ends[number === 1 ? 0 : 1]
  }

  #give(end: End): void {
    const receiver = end.waiting.length === 0 ? undefined : end.receivers.shift()
    if (receiver === undefined) return
    let at = 0
    const ends = end.waiting.map(({ length }) => (at += length))
    receiver.answer.resolve([Buffer.concat(end.waiting), ends])
    end.waiting = []
    end.bytes = 0
    for (let sender = end.senders.shift(); sender !== undefined; sender = end.senders.shift()) sender.answer.resolve()
  }

  #close(number: unknown): void {
    const end = this.#end(number)
    if (end.closed) return
    end.closed = true
    end.waiting = []
    for (const { answer } of Array.from(end.senders)) answer.reject(otherClosed())
    for (const { answer } of Array.from(this.#other(number).receivers)) answer.reject(otherClosed())
  }
}

function newEnd(owner: Visitor): End {
  return { owner, closed: false, waiting: [], bytes: 0, senders: new WaitList(), receivers: new WaitList() }
}

function otherClosed(): Error {
  return fail('CLOSED', { what: 'other end of the pipe' })
}
