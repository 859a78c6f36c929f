/** What a lane knows of a client: which view it sees, and whom its answers count for. */
import { randomBytes } from 'node:crypto'

import { addressBytes } from '../answer/client-address.ts'
import { ipv4Number, PrefixMap } from './prefix-map.ts'
import { mix } from './rate-limit.ts'
import type { RateLimit } from './rate-limit-options.ts'
import type { ViewOptions } from './options.ts'

/** Kept with the peer, for as long as the server remembers that. */
export class Client {
  /** 0 where no view is for it. */
  readonly view: number
  /** The hash of its network. */
  readonly network: number
  /** No limit is for it. */
  readonly isExempt: boolean

  constructor(view: number, network: number, isExempt: boolean) {
    this.view = view
    this.network = network
    this.isExempt = isExempt
  }
}

export class Clients {
  readonly #views = new PrefixMap<number>()
  readonly #exempt = new PrefixMap<true>()
  readonly #limit: RateLimit | undefined
  /** So that nobody can tell which networks share a bucket. */
  readonly #seed = randomBytes(4).readInt32LE()

  constructor(views: readonly ViewOptions[], limit: RateLimit | undefined) {
    views.forEach(({ clients }, at) => this.#views.addAll('views', clients, at + 1))
    this.#limit = limit
    this.#exempt.addAll('rateLimit.exempt', limit?.exempt ?? [], true)
  }

  of(host: string): Client {
    const isExempt = this.#limit === undefined || host === '' || this.#exempt.find(host) !== undefined
    return new Client(this.viewOf(host).view, isExempt ? 0 : this.#networkOf(host), isExempt)
  }

  /** The view of an address, and how many of its bits decided; 0 for both where no view is for it. */
  viewOf(host: string): { readonly view: number; readonly bits: number } {
    const found = this.#views.find(host)
    return { view: found?.value ?? 0, bits: found?.bits ?? 0 }
  }

  #networkOf(host: string): number {
    const { ipv4Bits, ipv6Bits } = this.#limit!
    const ipv4 = ipv4Number(host)
    if (ipv4 >= 0) return mix(this.#seed, ipv4 & (-1 << (32 - ipv4Bits)))
    const bytes = addressBytes(host)
    let hash = mix(this.#seed, bytes.length)
    for (let at = 0; at * 8 < ipv6Bits; at++) {
      const left = ipv6Bits - at * 8
      hash = mix(hash, left >= 8 ? bytes[at]! : bytes[at]! & (0xff << (8 - left)))
    }
    return hash
  }
}
