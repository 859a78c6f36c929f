/**
 * When a stream peer takes too long, by a coarse clock: silent (`idleMs`), without a first frame (`handshakeMs`), within a frame
 * (`frameMs`), or within a frame too slow (`frameBytesPerSecond`). What the server itself holds up is nobody's fault.
 */
import { measureAt } from './measures.ts'
import type { Limits, PeerEnd } from './types.ts'

/** Over so long the bytes of an unfinished frame are counted. */
const progressMs = 5_000

/** Why a peer is cut off: what is counted, and what it is told. */
export interface Overdue {
  readonly measure: number
  readonly reason: PeerEnd
}

const idle: Overdue = { measure: measureAt.closedIdle, reason: { kind: 'idle' } }
const handshake: Overdue = { measure: measureAt.closedHandshake, reason: { kind: 'handshake-timeout' } }
const frame: Overdue = { measure: measureAt.closedFrameTimeout, reason: { kind: 'frame-timeout' } }
const slow: Overdue = { measure: measureAt.closedSlow, reason: { kind: 'frame-too-slow' } }

export class PeerTimeouts {
  readonly #openedMs: number
  #hasFrame = false
  #activeMs: number
  /** Undefined while no frame is unfinished. */
  #frameSinceMs: number | undefined
  #progressSinceMs: number
  #progressBytes = 0

  constructor(nowMs: number) {
    this.#openedMs = nowMs
    this.#activeMs = nowMs
    this.#progressSinceMs = nowMs
  }

  /** Something moved, in either direction. */
  active(nowMs: number): void {
    this.#activeMs = nowMs
  }

  received(bytes: number, nowMs: number): void {
    this.#activeMs = nowMs
    this.#progressBytes += bytes
  }

  /** A frame is whole. */
  whole(): void {
    this.#hasFrame = true
    this.#frameSinceMs = undefined
  }

  /** All whole frames are handled, and so many bytes of the next have come. */
  rest(partBytes: number, nowMs: number): void {
    if (partBytes === 0) this.#frameSinceMs = undefined
    else if (this.#frameSinceMs === undefined) {
      this.#frameSinceMs = nowMs
      this.#countAnew(nowMs, partBytes)
    }
  }

  isIdle(idleMs: number, nowMs: number): boolean {
    return idleMs > 0 && nowMs - this.#activeMs > idleMs
  }

  /** What is overdue, if anything. `isHeld`: we let it wait. `mayBeIdle`: it owes us the next move. */
  overdue(limits: Limits, nowMs: number, isHeld: boolean, mayBeIdle: boolean): Overdue | undefined {
    if (!isHeld) {
      const { handshakeMs, frameMs } = limits
      if (handshakeMs > 0 && !this.#hasFrame && nowMs - this.#openedMs > handshakeMs) return handshake
      if (this.#frameSinceMs !== undefined) {
        if (frameMs > 0 && nowMs - this.#frameSinceMs > frameMs) return frame
        if (this.#isSlow(limits.frameBytesPerSecond, nowMs)) return slow
      }
    } else this.#countAnew(nowMs)
    return mayBeIdle && this.isIdle(limits.idleMs, nowMs) ? idle : undefined
  }

  #isSlow(bytesPerSecond: number, nowMs: number): boolean {
    const passedMs = nowMs - this.#progressSinceMs
    if (bytesPerSecond === 0 || passedMs < progressMs) return false
    if (this.#progressBytes * 1_000 < bytesPerSecond * passedMs) return true
    this.#countAnew(nowMs)
    return false
  }

  #countAnew(nowMs: number, bytes = 0): void {
    this.#progressSinceMs = nowMs
    this.#progressBytes = bytes
  }
}
