/** Requests and answers of NTP, a source whose word the test chooses, and a system clock that it turns. */
import type { Moment } from '#lanework/io/index.js'
import {
  decodePacket,
  encodePacket,
  modes,
  type NtpPacket,
  type SourceState,
  type TimeSource,
} from '#lanework/services/time/index.js'

export const second = 1_000_000_000n
/** 2026-11-18T12:00:00Z. */
export const noonNs = 1_795_003_200n * second

/** A client's question; the transmit timestamp is a number that means no time. */
export function request(changes: Partial<NtpPacket> = {}): Buffer {
  return encodePacket({
    leap: 3,
    version: 4,
    mode: modes.client,
    stratum: 0,
    poll: 6,
    precision: -20,
    rootDelay: 0,
    rootDispersion: 0,
    referenceId: 0,
    reference: 0n,
    origin: 0n,
    receive: 0n,
    transmit: 0x0123456789abcdefn,
    ...changes,
  })
}

/** Reads what must be a packet. */
export function packetOf(bytes: Uint8Array | undefined): NtpPacket {
  const packet = bytes === undefined ? undefined : decodePacket(bytes)
  if (packet === undefined) throw new Error(`This is no NTP packet: ${JSON.stringify(bytes)}`)
  return packet
}

export const synchronised: SourceState = {
  leap: 0,
  stratum: 2,
  refId: 0xc0000201,
  refTimeNs: noonNs - 60n * second,
  rootDelay: 0.012,
  rootDispersion: 0.0034,
  precision: -23,
}

/** The system's clock, and a source that is ahead of it by `aheadNs`. */
export class Clocks implements TimeSource {
  systemNs = noonNs
  aheadNs = 0n
  says: SourceState = synchronised
  /** The system's clock moves on by so much with each reading. */
  stepNs = 0n
  looks = 0

  readonly read = (moment: Moment): void => {
    Object.assign(moment, momentOf(this.systemNs))
    this.systemNs += this.stepNs
  }

  nowNs(): bigint {
    return this.systemNs + this.aheadNs
  }

  state(): SourceState {
    this.looks++
    return this.says
  }
}

export function momentOf(ns: bigint): Moment {
  return { seconds: Number(ns / second), nanoseconds: Number(ns % second) }
}
