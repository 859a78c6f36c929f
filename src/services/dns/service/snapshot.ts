/**
 * The zones of a server on their way to its lanes: their images one after the other, each where numbers can be read in place.
 *
 *   magic │ count │ secret │ offset, bytes and view of each │ images, or the names of memory that holds them
 */
import { aligned } from '../zone/layout.ts'
import { Zone } from '../zone/zone.ts'

/** `LWZU` */
const magic = 0x555a_574c
const secretAt = 8
export const secretBytes = 16
const [headWords, entryWords] = [(secretAt + secretBytes) / 4, 3]
/** In the word of the view: what is there is a name. */
const named = 0x8000_0000

/**
 * The zones as bytes, for `server.publish`. `views` has the view of each: 0 for everybody, 1 for the first view. Zones that `nameOf` has a
 * name for stand there by that alone. `secret` makes the cookies of all lanes.
 */
export function encodeZones(
  zones: readonly Zone[],
  views: readonly number[],
  nameOf: (zone: Zone) => string | undefined,
  secret: Uint8Array,
): Uint8Array {
  const names = zones.map(nameOf)
  const parts = zones.map(({ image }, at) => (names[at] === undefined ? image.bytes : Buffer.from(names[at], 'latin1')))
  const start = aligned((headWords + zones.length * entryWords) * 4)
  const total = parts.reduce((sum, part) => sum + aligned(part.length), start)
  const bytes = new Uint8Array(total)
  const words = new Uint32Array(bytes.buffer, 0, total >>> 2)
  words[0] = magic
  words[1] = zones.length
  bytes.set(secret, secretAt)
  let at = start
  parts.forEach((part, index) => {
    const view = (views[index] ?? 0) + (names[index] === undefined ? 0 : named)
    words.set([at, part.length, view], headWords + index * entryWords)
    bytes.set(part, at)
    at += aligned(part.length)
  })
  return bytes
}

/** All zones of a snapshot, in its own memory. Throws ZONE_INVALID where an image is none. */
export function decodeZones(snapshot: Uint8Array): Zone[] {
  return decodeViews(snapshot).flat()
}

/** The zones of a snapshot by view; those for everybody come first. `open` gives what stands there by name. */
export function decodeViews(snapshot: Uint8Array, open?: (name: string) => Zone): Zone[][] {
  const bytes = snapshot.byteOffset % 4 === 0 ? snapshot : new Uint8Array(snapshot)
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
  const views: Zone[][] = [[]]
  if (words[0] !== magic) return views
  for (let index = 0; index < words[1]!; index++) {
    const entry = headWords + index * entryWords
    const [at, size, word] = [words[entry]!, words[entry + 1]!, words[entry + 2]!]
    const view = word % named
    while (views.length <= view) views.push([])
    const part = bytes.subarray(at, at + size)
    const isNamed = word >= named && open !== undefined
    views[view]!.push(isNamed ? open(Buffer.from(part).toString('latin1')) : new Zone(part))
  }
  return views
}

/** What all lanes make cookies of, and keep when zones change. */
export function secretOf(snapshot: Uint8Array): Uint8Array {
  return snapshot.slice(secretAt, secretAt + secretBytes)
}
