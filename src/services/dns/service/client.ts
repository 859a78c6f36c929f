/** What a lane knows of a client: which view it sees, and whom its answers count for. */
import { randomBytes } from 'node:crypto'

import { NetworkMap, readPrefix } from '../../../server/index.ts'
import { mix } from './rate-limit.ts'
import type { RateLimit } from './rate-limit-options.ts'
import type { ViewOptions } from './options.ts'

const words = new Uint32Array(4)

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
  readonly #views = new NetworkMap<number>()
  readonly #exempt = new NetworkMap<true>()
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
    const family = readPrefix(host, this.#limit!, words)
    let hash = mix(this.#seed, words[0]!)
    const count = family === 6 ? 4 : 1
    for (let at = 1; at < count; at++) hash = mix(hash, words[at]!)
    return hash
  }
}
