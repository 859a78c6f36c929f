/**
 * One IRC client: what is known of it, and how it is answered. Commands are functions over a session; one at a time is at work.
 *
 *   new ──(NICK, USER, CAP END)──▶ entering ──(the owner agrees)──▶ in ──▶ over
 */
import type { Desk } from '../lane/front.ts'
import type { Answer, Ask, Fault, Reply, RequestName } from '../types.ts'
import { type CapName, cap, offered } from './caps.ts'
import { type FaultContext, numericOf } from './faults.ts'
import { Response } from './response.ts'
import type { LineSink } from './response.ts'
import { formatMessage, type Line } from './wire/message.ts'
import { type NumericName, numericLine } from './wire/numerics.ts'

/** How often a message that is to be said later is tried, before it counts as dropped. */
const mostDelays = 100

export class Session implements LineSink {
  readonly desk: Desk
  phase: 'new' | 'entering' | 'in' | 'over' = 'new'
  /** Bits of `cap`. */
  caps = 0
  isVersion302 = false
  /** CAP has begun and CAP END has not come. */
  isNegotiating = false
  isOwnerThere = true
  nick: string | undefined
  user: string | undefined
  realname = ''
  /** Logged in before it has entered. */
  account: string | undefined
  /** Base64 of AUTHENTICATE so far; undefined outside of an exchange. */
  saslText: string | undefined
  failedLogins = 0
  /** Letters of its modes, as it was told last. */
  modes = ''
  /** When it was heard last, and whether it owes a PONG; by the monotonic clock. */
  heardMs: number
  isAsked = false
  readonly sinceMs: number
  linesBefore = 0
  /** Tokens for commands that cost, see `pace.ts`; filled up to `filledMs`. */
  tokens = 0
  filledMs: number = -Infinity
  /** Of the command at work: what others' events tell ours by. */
  ref = ''
  #response: Response
  #refs = 0
  #batches = 0
  /** It has said so much that it is to go once it has been told. */
  #flood: Fault | undefined
  /** Ends a wait early. */
  #wake: (() => void) | undefined

  constructor(desk: Desk) {
    this.desk = desk
    this.sinceMs = desk.clock.monotonicMs()
    this.heardMs = this.sinceMs
    this.#response = new Response(this, undefined)
  }

  get server(): string {
    return this.desk.settings.name
  }

  /** What a numeric calls the client: its nick, or what there is before. */
  get client(): string {
    // The last one is kept for the goodbye, when it is no member any more.
    const { me } = this.desk
    if (me !== undefined) this.nick = me.nick
    return this.nick ?? '*'
  }

  has(name: CapName): boolean {
    return (this.caps & cap[name]) !== 0
  }

  get offers(): Map<CapName, string> {
    return offered(this.desk.settings, this.isOwnerThere)
  }

  newBatchId(): string {
    return (++this.#batches).toString(36)
  }

  /** A line, now, whatever is being answered. */
  write(line: string): void {
    this.desk.peer.send(`${line}\r\n`)
  }

  /** Begins the answer to a command. */
  begin(label: string | undefined): void {
    this.ref = (++this.#refs).toString(36)
    this.#response = new Response(this, label)
  }

  /** The answer is whole. */
  finish(): void {
    this.#response.end()
    this.#response = new Response(this, undefined)
    this.ref = ''
    const flood = this.#flood
    this.#flood = undefined
    if (flood !== undefined) this.close(flood.message.replace(/; wait .*$/, ''))
  }

  /** A line of the answer. */
  send(line: Line): void {
    this.#response.send(line)
  }

  reply(name: NumericName, params: readonly string[] = [], text?: string): void {
    this.#response.send(numericLine(this.server, this.client, name, params, text))
  }

  refuse(fault: Fault, context: FaultContext): void {
    const { name, params, text } = numericOf(fault, context)
    this.reply(name, params, text)
  }

  /** A standard reply (IRCv3): `FAIL COMMAND CODE context :text`. */
  fail(command: string, code: string, context: readonly string[], text: string): void {
    this.send({ source: this.server, command: 'FAIL', params: [command, code, ...context], text })
  }

  /** The same for who asked for standard replies, else a notice. */
  failOrNotice(command: string, code: string, context: readonly string[], text: string): void {
    if (this.has('standard-replies')) this.fail(command, code, context, text)
    else this.notice(`${command}: ${text}`)
  }

  notice(text: string): void {
    this.send({ source: this.server, command: 'NOTICE', params: [this.client], text })
  }

  openBatch(type: string, ...params: string[]): void {
    this.#response.openBatch(type, ...params)
  }

  closeBatch(): void {
    this.#response.closeBatch()
  }

  /** Asks the owner; what is to be said later is asked again when its time has come. */
  async ask<Name extends RequestName>(name: Name, ask: Ask<Name>): Promise<Answer<Reply<Name>>> {
    for (let tries = 1; ; tries++) {
      const answer = await this.desk.ask(name, ask, this.ref)
      if ('ok' in answer || tries === mostDelays || this.phase === 'over') return answer
      const { code, action, waitMs } = answer.fault
      if (code === 'limited' && action === 'disconnect') this.#flood = answer.fault
      if (code !== 'limited' || action !== 'delay') return answer
      await this.wait(waitMs ?? 1_000)
    }
  }

  /** What was asked for, or undefined when it is refused, which the client is then told. */
  async get<Name extends RequestName>(
    name: Name,
    ask: Ask<Name>,
    context: FaultContext,
  ): Promise<Reply<Name> | undefined> {
    const answer = await this.ask(name, ask)
    if ('ok' in answer) return answer.ok
    this.refuse(answer.fault, context)
    return undefined
  }

  /** A command of its waits for its time; what the client sends meanwhile is read later. */
  get isWaiting(): boolean {
    return this.#wake !== undefined
  }

  /** Waits, at most until the client has gone. */
  wait(delayMs: number): Promise<void> {
    if (this.phase === 'over') return Promise.resolve()
    return new Promise((resolve) => {
      const timer = this.desk.clock.after(delayMs, () => this.#wake?.())
      this.#wake = () => {
        timer.cancel()
        this.#wake = undefined
        this.heardMs = this.desk.clock.monotonicMs()
        resolve()
      }
    })
  }

  /** Says goodbye and ends the stay; `reason` is what others hear, or `brief` (see `Desk.end`). */
  close(reason: string, brief?: string): void {
    if (this.phase === 'over') return
    this.finish()
    this.write(formatMessage({ command: 'ERROR', text: `Closing link: (${this.client}) [${reason}]` }))
    this.over()
    this.desk.end(reason, brief)
  }

  over(): void {
    this.phase = 'over'
    this.#wake?.()
  }
}
