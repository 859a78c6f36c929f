/**
 * A member over UDP: comes in with hello and cookie, says that it is there, and comes in again where the server has forgotten it.
 *
 *   hello ── cookie ──▶ joining ── first line ──▶ in         asked again after 0.5, 1, 2, 4 s
 *     ▲                                           │
 *     └── said, and nothing came back for 5 s; or the port is closed
 */
import { fail, isLaneworkError, type Timer } from '../../../../core/index.ts'
import type { Bytes } from '../../../../framing/index.ts'
import { formatAddress, udp, type Address, type UdpSocket } from '../../../../io/index.ts'
import { helloDatagram, joinDatagram, readCookie } from '../cookie.ts'
import type { LinkEvents, LinkOptions, RoomLink } from './link.ts'
import { linesOfDatagram } from './room-line.ts'

const firstRetryMs = 500
const longestRetryMs = 4_000
/** What is said returns: after such a silence, the server does not know us any more. */
const answerMs = 5_000
/** Goodbyes may be lost like any datagram. */
const goodbyes = 4
const goodbyeMs = 250

/** Comes in over UDP. Throws NO_ANSWER, CONNECTION_REFUSED, ABORTED. */
export async function openUdpLink(address: Address, events: LinkEvents, options: LinkOptions): Promise<RoomLink> {
  const socket = await udp().connect(address)
  const link = new UdpLink(socket, address, events, options)
  await link.entered
  return link
}

class UdpLink implements RoomLink {
  /** Resolves once we are in; rejects when that takes too long. */
  readonly entered: Promise<void>
  readonly #socket: UdpSocket
  readonly #address: Address
  readonly #events: LinkEvents
  readonly #options: LinkOptions
  readonly #alive: Timer
  #phase: 'hello' | 'joining' | 'in' | 'closed' = 'hello'
  #wasIn = false
  /** The server did not know us any more, or was gone. */
  #isMissed = false
  #cookie = ''
  #retryMs = firstRetryMs
  #retry: Timer | undefined
  /** Runs since something was said that has not been answered. */
  #unanswered: Timer | undefined
  #letIn: () => void = () => {}
  #refuse: (error: unknown) => void = () => {}
  #dismissed: () => void = () => {}

  constructor(socket: UdpSocket, address: Address, events: LinkEvents, options: LinkOptions) {
    this.#socket = socket
    this.#address = address
    this.#events = events
    this.#options = options
    this.#alive = options.clock.every(options.keepAliveMs, () => void this.#send(''))
    this.entered = new Promise((resolve, reject) => {
      this.#letIn = resolve
      this.#refuse = reject
    })
    options.clock.after(options.joinMs, () => {
      if (!this.#wasIn) this.#end(fail('NO_ANSWER', { address: formatAddress(address), timeoutMs: options.joinMs }))
    })
    options.signal?.addEventListener('abort', () => this.#abort(), { once: true })
    if (options.signal?.aborted === true) this.#abort()
    else void this.#receive()
    this.#knock()
  }

  async say(line: Bytes): Promise<void> {
    await this.#send(line)
    this.#unanswered ??= this.#options.clock.after(answerMs, () => this.#comeBack('no answer; coming in again'))
  }

  async finish(): Promise<void> {
    const dismissed = new Promise<'dismissed'>((resolve) => (this.#dismissed = () => resolve('dismissed')))
    for (let count = 0; count < goodbyes; count++) {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await this.#send('/quit')
      const late = new Promise<'late'>((resolve) => void setTimeout(() => resolve('late'), goodbyeMs * 2 ** count))
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      if ((await Promise.race([dismissed, late])) === 'dismissed') break
    }
    this.#end()
  }

  async close(): Promise<void> {
    if (this.#phase === 'in') await this.#send('/quit')
    this.#end()
    await this.#socket.close()
  }

  async #receive(): Promise<void> {
    while (this.#phase !== 'closed') {
      try {
        // oxlint-disable-next-line no-await-in-loop -- datagrams come one after the other
        this.#received(await this.#socket.recv())
      } catch (error) {
        this.#failed(error)
      }
    }
  }

  #received(datagram: Buffer): void {
    this.#unanswered?.cancel()
    this.#unanswered = undefined
    const cookie = readCookie(datagram)
    if (cookie !== undefined) {
      if (this.#phase !== 'hello') return
      this.#phase = 'joining'
      this.#cookie = cookie
      this.#retryMs = firstRetryMs
      return this.#knock()
    }
    if (this.#phase === 'joining') this.#came()
    for (const line of linesOfDatagram(datagram)) if (this.#events.line(line).isDoubtful) this.#proveAgain()
    if (datagram.toString('latin1').endsWith('-- goodbye')) this.#dismissed()
  }

  #came(): void {
    this.#phase = 'in'
    this.#retry?.cancel()
    if (this.#isMissed) this.#events.status('back; what was said meanwhile is missing, perhaps your last message too')
    this.#isMissed = false
    this.#wasIn = true
    this.#letIn()
  }

  /** Sends the hello or the join, and again after a while. */
  #knock(): void {
    if (this.#phase !== 'hello' && this.#phase !== 'joining') return
    const nick = this.#events.nick ?? this.#options.nick
    void this.#send(this.#phase === 'hello' ? helloDatagram() : joinDatagram(this.#cookie, nick))
    this.#retry?.cancel()
    this.#retry = this.#options.clock.after(this.#retryMs, () => this.#knock())
    // A cookie that is not answered may be too old.
    if (this.#retryMs === longestRetryMs) this.#phase = 'hello'
    this.#retryMs = Math.min(longestRetryMs, this.#retryMs * 2)
  }

  /** The server has been started anew, or has taken us for gone. */
  #comeBack(why: string): void {
    this.#unanswered?.cancel()
    this.#unanswered = undefined
    if (this.#phase !== 'in' || !this.#options.reconnect) return
    this.#phase = 'hello'
    this.#retryMs = firstRetryMs
    this.#isMissed = true
    this.#events.status(why)
    this.#knock()
  }

  /** Somebody else says our words: we may have been let in anew, by them, under another nick. A join tells, and takes the nick. */
  #proveAgain(): void {
    if (this.#phase !== 'in') return
    this.#phase = 'hello'
    this.#retryMs = firstRetryMs
    this.#knock()
  }

  async #send(datagram: Bytes): Promise<void> {
    if (this.#phase === 'closed') return
    try {
      await this.#socket.send(datagram)
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    if (this.#phase === 'closed') return
    // A closed port is told by the send that follows the one it refused. Before we were in, it is an error; then a server that starts anew.
    const isRefused = isLaneworkError(error) && error.code === 'CONNECTION_REFUSED'
    if (!isRefused || !this.#wasIn || !this.#options.reconnect) this.#end(error)
    else this.#comeBack('the server is gone; trying again')
  }

  #abort(): void {
    this.#end(this.#wasIn ? undefined : fail('ABORTED', { what: `Coming into ${formatAddress(this.#address)}` }))
  }

  #end(error?: unknown): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#alive.cancel()
    this.#retry?.cancel()
    this.#unanswered?.cancel()
    this.#dismissed()
    this.#refuse(error ?? fail('CLOSED', { what: 'room' }))
    this.#events.ended(error)
    void this.#socket.close()
  }
}
