/**
 * One member that types: what it sends is read as input, run, and answered in lines. Both plain fronts are this with a transport around.
 *
 *   text ─▶ readInput ─▶ command ─▶ Desk.ask ─▶ lines for this member
 *                            ▲          │
 *                            └─ delayed ┘  while a limit delays, what comes next waits in order, so much and no more
 *
 * What is only said need not wait for what was said before. A command waits for all before it, and all behind it for the command: it
 * may change where and as whom one speaks.
 */
import { isUtf8 } from 'node:buffer'

import { isInternet } from '../../../io/index.ts'
import { roomKey } from '../text/room-name.ts'
import type { Desk } from '../lane/front.ts'
import type { Answer, Ask, Fault, Heard, Reply, RequestName, RoomView, Transport } from '../types.ts'
import { helpLine, readInput, type Input } from './commands.ts'
import { faultInWords } from './faults.ts'
import { isFault, type Context, type Outcome } from './run/context.ts'
import { runs } from './run/run-command.ts'
import { joinedLines, leftRoom, namesShown } from './run/rooms.ts'
import { sayHere } from './run/talk.ts'

export interface MemberOptions {
  /** Lines for this member alone, without the server's prefix. */
  tell(lines: readonly string[]): void
  readonly isEchoed: boolean
  /** What may wait while a limit delays; beyond it, it is dropped and the member told. */
  readonly waitingMost: number
  /** At most one notice of a limit in so many milliseconds: whoever floods shall not be answered as often. 0: each one. */
  readonly noticeEveryMs: number
}

export interface Member {
  readonly context: Context
  /** Whether something waits, or is under way. */
  readonly isBusy: boolean
  /** Whether it left because it wanted to. */
  readonly hasQuit: boolean
  /** Comes in, with this nick where it is free, and into the default room. Undefined, told and ended, where it may not. */
  enter(nick?: string): Promise<RoomView | undefined>
  /** A datagram or line without its ending; settles when it is done. */
  take(message: Buffer): Promise<void>
  /** Keeps up with what happened to it. */
  heard(heard: Heard): void
  /** The peer has gone: nothing waits any more. */
  stop(): void
}

/** What may wait for a command's answer. */
const behindCommandMost = 64

/** Our own doings come back to us with this, others' never. */
const ownRef = 'own'

export function makeMember(desk: Desk, options: MemberOptions): Member {
  const delays = makeDelays(desk, options.waitingMost)
  const notices = makeNotices(desk, options)
  // One that has come from another lane goes on where it spoke there.
  if (desk.me === undefined) desk.speaksIn = desk.settings.room
  const context: Context = {
    desk,
    isEchoed: options.isEchoed,
    ask: delays.ask,
    get room() {
      return desk.speaksIn
    },
    set room(name) {
      desk.speaksIn = name
    },
  }
  const waiting: Buffer[] = []
  let isStopped = false
  let hasQuit = false
  /** Messages under way, and coming in. */
  let running = 0
  let isCommanding = false
  /** What waits has waited for a limit: then it is said one by one, as the limit would mix up several. */
  let isSlow = false

  async function run(message: Buffer): Promise<void> {
    const input = isUtf8(message) ? readInput(oneLine(message.toString())) : undefined
    const outcome =
      input === undefined
        ? await sayHere(context, { bytes: message.toString('base64') })
        : await runInput(context, input)
    if (isStopped) return
    if (isFault(outcome)) notices.fault(outcome)
    else if (outcome.length > 0) options.tell(outcome)
    if (input?.kind !== 'command' || input.name !== 'quit') return
    waiting.length = 0
    hasQuit = true
    desk.end(input.rest === '' ? 'quit' : input.rest, 'quit')
  }

  function mayRun(message: Buffer): boolean {
    if (isCommanding || delays.count > 0) return false
    return running === 0 || !(isSlow || isCommand(message))
  }

  async function start(message: Buffer): Promise<void> {
    const isAlone = isCommand(message)
    running++
    if (isAlone) isCommanding = true
    await run(message)
    running--
    if (isAlone) isCommanding = false
    goOn()
  }

  /** Begins what waits, as much of it as may run now. */
  function goOn(): void {
    for (let next = waiting[0]; next !== undefined && mayRun(next); next = waiting[0]) {
      waiting.shift()
      void start(next)
    }
    if (waiting.length === 0) isSlow = false
  }

  return {
    context,
    get isBusy() {
      return running > 0 || waiting.length > 0
    },
    get hasQuit() {
      return hasQuit
    },
    async enter(nick) {
      running++
      const view = await enter(context, nick, notices.fault)
      running--
      if (view === undefined) waiting.length = 0
      goOn()
      return view
    },
    async take(message) {
      if (waiting.length === 0 && mayRun(message)) return start(message)
      if (delays.count > 0) isSlow = true
      const most = isSlow ? options.waitingMost : Math.max(options.waitingMost, behindCommandMost)
      if (waiting.length + delays.count < most) waiting.push(message)
      else notices.fault({ ...(delays.refused ?? tooMuch), action: 'drop' })
    },
    heard({ hearing }) {
      if (hearing.event === 'kicked' && hearing.whom.id === desk.me?.id) leftRoom(context, hearing.room)
    },
    stop() {
      isStopped = true
      waiting.length = 0
      delays.stop()
    },
  }
}

const tooMuch: Fault = { code: 'limited', message: 'too much at once', action: 'drop' }

/** Whether it is a command and not said: by its slash, of which `//` is none. */
function isCommand(message: Buffer): boolean {
  return message[0] === slash && message[1] !== slash
}

const slash = 0x2f

/** Line ends inside a datagram are blanks: one datagram is one message. */
function oneLine(text: string): string {
  return text.replace(/\r\n|[\r\n]/g, ' ')
}

async function runInput(context: Context, input: Input): Promise<Outcome> {
  switch (input.kind) {
    case 'nothing':
      return []
    case 'say':
      return sayHere(context, { text: input.text })
    case 'misused':
      return [helpLine(input.row)]
    case 'unknown':
      return [
        `there is no /${input.typed}${input.nearest === undefined ? '' : `; did you mean /${input.nearest}?`}`,
        '/help lists the commands; // begins a text with a slash',
      ]
    case 'command':
      return runs[input.name](context, input.words, input.rest)
  }
}

async function enter(
  context: Context,
  nick: string | undefined,
  refuse: (fault: Fault) => void,
): Promise<RoomView | undefined> {
  const { desk } = context
  const { address, transport } = desk.peer
  const isUdp = transport === 'udp' || transport === 'unix-dgram'
  const kind: Transport = isUdp ? 'udp' : 'tcp'
  const host = isInternet(address) ? address.host : '127.0.0.1'
  const entering = desk.ask('enter', {
    ...(nick === undefined ? {} : { nick }),
    isFlexible: true,
    user: kind,
    realname: '',
    transport: kind,
    address: host,
  })
  // Asked at once: requests are answered in order, so what the member says next finds it in the room.
  const joining = desk.ask('join', { room: desk.settings.room, mostMembers: namesShown }, ownRef)
  const entered = await entering
  const joined = await joining
  if ('fault' in entered) {
    refuse(entered.fault)
    desk.end('could not come in')
    return undefined
  }
  if ('ok' in joined) return joined.ok
  // Adopted, or come back: it is there already.
  const resumed = entered.ok.rooms.find((view) => roomKey(view.room) === roomKey(desk.settings.room))
  if (resumed !== undefined) return resumed
  context.room = entered.ok.rooms[0]?.room
  refuse(joined.fault)
  return undefined
}

/** Who one is and where, for who has just come. */
export function greetingLines(desk: Desk, view: RoomView, wanted?: string): string[] {
  const nick = desk.me?.nick ?? ''
  const other = wanted === undefined || wanted === nick ? [] : [`${wanted} cannot be had`]
  const motd = desk.settings.motd === '' ? [] : desk.settings.motd.split('\n')
  return [
    ...other,
    `welcome to ${desk.settings.network}: you are ${nick}; /nick NAME changes that, /help lists the commands`,
    ...motd,
    ...joinedLines(view),
  ]
}

interface Delays {
  ask: Context['ask']
  /** Requests that wait for their limit. */
  readonly count: number
  /** The last fault that made one wait. */
  readonly refused: Fault | undefined
  stop(): void
}

/** Asks again, when its time has come, what a limit delays. */
function makeDelays(desk: Desk, most: number): Delays {
  const stops = new Set<() => void>()
  const state = { isStopped: false, count: 0 }
  let refused: Fault | undefined
  const sleep = (waitMs: number): Promise<void> =>
    new Promise((resolve) => {
      const wake = (): void => {
        timer.cancel()
        stops.delete(wake)
        resolve()
      }
      const timer = desk.clock.after(Math.max(1, waitMs), wake)
      stops.add(wake)
    })
  return {
    get count() {
      return state.count
    },
    get refused() {
      return refused
    },
    async ask<Name extends RequestName>(name: Name, ask: Ask<Name>): Promise<Answer<Reply<Name>>> {
      let answer = await desk.ask(name, ask, ownRef)
      if (!isDelayed(answer)) return answer
      if (state.count >= most) return { fault: { ...answer.fault, action: 'drop' } }
      state.count++
      while (isDelayed(answer) && !state.isStopped) {
        refused = answer.fault
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        await sleep(answer.fault.waitMs ?? 1_000)
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        if (!state.isStopped) answer = await desk.ask(name, ask, ownRef)
      }
      state.count--
      return answer
    },
    stop() {
      state.isStopped = true
      for (const wake of stops) wake()
    },
  }
}

function isDelayed(answer: Answer<unknown>): answer is { readonly fault: Fault } {
  return 'fault' in answer && answer.fault.code === 'limited' && answer.fault.action === 'delay'
}

/** Tells faults; those of limits no oftener than allowed, with the number of messages that were not said. */
function makeNotices(desk: Desk, { tell, noticeEveryMs }: MemberOptions): { fault(fault: Fault): void } {
  let toldMs = -Infinity
  let unsaid = 0
  return {
    fault(fault) {
      // Why it could not come in has been told.
      if (fault.code === 'not-entered') return
      if (fault.code !== 'limited' && fault.code !== 'muted') return tell([faultInWords(fault)])
      unsaid++
      const nowMs = desk.clock.monotonicMs()
      if (fault.action !== 'disconnect' && nowMs - toldMs < noticeEveryMs) return
      toldMs = nowMs
      tell([faultInWords(fault, unsaid)])
      unsaid = 0
      if (fault.action === 'disconnect') desk.end('too much too fast')
    },
  }
}
