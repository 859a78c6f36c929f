/**
 * The zones of a server on their way to its lanes: their images one after the other, each where numbers can be read in place.
 *
 *   magic │ count │ offset and bytes of each │ images
 */
import { aligned } from '../zone/layout.ts'
import { Zone } from '../zone/zone.ts'

/** `LWZS` */
const magic = 0x535a_574c

/** The zones as bytes, for `server.publish`. */
export function encodeZones(zones: readonly Zone[]): Uint8Array {
  const start = 8 + zones.length * 8
  const total = zones.reduce((sum, { image }) => sum + aligned(image.bytes.length), start)
  const bytes = new Uint8Array(total)
  const words = new Uint32Array(bytes.buffer)
  words[0] = magic
  words[1] = zones.length
  let at = start
  zones.forEach(({ image }, index) => {
    words[2 + index * 2] = at
    words[3 + index * 2] = image.bytes.length
    bytes.set(image.bytes, at)
    at += aligned(image.bytes.length)
  })
  return bytes
}

/** The zones of a snapshot, in its own memory. Throws ZONE_INVALID where an image is none. */
export function decodeZones(snapshot: Uint8Array): Zone[] {
  const bytes = snapshot.byteOffset % 4 === 0 ? snapshot : snapshot.slice()
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
  if (words[0] !== magic) return []
  return Array.from({ length: words[1]! }, (_, index) => {
    const at = words[2 + index * 2]!
    return new Zone(bytes.subarray(at, at + words[3 + index * 2]!))
  })
}
