/**
 * The chat page's protocol at work for one WebSocket: JSON requests in, what is heard and answered out.
 *
 *   frame ─▶ readRequest ─▶ Desk.ask ─▶ pageAnswer ─▶ { ref, ok } | { ref, fault }
 *   Heard ─▶ one text for all pages of the lane ─▶ { event, ... }; its own asker gets it with `ref`
 */
import type { Answer, Ask, Entered, Fault, Heard, Hearing, Reply, RequestName } from '../types.ts'
import type { Desk, Front, SharedForms } from '../lane/front.ts'
import { pageAnswer, pageHistory, pageRooms, pageSaying } from './page-answer.ts'
import {
  type Hello,
  historyMost,
  type PageAsk,
  type PageEnter,
  type PageFault,
  type PageHearing,
  pageMember,
  type PageMessage,
  protocolVersion,
} from './protocol.ts'
import { type ReadRequest, readRequest } from './read-request.ts'

/** After so many messages that are none, the connection ends. */
export const badMessagesMost = 10

/** The front of the chat page. Ask `MakeFront` of it for a peer whose messages are WebSocket text frames. */
export function pageFront(desk: Desk): Front {
  let badMessages = 0
  let isGone = false

  function send(message: PageMessage): void {
    if (!isGone) desk.peer.send(JSON.stringify(message))
  }

  function refuse(fault: PageFault, ref: string | undefined): void {
    send({ ...marked(ref), fault })
  }

  async function answer(request: Exclude<ReadRequest, { bad: string }>): Promise<void> {
    const { name, ref } = request
    if (name === 'enter') return enter(request.ask, ref)
    if (desk.me === undefined) return refuse({ code: 'not-entered', message: 'Enter first' }, ref)
    const ask = bounded(name, request.ask as Ask<typeof name>)
    const answered = await patiently(name, ask, ref)
    if (isGone) return
    if ('fault' in answered) return refused(answered.fault, ref)
    send({ ...marked(ref), ok: pageAnswer(name, ask, answered.ok) })
  }

  /** Asks again where a limit only delays: nothing more of this peer is received meanwhile. */
  async function patiently<Name extends RequestName>(
    name: Name,
    ask: Ask<Name>,
    ref: string | undefined,
  ): Promise<Answer<Reply<Name>>> {
    for (;;) {
      const answered = await desk.ask(name, ask, ref)
      if (isGone || !('fault' in answered) || !isDelayed(answered.fault)) return answered
      const waitMs = Math.max(1, answered.fault.waitMs)
      send({ event: 'waiting', ...marked(ref), waitMs })
      await new Promise<void>((resolve) => desk.clock.after(waitMs, resolve))
      if (isGone) return answered
    }
  }

  function refused(fault: Fault, ref: string | undefined): void {
    refuse(fault, ref)
    if (fault.code === 'limited' && fault.action === 'disconnect') desk.end(fault.message)
  }

  async function enter(ask: PageEnter, ref: string | undefined): Promise<void> {
    if (desk.me !== undefined)
      return refuse({ code: 'value-bad', message: 'You are here already', about: 'enter' }, ref)
    const { seen = {}, ...own } = ask
    const { address } = desk.peer
    const entered = await patiently(
      'enter',
      { realname: '', ...own, user: 'web', transport: 'ws', address: 'host' in address ? address.host : '' },
      ref,
    )
    if (isGone) return
    if ('fault' in entered) return refused(entered.fault, ref)
    send(hello(desk, entered.ok, ref))
    if (entered.ok.isResumed) await tellMissed(seen)
  }

  /** What was said in rooms and conversations since the page's last message of each. */
  async function tellMissed(seen: Readonly<Record<string, string>>): Promise<void> {
    for (const [target, after] of Object.entries(seen)) {
      if (isGone) return
      const ask = { target, after, isForward: true, limit: historyMost }
      const answered = await desk.ask('history', ask)
      if ('ok' in answered) send({ event: 'missed', target, ...pageHistory(ask, answered.ok) })
      await desk.peer.drained()
    }
  }

  return {
    receive(message) {
      if (isGone) return undefined
      const request = readRequest(message.toString('utf8'))
      if (!('bad' in request)) return answer(request)
      refuse({ code: 'bad-message', message: request.bad }, request.ref)
      badMessages++
      if (badMessages === badMessagesMost) {
        isGone = true
        desk.end('Bad messages')
      }
      return undefined
    },
    hear(heard, shared) {
      if (!isGone) hear(desk, heard, shared)
    },
    closed() {
      isGone = true
    },
    connection(state) {
      // A page looks for what it missed.
      send({ event: 'connection', state: state === 'lost' ? 'lost' : 'back' })
    },
  }
}

function isDelayed(fault: Fault): fault is Fault & { waitMs: number } {
  return fault.code === 'limited' && fault.action === 'delay' && fault.waitMs !== undefined
}

function marked(ref: string | undefined): { ref?: string } {
  return ref === undefined ? {} : { ref }
}

/** Answers have bounds whatever is asked for. */
function bounded<Name extends RequestName>(name: Name, ask: Ask<Name>): Ask<Name> {
  if (name !== 'history' && name !== 'targets') return ask
  const { limit } = ask as PageAsk<'history'>
  return { ...ask, limit: Math.min(limit, historyMost) }
}

/** Others' events are encoded once a lane; the asker's own goes with its `ref`. */
function hear(desk: Desk, { hearing, ref }: Heard, shared: SharedForms): void {
  if (hearing.event === 'said' && hearing.kind === 'tags') return
  const isOwn = ref !== undefined && 'by' in hearing && hearing.by !== undefined && hearing.by.id === desk.me?.id
  if (isOwn) desk.peer.send(JSON.stringify({ ...pageHearing(hearing), ref }))
  else {
    const text = shared.once('page', () => JSON.stringify(pageHearing(hearing)))
    if (text !== undefined) desk.peer.send(text)
  }
}

function pageHearing(hearing: Hearing): PageHearing {
  if (hearing.event === 'said') return { ...pageSaying(hearing), event: 'said' }
  if (hearing.event === 'joined') return { ...hearing, member: pageMember(hearing.member) }
  return hearing
}

function hello({ settings, clock }: Desk, { me, secret, rooms, isResumed }: Entered, ref: string | undefined): Hello {
  return {
    event: 'hello',
    ...marked(ref),
    version: protocolVersion,
    me,
    secret,
    isResumed,
    rooms: pageRooms(rooms),
    name: settings.name,
    network: settings.network,
    motd: settings.motd,
    room: settings.room,
    limits: { peer: settings.limits.peer, action: settings.limits.action },
    textBytes: settings.textBytes,
    hasHistory: settings.history !== 'none',
    canRegister: settings.register,
    resumeSeconds: settings.resumeSeconds,
    nowMs: clock.wallMs(),
  }
}
