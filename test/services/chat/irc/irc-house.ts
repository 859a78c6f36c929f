/**
 * IRC fronts over real rooms, without sockets: what a client sends goes in as lines, what it is sent comes out as lines. Accounts,
 * history and operators' passwords are the test's own.
 */
import { ircFront } from '#lanework/services/chat/irc/index.js'
import type { Desk, Front, SharedForms } from '#lanework/services/chat/lane/front.js'
import type { ChatSettings } from '#lanework/services/chat/options.js'
import { Rooms } from '#lanework/services/chat/rooms/rooms.js'
import type { PureRequest } from '#lanework/services/chat/rooms/types.js'
import { roomKey } from '#lanework/services/chat/text/room-name.js'
import type {
  Answer,
  Ask,
  Fault,
  Heard,
  Hearing,
  MemberInfo,
  Reply,
  RequestName,
  Saying,
} from '#lanework/services/chat/types.js'
import { type Peer, prepare, type Prepared } from '#lanework/server/index.js'
import { ManualClock } from '../../../support/manual-clock.js'

export const usualSettings: ChatSettings = {
  name: 'irc.test',
  network: 'Test Net',
  room: '#lobby',
  motd: '',
  open: false,
  history: 'memory',
  historyDays: 7,
  historyMessages: 10_000,
  historyMegabytes: 256,
  limits: { peer: 'none', address: 'none', room: 'none', enter: 'none', action: 'drop', muteSeconds: 30 },
  textBytes: 2_000,
  members: 100,
  rooms: 1_000,
  roomsPerMember: 50,
  udpIdleSeconds: 300,
  resumeSeconds: 60,
  register: true,
  reserveNicks: true,
  operators: [],
}

/** What the owner would answer in place of the rooms. */
export type Override = (name: RequestName, ask: unknown) => Answer<unknown> | undefined

export class House {
  readonly clock = new ManualClock()
  readonly settings: ChatSettings
  readonly clients: Client[] = []
  readonly accounts = new Map<string, string>()
  readonly stored: { key: string; saying: Saying }[] = []
  override: Override = () => undefined
  /** How often something was encoded. */
  encodings = 0
  readonly rooms: Rooms

  constructor(settings: Partial<ChatSettings> = {}) {
    this.settings = { ...usualSettings, ...settings }
    let secrets = 0
    this.rooms = new Rooms(this.settings, { newSecret: () => `secret ${++secrets}`, hostOf: () => 'host.test' })
  }

  /** A client that has just connected. */
  connect(): Client {
    const client = new Client(this)
    this.clients.push(client)
    return client
  }

  /** A client that has registered, and has read its welcome. */
  async member(nick: string, ...caps: string[]): Promise<Client> {
    const client = this.connect()
    if (caps.length > 0) await client.send(`CAP REQ :${caps.join(' ')}`)
    await client.send(`NICK ${nick}`, `USER ${nick} 0 * :${nick} Real`, ...(caps.length > 0 ? ['CAP END'] : []))
    client.take()
    return client
  }

  /** Members of other transports ask the rooms themselves. */
  asker(nick: string): (name: PureRequest, ask: unknown) => Answer<unknown> {
    const entered = this.apply(undefined, 'enter', {
      nick,
      user: 'udp',
      realname: nick,
      transport: 'udp',
      address: '192.0.2.9',
    })
    const id = 'ok' in entered ? entered.ok.me.id : ''
    return (name, ask) => this.apply(id, name, ask as Ask<typeof name>)
  }

  apply<Name extends PureRequest>(
    by: string | undefined,
    name: Name,
    ask: Ask<Name>,
    ref?: string,
  ): Answer<Reply<Name>> {
    const before = new Map(this.clients.map((client) => [client.id, client.desk.roomsBefore()]))
    const outcome = this.rooms.apply(by, name, ask, this.clock.wallMs(), ref)
    this.stored.push(...outcome.stored)
    this.deliver(outcome.heard, before)
    return outcome.answer
  }

  /** A member's connection has ended. */
  lose(id: string, reason: string): void {
    const before = new Map(this.clients.map((client) => [client.id, client.desk.roomsBefore()]))
    this.deliver(this.rooms.lost(id, reason, this.clock.wallMs(), 0).heard, before)
  }

  deliver(heard: readonly Heard[], before: ReadonlyMap<string, ReadonlySet<string>> = new Map()): void {
    for (const each of heard) {
      const forms = new Map<string, Prepared | undefined>()
      const shared: SharedForms = {
        once: (form, encode) => {
          if (!forms.has(form)) {
            const bytes = encode()
            this.encodings++
            forms.set(form, bytes.length === 0 ? undefined : prepare(bytes))
          }
          return forms.get(form)
        },
      }
      for (const client of this.clients) client.hear(each, shared, before.get(client.id) ?? new Set())
    }
  }

  history(target: string): Saying[] {
    const key = target.startsWith('#') ? roomKey(target) : undefined
    return this.stored
      .filter((each) => (key === undefined ? !each.key.startsWith('#') : each.key === key))
      .map(({ saying }) => saying)
  }
}

/** The desk of one client, over the house's rooms. */
class HouseDesk implements Desk {
  readonly peer: Peer
  readonly clock: ManualClock
  readonly settings: ChatSettings
  id = ''
  readonly rooms = new Map<string, string>()
  readonly #house: House

  readonly #onEnd: (reason: string) => void

  constructor(house: House, peer: Peer, onEnd: (reason: string) => void) {
    this.#house = house
    this.#onEnd = onEnd
    this.peer = peer
    this.clock = house.clock
    this.settings = house.settings
  }

  get me(): MemberInfo | undefined {
    return this.id === '' ? undefined : this.#house.rooms.member(this.id)
  }

  roomsBefore(): Set<string> {
    return new Set(this.rooms.values())
  }

  async ask<Name extends RequestName>(name: Name, ask: Ask<Name>, ref?: string): Promise<Answer<Reply<Name>>> {
    await Promise.resolve()
    const answer = this.#house.override(name, ask) ?? this.#answer(name, ask, ref)
    return answer as Answer<Reply<Name>>
  }

  #answer(name: RequestName, ask: unknown, ref: string | undefined): Answer<unknown> {
    const house = this.#house
    if (name === 'login' || name === 'register') return this.#account(name, ask as Ask<'login'>, ref)
    if (name === 'history') return this.#history(ask as Ask<'history'>)
    if (name === 'targets') return { ok: [{ target: '#a', latestMs: house.clock.wallMs() }] }
    if (name === 'operator' && (ask as Ask<'operator'>).password !== 'opensesame') return refused('password-wrong')
    const answer = house.apply(this.id === '' ? undefined : this.id, name, ask as Ask<PureRequest>, ref)
    if (name === 'enter' && 'ok' in answer) this.id = (answer.ok as Reply<'enter'>).me.id
    return answer
  }

  #account(name: 'login' | 'register', { account, password }: Ask<'login'>, ref: string | undefined): Answer<unknown> {
    const { accounts, rooms, clock } = this.#house
    if (name === 'login' && accounts.get(account) !== password) return refused('password-wrong')
    if (name === 'register' && accounts.has(account)) return refused('account-taken')
    accounts.set(account, password)
    if (this.id === '') return { ok: { account } }
    const outcome = rooms.authenticated(this.id, account, clock.wallMs(), ref)
    this.#house.deliver(
      outcome.heard,
      new Map(this.#house.clients.map((client) => [client.id, client.desk.roomsBefore()])),
    )
    return outcome.answer
  }

  #history(ask: Ask<'history'>): Answer<unknown> {
    const may = this.#house.rooms.mayReadHistory(this.id, ask.target)
    if ('code' in may) return { fault: may }
    const ms = (point: string | number): number =>
      typeof point === 'number' ? point : Number.parseInt(point.slice(0, 12), 16)
    const isAfter = (saying: Saying, point: string | number): boolean =>
      typeof point === 'string' ? saying.id > point : saying.atMs > ms(point)
    const isBefore = (saying: Saying, point: string | number): boolean =>
      typeof point === 'string' ? saying.id < point : saying.atMs < ms(point)
    const { after, before, around, limit } = ask
    const all = this.#house.history(ask.target)
    if (around !== undefined) {
      const half = Math.max(1, Math.floor(limit / 2))
      return {
        ok: [
          ...all.filter((saying) => !isAfter(saying, around)).slice(-half),
          ...all.filter((saying) => isAfter(saying, around)).slice(0, half),
        ],
      }
    }
    const found = all.filter(
      (saying) => (after === undefined || isAfter(saying, after)) && (before === undefined || isBefore(saying, before)),
    )
    return { ok: ask.isForward === true ? found.slice(0, limit) : found.slice(-limit) }
  }

  end(reason: string, brief = reason): void {
    const { rooms, clock } = this.#house
    this.#onEnd(rooms.maySayGoodbye(this.id, clock.wallMs()) ? reason : brief)
  }
}

function refused(code: Fault['code']): { fault: Fault } {
  return { fault: { code, message: 'That is not right' } }
}

const asItIs = (reply: unknown): string => reply as string

export class Client {
  readonly desk: HouseDesk
  readonly front: Front
  /** Why it was ended, once it was. */
  ended: string | undefined
  isClosed = false
  sendCalls = 0
  #sent = ''

  constructor(house: House) {
    const peer = {
      transport: 'tcp',
      address: { scheme: 'tcp', host: '192.0.2.7', port: 5_000 },
      local: undefined,
      state: undefined,
      send: (bytes: string | Uint8Array | Prepared) => {
        this.sendCalls++
        const isPlain = typeof bytes === 'string' || bytes instanceof Uint8Array
        this.#sent += Buffer.from((isPlain ? bytes : bytes.payload(asItIs)) as Uint8Array).toString('utf8')
        return true
      },
      drained: () => Promise.resolve(!this.isClosed),
      close: () => {
        this.isClosed = true
      },
    } as unknown as Peer
    this.desk = new HouseDesk(house, peer, (reason) => {
      this.ended = reason
      const { id } = this.desk
      this.desk.id = ''
      if (id !== '') house.lose(id, reason)
      this.front.closed?.({ kind: 'closed' })
    })
    this.front = ircFront(this.desk)
  }

  get id(): string {
    return this.desk.id
  }

  /** Sends lines one after the other, each answered before the next. */
  async send(...lines: (string | Buffer)[]): Promise<void> {
    for (const line of lines) await this.front.receive(Buffer.from(line as string))
  }

  /** What it was sent since it was looked at last, without the endings. */
  take(): string[] {
    const lines = this.#sent.split('\r\n')
    this.#sent = ''
    if (lines.pop() !== '') throw new Error('A line was sent without its ending.')
    return lines
  }

  async ask(...lines: (string | Buffer)[]): Promise<string[]> {
    this.take()
    await this.send(...lines)
    return this.take()
  }

  hear(heard: Heard, shared: SharedForms, before: ReadonlySet<string>): void {
    if (this.id === '' || !this.#isMeant(heard, before)) return
    this.#keepRooms(heard.hearing)
    this.front.hear(heard, shared)
  }

  #isMeant({ audience, hearing }: Heard, before: ReadonlySet<string>): boolean {
    const isJoiner = hearing.event === 'joined' && hearing.by.id === this.id
    if (audience.to === 'room') return isJoiner || this.#isIn(audience.room, before)
    if (audience.to === 'near')
      return audience.also === this.id || audience.rooms.some((room) => this.#isIn(room, before))
    if (audience.to === 'members') return audience.members.includes(this.id)
    return this.desk.me?.hearsWallops === true
  }

  #isIn(room: string, before: ReadonlySet<string>): boolean {
    return before.has(room) || [...this.desk.rooms.values()].includes(room)
  }

  #keepRooms(hearing: Hearing): void {
    const { rooms } = this.desk
    if (hearing.event === 'joined' && hearing.by.id === this.id) rooms.set(roomKey(hearing.room), hearing.room)
    if (hearing.event === 'parted' && hearing.by.id === this.id) rooms.delete(roomKey(hearing.room))
    if (hearing.event === 'kicked' && hearing.whom.id === this.id) rooms.delete(roomKey(hearing.room))
  }
}
