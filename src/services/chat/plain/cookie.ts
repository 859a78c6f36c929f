/**
 * How a UDP client proves its address before anything is kept of it or sent to it at length.
 *
 *   client ── HELLO lanework, padded to 200 bytes ──▶ server      keeps nothing
 *   client ◀─ COOKIE c ────────────────────────────── server      shorter than the hello: nothing to gain by forged addresses
 *   client ── JOIN c [NICK] ────────────────────────▶ server      c is right for this address and port: now it is a member
 *
 * A cookie is an HMAC-SHA256 over address, port and the 20 seconds in which it was made, so every lane with the secret can tell
 * it from a forged one, and it is of no use after 40 seconds.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'

import type { Clock } from '../../../core/index.ts'
import type { Address } from '../../../io/index.ts'
import { formatAddress } from '../../../io/index.ts'

/** A hello is at least so long, so that its answer is the shorter one. */
export const helloBytes = 200
const slotMs = 20_000
/** 128 bits of the HMAC. */
const cookieBytes = 16

export interface Cookies {
  /** The cookie of an address and port, now; undefined while there is no key. */
  of(address: Address): string | undefined
  /** Whether this address and port were given it, in this time slot or the one before. In constant time. */
  isRight(cookie: string, address: Address): boolean
}

/** Cookies by a key that all lanes share: 32 random bytes, or none yet, and then nobody has a cookie. */
export function makeCookies(key: () => Uint8Array | undefined, clock: Clock): Cookies {
  const slot = (): number => Math.floor(clock.wallMs() / slotMs)
  const ofSlot = (address: Address, at: number): Buffer | undefined => {
    const secret = key()
    if (secret === undefined || secret.length === 0) return undefined
    return createHmac('sha256', secret)
      .update(`${at} ${formatAddress(address)}`)
      .digest()
      .subarray(0, cookieBytes)
  }
  return {
    of: (address) => ofSlot(address, slot())?.toString('base64url'),
    isRight(cookie, address) {
      const given = Buffer.from(cookie, 'base64url')
      if (given.length !== cookieBytes) return false
      const now = slot()
      return [now, now - 1].some((at) => {
        const right = ofSlot(address, at)
        return right !== undefined && timingSafeEqual(given, right)
      })
    },
  }
}

const helloWord = 'HELLO lanework'

/** A whole hello: the word, padded with blanks. */
export function helloDatagram(): Buffer {
  return Buffer.from(helloWord.padEnd(helloBytes))
}

/** long: to be answered. short: a hello that is not padded, which nobody answers. */
export function readHello(datagram: Buffer): 'long' | 'short' | undefined {
  if (datagram.subarray(0, helloWord.length).toString('latin1') !== helloWord) return undefined
  for (let at = helloWord.length; at < datagram.length; at++) {
    const byte = datagram[at] as number
    if (byte !== 0x20 && byte !== 0 && byte !== 0x0a && byte !== 0x0d) return undefined
  }
  return datagram.length >= helloBytes ? 'long' : 'short'
}

export function cookieDatagram(cookie: string): string {
  return `COOKIE ${cookie}`
}

/** The cookie of a server's answer to a hello. */
export function readCookie(datagram: Buffer): string | undefined {
  return /^COOKIE ([\w-]{22})$/.exec(datagram.toString('latin1'))?.[1]
}

export function joinDatagram(cookie: string, nick?: string): string {
  return nick === undefined ? `JOIN ${cookie}` : `JOIN ${cookie} ${nick}`
}

/** `JOIN cookie [nick]`, the nick being all that follows; undefined for everything that does not have its form. */
export function readJoin(datagram: Buffer): { cookie: string; nick: string | undefined } | undefined {
  if (datagram.subarray(0, 5).toString('latin1') !== 'JOIN ') return undefined
  const found = /^JOIN ([\w-]{22})(?![\w-])([^]*)$/.exec(datagram.toString())
  if (found?.[1] === undefined) return undefined
  const nick = found[2]?.trim() ?? ''
  return { cookie: found[1], nick: nick === '' ? undefined : nick }
}
