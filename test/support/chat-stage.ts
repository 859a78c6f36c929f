/**
 * A small server for the chat page alone: the real page front over the real rooms, in one place and without a store, so that a test can have a
 * crowd without connections, refuse what it likes, and cut any connection.
 */
import { randomBytes } from 'node:crypto'

import { systemClock } from '#lanework/core/index.js'
import { lines } from '#lanework/framing/index.js'
import { type Peer, prepare, type Prepared, serve, type Server, service } from '#lanework/server/index.js'
import { chatPages } from '#lanework/services/chat-page.js'
import type { Desk, Front, SharedForms } from '#lanework/services/chat/lane/front.js'
import { type ChatSettings, chatSettings } from '#lanework/services/chat/options.js'
import { pageFront } from '#lanework/services/chat/page/front.js'
import type { PageMessage } from '#lanework/services/chat/page/index.js'
import { Rooms } from '#lanework/services/chat/rooms/rooms.js'
import type { Outcome, PureRequest } from '#lanework/services/chat/rooms/types.js'
import type { Answer, Ask, Audience, Fault, Heard, Reply, RequestName, Saying } from '#lanework/services/chat/types.js'

/** Somebody on the stage; those without a peer are there to be seen and to speak. */
interface Player {
  id: string | undefined
  readonly front: Pick<Front, 'hear'> | undefined
  readonly peer: Peer | undefined
}

export interface Actor {
  ask<Name extends PureRequest>(name: Name, ask: Ask<Name>): Answer<Reply<Name>>
  say(to: string, text: string, kind?: 'message' | 'action' | 'notice'): void
}

export interface Stage {
  readonly url: string
  readonly rooms: Rooms
  /** A member without a connection, in these rooms. */
  actor(nick: string, rooms?: readonly string[]): Actor
  /** Breaks all connections off, without a word. */
  cut(): void
  /** The fronts are told that the owner went, or came back. */
  owner(state: 'lost' | 'back'): void
  /** Sends all pages a message that no room would. */
  tellAll(message: PageMessage): void
  /** What happens in `action` is heard by nobody. */
  quietly(action: () => void): void
  /** All that was said in a room. */
  history(room: string): readonly Saying[]
  /** What a request is refused with; none where it gives undefined. */
  refuse: (name: RequestName, ask: unknown) => Fault | undefined
  /** Who enters waits until it is open. */
  door: Promise<void>
  close(): Promise<void>
}

export async function chatStage(
  options: { resumeSeconds?: number; textBytes?: number; port?: number } = {},
): Promise<Stage> {
  const settings: ChatSettings = chatSettings({ network: 'Teahouse', resumeSeconds: 60, ...options })
  const rooms = new Rooms(settings, { newSecret: () => randomBytes(16).toString('hex'), hostOf: () => 'host.hidden' })
  const store = new Map<string, Saying[]>()
  const players = new Map<string, Player>()
  const connected = new Set<Player>()
  /** Rooms of each member, those included that it is just leaving. */
  const places = new Map<string, readonly string[]>()
  let isQuiet = false

  function roomsOf(id: string): readonly string[] {
    return rooms.snapshotOf(id)?.rooms.map(({ room }) => room) ?? []
  }

  function hears(id: string, audience: Audience): boolean {
    if (audience.to === 'members') return audience.members.includes(id)
    if (audience.to === 'wallops') return true
    if (audience.to === 'near' && audience.also === id) return true
    const wanted = audience.to === 'room' ? [audience.room] : audience.rooms
    return places.get(id)?.some((room) => wanted.includes(room)) === true
  }

  function play<Kind>(outcome: Outcome<Kind>): Answer<Kind> {
    for (const { key, saying } of outcome.stored) store.set(key, [...(store.get(key) ?? []), saying])
    if (!isQuiet) for (const heard of outcome.heard) tell(heard)
    return outcome.answer
  }

  function tell(heard: Heard): void {
    const made = new Map<string, Prepared>()
    const shared: SharedForms = {
      once(form, encode) {
        const known = made.get(form) ?? prepare(encode())
        made.set(form, known)
        return known
      },
    }
    const listeners = Array.from(players.values())
    for (const player of listeners) {
      if (player.id === undefined || !hears(player.id, heard.audience)) continue
      player.front?.hear(heard, shared)
      if (heard.hearing.event !== 'ended') continue
      player.id = undefined
      player.peer?.close()
    }
  }

  function apply(player: Player, name: RequestName, ask: unknown, ref?: string): Answer<unknown> {
    if (name === 'history') return history(player.id ?? '', ask as Ask<'history'>)
    const before = player.id === undefined ? [] : roomsOf(player.id)
    const entering = name === 'enter' || player.id === undefined
    const outcome = rooms.apply(entering ? undefined : player.id, name as PureRequest, ask as never, Date.now(), ref)
    if ('ok' in outcome.answer && name === 'join' && player.id !== undefined)
      places.set(player.id, [...before, ...roomsOf(player.id)])
    const answer = play(outcome as Outcome<unknown>)
    if (entering && 'ok' in answer) {
      player.id = (answer.ok as Reply<'enter'>).me.id
      players.set(player.id, player)
    }
    if (player.id !== undefined) places.set(player.id, roomsOf(player.id))
    return answer
  }

  function history(id: string, ask: Ask<'history'>): Answer<readonly Saying[]> {
    const right = rooms.mayReadHistory(id, ask.target)
    if ('code' in right) return { fault: right }
    const { before, after, limit, isForward } = ask
    const found = (store.get(right.key) ?? []).filter(
      (saying) =>
        (before === undefined || saying.id < String(before)) && (after === undefined || saying.id > String(after)),
    )
    return { ok: isForward === true ? found.slice(0, limit) : found.slice(-limit) }
  }

  const stage = service({
    name: 'chat-stage',
    framing: lines(),
    pages: chatPages,
    open(peer: Peer) {
      const desk = {
        peer,
        clock: systemClock,
        settings,
        rooms: new Map(),
        get me() {
          return player.id === undefined ? undefined : rooms.member(player.id)
        },
        async ask(name: RequestName, ask: unknown, ref?: string) {
          if (name === 'enter') await made.door
          const fault = made.refuse(name, ask)
          return fault === undefined ? apply(player, name, ask, ref) : { fault }
        },
        end: () => peer.close(),
      } as Desk
      const player: Player & { front: Front } = { id: undefined, peer, front: pageFront(desk) }
      peer.state = player
      connected.add(player)
    },
    async message(message, peer) {
      await (peer.state as { front: Front }).front.receive(message)
    },
    close(peer, reason) {
      const player = peer.state as Player & { front: Front }
      player.front.closed?.(reason)
      connected.delete(player)
      if (player.id === undefined || players.get(player.id) !== player) return
      players.delete(player.id)
      play(rooms.lost(player.id, 'gone', Date.now(), settings.resumeSeconds * 1_000))
    },
  })
  const server: Server = await serve(stage, { listen: [`ws://127.0.0.1:${options.port ?? 0}/chat`] })

  const made: Stage = {
    url: `${String(server.addresses[0]).replace('ws:', 'http:').replace('/chat', '/')}`,
    rooms,
    refuse: () => undefined,
    door: Promise.resolve(),
    actor(nick, inRooms = [settings.room]) {
      const player: Player = { id: undefined, front: undefined, peer: undefined }
      const enter = {
        nick,
        isFlexible: true,
        user: 'actor',
        realname: '',
        transport: 'tcp' as const,
        address: '10.0.0.1',
      }
      apply(player, 'enter', enter)
      for (const room of inRooms) apply(player, 'join', { room })
      return {
        ask: (name, ask) => apply(player, name, ask) as never,
        say: (to, text, kind = 'message') => void apply(player, 'say', { to, kind, text }),
      }
    },
    cut() {
      for (const { peer } of connected) peer?.close()
    },
    owner(state) {
      for (const { front } of connected) (front as Front | undefined)?.connection?.(state)
    },
    tellAll(message) {
      for (const { peer } of connected) peer?.send(JSON.stringify(message))
    },
    quietly(action) {
      isQuiet = true
      action()
      isQuiet = false
    },
    history: (room) => store.get(room) ?? [],
    close: () => server.close(),
  }
  return made
}
