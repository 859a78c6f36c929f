/**
 * Asks servers in turn until one gives an answer that is of use.
 *
 *   best server ─▶ UDP ─▶ judged ─▶ TC, or another case: TCP ─▶ answer
 *        ▲                  │ FORMERR or NOTIMP to EDNS: once more without
 *        └── next server ◀──┴─ silence, SERVFAIL, REFUSED
 */
import { fail, isLaneworkError, type Clock } from '../../../core/index.ts'
import type { Network } from '../../../io/index.ts'
import { rcode } from '../wire/codes.ts'
import type { Message, Question } from '../wire/message-types.ts'
import { bounded, exchangeTcp, exchangeUdp, type ExchangeOptions } from './exchange.ts'
import { judgeAnswer, makeQuery, type QueryFlags } from './query-message.ts'
import type { DnsServer, DnsServers } from './servers.ts'

export interface AskOptions extends QueryFlags {
  /** Asks over TCP from the start. */
  readonly tcp?: boolean
  /** Takes a truncated answer as it is instead of asking again over TCP. */
  readonly keepTruncated?: boolean
}

export interface Asking {
  readonly servers: DnsServers
  readonly network: Network
  readonly clock: Clock
  /** Longest wait for one server, in milliseconds. */
  readonly timeoutMs: number
  /** How often the list of servers is gone through. */
  readonly rounds: number
  /** After so long nobody waits any more, in milliseconds: at first no server gets more than its share of it. @default never */
  readonly deadlineMs?: number
  readonly signal: AbortSignal | undefined
  /** Told of each message that is sent. */
  readonly onSend?: (query: Uint8Array) => void
}

/** An answer, whatever its response code, and where it came from. */
export interface ServerAnswer {
  readonly message: Message
  /** The message as it came. */
  readonly bytes: Uint8Array
  /** The server's address: `udp://192.0.2.53:53`. */
  readonly server: string
  readonly transport: 'udp' | 'tcp'
  /** From the last query to its answer, in milliseconds. */
  readonly elapsedMs: number
  /** Queries sent until this answer came. */
  readonly attempts: number
}

/** What is judged no better by asking the same server again. */
const uselessCodes: ReadonlySet<number> = new Set([rcode.FORMERR, rcode.SERVFAIL, rcode.NOTIMP, rcode.REFUSED])

/**
 * Gives the first answer of use; where no server has one, the last answer with an error. Throws NO_ANSWER, CONNECTION_REFUSED and the like
 * where nobody answered at all (the last server's error), ABORTED.
 */
export async function askServers(question: Question, options: AskOptions, asking: Asking): Promise<ServerAnswer> {
  const round = new Round(question, options, asking)
  let useless: ServerAnswer | undefined
  let lastError: unknown
  for (let at = 0; at < asking.rounds; at++) {
    for (const server of asking.servers.order(asking.clock.monotonicMs())) {
      const sentMs = asking.clock.monotonicMs()
      try {
        const answer = await round.ask(server, at > 0)
        if (!uselessCodes.has(answer.message.rcode) && (!answer.message.tc || round.takesTruncated)) return answer
        useless = answer
        // Who refuses is no better than who is silent.
        if (answer.message.rcode === rcode.REFUSED) server.failed(asking.clock.monotonicMs(), sentMs)
      } catch (error) {
        if (asking.signal?.aborted === true) throw error
        if (!isAnswerMissing(error)) throw error
        server.failed(asking.clock.monotonicMs(), sentMs)
        lastError = error
      }
    }
    // Who could be reached has said what there is to say.
    if (useless !== undefined) return useless
  }
  throw lastError ?? fail('NO_ANSWER', { address: '(no server)', timeoutMs: 0 })
}

/** True for what another server may do better. */
function isAnswerMissing(error: unknown): boolean {
  return isLaneworkError(error) && error.code !== 'ABORTED' && error.code !== 'OPTION_INVALID'
}

/** What one question has come to so far. */
class Round {
  readonly #question: Question
  readonly #options: AskOptions
  readonly #asking: Asking
  #attempts = 0
  #isPatient = false

  constructor(question: Question, options: AskOptions, asking: Asking) {
    this.#question = question
    this.#options = options
    this.#asking = asking
  }

  get takesTruncated(): boolean {
    return this.#options.keepTruncated === true
  }

  /**
   * Asks one server, over TCP and without EDNS where need be; patiently for as long as it may take at most, since a server that has to ask
   * others itself takes longer than it usually does.
   */
  async ask(server: DnsServer, isPatient: boolean): Promise<ServerAnswer> {
    this.#isPatient = isPatient
    const wantsEdns = this.#options.udpBytes !== 0
    const isPlain = wantsEdns && server.isPlain(this.#asking.clock.monotonicMs()) && this.#options.dnssec !== true
    const answer = await this.#overEither(server, isPlain)
    const { rcode: code, edns } = answer.message
    const knowsNoEdns = wantsEdns && !isPlain && edns === undefined && (code === rcode.FORMERR || code === rcode.NOTIMP)
    if (!knowsNoEdns) return answer
    // A server from before EDNS (RFC 6891 7).
    const again = await this.#overEither(server, true)
    if (!uselessCodes.has(again.message.rcode)) server.knewNoEdns(this.#asking.clock.monotonicMs())
    return again
  }

  async #overEither(server: DnsServer, isPlain: boolean): Promise<ServerAnswer> {
    if (this.#options.tcp === true || server.address.scheme === 'tcp') return this.#over('tcp', server, isPlain)
    const answer = await this.#over('udp', server, isPlain)
    const isWhole = answer !== 'case' && (!answer.message.tc || this.takesTruncated)
    return isWhole ? answer : this.#over('tcp', server, isPlain)
  }

  #over(transport: 'tcp', server: DnsServer, isPlain: boolean): Promise<ServerAnswer>
  #over(transport: 'udp', server: DnsServer, isPlain: boolean): Promise<ServerAnswer | 'case'>
  async #over(transport: 'udp' | 'tcp', server: DnsServer, isPlain: boolean): Promise<ServerAnswer | 'case'> {
    const { network, clock, signal, onSend } = this.#asking
    const flags = isPlain ? { ...this.#options, udpBytes: 0 } : this.#options
    // Over a connection nobody else can answer.
    const query = makeQuery(this.#question, transport === 'tcp' ? { ...flags, mixCase: false } : flags)
    const timeoutMs = this.#timeoutMs(server)
    const options = await resolved(server, { address: server.address, timeoutMs, network, clock, signal })
    onSend?.(query)
    this.#attempts++
    const startMs = clock.monotonicMs()
    const judge = (bytes: Uint8Array): { message: Message | 'case'; bytes: Uint8Array } | undefined => {
      const message = judgeAnswer(query, bytes, this.#question.name, transport === 'tcp')
      return message === 'stray' ? undefined : { message, bytes }
    }
    const exchange = transport === 'udp' ? exchangeUdp : exchangeTcp
    const { message, bytes } = await exchange(query, options, judge)
    const elapsedMs = clock.monotonicMs() - startMs
    if (message !== 'case' && message.rcode === rcode.REFUSED) server.took(elapsedMs)
    else server.answered(elapsedMs)
    if (message === 'case') return message
    return { message, bytes, server: server.text, transport, elapsedMs, attempts: this.#attempts }
  }

  #timeoutMs(server: DnsServer): number {
    const { timeoutMs, deadlineMs = Infinity, servers } = this.#asking
    if (this.#isPatient) return timeoutMs
    return server.timeoutMs(Math.min(timeoutMs, Math.ceil(deadlineMs / servers.all.length)))
  }
}

/** With the server's name looked up, which takes from its time. */
async function resolved(server: DnsServer, options: ExchangeOptions): Promise<ExchangeOptions> {
  if (!server.isNamed) return options
  const { clock, timeoutMs } = options
  const startMs = clock.monotonicMs()
  const address = await bounded(server.resolve(startMs), options)
  return { ...options, address, timeoutMs: Math.max(1, timeoutMs - (clock.monotonicMs() - startMs)) }
}
