/**
 * One page that looks at a batch: the record in pieces, then what happens, at most ten times a second and no faster than the browser
 * reads. What it is too slow for is not kept for it: it gets the record anew.
 */
import type { BatchEvent, JobStatus, Step } from '../../types.ts'
import type { GrowingRecord } from '../follow-record.ts'
import { bareJob, bareRecord, pageJobs, pageSteps } from './bared.ts'
import { pageVersion, type ToPage } from './messages.ts'

/** The end of a connection to a browser. */
export interface PagePeer {
  send(text: string): boolean
  /** Once nothing waits for it; false when it has gone. */
  drained(): Promise<boolean>
}

const everyMs = 100
/** Of one message, so that a piece is read at once. */
const [stepsOfPiece, jobsOfPiece] = [1_000, 100]

export class PageSession {
  readonly #peer: PagePeer
  readonly #record: Pick<GrowingRecord, 'head' | 'now'>
  readonly #gone = new AbortController()
  #steps: Step[] = []
  #jobs = new Map<number, JobStatus>()
  #arePoliciesNew = false
  /** It fell behind. */
  #isStale = false
  #isOver = false
  /** Behind the news that they belong to. */
  #answers: ToPage[] = []
  #isDone = false
  #done: Promise<void> = Promise.resolve()

  constructor(peer: PagePeer, record: Pick<GrowingRecord, 'head' | 'now'>) {
    this.#peer = peer
    this.#record = record
  }

  /** Keeps what happened until it is sent; what has no room makes the page stale. */
  take(event: BatchEvent): void {
    if (this.#isStale) return
    if (event.kind === 'step') this.#steps.push(event.step)
    else if (event.kind === 'job') this.#jobs.set(event.job.id, event.job)
    else this.#arePoliciesNew = true
    if (this.#steps.length > pageSteps || this.#jobs.size > pageJobs) {
      this.#isStale = true
      this.#forget()
    }
  }

  /** The batch has ended: sends what is left, and says so. */
  over(): void {
    this.#isOver = true
  }

  close(): void {
    this.#gone.abort()
  }

  send(message: ToPage): void {
    if (!this.#gone.signal.aborted) this.#peer.send(JSON.stringify(message))
  }

  /** Sends it after what has happened so far: whoever hears that something was done knows what came of it then. */
  answer(message: ToPage): void {
    if (this.#isDone) this.send(message)
    else this.#answers.push(message)
  }

  /** Resolves when it sends nothing any more: all was told, or the page has gone. */
  get done(): Promise<void> {
    return this.#done
  }

  start(): void {
    this.#done = this.run().catch(() => this.close())
  }

  /** Sends until the page has gone, or the batch is over. */
  async run(): Promise<void> {
    do {
      this.#isStale = false
      this.#forget()
      await this.#sendWhole()
      while (!this.#gone.signal.aborted && !this.#isStale && !this.#isOver) {
        await pause(everyMs, this.#gone.signal)
        await this.#sendNews()
      }
    } while (this.#isStale && !this.#gone.signal.aborted)
    await this.#sendNews()
    this.#isDone = true
    for (const answer of this.#answers.splice(0)) this.send(answer)
    this.send({ kind: 'over' })
  }

  async #sendWhole(): Promise<void> {
    const { jobs, steps, ...record } = bareRecord(this.#record.now())
    this.send({ kind: 'begin', version: pageVersion, record: { ...record, jobs: [], steps: [] } })
    for (const piece of piecesOf(jobs, jobsOfPiece))
      await this.#piece({ kind: 'news', until: record.until, jobs: piece })
    for (const piece of piecesOf(steps, stepsOfPiece))
      await this.#piece({ kind: 'news', until: record.until, steps: piece })
    this.send({ kind: 'whole' })
  }

  async #sendNews(): Promise<void> {
    const steps = this.#steps
    const jobs = [...this.#jobs.values()].map(bareJob)
    const arePoliciesNew = this.#arePoliciesNew
    const answers = this.#answers.splice(0)
    this.#forget()
    if (steps.length > 0 || jobs.length > 0 || arePoliciesNew) await this.#sendParts(steps, jobs, arePoliciesNew)
    for (const answer of answers) this.send(answer)
  }

  async #sendParts(steps: readonly Step[], jobs: readonly JobStatus[], arePoliciesNew: boolean): Promise<void> {
    const { policies, until } = this.#record.head
    if (arePoliciesNew) this.send({ kind: 'news', until, policies })
    for (const piece of piecesOf(jobs, jobsOfPiece)) await this.#piece({ kind: 'news', until, jobs: piece })
    for (const piece of piecesOf(steps, stepsOfPiece)) await this.#piece({ kind: 'news', until, steps: piece })
  }

  async #piece(message: ToPage): Promise<void> {
    this.send(message)
    if (!this.#gone.signal.aborted && !(await this.#peer.drained())) this.close()
  }

  #forget(): void {
    this.#steps = []
    this.#jobs = new Map()
    this.#arePoliciesNew = false
  }
}

function* piecesOf<Item>(items: readonly Item[], most: number): Generator<Item[]> {
  for (let start = 0; start < items.length; start += most) yield items.slice(start, start + most)
}

/** Until then, or until the signal. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer)
      signal.removeEventListener('abort', wake)
      resolve()
    }
    const timer = setTimeout(wake, ms)
    signal.addEventListener('abort', wake, { once: true })
    if (signal.aborted) wake()
  })
}
