/**
 * One talk from the first message to the exit code.
 *
 * When it ends:  a pipe over UDP     after as many replies as messages, or `waitMs` without one; so over WebSockets
 *                a pipe over streams after the peer has finished, or `waitMs` without a byte
 *                a terminal          when the person or the peer ends it
 *
 * A pipe keeps at most 64 messages unanswered on UDP, so that a long file does not run over the peer.
 */
import { fail, isLaneworkError } from '../../core/index.ts'
import { formatAddress, isDatagram, type Address } from '../../io/index.ts'
import { exitCodeOf, exitCodes } from '../exit-codes.ts'
import { remark } from '../output.ts'
import type { Input } from './input.ts'
import type { Link, LinkEvents } from './link.ts'
import { showMessage, type ShowOptions } from './show.ts'

const windowMessages = 64

export interface SessionOptions extends ShowOptions {
  readonly address: Address
  readonly interactive: boolean
  /** How long silence lasts until nobody is thought to answer, in milliseconds. */
  readonly waitMs: number
}

export class Session implements LinkEvents {
  readonly #options: SessionOptions
  readonly #input: Input
  /** When each unanswered message was sent, oldest first. */
  readonly #unanswered: number[] = []
  readonly #roundTrips: number[] = []
  #sent = 0
  #received = 0
  #fault: unknown
  #ended = false
  #wake: () => void = () => {}
  #silenceNoted = false

  constructor(options: SessionOptions, input: Input) {
    this.#options = options
    this.#input = input
  }

  /** Runs the talk; returns the exit code. */
  async run(open: (events: LinkEvents) => Promise<Link>): Promise<number> {
    const link = await open(this)
    try {
      for await (const payload of this.#input) {
        if (this.#ended) break
        await this.#send(link, payload)
        if (this.#hasFailed()) break
      }
      if (!this.#ended) link.finish()
      await this.#untilAnswered()
    } finally {
      await link.close()
      this.#input.close()
    }
    return this.#conclude()
  }

  // LinkEvents

  message(bytes: Buffer, from: string): void {
    this.#received++
    this.#fault = undefined
    const sentMs = this.#answered()
    const roundTripMs = sentMs === undefined ? undefined : performance.now() - sentMs
    if (roundTripMs !== undefined) this.#roundTrips.push(roundTripMs)
    const line = showMessage(this.#options, { bytes, from, roundTripMs })
    this.#input.printAbove(() => process.stdout.write(`${line}\n`))
    this.#wake()
  }

  /**
   * When the message was sent that this reply answers: the oldest one still waited for. Over UDP one that got no answer
   * within the waiting time is taken for lost, so that the next reply is not charged to it.
   */
  #answered(): number | undefined {
    if (isDatagram(this.#options.address)) this.#giveUpOld()
    return this.#unanswered.shift()
  }

  #giveUpOld(): void {
    const oldestMs = performance.now() - this.#options.waitMs
    while (this.#unanswered.length > 0 && (this.#unanswered[0] as number) < oldestMs) this.#unanswered.shift()
  }

  fault(error: unknown): void {
    this.#fault = error
    if (this.#options.interactive && isLaneworkError(error))
      this.#input.printAbove(() => remark(`${error.message} ${error.fix}`))
    this.#wake()
  }

  end(error?: unknown): void {
    this.#ended = true
    this.#fault ??= error
    if (this.#options.interactive) {
      this.#input.printAbove(() => remark('The peer closed the connection.'))
      this.#input.close()
    }
    this.#wake()
  }

  /** A pipe gives up at the first fault; a person may start the server and go on. */
  #hasFailed(): boolean {
    return this.#fault !== undefined && !this.#options.interactive
  }

  async #send(link: Link, payload: Buffer): Promise<void> {
    const sentMs = performance.now()
    this.#unanswered.push(sentMs)
    this.#sent++
    await link.send(payload)
    if (this.#options.json) process.stdout.write(`${JSON.stringify({ event: 'sent', sizeBytes: payload.length })}\n`)
    if (this.#options.interactive) this.#noteSilence()
    else if (isDatagram(this.#options.address) && this.#unanswered.length >= windowMessages)
      await this.#untilWindowOpen()
  }

  /** On a terminal: one remark when a message stays unanswered. */
  #noteSilence(): void {
    const { waitMs } = this.#options
    const receivedBefore = this.#received
    setTimeout(() => {
      if (this.#received > receivedBefore || this.#fault !== undefined || this.#silenceNoted || this.#ended) return
      this.#silenceNoted = true
      this.#input.printAbove(() => remark(`No answer within ${waitMs} ms.`))
    }, waitMs).unref()
  }

  async #untilWindowOpen(): Promise<void> {
    const receivedBefore = this.#received
    await this.#untilChange(this.#options.waitMs)
    // Lost, or never to be answered: they no longer hold up the rest.
    if (this.#received === receivedBefore) this.#unanswered.length = 0
  }

  async #untilAnswered(): Promise<void> {
    const datagram = isDatagram(this.#options.address)
    const hasNoHalfClose = datagram || this.#options.address.scheme === 'ws'
    if (datagram && this.#options.interactive) this.#giveUpOld()
    while (!this.#ended && this.#fault === undefined) {
      if (hasNoHalfClose && this.#unanswered.length === 0) return
      if (!(await this.#untilChange(this.#options.waitMs))) return
    }
  }

  /** True when something happened, false after `timeoutMs` of silence. */
  #untilChange(timeoutMs: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => resolve(false), timeoutMs)
      this.#wake = () => {
        clearTimeout(timer)
        resolve(true)
      }
    })
  }

  #conclude(): number {
    this.#summarise()
    if (this.#fault !== undefined) {
      if (!this.#options.interactive) throw this.#fault
      return isLaneworkError(this.#fault) ? exitCodeOf(this.#fault.code) : exitCodes.failed
    }
    if (this.#sent > 0 && this.#received === 0) {
      // A stream that the server ended in silence is no silence of the network.
      if (this.#ended) throw fail('CLOSED_WITHOUT_ANSWER', { address: formatAddress(this.#options.address) })
      throw fail('NO_ANSWER', { address: formatAddress(this.#options.address), timeoutMs: this.#options.waitMs })
    }
    return exitCodes.ok
  }

  #summarise(): void {
    const times = this.#roundTrips
    const lost = this.#unanswered.length
    if (this.#options.json) {
      process.stdout.write(
        `${JSON.stringify({ event: 'end', sent: this.#sent, received: this.#received, unanswered: lost })}\n`,
      )
      return
    }
    if (!this.#options.verbose || times.length === 0) return
    const average = times.reduce((sum, time) => sum + time, 0) / times.length
    const range = `${Math.min(...times).toFixed(2)} / ${average.toFixed(2)} / ${Math.max(...times).toFixed(2)} ms`
    remark(`${this.#sent} sent, ${this.#received} received; round trip min / mean / max ${range}`)
  }
}
