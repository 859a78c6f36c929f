/**
 * What was answered, by transport, type and response code. Lanes count in cells of their own, and tell the owner what has come to
 * them since the last time.
 */
import type { Clock, Timer } from '../../../core/index.ts'
import { rcodeName } from '../wire/codes.ts'
import { dnsType, typeName } from '../wire/types.ts'

const transports = ['udp', 'tcp'] as const

/** Types that are counted by name; the others together, as 0. */
const types: readonly number[] = [
  0,
  dnsType.A,
  dnsType.NS,
  dnsType.CNAME,
  dnsType.SOA,
  dnsType.PTR,
  dnsType.HINFO,
  dnsType.MX,
  dnsType.TXT,
  dnsType.AAAA,
  dnsType.LOC,
  dnsType.SRV,
  dnsType.NAPTR,
  dnsType.DNAME,
  dnsType.DS,
  dnsType.SSHFP,
  dnsType.RRSIG,
  dnsType.NSEC,
  dnsType.DNSKEY,
  dnsType.NSEC3,
  dnsType.NSEC3PARAM,
  dnsType.TLSA,
  dnsType.SVCB,
  dnsType.HTTPS,
  dnsType.IXFR,
  dnsType.AXFR,
  dnsType.ANY,
  dnsType.URI,
  dnsType.CAA,
]
const rcodes = 16
/** How long the end of a lane waits for the owner. */
const lastTellMs = 1_000
const size = transports.length * types.length * rcodes

const slotOfType = new Uint8Array(0x1_0000)
types.forEach((type, slot) => (slotOfType[type] = slot))

/** The cell of an answer; its response code without what EDNS adds. */
export function statisticsCell(transport: 'udp' | 'tcp', type: number, code: number): number {
  return ((transport === 'udp' ? 0 : types.length) + slotOfType[type]!) * rcodes + (code & 0xf)
}

export interface StatisticsRow {
  readonly transport: 'udp' | 'tcp'
  /** `other` for types that are seldom asked for, and for messages without a question. */
  readonly type: string
  readonly rcode: string
  readonly answers: number
}

/** The sums of all lanes. */
export class StatisticsTable {
  readonly #cells = new Float64Array(size)

  /** Cells and what is to be added to them, by turns; what is no such thing is passed over. */
  add(counts: readonly number[]): void {
    for (let at = 0; at + 1 < counts.length; at += 2) {
      const cell = counts[at]!
      if (cell in this.#cells) this.#cells[cell] = this.#cells[cell]! + Number(counts[at + 1])
    }
  }

  rows(): StatisticsRow[] {
    const rows: StatisticsRow[] = []
    this.#cells.forEach((answers, cell) => {
      if (answers === 0) return
      const type = types[Math.floor(cell / rcodes) % types.length]!
      rows.push({
        transport: transports[Math.floor(cell / rcodes / types.length)]!,
        type: type === 0 ? 'other' : typeName(type),
        rcode: rcodeName(cell % rcodes),
        answers,
      })
    })
    return rows.sort((one, two) => two.answers - one.answers)
  }
}

export interface StatisticsOptions {
  readonly clock: Clock
  /** Takes cells and numbers by turns. */
  readonly tell: (counts: number[]) => Promise<unknown>
  /** Between two times. @default 1_000 */
  readonly tellMs?: number
}

/** What one lane has counted since it told. */
export class LaneStatistics {
  readonly cells: Float64Array = new Float64Array(size)
  readonly #clock: Clock
  readonly #tell: (counts: number[]) => Promise<unknown>
  readonly #timer: Timer
  #telling: Promise<void> | undefined

  constructor({ clock, tell, tellMs = 1_000 }: StatisticsOptions) {
    this.#clock = clock
    this.#tell = tell
    this.#timer = clock.every(tellMs, () => void this.tell())
  }

  /** Resolves when it is told; what could not be told is told the next time. */
  tell(): Promise<void> {
    this.#telling ??= this.#tellOnce().finally(() => (this.#telling = undefined))
    return this.#telling
  }

  /** Tells what is left; an owner that does not answer holds nobody up. */
  async stop(): Promise<void> {
    this.#timer.cancel()
    let timer: Timer | undefined
    const late = new Promise<void>((resolve) => (timer = this.#clock.after(lastTellMs, resolve)))
    const told = (this.#telling ?? Promise.resolve()).then(() => this.tell())
    await Promise.race([told, late])
    timer?.cancel()
  }

  async #tellOnce(): Promise<void> {
    const counts: number[] = []
    this.cells.forEach((count, cell) => {
      if (count > 0) counts.push(cell, count)
    })
    if (counts.length === 0) return
    this.cells.fill(0)
    try {
      await this.#tell(counts)
    } catch {
      for (let at = 0; at < counts.length; at += 2) this.cells[counts[at]!] = this.cells[counts[at]!]! + counts[at + 1]!
    }
  }
}
