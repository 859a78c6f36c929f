/**
 * Memory that datagrams are received into: 64 slots, shared by all sockets of this thread that use
 * the same slot size. That is safe because a slot is only read during the call that filled it.
 * The memory is reserved, not touched: a slot of 64 KiB costs 4 KiB until a large datagram comes.
 */
import type { Native } from '../../native/index.ts'

export const slotCount = 64

export interface Ring {
  readonly memory: Buffer
  readonly strideBytes: number
  /** One quad a slot: bytes, endpoint, flags, place of the copy in the parcel. */
  readonly received: Int32Array
  /** A record a slot, written where the endpoint is new. */
  readonly arrivals: Buffer
}

/** When each datagram of a batch came, and, behind the last slot, when it was taken: pairs of seconds and nanoseconds. */
export function newTimes(): Float64Array {
  return new Float64Array((slotCount + 1) * 2)
}

const rings = new Map<number, Ring>()

export function ringFor(native: Native, slotBytes: number): Ring {
  let ring = rings.get(slotBytes)
  if (ring === undefined) {
    const strideBytes = slotBytes + native.slotPaddingBytes
    ring = {
      memory: Buffer.from(new ArrayBuffer(strideBytes * slotCount)),
      strideBytes,
      received: new Int32Array(slotCount * 4),
      arrivals: Buffer.alloc(slotCount * native.recordBytes),
    }
    rings.set(slotBytes, ring)
  }
  return ring
}
