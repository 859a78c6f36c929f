/**
 * The zones of a server on their way to its lanes: their images one after the other, each where numbers can be read in place.
 *
 *   magic │ count │ offset, bytes and view of each │ images
 */
import { aligned } from '../zone/layout.ts'
import { Zone } from '../zone/zone.ts'

/** `LWZT` */
const magic = 0x545a_574c
const [headWords, entryWords] = [2, 3]

/** The zones as bytes, for `server.publish`. `views` has the view of each: 0 for everybody, 1 for the first view. */
export function encodeZones(zones: readonly Zone[], views: readonly number[] = []): Uint8Array {
  const start = aligned((headWords + zones.length * entryWords) * 4)
  const total = zones.reduce((sum, { image }) => sum + aligned(image.bytes.length), start)
  const bytes = new Uint8Array(total)
  const words = new Uint32Array(bytes.buffer, 0, total >>> 2)
  words[0] = magic
  words[1] = zones.length
  let at = start
  zones.forEach(({ image }, index) => {
    words.set([at, image.bytes.length, views[index] ?? 0], headWords + index * entryWords)
    bytes.set(image.bytes, at)
    at += aligned(image.bytes.length)
  })
  return bytes
}

/** All zones of a snapshot, in its own memory. Throws ZONE_INVALID where an image is none. */
export function decodeZones(snapshot: Uint8Array): Zone[] {
  return decodeViews(snapshot).flat()
}

/** The zones of a snapshot by view; those for everybody come first. */
export function decodeViews(snapshot: Uint8Array): Zone[][] {
  const bytes = snapshot.byteOffset % 4 === 0 ? snapshot : new Uint8Array(snapshot)
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
  const views: Zone[][] = [[]]
  if (words[0] !== magic) return views
  for (let index = 0; index < words[1]!; index++) {
    const entry = headWords + index * entryWords
    const [at, size, view] = [words[entry]!, words[entry + 1]!, words[entry + 2]!]
    while (views.length <= view) views.push([])
    views[view]!.push(new Zone(bytes.subarray(at, at + size)))
  }
  return views
}
