/**
 * What a clock leaves to the next one on the same machine, as text of one line:
 *
 *   lanework-clock 1 SUM {"savedNs":"1790...","frequency":1.2e-05,...}
 *
 * SUM is the first half of the SHA-256 of what follows it, so that a line that was cut short, or damaged, is no record.
 */
import { createHash } from 'node:crypto'

import type { ClockParameters } from './parameters.ts'
import type { Leap } from './types.ts'

export interface DriftRecord {
  /** The clock when it was written; usable only in the same start of the machine. */
  readonly parameters: ClockParameters
  /** Of the machine's counter, seconds a second. */
  readonly frequency: number
  /** Standard deviation of the frequency. */
  readonly deviation: number
  /** What the wall clock was off by, nanoseconds: after power-off it comes from the hardware clock, which goes on. */
  readonly wallLessTimeNs: bigint
  /** The start of the machine that the counter belongs to; undefined where it has no name. */
  readonly bootId: string | undefined
  /** Nanoseconds that the machine had slept by then; undefined where nobody knows. */
  readonly asleepNs: bigint | undefined
}

/** A record is one short line; nothing longer is read. */
export const recordBytesLimit = 4_096

const magic = 'lanework-clock 1'

/** The record as a line, newline included. */
export function formatDriftRecord({ parameters, ...record }: DriftRecord): string {
  const body = JSON.stringify({ ...record, ...parameters, driftFrequency: record.frequency }, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
  return `${magic} ${sumOf(body)} ${body}\n`
}

/** The record in a line; undefined for anything that is not exactly what formatDriftRecord made, or is out of range. */
export function parseDriftRecord(line: string): DriftRecord | undefined {
  const match = /^lanework-clock 1 ([0-9a-f]{32}) (\{.*\})\n$/.exec(line)
  const [, sum, body] = match ?? []
  if (body === undefined || sum !== sumOf(body)) return undefined
  const fields = new Fields(JSON.parse(body) as Record<string, unknown>)
  const parameters: ClockParameters = {
    anchorNs: fields.bigint('anchorNs'),
    timeNs: fields.bigint('timeNs'),
    frequency: fields.number('frequency', -1e-3, 1e-3),
    slewNs: fields.number('slewNs', -1e18, 1e18),
    slewRate: fields.number('slewRate', 0, 1e-3),
    leap: fields.number('leap', 0, 3) as Leap,
    leapAtNs: fields.bigint('leapAtNs'),
    stratum: fields.number('stratum', 1, 16),
    refId: fields.number('refId', 0, 2 ** 32 - 1),
    refTimeNs: fields.bigint('refTimeNs'),
    rootDelay: fields.number('rootDelay', 0, 100),
    rootDispersion: fields.number('rootDispersion', 0, 100),
    dispersionRate: fields.number('dispersionRate', 0, 1),
    precision: fields.number('precision', -64, 0),
    steps: fields.number('steps', 0, 2 ** 32),
  }
  const record: DriftRecord = {
    parameters,
    frequency: fields.number('driftFrequency', -1e-3, 1e-3),
    deviation: fields.number('deviation', 1e-12, 1e-3),
    wallLessTimeNs: fields.bigint('wallLessTimeNs'),
    bootId: fields.text('bootId'),
    asleepNs: fields.has('asleepNs') ? fields.bigint('asleepNs') : undefined,
  }
  return fields.wrong ? undefined : record
}

function sumOf(body: string): string {
  return createHash('sha256').update(body).digest('hex').slice(0, 32)
}

/** Fields of a record, and whether one of them was missing or out of range. */
class Fields {
  wrong = false
  readonly #values: Record<string, unknown>

  constructor(values: Record<string, unknown>) {
    this.#values = values
  }

  has(name: string): boolean {
    return this.#values[name] !== undefined
  }

  number(name: string, least: number, most: number): number {
    const value = this.#values[name]
    if (typeof value === 'number' && value >= least && value <= most) return value
    this.wrong = true
    return least
  }

  bigint(name: string): bigint {
    const value = this.#values[name]
    if (typeof value === 'string' && /^-?\d{1,19}$/.test(value)) return BigInt(value)
    this.wrong = true
    return 0n
  }

  text(name: string): string | undefined {
    const value = this.#values[name]
    return typeof value === 'string' ? value : undefined
  }
}
