/**
 * The servers that a client may ask, and how well each has answered: smoothed round-trip times as TCP keeps them (RFC 6298), and who has
 * fallen silent. Pure, but for looking up names: the time is an argument.
 */
import { fail } from '../../../core/index.ts'
import { formatAddress, isInternet, parseAddress, resolveAddress, type InternetAddress } from '../../../io/index.ts'
import { isNumericAddress } from '../../../server/index.ts'

/** The port of DNS. */
export const dnsPort = 53

/** Of a server that has not been asked yet, milliseconds. */
const unknownRttMs = 30
/** A server is not given up sooner than this, milliseconds, unless its limit is lower. */
const leastTimeoutMs = 400
/** A silent server is asked last for so long; doubles each time. */
const firstSilenceMs = 1_000
const longestSilenceMs = 60_000
/** Once its silence is over one question finds out whether it answers; for so long, milliseconds, others do not wait for it too. */
const probeMs = 1_500
/** A name of a server is looked up anew after so long, milliseconds. */
const lookUpMs = 300_000
/** For so long, milliseconds, a server that did not know EDNS is asked without. */
const plainMs = 600_000
/** What those that are not asked seem faster by each time, so that their turn comes again. */
const forgetting = 0.98

/**
 * `udp://192.0.2.53:53`, `tcp://[2001:db8::53]:53`, or `HOST` and `HOST:PORT`, which mean UDP, and port 53 unless given. Throws
 * ADDRESS_INVALID, SCHEME_UNKNOWN.
 */
export function serverAddress(text: string): InternetAddress {
  const address = parseAddress(text.includes('://') ? withPort(text) : `udp://${bracketed(text)}`)
  if (!isInternet(address)) throw fail('ADDRESS_INVALID', { input: text, reason: 'DNS is spoken over UDP and TCP' })
  if (address.port === 0) throw fail('ADDRESS_INVALID', { input: text, reason: 'nothing can be asked at port 0' })
  return address
}

function withPort(url: string): string {
  return /^(udp|tcp):\/\/(\[[^\]]*\]|[^:/]*)\/?$/i.test(url) ? `${url.replace(/\/$/, '')}:${dnsPort}` : url
}

function bracketed(text: string): string {
  // More than one colon is an IPv6 address; a port behind it needs brackets.
  if (!text.startsWith('[') && text.split(':').length > 2) return `[${text}]:${dnsPort}`
  const hasPort = text.startsWith('[') ? !text.endsWith(']') : text.includes(':')
  return hasPort ? text : `${text}:${dnsPort}`
}

/** One server. */
export class DnsServer {
  readonly address: InternetAddress
  /** As it was given, with scheme and port. */
  readonly text: string
  /** Smoothed time of an answer, in milliseconds; undefined before the first. */
  rttMs: number | undefined
  /** Smoothed deviation, in milliseconds. */
  deviationMs = 0
  /** Times in a row that nothing came. */
  silences = 0
  /** Monotonic milliseconds until when it is asked last. */
  silentUntilMs = 0
  /** It has a name that must be looked up. */
  readonly isNamed: boolean
  #resolved: Promise<InternetAddress> | undefined
  #resolvedMs = 0
  #plainUntilMs = -Infinity
  #failedMs = -Infinity
  #probedUntilMs = -Infinity

  constructor(address: InternetAddress) {
    this.address = address
    this.text = formatAddress(address)
    this.isNamed = !isNumericAddress(address.host)
  }

  /** The address with its name looked up, now and then. Throws NAME_NOT_FOUND. */
  resolve(nowMs: number): Promise<InternetAddress> {
    if (nowMs >= this.#resolvedMs + lookUpMs) this.#resolved = undefined
    if (this.#resolved === undefined) this.#resolvedMs = nowMs
    this.#resolved ??= resolveAddress(this.address).then(
      (found) => found as InternetAddress,
      (error: unknown) => {
        this.#resolved = undefined
        throw error
      },
    )
    return this.#resolved
  }

  /** How long to wait for it, at most `limitMs`. */
  timeoutMs(limitMs: number): number {
    if (this.rttMs === undefined) return limitMs
    const usual = (this.rttMs + 4 * this.deviationMs) * 2 ** Math.min(this.silences, 4)
    return Math.min(limitMs, Math.max(leastTimeoutMs, usual))
  }

  /** True for a server that knew no EDNS a while ago. */
  isPlain(nowMs: number): boolean {
    return nowMs < this.#plainUntilMs
  }

  knewNoEdns(nowMs: number): void {
    this.#plainUntilMs = nowMs + plainMs
  }

  /** Asked last: it is silent, or a question is finding out whether it still is. */
  isLast(nowMs: number): boolean {
    return nowMs < this.silentUntilMs || (this.silences > 0 && nowMs < this.#probedUntilMs)
  }

  /** It is about to be asked first. */
  probed(nowMs: number): void {
    if (this.silences > 0 && nowMs >= this.silentUntilMs) this.#probedUntilMs = nowMs + probeMs
  }

  answered(elapsedMs: number): void {
    this.silences = 0
    this.silentUntilMs = 0
    this.#failedMs = -Infinity
    this.took(elapsedMs)
  }

  /** How long an answer took, whatever it is worth. */
  took(elapsedMs: number): void {
    if (this.rttMs === undefined) {
      this.rttMs = elapsedMs
      this.deviationMs = elapsedMs / 2
      return
    }
    this.deviationMs += (Math.abs(elapsedMs - this.rttMs) - this.deviationMs) / 4
    this.rttMs += (elapsedMs - this.rttMs) / 8
  }

  /** Nothing came, nobody listens there, or it refuses. Questions that were on their way together count as one. */
  failed(nowMs: number, sentMs: number = nowMs): void {
    if (nowMs < this.silentUntilMs || sentMs < this.#failedMs) return
    this.#failedMs = nowMs
    this.#resolved = undefined
    const silenceMs = firstSilenceMs * 2 ** Math.min(this.silences, 10)
    this.silences++
    this.silentUntilMs = nowMs + Math.min(longestSilenceMs, silenceMs)
  }
}

/** Several servers, best first. */
export class DnsServers {
  readonly all: readonly DnsServer[]

  /** Throws ADDRESS_INVALID, SCHEME_UNKNOWN. */
  constructor(servers: readonly string[]) {
    this.all = servers.map((text) => new DnsServer(serverAddress(text)))
  }

  /** Those that answer first, the fastest at the front, equals as they were given; then those that fell silent. */
  order(nowMs: number): DnsServer[] {
    const rank = (server: DnsServer): number => (server.isLast(nowMs) ? 1 : 0)
    const rtt = (server: DnsServer): number => server.rttMs ?? unknownRttMs
    const sorted = this.all.toSorted((a, b) => rank(a) - rank(b) || rtt(a) - rtt(b))
    // Who is silent gets no faster by it.
    for (const server of sorted.slice(1)) {
      if (server.rttMs !== undefined && server.silences === 0) server.rttMs *= forgetting
    }
    sorted[0]?.probed(nowMs)
    return sorted
  }
}
