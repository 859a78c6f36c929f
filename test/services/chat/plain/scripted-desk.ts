/** A desk that answers by a script, notes what it is asked, and has a peer that notes what it is sent. */
import type { Address, Scheme } from '#lanework/io/index.js'
import type { Bytes } from '#lanework/framing/index.js'
import type { Clock } from '#lanework/core/index.js'
import { prepare, type Prepared } from '#lanework/server/index.js'
import type { Desk, FrontCount, SharedForms } from '#lanework/services/chat/lane/front.js'
import type { ChatSettings } from '#lanework/services/chat/options.js'
import { roomKey } from '#lanework/services/chat/text/room-name.js'
import type {
  Answer,
  Ask,
  Fault,
  MemberInfo,
  Reply,
  RequestName,
  RoomMember,
  RoomView,
  Saying,
  Who,
} from '#lanework/services/chat/types.js'
import { ManualClock } from '../../../support/manual-clock.js'

export type Script = { [Name in RequestName]?: (ask: Ask<Name>) => Answer<Reply<Name>> | Promise<Answer<Reply<Name>>> }

export interface ScriptedDesk extends Desk {
  readonly clock: ManualClock & Clock
  readonly asked: { readonly name: RequestName; readonly ask: unknown }[]
  /** What the peer was sent, as text; bytes that are no UTF-8 as latin1. */
  readonly sent: string[]
  readonly sentBytes: Bytes[]
  readonly ended: string[]
  readonly counts: FrontCount[]
  readonly script: Script
  readonly state: { opened: number; mayOpen: boolean; me: MemberInfo | undefined }
  readonly rooms: Map<string, string>
  /** What was sent since the last call. */
  news(): string[]
}

export interface DeskOptions {
  readonly host?: string
  readonly port?: number
  readonly scheme?: Scheme
  readonly settings?: Partial<ChatSettings>
  readonly proofKey?: Uint8Array
}

export function scriptedDesk(options: DeskOptions = {}): ScriptedDesk {
  const address = {
    scheme: options.scheme ?? 'udp',
    host: options.host ?? '127.0.0.1',
    port: options.port ?? 4_000,
  } as Address
  const sentBytes: Bytes[] = []
  const sent: string[] = []
  const asked: { name: RequestName; ask: unknown }[] = []
  const ended: string[] = []
  const counts: FrontCount[] = []
  const rooms = new Map<string, string>()
  const state: ScriptedDesk['state'] = { opened: 0, mayOpen: true, me: undefined }
  const script: Script = { ...usual(state, rooms) }
  let seen = 0
  return {
    peer: {
      transport: address.scheme,
      address,
      local: undefined,
      state: undefined,
      send(given) {
        const reply =
          given instanceof Uint8Array || typeof given === 'string' ? given : given.payload((each) => each as Bytes)
        sentBytes.push(reply)
        const text = typeof reply === 'string' ? reply : Buffer.from(reply as Uint8Array).toString('latin1')
        const isLine = address.scheme === 'tcp' && text.endsWith('\n')
        sent.push(isLine ? text.slice(0, -1) : text)
        return true
      },
      drained: async () => true,
      open: () => {
        state.opened++
        return state.mayOpen
      },
      close: () => {},
    },
    clock: new ManualClock(),
    settings: { ...usualSettings, ...options.settings },
    get me() {
      return state.me
    },
    rooms,
    proofKey: options.proofKey ?? Buffer.alloc(32, 7),
    count: (what) => counts.push(what),
    counts,
    async ask(name, ask) {
      asked.push({ name, ask })
      const answer = script[name]
      return answer === undefined ? refuse('unavailable', `nobody answers ${name}`) : answer(ask)
    },
    end: (reason) => ended.push(reason),
    asked,
    sent,
    sentBytes,
    ended,
    script,
    state,
    news() {
      const fresh = sent.slice(seen)
      seen = sent.length
      return fresh
    },
  }
}

export function refuse(code: Fault['code'], message: string, more: Partial<Fault> = {}): { fault: Fault } {
  return { fault: { code, message, ...more } }
}

/** Turns of the event loop in which promises settle. */
export async function settled(): Promise<void> {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve))
}

export function who(nick: string, id: string = nick): Who {
  return { id, nick, user: 'udp', host: `host-of-${id}` }
}

export function member(nick: string, more: Partial<RoomMember> = {}): RoomMember {
  return {
    ...who(nick),
    realname: '',
    transport: 'udp',
    isOperator: false,
    isInvisible: false,
    hearsWallops: false,
    sinceMs: 0,
    activeMs: 0,
    ranks: [],
    ...more,
  }
}

export function viewOf(room: string, members: readonly RoomMember[], topic?: string): RoomView {
  return {
    room,
    createdMs: 0,
    modes: { room, createdMs: 0, set: [] },
    members,
    ...(topic === undefined ? {} : { topic: { text: topic, by: 'bob!b@c', atMs: 0 } }),
  }
}

export function saying(by: Who, to: string, text: string, more: Partial<Saying> = {}): Saying & { event: 'said' } {
  return { event: 'said', id: '0'.repeat(20), atMs: Date.UTC(2026, 0, 2, 3, 4), by, to, kind: 'message', text, ...more }
}

/** Notes which forms are encoded, each once. */
export function sharedForms(): SharedForms & { readonly encoded: string[] } {
  const forms = new Map<string, Prepared | undefined>()
  const encoded: string[] = []
  return {
    encoded,
    once(form, encode) {
      if (forms.has(form)) return forms.get(form)
      encoded.push(form)
      const bytes = encode()
      forms.set(form, bytes.length === 0 ? undefined : prepare(bytes))
      return forms.get(form)
    },
  }
}

function usual(state: ScriptedDesk['state'], rooms: Map<string, string>): Script {
  return {
    enter({ nick = 'guest' }) {
      state.me = member(nick, { id: 'me' })
      return { ok: { me: state.me, secret: 's', rooms: [], isResumed: false } }
    },
    join({ room }) {
      rooms.set(roomKey(room), room)
      return { ok: viewOf(room, [member(state.me?.nick ?? 'guest', { id: 'me' })]) }
    },
    part({ room }) {
      rooms.delete(roomKey(room))
      return { ok: {} }
    },
    say: ({ to }) => ({ ok: { id: '1', atMs: 0, to } }),
    alive: () => ({ ok: {} }),
  }
}

export const usualSettings: ChatSettings = {
  name: 'chat.lanework',
  network: 'lanework',
  room: '#lobby',
  motd: '',
  open: false,
  history: 'none',
  historyDays: 7,
  historyMessages: 100,
  historyMegabytes: 256,
  limits: { peer: 'none', address: 'none', room: 'none', enter: 'none', action: 'drop', muteSeconds: 30 },
  textBytes: 2_000,
  members: 100,
  rooms: 100,
  roomsPerMember: 50,
  udpIdleSeconds: 300,
  resumeSeconds: 60,
  register: false,
  reserveNicks: true,
  operators: [],
}
