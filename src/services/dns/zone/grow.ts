/** Flat arrays that grow: twice as long each time, so that appending costs the same however much is there. */

type Flat = Uint8Array | Uint16Array | Int32Array | Uint32Array

/** The array, or a longer one that begins with the same numbers, with room for `length`. */
export function withRoom<Of extends Flat>(array: Of, length: number): Of {
  if (length <= array.length) return array
  const longer = new (array.constructor as new (length: number) => Of)(Math.max(length, array.length * 2))
  longer.set(array)
  return longer
}
