/**
 * A member over TCP or a Unix socket, line by line. A connection that breaks is made again after 0.5, 1, 2, ... 15 s, with nick and rooms as before.
 */
import { lines, type Bytes } from '../../../../framing/index.ts'
import { connect, type Address, type ByteStream } from '../../../../io/index.ts'
import { pause, type LinkEvents, type LinkOptions, type RoomLink } from './link.ts'

const firstRetryMs = 500
const longestRetryMs = 15_000
const nickTries = 5
const nickRetryMs = 2_000
const lineEnd = Buffer.from('\n')

/** Connects and comes in. Throws what `connect` throws. */
export async function openStreamLink(address: Address, events: LinkEvents, options: LinkOptions): Promise<RoomLink> {
  const link = new StreamLink(address, events, options)
  await link.begin()
  return link
}

class StreamLink implements RoomLink {
  readonly #address: Address
  readonly #events: LinkEvents
  readonly #options: LinkOptions
  readonly #alive: { cancel(): void }
  readonly #ending = new AbortController()
  #stream: ByteStream | undefined
  #isFinishing = false

  constructor(address: Address, events: LinkEvents, options: LinkOptions) {
    this.#address = address
    this.#events = events
    this.#options = options
    this.#alive = options.clock.every(options.keepAliveMs, () => this.#write('/alive'))
    options.signal?.addEventListener('abort', () => void this.close(), { once: true })
  }

  async begin(): Promise<void> {
    const { signal } = this.#options
    this.#stream = await connect(this.#address, signal === undefined ? {} : { signal })
    this.#introduce(this.#options.nick)
    void this.#run()
  }

  async say(line: Bytes): Promise<void> {
    await this.#stream?.send(Buffer.concat([Buffer.from(line as string), lineEnd])).catch(() => {
      // Whoever reads is told that the connection broke.
    })
  }

  async finish(): Promise<void> {
    this.#isFinishing = true
    if (this.#stream === undefined) await this.close()
    else this.#stream.end()
  }

  async close(): Promise<void> {
    if (this.#ending.signal.aborted) return
    this.#ending.abort()
    this.#alive.cancel()
    this.#events.ended()
    await this.#stream?.close()
  }

  /** Says who we are, and asks for our own words too. */
  #introduce(nick: string | undefined): void {
    this.#write('/echo on')
    if (nick !== undefined) this.#write(`/nick ${nick}`)
    const { rooms, room: current } = this.#events
    for (const room of rooms) this.#write(`/join ${room}`)
    // We speak where we joined last.
    if (rooms.size > 0 && current !== undefined) this.#write(`/join ${current}`)
  }

  /** The server may not have noticed yet that our former self is gone, who has the nick. */
  #askAgain(nick: string | undefined, stream: ByteStream, tries: number, instead?: string): void {
    if (nick === undefined || tries === 0) return
    this.#options.clock.after(nickRetryMs, () => {
      const now = this.#events.nick
      // Another connection, or another nick that was chosen meanwhile.
      if (this.#stream !== stream || now === nick || (instead !== undefined && now !== instead)) return
      this.#write(`/nick ${nick}`)
      this.#askAgain(nick, stream, tries - 1, now)
    })
  }

  #write(line: string): void {
    if (this.#stream !== undefined && !this.#isFinishing) void this.say(line)
  }

  async #run(): Promise<void> {
    const { signal } = this.#ending
    while (!signal.aborted) {
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await this.#read()
      this.#stream = undefined
      if (signal.aborted || this.#isFinishing || !this.#options.reconnect) break
      // Before the next greeting gives us another one.
      const nick = this.#events.nick ?? this.#options.nick
      this.#events.status('the connection is lost; trying again')
      // oxlint-disable-next-line no-await-in-loop -- one connection after the other
      await this.#connectAgain(nick)
    }
    await this.close()
  }

  /** Reads until the server ends. */
  async #read(): Promise<void> {
    try {
      for await (const line of this.#stream?.messages(lines()) ?? []) this.#events.line(line)
    } catch {
      // Broken off, or a line beyond all limits: as good as an end.
    }
    await this.#stream?.close()
  }

  async #connectAgain(nick: string | undefined): Promise<void> {
    const { signal } = this.#ending
    for (let waitMs = firstRetryMs; !signal.aborted; waitMs = Math.min(longestRetryMs, waitMs * 2)) {
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      await pause(this.#options.clock, waitMs, signal)
      // oxlint-disable-next-line no-await-in-loop -- one try after the other
      this.#stream = signal.aborted ? undefined : await connect(this.#address, { signal }).catch(() => undefined)
      if (this.#stream === undefined) continue
      this.#events.status('connected again; what was said meanwhile is missing: /history')
      this.#introduce(nick)
      return this.#askAgain(nick, this.#stream, nickTries)
    }
  }
}
