/** Node's own stream over a descriptor that this process inherited. */
import { Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A stream over an open socket or pipe, which belongs to it from now on. */
export function adoptStream(descriptor: number): Duplex {
  return new Socket({ fd: descriptor, readable: true, writable: true })
}
