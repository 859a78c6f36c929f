/**
 * The way between an end and a hub elsewhere, over a Unix socket, which is made anew when it is lost.
 *
 *   open ──connection gone──▶ lost ──connected, all said anew──▶ open        backing off in between, by chance
 *     │                        └── attempts used up ──▶ closed
 *     └────── close() ─────────────────────────────────▶ closed
 *
 * What an end says in one turn leaves with one write. While the connection is lost, messages and requests wait, within `pendingBytes`.
 */
import { fail } from '../core/index.ts'
import { dial, type Dialled } from './dial.ts'
import type { Heard, Link } from './end.ts'
import { invalid, kinds, noBytes, readFrame, type Frame } from './frames.ts'
import { Outgoing } from './outgoing.ts'

export interface RemoteSettings {
  readonly path: string
  readonly echo: boolean
  readonly timeoutMs: number
  readonly pendingBytes: number
  readonly backoffMs: number
  readonly backoffMaxMs: number
  readonly attempts: number
}

/** Said while the connection was lost. */
interface Pending {
  readonly kind: number
  readonly id: number
  readonly subject: string
  readonly payload: Buffer
}

/** Of each message that waits, besides its payload. */
const overheadBytes = 64
/** No end of its own sends this ping's number: they count from 1. */
const backPing = 0

export class RemoteLink implements Link {
  subscriptions: number
  state: 'open' | 'lost' = 'open'
  readonly #settings: RemoteSettings
  readonly #heard: Heard
  readonly #out = new Outgoing()
  readonly #frame: Frame = { kind: 0, outcome: 0, id: 0, subject: '', payload: noBytes }
  readonly #stop = new AbortController()
  #dialled: Dialled | undefined
  #pending: Pending[] = []
  #pendingBytes = 0
  #lostAt = 0
  #reading = false
  #scheduled = false
  #onGone: () => void = () => {}

  constructor(first: Dialled, heard: Heard, settings: RemoteSettings) {
    this.#settings = settings
    this.#heard = heard
    this.subscriptions = first.subscriptions
    this.#dialled = first
    // Not at once: the end that hears is still being made.
    setImmediate(() => this.#listen(first))
  }

  send(kind: number, outcome: number, id: number, subject: string, payload: Uint8Array): boolean {
    if (this.#stop.signal.aborted) return false
    const stream = this.#dialled?.stream
    if (this.state === 'lost' || stream === undefined) return this.#keep(kind, id, subject, payload)
    if (isBounded(kind) && this.#out.length + stream.queuedBytes + payload.length > this.#settings.pendingBytes)
      return false
    this.#out.add(kind, outcome, id, subject, payload)
    if (!this.#reading && !this.#scheduled) {
      this.#scheduled = true
      queueMicrotask(() => this.#flush())
    }
    return true
  }

  async close(): Promise<void> {
    if (this.#stop.signal.aborted) return
    this.#flush()
    this.#stop.abort()
    const stream = this.#dialled?.stream
    if (stream === undefined) return
    const gone = new Promise<void>((resolve) => (this.#onGone = resolve))
    // A hub that does not take what waits is not waited for.
    const timer = setTimeout(() => stream.destroy(), 1_000)
    stream.end()
    await gone
    clearTimeout(timer)
  }

  #keep(kind: number, id: number, subject: string, payload: Uint8Array): boolean {
    if (kind !== kinds.message && kind !== kinds.request) return false
    const size = overheadBytes + payload.length
    if (this.#pendingBytes + size > this.#settings.pendingBytes) return false
    this.#pendingBytes += size
    this.#pending.push({ kind, id, subject, payload: Buffer.from(payload) })
    return true
  }

  #flush(): void {
    this.#scheduled = false
    if (this.#out.length > 0) this.#dialled?.stream.write(this.#out.take())
  }

  #listen(dialled: Dialled): void {
    dialled.hear({
      onData: () => this.#onData(dialled),
      onClose: (error) => this.#onClose(error),
    })
  }

  #onData({ decoder, stream }: Dialled): void {
    this.#reading = true
    try {
      for (let bytes = decoder.next(); bytes !== undefined; bytes = decoder.next()) {
        if (this.#stop.signal.aborted) break
        readFrame(bytes, this.#frame)
        this.#take(this.#frame)
      }
    } catch {
      // A hub that speaks another language is as good as gone.
      stream.destroy()
    } finally {
      this.#reading = false
      if (!this.#stop.signal.aborted) this.#flush()
    }
  }

  #take({ kind, outcome, id, subject, payload }: Frame): void {
    if (kind === kinds.message) this.#heard.onMessage(subject, payload)
    else if (kind === kinds.answer) this.#heard.onOutcome(id, outcome, payload)
    else if (kind === kinds.request) this.#heard.onRequest(id, subject, payload)
    else if (kind === kinds.pong && id === backPing) this.#heard.onBack(performance.now() - this.#lostAt)
    else if (kind === kinds.pong) this.#heard.onPong(id)
    else throw invalid(`the hub sent kind ${kind}`)
  }

  #onClose(error: Error): void {
    this.#dialled = undefined
    this.#onGone()
    if (this.#stop.signal.aborted) return
    this.state = 'lost'
    this.#lostAt = performance.now()
    this.#out.take()
    this.#heard.onLost(error)
    void this.#reconnect()
  }

  async #reconnect(): Promise<void> {
    const { path, timeoutMs, echo, attempts } = this.#settings
    const { signal } = this.#stop
    let last: unknown
    for (let attempt = 0; attempt < attempts; attempt++) {
      await this.#pause(attempt)
      if (signal.aborted) return
      try {
        this.#resume(await dial(path, timeoutMs, echo, signal))
        return
      } catch (error) {
        last = error
      }
    }
    this.#stop.abort()
    this.#heard.onClosed(fail('CONNECTION_REFUSED', { address: `unix:${path}` }, { cause: last }))
  }

  /** Twice as long each time, and up to half as long again by chance, so that many ends do not come at once. */
  #pause(attempt: number): Promise<void> {
    const { backoffMs, backoffMaxMs } = this.#settings
    const delayMs = Math.min(backoffMaxMs, backoffMs * 2 ** Math.min(attempt, 20)) * (1 + Math.random() / 2)
    return new Promise((resolve) => {
      const { signal } = this.#stop
      const done = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', done)
        resolve()
      }
      const timer = setTimeout(done, delayMs)
      signal.addEventListener('abort', done, { once: true })
    })
  }

  /** First what this end wants, then what waited, then a ping: when it comes back, all of it is known. */
  #resume(dialled: Dialled): void {
    if (this.#stop.signal.aborted) {
      dialled.stream.destroy()
      return
    }
    this.#dialled = dialled
    this.subscriptions = dialled.subscriptions
    this.state = 'open'
    this.#heard.tellWants((kind, subject) => this.#out.add(kind, 0, 0, subject, noBytes))
    for (const { kind, id, subject, payload } of this.#pending)
      if (kind === kinds.message || this.#heard.isWaiting(id)) this.#out.add(kind, 0, id, subject, payload)
    this.#pending = []
    this.#pendingBytes = 0
    this.#out.add(kinds.ping, 0, backPing, '', noBytes)
    this.#flush()
    this.#listen(dialled)
  }
}

/** What a hub must know is sent in any case; there is never much of it. */
function isBounded(kind: number): boolean {
  return kind === kinds.message || kind === kinds.request || kind === kinds.answer
}
