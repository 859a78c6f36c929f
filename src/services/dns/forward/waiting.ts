/** Questions on their way to the servers, and who waits for their answers. */
import type { Timer } from '../../../core/index.ts'
import type { Peer } from '../../../server/index.ts'
import { questionEnd } from '../client/query-message.ts'
import type { Name } from '../wire/name.ts'
import type { QuerySource } from '../service/parts.ts'
import type { HashedName } from '../zone/name-hash.ts'
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
  readonly domain: string
  /** Ids of the queries that wait, by client: one may have thousands on their way. */
  readonly #ids = new Map<Peer, Set<number>>()
  #waiters: Waiter[] = []
  readonly controller: AbortController = new AbortController()
  readonly timers: Timer[] = []
  /** What was sent for it. */
  readonly sent: Uint8Array[] = []
  /** It takes so long that clients get what is out of date. */
  isSlow = false

  /** Which names were answered here when it was asked. */
  readonly generation: number

  constructor(hashed: HashedName, type: number, key: number, generation: number) {
    this.name = hashed.nameFrom(0)
    this.domain = domainOf(hashed)
    this.type = type
    this.key = key
    this.generation = generation
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
    return this.#ids.get(peer)?.has(idOf(query)) === true
  }

  add(waiter: Waiter): void {
    const { peer } = waiter.from
    const ids = this.#ids.get(peer)
    if (ids === undefined) this.#ids.set(peer, new Set([idOf(waiter.query)]))
    else ids.add(idOf(waiter.query))
    this.#waiters.push(waiter)
  }

  /** All who wait; they do so no more. */
  takeWaiters(): readonly Waiter[] {
    const waiters = this.#waiters
    this.#waiters = []
    this.#ids.clear()
    return waiters
  }
}

function idOf(query: Uint8Array): number {
  return query[0]! * 0x100 + query[1]!
}

/** How many there are: for each client, or zone, and in all. */
export class KeyedCounts {
  total = 0
  readonly #byKey = new Map<string, number>()

  of(key: string): number {
    return this.#byKey.get(key) ?? 0
  }

  enter(key: string): void {
    this.total++
    this.#byKey.set(key, this.of(key) + 1)
  }

  leave(key: string): void {
    this.total--
    const left = this.of(key) - 1
    if (left > 0) this.#byKey.set(key, left)
    else this.#byKey.delete(key)
  }
}

/** The last two labels of a name: whoever asks for ever new names of somebody does so below them. */
export function domainOf(name: HashedName): string {
  const start = name.startFrom(Math.max(0, name.count - 2))
  return Buffer.from(name.lower.subarray(start, name.length)).toString('latin1')
}
