/** What every answer goes through on its way out: the rate limit, the counters, the log. */
import type { LaneInfo } from '../../../server/index.ts'
import type { Asked } from '../answer/asked.ts'
import { dnsType } from '../wire/types.ts'
import { HashedName } from '../zone/name-hash.ts'
import { AnswerSubject } from './answer-kind.ts'
import { count, countAnswer, counterAt } from './counters.ts'
import { QueryLogger, queryFlags } from './query-log.ts'
import { checkQueryLog, type QueryLogOptions } from './query-log-options.ts'
import { questionType, typeAt } from './question.ts'
import { RateLimiter, verdict } from './rate-limit.ts'
import type { RateLimit } from './rate-limit-options.ts'
import type { Source } from './source.ts'
import { LaneStatistics, statisticsCell } from './statistics.ts'

const counterOfVerdict = [0, counterAt('rateDropped'), counterAt('rateSlipped'), counterAt('rateLeaked')]
const [loggedAt, logDroppedAt] = [counterAt('logged'), counterAt('logDropped')]
const headerBytes = 12

export class Outgoing {
  readonly #lane: LaneInfo
  readonly #cells: Float64Array
  readonly #limiter: RateLimiter | undefined
  readonly #dryRun: boolean
  readonly #subject = new AnswerSubject()
  readonly #log: QueryLogger | undefined
  readonly #statistics: LaneStatistics
  /** The name of an answer that came later. */
  readonly #name = new HashedName()
  readonly #slipped = new Uint8Array(512)

  constructor(lane: LaneInfo, limit: RateLimit | undefined, log: QueryLogOptions | undefined) {
    this.#lane = lane
    this.#cells = lane.counters
    this.#limiter = limit === undefined ? undefined : new RateLimiter(limit)
    this.#dryRun = limit?.dryRun === true
    const { clock, shared } = lane
    this.#statistics = new LaneStatistics({ clock, tell: (counts) => shared.call('count', counts) })
    if (log !== undefined) {
      this.#log = new QueryLogger(checkQueryLog(log), clock, {
        onLine: () => count(this.#cells, loggedAt),
        onDrop: (lines) => count(this.#cells, logDroppedAt, lines),
      })
    }
  }

  async stop(): Promise<void> {
    this.#log?.close()
    await this.#statistics.stop()
  }

  /** The answer as it goes out; undefined where the limit keeps it back. */
  pass(answer: Uint8Array, source: Source, asked: Asked): Uint8Array | undefined {
    const { transport, client } = source
    if (!client.isExempt && transport === 'udp' && !source.answerer.knewCookie) {
      const { name, type, questionBytes } = asked
      const passed = this.#limited(answer, source, questionBytes === 0 ? undefined : name, type, asked.hasEdns)
      if (passed === undefined) return undefined
      answer = passed
    }
    this.#count(answer, transport, asked.type)
    if (this.#log?.isDue === true) {
      // RD comes back as it came.
      this.#log.write(source.peer, answer, queryFlags((answer[2]! & 1) !== 0, asked.hasEdns, asked.dnssec))
    }
    return answer
  }

  /** The same for one that comes later, when the query is gone. */
  passLater(answer: Uint8Array, source: Source): Uint8Array | undefined {
    const { transport, client } = source
    const type = questionType(answer)
    if (!client.isExempt && transport === 'udp' && !source.knewCookie) {
      const name = typeAt(answer) > 0 && this.#name.take(answer, headerBytes) ? this.#name : undefined
      const passed = this.#limited(answer, source, name, type, source.hasEdns)
      if (passed === undefined) return undefined
      answer = passed
    }
    if (source.isCounted) return answer
    source.isCounted = true
    this.#count(answer, transport, type)
    if (this.#log?.isDue === true) {
      this.#log.write(source.peer, answer, queryFlags(source.isRecursive, source.hasEdns, source.dnssec))
    }
    return answer
  }

  #count(answer: Uint8Array, transport: 'udp' | 'tcp', type: number): void {
    countAnswer(this.#cells, answer, transport)
    const { cells } = this.#statistics
    const cell = statisticsCell(transport, type, answer[3]!)
    cells[cell] = cells[cell]! + 1
  }

  #limited(
    answer: Uint8Array,
    { client, answerer, subject }: Source,
    name: HashedName | undefined,
    type: number,
    hasEdns: boolean,
  ): Uint8Array | undefined {
    const limiter = this.#limiter
    if (limiter === undefined) return answer
    const about = this.#subject
    about.take(answer, name, type, answerer.zones, subject)
    const found = limiter.take(client.network, about.kind, about.subject, this.#lane.clock.monotonicMs())
    if (found === verdict.pass) return answer
    count(this.#cells, counterOfVerdict[found]!)
    if (this.#dryRun || found === verdict.leak) return answer
    return found === verdict.slip ? this.#slip(answer, hasEdns) : undefined
  }

  /** The answer without its records, and with TC: never longer than the query was. */
  #slip(answer: Uint8Array, hasEdns: boolean): Uint8Array {
    const bytes = this.#slipped
    const type = typeAt(answer)
    let end = type === 0 ? headerBytes : type + 4
    bytes.set(answer.subarray(0, end))
    bytes[2] = bytes[2]! | 2
    bytes.fill(0, 6, headerBytes)
    if (!hasEdns) return bytes.subarray(0, end)
    bytes[11] = 1
    const opt = [0, 0, dnsType.OPT, 1232 >>> 8, 1232 & 0xff, 0, 0, 0, 0, 0, 0]
    bytes.set(opt, end)
    end += opt.length
    return bytes.subarray(0, end)
  }
}
