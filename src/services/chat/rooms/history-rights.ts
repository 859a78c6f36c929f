/**
 * Who may read which messages. Of a room: its members, since the room was made, so that who makes a room of that name anew does not read what
 * was said in the former. Private messages: the two; by account since there is this account, by a mere nick only those since this stay has it,
 * as the nick may have been another's before.
 */
import type { Fault } from '../types.ts'
import { faultOf } from './faults.ts'
import { identityOf, type Member } from './member.ts'
import { maySee } from './room.ts'
import { pairKey } from './requests/say.ts'
import type { State } from './state.ts'

export interface ReadableHistory {
  /** In the store. */
  readonly key: string
  /** Nothing before it; milliseconds since 1970. */
  readonly since?: number
}

export class HistoryRights {
  readonly #state: State

  constructor(state: State) {
    this.#state = state
  }

  ofRoom(member: Member, name: string): ReadableHistory | Fault {
    const room = this.#state.room(name)
    if (room === undefined || !maySee(room, member)) return faultOf('no-such-room', name)
    if (!member.rooms.has(room) && !member.isOperator) return faultOf('not-in-room', room.name)
    return room === this.#state.defaultRoom ? { key: room.key } : { key: room.key, since: room.createdMs }
  }

  /** With who has a nick now, or had it last, or nobody yet. */
  withNick(member: Member, nick: string, key: string): ReadableHistory {
    const other = this.#state.byNick(nick)
    const account = other === undefined ? this.#state.lastWho(key)?.account : other.who.account
    const identity = account === undefined ? `n:${key}` : `a:${account}`
    return { key: pairKey(identityOf(member), identity), ...this.#sinceOf(member) }
  }

  ofKey(member: Member, key: string): (ReadableHistory & { readonly target: string }) | undefined {
    if (key.startsWith('#')) {
      const room = this.#state.rooms.get(key)
      if (room === undefined) return undefined
      const found = this.ofRoom(member, room.name)
      return 'code' in found ? undefined : { ...found, target: room.name }
    }
    const own = identityOf(member)
    const [one = '', two = ''] = key.split(' ')
    if (one !== own && two !== own) return undefined
    return { key, ...this.#sinceOf(member), target: this.#nickOf(one === own ? two : one) }
  }

  #nickOf(identity: string): string {
    const name = identity.slice(2)
    return identity.startsWith('n:') ? (this.#state.byNick(name)?.who.nick ?? name) : name
  }

  /** One of that name may have been there before. */
  #sinceOf({ who: { account }, nickSinceMs }: Member): { since?: number } {
    const since = account === undefined ? nickSinceMs : this.#state.accountSinceMs(account)
    return since === undefined ? {} : { since }
  }
}
