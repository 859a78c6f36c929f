/**
 * IRC as a front of the chat service (RFC 1459, RFC 2812, modern.ircdocs.horse, IRCv3): lines in, requests to the owner; what is
 * heard out, one encoding for all members with the same capabilities.
 *
 *   line ─▶ receive: size, UTF-8, parse ─▶ cost ─▶ command ─▶ Desk.ask ─▶ numerics
 *   event ─▶ hear ─▶ whom it concerns ─▶ shared lines
 */
import { isUtf8 } from 'node:buffer'
import { gistOf, type ConnectionState, type Desk, type Front, type MakeFront, type SharedForms } from '../lane/front.ts'
import type { Heard, Hearing } from '../types.ts'
import { historyCommands } from './commands/history.ts'
import type { Command } from './commands/command.ts'
import { modeCommands } from './commands/mode.ts'
import { peopleCommands } from './commands/people.ts'
import { changeAccountCaps, registerCommands } from './commands/register.ts'
import { roomCommands } from './commands/rooms.ts'
import { serverCommands } from './commands/server.ts'
import { speakCommands } from './commands/speak.ts'
import { formOf, joinLines, linesOf } from './encode.ts'
import { type CapName } from './caps.ts'
import { pay } from './pace.ts'
import { sendOwnModes } from './own-modes.ts'
import { Session } from './session.ts'
import { watch } from './watch.ts'
import { bodyBytes, formatMessage, type IrcMessage, parseMessage } from './wire/message.ts'
import { clientTagBytes } from './wire/tags.ts'
import { nickKey } from '../text/nick.ts'

/** Lines that a client may send before it has registered. */
const earlyMost = 1_024
const labelBytes = 64

/** All commands, by name. */
export const commands: ReadonlyMap<string, Command> = new Map(
  [
    ...roomCommands,
    ...modeCommands,
    ...speakCommands,
    ...peopleCommands,
    ...serverCommands,
    ...historyCommands,
    ...registerCommands,
  ].map((command) => [command.name, command]),
)

/** What a browser sends that was led here: it is dropped before it can say more, however long its line is. */
const httpMethod = /^(GET|POST|PUT|HEAD|OPTIONS|CONNECT|DELETE|PATCH|TRACE) /
const longestMethod = 8

/** Events that only those hear who asked for them. */
const askedFor: Partial<Record<Hearing['event'], CapName>> = {
  away: 'away-notify',
  account: 'account-notify',
  rehosted: 'chghost',
  realname: 'setname',
}

/** The IRC front of one client. It takes lines without their endings, and sends lines with them. */
export const ircFront: MakeFront = (desk) => new IrcFront(desk)

class IrcFront implements Front {
  readonly #session: Session
  readonly #unwatch: () => void

  constructor(desk: Desk) {
    this.#session = new Session(desk)
    this.#unwatch = watch(this.#session)
  }

  receive(message: Buffer): void | Promise<void> {
    const session = this.#session
    if (session.phase === 'over') return
    session.heardMs = session.desk.clock.monotonicMs()
    session.isAsked = false
    // A CR alone ends a line too, as some clients have it.
    if (message.includes(13)) return this.#receiveAll(message)
    return this.#line(message)
  }

  async #receiveAll(message: Buffer): Promise<void> {
    let from = 0
    while (from <= message.length) {
      const found = message.indexOf(13, from)
      const end = found < 0 ? message.length : found
      await this.#line(message.subarray(from, end))
      from = end + 1
    }
  }

  #line(bytes: Buffer): void | Promise<void> {
    const session = this.#session
    if (session.phase === 'over') return
    if (session.phase !== 'in' && ++session.linesBefore > earlyMost) return session.close('Too many lines')
    if (session.phase === 'new' && httpMethod.test(bytes.toString('latin1', 0, longestMethod))) return this.#drop()
    if (!isShortEnough(bytes)) return session.reply('ERR_INPUTTOOLONG')
    const message = parseMessage(bytes.toString('utf8'))
    if (message === undefined) return
    const command = commands.get(message.command)
    const waitMs = pay(session, command?.cost ?? 1)
    if (waitMs > 0) return session.wait(waitMs).then(() => this.#paid(message, command, bytes))
    return this.#run(message, command, bytes)
  }

  async #paid(message: IrcMessage, command: Command | undefined, bytes: Buffer): Promise<void> {
    pay(this.#session, command?.cost ?? 1)
    if (this.#session.phase !== 'over') await this.#run(message, command, bytes)
  }

  #run(message: IrcMessage, command: Command | undefined, bytes: Buffer): void | Promise<void> {
    const session = this.#session
    session.begin(labelOf(session, message))
    const done = this.#check(message, command, bytes) ? command?.run(session, message) : undefined
    if (done instanceof Promise) return done.finally(() => session.finish())
    session.finish()
  }

  /** Whether the command may run; who sent it is told otherwise. */
  #check(message: IrcMessage, command: Command | undefined, bytes: Buffer): boolean {
    const session = this.#session
    if (!isUtf8(bytes)) {
      const name = command?.name ?? '*'
      session.failOrNotice(name, 'INVALID_UTF8', [], 'Message rejected, your software must use UTF-8 here')
    } else if (session.phase !== 'in' && command?.isEarly !== true) session.reply('ERR_NOTREGISTERED')
    else if (command === undefined) session.reply('ERR_UNKNOWNCOMMAND', [message.command])
    else if (message.params.length < command.least) session.reply('ERR_NEEDMOREPARAMS', [command.name])
    else return true
    return false
  }

  #drop(): void {
    this.#session.over()
    this.#session.desk.peer.close()
  }

  hear(heard: Heard, shared: SharedForms): void {
    const session = this.#session
    const { hearing } = heard
    const { event, by } = gistOf(hearing, shared)
    const { me } = session.desk
    if (hearing.event === 'ended') return session.close(hearing.reason)
    if (session.phase !== 'in' || me === undefined) return
    const isOwn = by === me.id
    if (event === 'said' && !isOwn) return this.#hearShared(hearing, shared)
    if (event === 'self') return sendOwnModes(session)
    if (isOwn && heard.ref !== undefined && heard.ref === session.ref) return this.#hearOwn(hearing, shared)
    if (this.#concerns(hearing, isOwn)) this.#hearShared(hearing, shared)
  }

  /** What this client's command has brought about is part of its answer. */
  #hearOwn(hearing: Hearing, shared: SharedForms): void {
    const session = this.#session
    const me = session.desk.me
    if (hearing.event === 'said') {
      if (session.has('echo-message'))
        for (const line of linesOf(hearing, session.caps, session.server)) session.send(line)
      if (me !== undefined && nickKey(hearing.to) === nickKey(me.nick)) this.#hearShared(hearing, shared)
    } else if (this.#concerns(hearing, true)) {
      const lines = linesOf(hearing, session.caps, session.server)
      // What rank it has itself the names tell that follow.
      for (const line of hearing.event === 'joined' ? lines.slice(0, 1) : lines) session.send(line)
    }
  }

  #concerns(hearing: Hearing, isOwn: boolean): boolean {
    const session = this.#session
    const needed = askedFor[hearing.event]
    if (needed !== undefined) return session.has(needed) && !(isOwn && hearing.event === 'away')
    if (hearing.event === 'invited') {
      return hearing.whom.id === session.desk.me?.id || (!isOwn && session.has('invite-notify'))
    }
    if (hearing.event === 'quit') return !isOwn
    return hearing.event !== 'said' || !isOwn || session.has('echo-message')
  }

  #hearShared(hearing: Hearing, shared: SharedForms): void {
    const session = this.#session
    const { event } = gistOf(hearing, shared)
    const bytes = shared.once(formOf(event, session.caps), () =>
      joinLines(linesOf(hearing, session.caps, session.server)),
    )
    if (bytes !== undefined) session.desk.peer.send(bytes)
  }

  closed(): void {
    this.#session.over()
    this.#unwatch()
  }

  connection(state: ConnectionState): void {
    if (state === 'blink') return
    const session = this.#session
    changeAccountCaps(session, state === 'back')
    if (session.phase !== 'in') return
    const text =
      state === 'lost'
        ? 'The rooms are away for a moment; what is said meanwhile waits or is refused'
        : 'The rooms are back; what was said meanwhile has not come here'
    session.write(formatMessage({ source: session.server, command: 'NOTICE', params: [session.client], text }))
  }
}

/** Tags and the rest have limits of their own. */
function isShortEnough(bytes: Buffer): boolean {
  if (bytes[0] !== 0x40) return bytes.length <= bodyBytes - 2
  const space = bytes.indexOf(0x20)
  const tagBytes = space < 0 ? bytes.length : space + 1
  return tagBytes <= clientTagBytes && bytes.length - tagBytes <= bodyBytes - 2
}

/** Labels need a batch for what is more than one line. */
function labelOf(session: Session, message: IrcMessage): string | undefined {
  const label = message.tags.get('label')
  const isUsable = label !== undefined && label !== '' && Buffer.byteLength(label) <= labelBytes
  return isUsable && session.has('labeled-response') && session.has('batch') ? label : undefined
}
