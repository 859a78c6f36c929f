/** What a server may answer: requests of clients, and nothing else; pure. Every other packet has a reason to be dropped. */
import { hasSoundTrailer, headerBytes, modes } from './wire.ts'

/**
 * Why a packet is not answered. short: less than a header. control: modes 6 and 7, whose answers would be longer than the
 * question. answer: what a server sends, perhaps ourselves. mode: symmetric and broadcast ones. version: none of 1 to 4. malformed:
 * what follows the header has wrong lengths.
 */
export type Fault = 'short' | 'control' | 'answer' | 'mode' | 'version' | 'malformed'

const ntpPort = 123
const oldestVersion = 1
const newestVersion = 4

/** Undefined for a client's request; `port` is where it came from, 0 where there is none. */
export function faultOf(bytes: Uint8Array, port: number): Fault | undefined {
  if (bytes.length === 0) return 'short'
  const first = bytes[0] as number
  const mode = first & 7
  const version = (first >> 3) & 7
  if (mode === modes.control || mode === modes.private) return 'control'
  if (bytes.length < headerBytes) return 'short'
  if (version < oldestVersion || version > newestVersion) return 'version'
  if (mode === modes.server) return 'answer'
  if (mode !== modes.client && !isFirstVersion(version, mode, port)) return 'mode'
  if (bytes.length > headerBytes && !hasSoundTrailer(bytes, version)) return 'malformed'
  return undefined
}

/** NTPv1 (RFC 1059) had no modes: who asked from a port of his own was a client. */
function isFirstVersion(version: number, mode: number, port: number): boolean {
  return version === 1 && mode === modes.reserved && port !== ntpPort
}
