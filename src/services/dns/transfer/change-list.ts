/** Changes on their way from the owner to a lane: each after its size. */
import { decodeChange, encodeChange, type ZoneChange } from './zone-change.ts'

export function encodeChanges(changes: readonly ZoneChange[]): Uint8Array {
  return Buffer.concat(
    changes.flatMap((change) => {
      const bytes = encodeChange(change)
      const size = Buffer.alloc(4)
      size.writeUInt32BE(bytes.length)
      return [size, bytes]
    }),
  )
}

/** Throws DNS_MESSAGE_INVALID. */
export function decodeChanges(bytes: Uint8Array): ZoneChange[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const changes: ZoneChange[] = []
  for (let at = 0; at + 4 <= bytes.length;) {
    const size = view.getUint32(at)
    changes.push(decodeChange(bytes.subarray(at + 4, at + 4 + size)))
    at += 4 + size
  }
  return changes
}
