/** Where a query comes from, and the way back to there. One is used again and again, until somebody answers later. */
import { isInternet } from '../../../io/index.ts'
import type { Peer } from '../../../server/index.ts'
import type { Answerer } from '../answer/answerer.ts'
import type { Client } from './client.ts'
import type { Outgoing } from './outgoing.ts'
import type { QuerySource } from './parts.ts'

export class Source implements QuerySource {
  transport: 'udp' | 'tcp' = 'udp'
  peer!: Peer
  client!: Client
  answerer!: Answerer
  /** What the query had, for answers that come later. */
  isRecursive = false
  hasEdns = false
  dnssec = false
  knewCookie = false
  subject = 0
  /** Of several messages one counts. */
  isCounted = false
  readonly #outgoing: Outgoing

  constructor(outgoing: Outgoing) {
    this.#outgoing = outgoing
  }

  begin(peer: Peer, client: Client): void {
    this.peer = peer
    this.client = client
    this.subject = 0
    this.transport = peer.transport === 'udp' ? 'udp' : 'tcp'
  }

  /** The query is about to go. */
  keep(query: Uint8Array): void {
    const { asked, knewCookie } = this.answerer
    this.isRecursive = (query[2]! & 1) !== 0
    this.hasEdns = asked.hasEdns
    this.dnssec = asked.dnssec
    this.knewCookie = knewCookie
  }

  get host(): string {
    return this.hostOf(this.peer)
  }

  hostOf({ address }: Peer): string {
    return isInternet(address) ? address.host : ''
  }

  reply(answer: Uint8Array): boolean {
    const passed = this.#outgoing.passLater(answer, this)
    return passed !== undefined && this.peer.send(passed)
  }
}
