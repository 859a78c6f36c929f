/**
 * The page of a batch, served to browsers of this machine: the page of the scheduling library, fed by the real run. Whoever has
 * its address, with the token in it, may watch, change the policy and priorities, and pause, resume and cancel jobs; nothing can be started with it.
 *
 * A page of somebody else cannot do it in a browser's name: its Origin is another one; a name of its own that leads here (DNS
 * rebinding) is not among those of this machine; and other users of the machine do not know the token.
 */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'

import { fail, isLaneworkError } from '../../../core/index.ts'
import { parseAddress } from '../../../io/index.ts'
import { serve, service, type Peer, type Server, type Service } from '../../../server/index.ts'
import { batchPages } from '../../page-folder.ts'
import type { Batch, BatchEvent } from '../../types.ts'
import { GrowingRecord } from '../follow-record.ts'
import { bareRecord, pageJobs, pageSteps } from './bared.ts'
import { type FromPage, readFromPage, type ToPage } from './messages.ts'
import { PageSession, pause } from './session.ts'

export interface PageServerOptions {
  /** Where: a `ws://` address with a path; with port 0 the system chooses one. @default 'ws://127.0.0.1:0/batch' */
  readonly listen?: string | undefined
  /** What a page has to know; without it a random one. At least 16 characters. */
  readonly token?: string | undefined
  /** Closes it. */
  readonly signal?: AbortSignal | undefined
}

export interface PageServer {
  /** What to open in a browser; the token is in it, after the #, so that it is in no request. */
  readonly url: string
  /** Pages that look at the batch now. */
  readonly pages: number
  /** Resolves when the batch has ended and all pages that read were told; it goes on to be served. Pending after `close`. */
  readonly over: Promise<void>
  /** Resolves when it was closed. */
  readonly closed: Promise<void>
  close(): Promise<void>
}

const frameBytes = 65_536
const connections = 64
const badMost = 5
const statusMs = 1_000
/** A page that does not read is not waited for longer when the batch ends. */
const lastWordMs = 2_000

/**
 * Serves the page of a batch; the batch stays the caller's. Throws OPTION_INVALID, ADDRESS_IN_USE, ADDRESS_INVALID, and what
 * `batch.record` throws.
 *
 * @example
 * const page = await serveBatchPage(batch)
 * console.log(page.url) // http://127.0.0.1:40313/#at=/batch&token=...
 */
export async function serveBatchPage(batch: Batch, options: PageServerOptions = {}): Promise<PageServer> {
  const { listen = 'ws://127.0.0.1:0/batch', token = randomBytes(24).toString('base64url'), signal } = options
  const address = parseAddress(listen)
  if (address.scheme !== 'ws' || (address.path ?? '/') === '/')
    throw fail('OPTION_INVALID', { option: 'listen', rule: 'a ws:// address with a path', got: listen })
  if (token.length < 16)
    throw fail('OPTION_INVALID', { option: 'token', rule: '16 characters or more', got: `${token.length}` })
  const hub = new Hub(batch, token)
  await hub.start()
  let server: Server
  try {
    server = await serve(hub.service, { listen, ...(signal !== undefined && { signal }) })
  } catch (error) {
    await hub.end()
    throw error
  }
  const closed = server.closed.then(() => hub.end())
  const bound = new URL(String(server.addresses[0]))
  return {
    url: `http://${bound.host}/#at=${bound.pathname}&token=${token}`,
    get pages() {
      return hub.pages
    },
    over: hub.over,
    closed,
    async close() {
      await server.close()
      await closed
    },
  }
}

/** One record for all pages, and what each of them has still to be told. */
class Hub {
  readonly service: Service
  /** The batch has ended, and pages know. */
  readonly over: Promise<void>
  #tellOver: () => void = () => {}
  readonly #batch: Batch
  readonly #token: Buffer
  readonly #ending = new AbortController()
  readonly #sessions = new Map<Peer, PageSession>()
  readonly #bad = new Map<Peer, number>()
  #record!: GrowingRecord
  #watching: Promise<void> = Promise.resolve()
  #timer: ReturnType<typeof setInterval> | undefined
  #isOver = false

  constructor(batch: Batch, token: string) {
    this.#batch = batch
    this.#token = digest(token)
    this.over = new Promise((resolve) => (this.#tellOver = resolve))
    this.service = service({
      name: 'batch-page',
      schemes: ['ws'],
      pages: batchPages,
      limits: { frameBytes, connections },
      message: (message, peer) => this.#receive(message.toString('utf8'), peer as Peer),
      close: (peer) => this.#closed(peer as Peer),
    })
  }

  get pages(): number {
    return this.#sessions.size
  }

  async start(): Promise<void> {
    const early: BatchEvent[] = []
    let isReady = false
    this.#watching = (async () => {
      for await (const event of this.#batch.watch({ signal: this.#ending.signal })) {
        if (isReady) this.#take(event)
        else early.push(event)
      }
    })()
    // However watching ends, there is no more to be told.
    this.#watching = this.#watching.catch(() => undefined).then(() => void this.#over())
    try {
      this.#record = new GrowingRecord(bareRecord(await this.#batch.record()), { steps: pageSteps, jobs: pageJobs })
    } catch (error) {
      await this.end()
      throw error
    }
    isReady = true
    for (const event of early) this.#take(event)
    this.#timer = setInterval(() => void this.#tellStatus(), statusMs)
    this.#timer.unref()
  }

  async end(): Promise<void> {
    clearInterval(this.#timer)
    this.#ending.abort()
    for (const session of this.#sessions.values()) session.close()
    await this.#watching
  }

  #take(event: BatchEvent): void {
    this.#record.take(event)
    for (const session of this.#sessions.values()) session.take(event)
  }

  async #over(): Promise<void> {
    this.#isOver = true
    for (const session of this.#sessions.values()) session.over()
    // It was closed here; the batch goes on.
    if (this.#ending.signal.aborted) return
    const told = Promise.all(Array.from(this.#sessions.values(), ({ done }) => done))
    await Promise.race([told, pause(lastWordMs, this.#ending.signal)])
    this.#tellOver()
  }

  #closed(peer: Peer): void {
    this.#sessions.get(peer)?.close()
    this.#sessions.delete(peer)
    this.#bad.delete(peer)
  }

  async #receive(text: string, peer: Peer): Promise<void> {
    const asked = readFromPage(text)
    const session = this.#sessions.get(peer)
    if (asked === undefined) return this.#refuse(peer)
    if (asked.do === 'enter') return session === undefined ? this.#enter(asked.token, peer) : undefined
    if (session === undefined) return this.#turnAway(peer)
    session.answer(await this.#answer(asked))
  }

  #enter(token: string, peer: Peer): void {
    if (!timingSafeEqual(digest(token), this.#token)) return this.#turnAway(peer)
    const ends = { send: (text: string) => peer.send(text), drained: () => peer.drained() }
    const session = new PageSession(ends, this.#record)
    this.#sessions.set(peer, session)
    if (this.#isOver) session.over()
    // A page that has gone is told nothing any more; there is nobody to hear of an error.
    session.start()
    void this.#tellStatus()
  }

  #turnAway(peer: Peer): void {
    const refused: ToPage = { kind: 'refused' }
    peer.send(JSON.stringify(refused))
    peer.close()
  }

  /** What is no message is not answered; after a few of them it is no page. */
  #refuse(peer: Peer): void {
    const bad = (this.#bad.get(peer) ?? 0) + 1
    this.#bad.set(peer, bad)
    if (bad >= badMost) this.#turnAway(peer)
  }

  async #answer(asked: Exclude<FromPage, { do: 'enter' }>): Promise<ToPage> {
    const { ref } = asked
    try {
      if (asked.do === 'policy') await this.#batch.setPolicy(asked.choice)
      else for (const job of await this.#batch.act(asked.action, { jobs: asked.jobs })) this.#take({ kind: 'job', job })
      return { kind: 'answer', ref }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error)
      return { kind: 'answer', ref, fault: { code: isLaneworkError(error) ? error.code : 'FAILED', message } }
    }
  }

  async #tellStatus(): Promise<void> {
    if (this.#sessions.size === 0) return
    try {
      const { startedAt, policy, cpus, memory, counts, overheadMs, troubles } = await this.#batch.status()
      const status = { startedAt, policy, cpus, memory, counts, overheadMs, troubles }
      for (const session of this.#sessions.values()) session.send({ kind: 'status', status })
    } catch {
      // The batch is ending; its last word comes with what watches it.
    }
  }
}

/** Compared in digests, so that neither length nor content of the token shows in the time. */
function digest(token: string): Buffer {
  return createHash('sha256').update(token).digest()
}
