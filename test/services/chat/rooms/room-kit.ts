/** Rooms under test, spoken to in few words; and a lane, which knows of rooms only what it hears. */
import assert from 'node:assert/strict'
import type { ChatSettings } from '#lanework/services/chat/options.js'
import { Rooms } from '#lanework/services/chat/rooms/rooms.js'
import type { Outcome, PureRequest, RoomSources } from '#lanework/services/chat/rooms/types.js'
import type {
  Ask,
  Enter,
  FaultCode,
  Heard,
  Hearing,
  ModeChange,
  ModeName,
  Reply,
} from '#lanework/services/chat/types.js'

export const settings: ChatSettings = {
  name: 'chat.test',
  network: 'testnet',
  room: '#lobby',
  motd: '',
  open: false,
  history: 'memory',
  historyDays: 7,
  historyMessages: 100,
  historyMegabytes: 256,
  limits: { peer: 'none', address: 'none', room: 'none', enter: 'none', action: 'drop', muteSeconds: 30 },
  textBytes: 200,
  members: 50,
  rooms: 20,
  roomsPerMember: 6,
  udpIdleSeconds: 300,
  resumeSeconds: 60,
  register: false,
  reserveNicks: true,
  operators: [],
}

/** Who is in which room, from what is heard alone; and who hears what. */
export class Lane {
  readonly rooms = new Map<string, Set<string>>()
  readonly wallops = new Set<string>()

  /** Who hears it, in the order in which the lane knows them. */
  receive({ audience, hearing }: Heard): string[] {
    if (hearing.event === 'joined') this.#room(hearing.room).add(hearing.by.id)
    const hearers = this.#hearers(audience)
    if (hearing.event === 'parted') this.#leave(hearing.room, hearing.by.id)
    if (hearing.event === 'kicked') this.#leave(hearing.room, hearing.whom.id)
    if (hearing.event === 'quit') for (const room of this.rooms.keys()) this.#leave(room, hearing.by.id)
    if (hearing.event === 'self' && hearing.me.hearsWallops) this.wallops.add(hearing.me.id)
    if (hearing.event === 'self' && !hearing.me.hearsWallops) this.wallops.delete(hearing.me.id)
    if (hearing.event === 'quit') this.wallops.delete(hearing.by.id)
    return hearers
  }

  #hearers(audience: Heard['audience']): string[] {
    if (audience.to === 'members') return [...audience.members]
    if (audience.to === 'wallops') return [...this.wallops]
    if (audience.to === 'room') return [...this.#room(audience.room)]
    const near = new Set(audience.rooms.flatMap((room) => [...this.#room(room)]))
    if (audience.also !== undefined) near.add(audience.also)
    return [...near]
  }

  #room(name: string): Set<string> {
    const there = this.rooms.get(name) ?? new Set<string>()
    this.rooms.set(name, there)
    return there
  }

  #leave(name: string, id: string): void {
    this.#room(name).delete(id)
    if (this.#room(name).size === 0) this.rooms.delete(name)
  }
}

/** No two are the same, in no kit. */
let secrets = 0

export class Kit {
  readonly rooms: Rooms
  readonly lane = new Lane()
  nowMs = 1_700_000_000_000
  /** What each has heard and not been asked about. */
  readonly inbox = new Map<string, Hearing[]>()

  constructor(
    more: Partial<ChatSettings> = {},
    hasHistory?: (key: string) => boolean,
    accountOf?: RoomSources['accountOf'],
  ) {
    this.rooms = new Rooms(
      { ...settings, ...more },
      {
        newSecret: () => `secret ${secrets++}`,
        hostOf: (address) => `host-${address}`,
        ...(hasHistory && { hasHistory }),
        ...(accountOf && { accountOf }),
      },
    )
  }

  do<Name extends PureRequest>(by: string | undefined, name: Name, ask: Ask<Name>, ref?: string): Outcome<Reply<Name>> {
    const outcome = this.rooms.apply(by, name, ask, this.nowMs, ref)
    this.deliver(outcome.heard)
    return outcome
  }

  deliver(heard: readonly Heard[]): void {
    for (const one of heard) {
      for (const id of this.lane.receive(one)) this.inbox.set(id, [...(this.inbox.get(id) ?? []), one.hearing])
    }
  }

  /** The answer, which must be none of refusal. */
  ok<Name extends PureRequest>(by: string | undefined, name: Name, ask: Ask<Name>): Reply<Name> {
    const { answer } = this.do(by, name, ask)
    if ('fault' in answer) assert.fail(`${name}: ${answer.fault.code} ${answer.fault.about}`)
    return answer.ok
  }

  /** The code of the refusal; undefined when there is none. A refusal changes nothing. */
  fault<Name extends PureRequest>(by: string | undefined, name: Name, ask: Ask<Name>): FaultCode | undefined {
    const { answer, heard, stored, changedRooms } = this.do(by, name, ask)
    if ('ok' in answer) return undefined
    assert.deepEqual([heard, stored, changedRooms], [[], [], []], `${name} was refused`)
    return answer.fault.code
  }

  enter(nick: string | undefined, more: Partial<Enter> = {}): string {
    return this.ok(undefined, 'enter', this.asking(nick, more)).me.id
  }

  asking(nick: string | undefined, more: Partial<Enter> = {}): Enter {
    const ask = { user: 'user', realname: 'Real Name', transport: 'irc', address: '192.0.2.1', ...more } as const
    return nick === undefined ? ask : { ...ask, nick }
  }

  /** Some who have come, in rooms by name. */
  people<Nick extends string>(...nicks: Nick[]): Record<Nick, string> {
    return Object.fromEntries(nicks.map((nick) => [nick, this.enter(nick)])) as Record<Nick, string>
  }

  /** What a member has heard since it was asked last. */
  heardBy(id: string): Hearing[] {
    const heard = this.inbox.get(id) ?? []
    this.inbox.delete(id)
    return heard
  }

  eventsOf(id: string): string[] {
    return this.heardBy(id).map(({ event }) => event)
  }

  quiet(): void {
    this.inbox.clear()
  }
}

/** A mode set. */
export const on = (mode: ModeName, value?: string): ModeChange => ({
  mode,
  on: true,
  ...(value !== undefined && { value }),
})
/** A mode taken away. */
export const off = (mode: ModeName, value?: string): ModeChange => ({ ...on(mode, value), on: false })

/** Alice made `#a`; bob and carol are not in it. */
export function made(...changes: ModeChange[]): { kit: Kit; alice: string; bob: string; carol: string } {
  const kit = new Kit()
  const people = kit.people('alice', 'bob', 'carol')
  kit.ok(people.alice, 'join', { room: '#a' })
  const { refused } = kit.ok(people.alice, 'mode', { room: '#a', changes })
  assert.deepEqual(refused, [])
  kit.quiet()
  return { kit, ...people }
}
