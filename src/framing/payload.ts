/**
 * What every `encode` does with a payload: measure it, and put it between a head and a tail with
 * one allocation. A string is written as UTF-8 in place, without a buffer of its own.
 */
import type { Bytes } from './types.ts'

/** An empty head or tail. */
export const nothing: Buffer = Buffer.alloc(0)

/** The size of a payload on the wire, in bytes. */
export function payloadSize(payload: Bytes): number {
  return typeof payload === 'string' ? Buffer.byteLength(payload) : payload.length
}

/** The payload as bytes: a view of what was given, or a string as UTF-8. */
export function payloadBytes(payload: Bytes): Buffer {
  if (typeof payload === 'string') return Buffer.from(payload)
  return Buffer.from(payload.buffer, payload.byteOffset, payload.byteLength)
}

/** `head`, payload and `tail` in one buffer. */
export function wrapPayload(head: Uint8Array, payload: Bytes, tail: Uint8Array): Buffer {
  const size = payloadSize(payload)
  const wrapped = Buffer.allocUnsafe(head.length + size + tail.length)
  wrapped.set(head)
  if (typeof payload === 'string') wrapped.write(payload, head.length)
  else wrapped.set(payload, head.length)
  wrapped.set(tail, head.length + size)
  return wrapped
}
