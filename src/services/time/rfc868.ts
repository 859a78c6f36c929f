/**
 * The time protocol (RFC 868): seconds since 1900 UTC as 32 bits, highest byte first.
 *
 *   UDP: any datagram ─▶ 4 bytes      TCP: connected ─▶ 4 bytes, and the end
 *
 * 32 bits last until 2036-02-07 06:28:15; a second later the count begins again at 0, and a client has to know in which
 * stretch of 136 years it lives.
 */
import { checkKnownKeys } from '../../core/index.ts'
import { isDatagram, type Moment } from '../../io/index.ts'
import { service, serviceMaker, type Service, type ServiceMaker } from '../../server/index.ts'
import { follow, followKeys, type FollowOptions } from './clock/follow.ts'
import type { TimeSource } from './clock/types.ts'
import { tellAndClose } from './daytime.ts'
import { wallClockOf } from './wall-clock.ts'

/** Options that JSON can carry. */
export type Rfc868Options = FollowOptions

/** Options that cannot travel: for lanes of the calling thread. */
export interface Rfc868ServiceOptions extends Rfc868Options {
  /**
   * What tells the time. While it is not synchronised nobody is answered, and connections are closed without a word, as the
   * protocol asks of a server that cannot know the time. @default the system's clock, which is taken as it is
   */
  readonly source?: TimeSource
}

/** From 1900 to 1970. */
const epochSeconds = 2_208_988_800

/** The four bytes that stand for a time, in seconds since 1970 UTC. */
export function encodeRfc868(seconds: number): Buffer {
  const bytes = Buffer.alloc(4)
  // The shift takes it modulo 2 ** 32, also before 1900.
  bytes.writeUInt32BE(((seconds + epochSeconds) % 2 ** 32) >>> 0)
  return bytes
}

/**
 * Seconds since 1970 UTC that four bytes stand for: of all the times that they may mean the one nearest to `nearSeconds`. Which
 * stretch of 136 years it is, RFC 868 does not say.
 */
export function decodeRfc868(bytes: Uint8Array, nearSeconds: number): number {
  const seconds = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).readUInt32BE() - epochSeconds
  return seconds + Math.round((nearSeconds - seconds) / 2 ** 32) * 2 ** 32
}

/**
 * Makes the time service of RFC 868. Throws OPTION_INVALID.
 *
 * @example
 * await serve(rfc868Service(), { listen: ['udp://127.0.0.1:9037', 'tcp://127.0.0.1:9037'] })
 */
export function rfc868Service(options: Rfc868ServiceOptions = {}): Service {
  checkKnownKeys('rfc868', options, ['source', ...followKeys])
  const { source, hooks } = follow('rfc868', options)
  const clock = wallClockOf(source)
  const now: Moment = { seconds: 0, nanoseconds: 0 }
  const read = (): Buffer | undefined => {
    if (source?.state().leap === 3) return undefined
    clock(now)
    return encodeRfc868(now.seconds)
  }
  return service({
    name: 'rfc868',
    borrow: true,
    // An empty datagram, all of it headers, is answered with four bytes more.
    limits: { replyFactor: 2 },
    ...hooks,
    open: (peer) => tellAndClose(peer, read() ?? Buffer.alloc(0)),
    message: (_, peer) => (isDatagram(peer.address) ? read() : undefined),
  })
}

/** The service for modules and `lanework serve rfc868`. */
export const rfc868: ServiceMaker<Rfc868Options> = serviceMaker((options) => {
  checkKnownKeys('rfc868', options, followKeys)
  return rfc868Service(options)
})
