/**
 * One question to an NTP server. The socket is connected, its port random (RFC 9109), and the transmit timestamp is 64 random
 * bits instead of our time: whoever cannot read the request cannot forge the answer, and learns no clock.
 */
import { createHash, randomBytes } from 'node:crypto'

import { checkInteger, fail } from '../../../core/index.ts'
import { formatAddress, parseAddress, resolveAddress, type Address, type Network } from '../../../io/index.ts'
import type { ClockSample } from '../clock/sample.ts'
import { systemTicks, type Ticks } from '../clock/ticks.ts'
import {
  decodePacket,
  encodePacket,
  modes,
  timeOfTimestamp,
  timestampDifferenceNs,
  type NtpPacket,
} from '../ntp/wire.ts'
import { exchangeDatagrams } from './exchange.ts'
import { answersRequest, refuse, type ValidateOptions } from './validate.ts'

export interface QueryOptions extends ValidateOptions {
  /** @default 2_000 */
  readonly timeoutMs?: number
  /** 1 to 4. @default 4 */
  readonly version?: number
  /** Where sockets come from. @default the machine's */
  readonly network?: Network
  /** @default the clocks of this machine */
  readonly ticks?: Ticks
  readonly signal?: AbortSignal
}

/** What one exchange with a server tells. */
export interface NtpSample extends ClockSample {
  /** The server's address, resolved: `udp://192.0.2.1:123`. */
  readonly address: string
  /** What the server itself refers to: an IPv4 address or a name of four letters. */
  readonly serverRefId: number
  /** log2 seconds of the server's clock. */
  readonly precision: number
  /** Datagrams that came meanwhile and were no answers to us. */
  readonly strays: number
}

/** The port of NTP. */
export const ntpPort = 123

/** Moments of eras are told apart by the wall clock, but never by one that is before this: 2026, when this was written. */
const leastPivotNs = 1_767_225_600_000_000_000n
/** Reading the counter before sending and after receiving, seconds. */
const readingError = 2e-6
/** PHI of RFC 5905. */
const tolerance = 15e-6

/**
 * Asks a server for the time, once. Throws NO_ANSWER, TIME_UNUSABLE, CONNECTION_REFUSED, NAME_NOT_FOUND, ABORTED.
 *
 * @example
 * const { timeNs, atNs, delay } = await queryNtp('192.0.2.1')
 */
export async function queryNtp(server: string, options: QueryOptions = {}): Promise<NtpSample> {
  const { timeoutMs = 2_000, version = 4, network, ticks = systemTicks, signal } = options
  checkInteger('timeoutMs', timeoutMs, 1, 3_600_000)
  checkInteger('version', version, 1, 4)
  const address = await resolveAddress(ntpAddress(server))
  const nonce = randomBytes(8).readBigUInt64BE()
  const request = encodePacket({ ...emptyRequest, version, transmit: nonce })
  let strays = 0
  return exchangeDatagrams(request, { address, timeoutMs, network, ticks, signal }, (bytes, sentNs, receivedNs) => {
    const reply = decodePacket(bytes)
    if (reply === undefined || !answersRequest(reply, nonce)) {
      strays++
      return undefined
    }
    const refusal = refuse({ reply, elapsedNs: receivedNs - sentNs }, options)
    if (refusal !== undefined) throw fail('TIME_UNUSABLE', { address: formatAddress(address), ...refusal })
    return { ...sampleOf(reply, { sentNs, receivedNs, ticks }), source: server, ...identity(address), strays }
  })
}

/** `HOST`, `HOST:PORT` or `udp://HOST:PORT` as an address; the port is 123 unless given. Throws ADDRESS_INVALID. */
export function ntpAddress(server: string): Address {
  const address = parseAddress(server.includes('://') ? server : `udp://${withPort(server)}`)
  if (address.scheme === 'udp') return address
  throw fail('ADDRESS_INVALID', { input: server, reason: 'NTP is spoken over UDP' })
}

function withPort(server: string): string {
  const hasBrackets = server.startsWith('[')
  // More than one colon is an IPv6 address; a port behind it needs brackets.
  if (!hasBrackets && server.split(':').length > 2) return `[${server}]:${ntpPort}`
  const hasPort = hasBrackets ? !server.endsWith(']') : server.includes(':')
  return hasPort ? server : `${server}:${ntpPort}`
}

const emptyRequest: Omit<NtpPacket, 'version' | 'transmit'> = {
  leap: 0,
  mode: modes.client,
  stratum: 0,
  poll: 0,
  // Nothing about our clock: what a server need not know it is not told. 32 is no precision that a clock has.
  precision: 0x20,
  rootDelay: 0,
  rootDispersion: 0,
  referenceId: 0,
  reference: 0n,
  origin: 0n,
  receive: 0n,
}

type Measured = Omit<NtpSample, 'source' | 'address' | 'refId' | 'strays'>

/**
 * The on-wire protocol's arithmetic (RFC 5905 section 8), with the counter instead of a clock on our side: the moment halfway of the exchange
 * was, by the server's clock, halfway between its receiving and sending.
 */
function sampleOf(reply: NtpPacket, exchange: { sentNs: bigint; receivedNs: bigint; ticks: Ticks }): Measured {
  const { sentNs, receivedNs, ticks } = exchange
  const wallNs = ticks.wallNs()
  const pivotNs = wallNs > leastPivotNs ? wallNs : leastPivotNs
  const arrivedNs = timeOfTimestamp(reply.receive, pivotNs)
  const heldNs = timestampDifferenceNs(reply.transmit, reply.receive)
  const elapsed = Number(receivedNs - sentNs) / 1e9
  const resolution = 2 ** Math.max(-30, Math.min(0, reply.precision))
  return {
    atNs: sentNs + (receivedNs - sentNs) / 2n,
    timeNs: arrivedNs + heldNs / 2n,
    delay: Math.max(elapsed - Number(heldNs) / 1e9, resolution, 1e-9),
    dispersion: resolution + readingError + tolerance * elapsed,
    leap: reply.leap,
    stratum: reply.stratum,
    rootDelay: reply.rootDelay,
    rootDispersion: reply.rootDispersion,
    serverRefId: reply.referenceId,
    precision: reply.precision,
  }
}

function identity(address: Address): { address: string; refId: number } {
  return { address: formatAddress(address), refId: 'host' in address ? refIdOf(address.host) : 0 }
}

/** How a server appears in the reference id of its clients: its IPv4 address, or the first bytes of the MD5 of its IPv6 address. */
export function refIdOf(host: string): number {
  if (!host.includes(':')) return host.split('.').reduce((id, part) => id * 256 + Number(part), 0)
  return createHash('md5').update(ipv6Bytes(host)).digest().readUInt32BE()
}

/** The 16 bytes of an IPv6 address. */
function ipv6Bytes(host: string): Buffer {
  const bytes = Buffer.alloc(16)
  const [front = '', back] = host.replace(/%.*$/, '').split('::')
  const words = (text: string): number[] => (text === '' ? [] : text.split(':').flatMap(wordsOf))
  const [first, last] = [words(front), words(back ?? '')]
  first.slice(0, 8).forEach((word, index) => bytes.writeUInt16BE(word, 2 * index))
  last.slice(0, 8).forEach((word, index) => bytes.writeUInt16BE(word, 2 * (8 - last.length + index)))
  return bytes
}

/** One group, or the IPv4 address at an end: two. */
function wordsOf(group: string): number[] {
  if (!group.includes('.')) return [Number.parseInt(group, 16) & 0xffff]
  const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
  return [a * 256 + b, c * 256 + d]
}
