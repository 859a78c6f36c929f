/**
 * What a part of the server plugs into a lane: zone transfers, scripted answers, the forwarder.
 *
 *   query ─▶ special (NOTIFY, UPDATE, AXFR, IXFR, signed) ─▶ own (CHAOS, scripts) ─▶ Answerer ─▶ no zone here and RD set: forwarder
 */
import type { LaneInfo, Peer } from '../../../server/index.ts'
import type { Answerer } from '../answer/answerer.ts'
import type { Asked } from '../answer/asked.ts'
import { forwardPart } from '../forward/forward-part.ts'
import { transferPolicy } from '../transfer/options.ts'
import { transferPart } from '../transfer/transfer-part.ts'
import type { Zone } from '../zone/zone.ts'
import { chaosPart } from './chaos.ts'
import type { DnsServiceOptions } from './options.ts'
import { ScriptPart } from './scripts.ts'

/** Where a query comes from. Valid during the call of `take`; for a part that says 'later' it stays so. */
export interface QuerySource {
  readonly transport: 'udp' | 'tcp'
  readonly peer: Peer
  /** The client's address as text, made when it is asked for; empty where it has none. */
  readonly host: string
  /** What answers for this client; it holds the zones of the last snapshot. */
  readonly answerer: Answerer
  /** The client has shown that its address is its own: set by who answers later, for it lifts the rate limit. */
  knewCookie?: boolean
  /** A hash of what the answer is about, for the rate limit: set by who answers for many names at once. @default 0, the zones say it */
  subject?: number
  /**
   * Sends an answer that comes later: in any order (RFC 7766 7), several for a transfer. The bytes may be used again. False when it
   * was dropped, or waits because the client does not read.
   */
  reply(answer: Uint8Array): boolean
}

/** Made once for each lane. */
export interface LanePart {
  /** Resolves when it can take queries; the lane starts then. @default at once */
  readonly ready?: Promise<void>
  /**
   * undefined: not for this part. null: no answer at all. Bytes: the answer, copied before the next query. 'later': it comes through
   * `from.reply`. The query is a view of the call alone, and so is `asked`: what is answered later copies what it needs.
   */
  take(query: Uint8Array, asked: Asked, from: QuerySource): Uint8Array | 'later' | null | undefined
  /** The lane ends. */
  stop?(): void | Promise<void>
}

/** The parts of a lane; one that the options do not ask for is not there. */
export interface LaneParts {
  /** Takes NOTIFY, UPDATE, AXFR, IXFR, and whatever is signed with TSIG. */
  readonly special?: LanePart
  /** Take names that are no zone's, one after the other. */
  readonly own: readonly LanePart[]
  /** Takes what no zone here answers. */
  readonly forward?: LanePart
}

/** The parts that the options ask for; `zones` gives those of the last snapshot. */
export function makeParts(options: DnsServiceOptions, lane: LaneInfo, zones: () => readonly Zone[]): LaneParts {
  const { chaos, scripts = [], transfer, forward, udpBytes = 1232 } = options
  return {
    ...(transfer === undefined ? {} : { special: transferPart(transferPolicy(transfer), lane, zones) }),
    own: [
      ...(chaos === undefined ? [] : [chaosPart(chaos, udpBytes)]),
      ...(scripts.length === 0 ? [] : [new ScriptPart(scripts, lane)]),
    ],
    ...(forward === undefined ? {} : { forward: forwardPart(forward, lane, udpBytes) }),
  }
}

/** All of them. */
export function allParts({ special, own, forward }: LaneParts): LanePart[] {
  return [special, ...own, forward].flatMap((part) => part ?? [])
}
