/** One peer's desk: its requests, one after the other, and what this lane knows of its member. */
import type { Clock } from '../../../core/index.ts'
import { formatAddress, parseAddress, type Address } from '../../../io/index.ts'
import type { Peer } from '../../../server/index.ts'
import type { ChatSettings } from '../options.ts'
import { hashOf } from '../rooms/requests/stay.ts'
import type { MemberSnapshot } from '../rooms/types.ts'
import { roomKey } from '../text/room-name.ts'
import type { Answer, Ask, Entered, Fault, Heard, Hearing, MemberInfo, Rank, Reply, RequestName } from '../types.ts'
import type { ChatCounter } from './counters.ts'
import { gistOf, type Desk, type Front, type SharedForms } from './front.ts'
import { isQuestion, questionBudget, type QuestionBudget } from './question-budget.ts'

/** Requests of one desk that may wait for those before. */
const waitingLimit = 64

/** What a desk needs of its lane. */
export interface DeskOwner {
  readonly clock: Clock
  readonly settings: ChatSettings
  readonly proofKey: Uint8Array
  count(what: ChatCounter): void
  /** Asks the owner; never rejects. Of `enter` the rooms are listened to before the answer is given. */
  ask(desk: LaneDesk, name: RequestName, ask: object, ref: string | undefined): Promise<Answer<unknown>>
  /** Its stay is over for this lane. */
  dismissed(desk: LaneDesk, reason: string, brief: string | undefined): void
}

export class LaneDesk implements Desk {
  readonly peer: Peer
  readonly rooms: Map<string, string> = new Map()
  readonly ranks: Map<string, Set<Rank>> = new Map()
  me: MemberInfo | undefined
  speaksIn: string | undefined
  /** The owner has ended its stay, or goes on with it elsewhere: it need not be told. */
  isOver = false
  /** Its former lane still tells it what is heard. */
  hearsElsewhere = false
  /** Which member it had before that went on in another lane: what it has asked before is still that one's. */
  former: string | undefined
  secretHash = ''
  /** Set right after the desk is made. */
  front!: Front
  readonly #owner: DeskOwner
  #turn: Promise<unknown> = Promise.resolve()
  #waiting = 0
  #quietUntilMs = 0
  #quiet: Fault | undefined
  #isEnding = false
  /** Once it has asked something. */
  #budget: QuestionBudget | undefined

  constructor(owner: DeskOwner, peer: Peer) {
    this.#owner = owner
    this.peer = peer
  }

  get clock(): Clock {
    return this.#owner.clock
  }

  get settings(): ChatSettings {
    return this.#owner.settings
  }

  get proofKey(): Uint8Array {
    return this.#owner.proofKey
  }

  count(what: ChatCounter): void {
    this.#owner.count(what)
  }

  /** What has been asked and is not answered. */
  get waiting(): number {
    return this.#waiting
  }

  /** What its peer sent is not done. */
  get isBusy(): boolean {
    return this.#waiting > 0 || this.front.isBusy?.() === true
  }

  ask<Name extends RequestName>(name: Name, ask: Ask<Name>, ref?: string): Promise<Answer<Reply<Name>>> {
    const refused = name === 'say' ? this.#stillQuiet() : undefined
    if (refused !== undefined) return Promise.resolve({ fault: refused })
    if (this.#waiting >= waitingLimit) {
      const message = 'Too much at once: wait for what you asked before'
      return Promise.resolve({ fault: { code: 'limited', message, scope: 'peer', action: 'drop', waitMs: 1_000 } })
    }
    this.#waiting += 1
    const answer = this.#turn.then(() =>
      isQuestion(name) ? this.#question(name, ask, ref) : this.#owner.ask(this, name, ask, ref),
    )
    this.#turn = answer
    return answer.then((value) => {
      this.#waiting -= 1
      if (!isQuestion(name)) this.#learn(value)
      return value as Answer<Reply<Name>>
    })
  }

  /** Questions keep the owner from what is said: nobody may ask without end. */
  async #question(name: RequestName, ask: object, ref: string | undefined): Promise<Answer<unknown>> {
    if (this.settings.limits.peer === 'none') return await this.#owner.ask(this, name, ask, ref)
    this.#budget ??= questionBudget(this.clock)
    const fault = this.#budget.take(name)
    if (fault !== undefined) {
      this.count('limited')
      return { fault }
    }
    const answer = await this.#owner.ask(this, name, ask, ref)
    this.#budget.answered(name, answer)
    return answer
  }

  end(reason: string, brief?: string): void {
    if (this.#isEnding) return
    this.#isEnding = true
    this.#owner.dismissed(this, reason, brief)
    this.peer.close()
  }

  /** The stay begins, here or after it had broken off. */
  entered({ me, secret, rooms }: Entered): void {
    this.me = me
    this.former = undefined
    this.secretHash = hashOf(secret)
    for (const { room, members } of rooms) {
      this.ranks.set(roomKey(room), new Set(members.find(({ id }) => id === me.id)?.ranks))
    }
  }

  /** The stay goes on here, from another lane. */
  adopted({ info, secretHash, rooms }: MemberSnapshot): void {
    this.me = info
    this.former = undefined
    this.secretHash = secretHash
    this.speaksIn = rooms[0]?.room
    for (const { room, ranks } of rooms) this.ranks.set(roomKey(room), new Set(ranks))
  }

  /** Enough to go on in another lane, or with another owner. */
  held(): MemberSnapshot | undefined {
    const { me, peer, secretHash } = this
    if (me === undefined) return undefined
    const here = [...this.rooms].filter(([, room]) => room === this.speaksIn)
    const inOrder = new Map([...here, ...this.rooms])
    const rooms = [...inOrder].map(([key, room]) => ({ room, ranks: [...(this.ranks.get(key) ?? [])] }))
    return { info: me, secretHash, address: hostOf(peer), ...placeOf(peer), rooms }
  }

  hear(heard: Heard, shared: SharedForms): void {
    if (this.me !== undefined) {
      const { event, by } = gistOf(heard.hearing, shared)
      if (event === 'self' || (by === this.me.id && event !== 'said')) this.me = changedBy(heard.hearing, this.me)
    }
    if (!this.hearsElsewhere) this.front.hear(heard, shared)
  }

  /** A mute or a limit is told here, and not asked for again and again: a flood stays in this lane. */
  #learn(answer: Answer<unknown>): void {
    if (!('fault' in answer)) return
    const { code, action, scope, waitMs = 0 } = answer.fault
    const isLimited = code === 'limited' && scope === 'peer' && (action === 'mute' || action === 'drop')
    if (code !== 'muted' && !isLimited) return
    this.#quiet = answer.fault
    this.#quietUntilMs = this.clock.monotonicMs() + waitMs
  }

  #stillQuiet(): Fault | undefined {
    if (this.#quiet === undefined) return undefined
    const waitMs = this.#quietUntilMs - this.clock.monotonicMs()
    if (waitMs > 0) return { ...this.#quiet, waitMs }
    this.#quiet = undefined
    return undefined
  }
}

/** What a member is after what was heard. */
function changedBy(hearing: Hearing, me: MemberInfo): MemberInfo {
  if (hearing.event === 'self') return hearing.me
  if (!('by' in hearing) || hearing.by?.id !== me.id) return me
  switch (hearing.event) {
    case 'renamed':
      return { ...me, nick: hearing.nick, nickSinceMs: hearing.atMs }
    case 'rehosted':
      return { ...me, user: hearing.user, host: hearing.host }
    case 'realname':
      return { ...me, realname: hearing.realname }
    case 'away': {
      const { away: _, ...present } = me
      return hearing.away === undefined ? present : { ...present, away: hearing.away }
    }
    case 'account': {
      const { account: _, ...loggedOut } = me
      return hearing.account === undefined ? loggedOut : { ...loggedOut, account: hearing.account }
    }
    default:
      return me
  }
}

/** Where a datagram member is, in a form that another lane understands: its address, and the listener's. */
export function placeOf({ address, listener }: Peer): { place?: string } {
  return listener === undefined ? {} : { place: `${formatAddress(address)} ${formatAddress(listener)}` }
}

/** The two addresses of a place. Throws ADDRESS_INVALID. */
export function readPlace(place: string): readonly [Address, Address] {
  const [address = '', listener = ''] = place.split(' ')
  return [parseAddress(address), parseAddress(listener)]
}

/** Numeric host of a peer; of Unix sockets `unix`. */
export function hostOf({ address }: Peer): string {
  return 'host' in address ? address.host : 'unix'
}
