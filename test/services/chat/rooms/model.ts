/**
 * A slow, simple model of rooms: plain lists, searched from end to end. It decides who may come in and speak, and says who is where; `Rooms`
 * must agree after every step.
 */
import type { ModeChange } from '#lanework/services/chat/types.js'

export interface Person {
  id: string
  nick: string
  account: string | undefined
  isServerOperator: boolean
}

interface Place {
  readonly name: string
  readonly people: { readonly who: Person; operator: boolean; voice: boolean }[]
  readonly flags: string[]
  readonly masks: { readonly list: string; readonly mask: string }[]
  founder: string | undefined
  key: string | undefined
  limit: number | undefined
}

/** The masks that the test uses: nicks with a star at their end, or accounts. */
function means(mask: string, { nick, account }: Person): boolean {
  if (mask.startsWith('account:'))
    return account !== undefined && (mask === 'account:*' || mask === `account:${account}`)
  const wanted = mask.replace('!*@*', '')
  return wanted.endsWith('*') ? nick.startsWith(wanted.slice(0, -1)) : nick === wanted
}

export class Model {
  readonly people: Person[] = []
  readonly places: Place[] = [this.#newPlace('#lobby')]
  readonly invited: { readonly who: Person; readonly place: Place }[] = []
  readonly roomsPerMember: number

  constructor(roomsPerMember: number) {
    this.roomsPerMember = roomsPerMember
  }

  #newPlace(name: string): Place {
    return {
      name,
      people: [],
      flags: ['noOutside', 'topicLocked'],
      masks: [],
      founder: undefined,
      key: undefined,
      limit: undefined,
    }
  }

  place(name: string): Place | undefined {
    return this.places.find((place) => place.name === name)
  }

  person(nick: string): Person | undefined {
    return this.people.find((person) => person.nick === nick)
  }

  inside(place: Place | undefined, who: Person): Place['people'][number] | undefined {
    return place?.people.find((entry) => entry.who === who)
  }

  #listed(place: Place, list: string, who: Person): boolean {
    return place.masks.some((entry) => entry.list === list && means(entry.mask, who))
  }

  moderates(place: Place, who: Person): boolean {
    return who.isServerOperator || this.inside(place, who)?.operator === true
  }

  sees(place: Place, who: Person): boolean {
    return !place.flags.includes('secret') || who.isServerOperator || this.inside(place, who) !== undefined
  }

  /** Why somebody may not come in; undefined when it may. */
  joining(who: Person, name: string, key: string | undefined): string | undefined {
    const place = this.place(name)
    const isFull = this.places.filter((one) => this.inside(one, who)).length >= this.roomsPerMember
    if (place === undefined) return isFull ? 'too-many-rooms' : undefined
    if (this.inside(place, who)) return 'already-in-room'
    const isWelcome =
      who.isServerOperator ||
      (place.founder !== undefined && place.founder === who.account) ||
      this.invited.some((entry) => entry.who === who && entry.place === place)
    if (!isWelcome) {
      if (this.#listed(place, 'ban', who) && !this.#listed(place, 'except', who)) return 'banned'
      if (place.flags.includes('inviteOnly') && !this.#listed(place, 'invited', who)) return 'invite-only'
      if (place.key !== undefined && key !== place.key) return 'key-wrong'
      if (place.limit !== undefined && place.people.length >= place.limit) return 'room-full'
    }
    return isFull ? 'too-many-rooms' : undefined
  }

  join(who: Person, name: string): void {
    let place = this.place(name)
    const founded = this.places.filter(({ founder }) => founder !== undefined && founder === who.account).length
    let isNew = false
    if (place === undefined) {
      place = this.#newPlace(name)
      if (founded < this.roomsPerMember) place.founder = who.account
      this.places.push(place)
      isNew = true
    }
    const isFounder = place.founder !== undefined && place.founder === who.account
    place.people.push({ who, operator: isNew || isFounder, voice: false })
    this.#drop(this.invited, (entry) => entry.who === who && entry.place === place)
  }

  /** Why somebody may not speak in a room; undefined when it may. */
  speaking(who: Person, name: string): string | undefined {
    const place = this.place(name)
    if (place === undefined || !this.sees(place, who))
      return place && this.#silent(place, who) === undefined ? undefined : 'no-such-room'
    return this.#silent(place, who)
  }

  #silent(place: Place, who: Person): string | undefined {
    const own = this.inside(place, who)
    if (who.isServerOperator || own?.operator === true || own?.voice === true) return undefined
    if (own === undefined && place.flags.includes('noOutside')) return 'cannot-speak'
    if (place.flags.includes('moderated')) return 'cannot-speak'
    const isExcepted = this.#listed(place, 'except', who)
    if (!isExcepted && (this.#listed(place, 'mute', who) || this.#listed(place, 'ban', who))) return 'cannot-speak'
    return undefined
  }

  /** Keeps its account where that, and nothing else of it, is muted or banned without a rank. */
  keepsAccount(who: Person, next: string | undefined): boolean {
    if (who.account === undefined || who.account === next) return false
    return this.places.some((place) => {
      const own = this.inside(place, who)
      return own !== undefined && this.#isPut(place, who, own) && !this.#isPut(place, { ...who, account: next }, own)
    })
  }

  #isPut(place: Place, who: Person, own: Place['people'][number]): boolean {
    if (own.operator || own.voice || this.#listed(place, 'except', who)) return false
    return this.#listed(place, 'mute', who) || this.#listed(place, 'ban', who)
  }

  /** Keeps its nick where it is muted or banned without a rank. */
  keepsNick(who: Person): boolean {
    return this.places.some((place) => {
      const own = this.inside(place, who)
      return own !== undefined && this.#isPut(place, who, own)
    })
  }

  leave(who: Person, name: string): void {
    const place = this.place(name) as Place
    this.#drop(place.people, (entry) => entry.who === who)
    if (place.people.length === 0 && place.name !== '#lobby' && place.founder === undefined) {
      this.#drop(this.places, (one) => one === place)
    }
  }

  quit(who: Person): void {
    const left = this.places.filter((place) => this.inside(place, who))
    for (const { name } of left) this.leave(who, name)
    this.#drop(this.people, (one) => one === who)
    this.#drop(this.invited, (entry) => entry.who === who)
  }

  invite(who: Person, place: Place): void {
    this.#drop(this.invited, (entry) => entry.who === who && entry.place === place)
    this.invited.push({ who, place })
  }

  /** A change that `Rooms` said it made. */
  change(place: Place, { mode, on, value = '' }: ModeChange): void {
    const own = place.people.find(({ who }) => who.nick === value)
    if (mode === 'key') place.key = on ? value : undefined
    else if (mode === 'limit') place.limit = on ? Number(value) : undefined
    else if ((mode === 'operator' || mode === 'voice') && own !== undefined) own[mode] = on
    else if (value === '') {
      this.#drop(place.flags, (flag) => flag === mode)
      if (on) place.flags.push(mode)
    } else {
      this.#drop(place.masks, (entry) => entry.list === mode && entry.mask === value)
      if (on) place.masks.push({ list: mode, mask: value })
    }
  }

  #drop<Value>(list: Value[], isOut: (value: Value) => boolean): void {
    for (let at = list.length - 1; at >= 0; at--) if (isOut(list[at] as Value)) list.splice(at, 1)
  }
}
