/**
 * Tells other servers of new versions (RFC 1996), again until they answer: after 3 s, 6 s, 12 s ... and then no more, as they ask by
 * themselves in the end. A newer version takes an older one's place.
 */
import type { Clock, Timer } from '../../../core/index.ts'
import type { Zone } from '../zone/zone.ts'
import { type Exchange, serverText } from './exchange.ts'
import type { OtherServer } from './options.ts'
import { Turns } from './turns.ts'

const [firstWaitMs, attemptsLimit] = [3_000, 6]
/** Each has a socket while it waits. */
const atOnce = 64

interface Telling {
  readonly serial: number
  stop(): void
}

export class Notifier {
  readonly #exchange: Exchange
  readonly #clock: Clock
  readonly #onProblem: (problem: string) => void
  readonly #telling = new Map<string, Telling>()
  readonly #turns = new Turns(atOnce)
  #stopped = false

  constructor(exchange: Exchange, clock: Clock, onProblem: (problem: string) => void) {
    this.#exchange = exchange
    this.#clock = clock
    this.#onProblem = onProblem
  }

  /** Servers that have not answered yet. */
  get waiting(): number {
    return this.#telling.size
  }

  notify(zone: Zone, servers: readonly OtherServer[]): void {
    for (const server of servers) this.#begin(zone, server)
  }

  stop(): void {
    this.#stopped = true
    for (const { stop } of this.#telling.values()) stop()
    this.#telling.clear()
  }

  #begin(zone: Zone, server: OtherServer): void {
    if (this.#stopped) return
    const key = `${serverText(server)} ${zone.toString()}`
    this.#telling.get(key)?.stop()
    const abort = new AbortController()
    let timer: Timer | undefined
    const telling: Telling = {
      serial: zone.serial,
      stop: () => {
        abort.abort()
        timer?.cancel()
      },
    }
    this.#telling.set(key, telling)
    const end = (problem?: string): void => {
      if (this.#telling.get(key) === telling) this.#telling.delete(key)
      if (problem !== undefined) this.#onProblem(problem)
    }
    const attempt = async (count: number): Promise<void> => {
      const waitMs = firstWaitMs * 2 ** count
      const done = await this.#turns.take()
      if (abort.signal.aborted) return done()
      const sinceMs = this.#clock.monotonicMs()
      const answered = await this.#exchange.notify(server, zone, firstWaitMs, abort.signal).catch(() => false)
      done()
      if (abort.signal.aborted) return
      if (answered) return end()
      if (count + 1 >= attemptsLimit)
        return end(`${serverText(server)} did not answer the NOTIFY of ${zone.toString()}`)
      // The rest is waited for without a socket; a closed port says so at once, which is no reason to ask again at once.
      const restMs = Math.max(0, waitMs - (this.#clock.monotonicMs() - sinceMs))
      timer = this.#clock.after(restMs, () => void attempt(count + 1))
    }
    void attempt(0)
  }
}
