/** Questions on their way to the servers, and who waits for their answers. */
import type { Timer } from '../../../core/index.ts'
import { questionEnd } from '../client/query-message.ts'
import type { Name } from '../wire/name.ts'
import type { QuerySource } from '../service/parts.ts'
import type { Client } from './render.ts'

/** A query that is answered later. */
export interface Waiter extends Client {
  readonly query: Uint8Array
  readonly from: QuerySource
  readonly host: string
}

/** One question to the servers, however many clients have asked it. */
export class Pending {
  readonly name: Name
  readonly type: number
  readonly key: number
  readonly waiters: Waiter[] = []
  readonly controller: AbortController = new AbortController()
  readonly timers: Timer[] = []
  /** What was sent for it. */
  readonly sent: Uint8Array[] = []
  /** It takes so long that clients get what is out of date. */
  isSlow = false

  constructor(name: Name, type: number, key: number) {
    this.name = name
    this.type = type
    this.key = key
  }

  /** True for a query that we sent ourselves: it came back to us by way of a server that forwards to us. */
  hasSent(query: Uint8Array): boolean {
    return this.sent.some((own) => {
      if (own[0] !== query[0] || own[1] !== query[1]) return false
      const end = questionEnd(own)
      for (let at = 12; at < end; at++) if (own[at] !== query[at]) return false
      return true
    })
  }

  /** True for a client that asks once more because no answer has come yet. */
  hasWaiter(query: Uint8Array, { peer }: QuerySource): boolean {
    return this.waiters.some((waiter) => {
      return waiter.from.peer === peer && waiter.query[0] === query[0] && waiter.query[1] === query[1]
    })
  }
}

/** How many wait: for each client, and in all. */
export class WaitingCounts {
  total = 0
  readonly #byHost = new Map<string, number>()

  of(host: string): number {
    return this.#byHost.get(host) ?? 0
  }

  enter(host: string): void {
    this.total++
    this.#byHost.set(host, this.of(host) + 1)
  }

  leave(host: string): void {
    this.total--
    const left = this.of(host) - 1
    if (left > 0) this.#byHost.set(host, left)
    else this.#byHost.delete(host)
  }
}
