/**
 * The query log: a line for each answer, or for one in so many.
 *
 *   2026-11-21T20:01:02.345Z udp 192.0.2.1#53211 www.example. IN A +ED NOERROR 61
 *                            │   client           question       │    response code, bytes
 *                            transport                           + RD set, - not; E: EDNS, D: DNSSEC OK
 */
import type { Clock } from '../../../core/index.ts'
import { isInternet } from '../../../io/index.ts'
import type { Peer } from '../../../server/index.ts'
import { className, rcodeName } from '../wire/codes.ts'
import { formatName } from '../wire/name.ts'
import { typeName } from '../wire/types.ts'
import { LineFile } from './line-file.ts'
import type { QueryLog } from './query-log-options.ts'
import { questionOf } from './question.ts'

export interface QueryLogCounts {
  readonly onLine: () => void
  readonly onDrop: (lines: number) => void
}

export class QueryLogger {
  readonly #clock: Clock
  readonly #lines: LineFile
  readonly #sample: number
  readonly #onLine: () => void
  #left = 1

  constructor({ file, sample, bufferBytes }: QueryLog, clock: Clock, { onLine, onDrop }: QueryLogCounts) {
    this.#clock = clock
    this.#sample = sample
    this.#onLine = onLine
    this.#lines = new LineFile({ file, bufferBytes, clock, onDrop })
  }

  /** True when it is this answer's turn. */
  get isDue(): boolean {
    if (--this.#left > 0) return false
    this.#left = this.#sample
    return true
  }

  write(peer: Peer, answer: Uint8Array, flags: string): void {
    const { address } = peer
    const client = isInternet(address) ? `${address.host}#${address.port}` : '-'
    const transport = peer.transport === 'udp' ? 'udp' : 'tcp'
    const time = new Date(this.#clock.wallMs()).toISOString()
    const code = rcodeName(answer[3]! & 0xf)
    const line = `${time} ${transport} ${client} ${questionText(answer)} ${flags} ${code} ${answer.length}`
    if (this.#lines.add(line)) this.#onLine()
  }

  close(): void {
    this.#lines.close()
  }
}

/** `+ED` */
export function queryFlags(isRecursive: boolean, hasEdns: boolean, dnssec: boolean): string {
  return `${isRecursive ? '+' : '-'}${hasEdns ? 'E' : ''}${dnssec ? 'D' : ''}`
}

function questionText(answer: Uint8Array): string {
  const question = questionOf(answer)
  if (question === undefined) return '- - -'
  return `${formatName(question.name)} ${className(question.class)} ${typeName(question.type)}`
}
