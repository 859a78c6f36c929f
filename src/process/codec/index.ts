/** Values as bytes. */
import { Decoder } from './decoder.ts'
import { Encoder } from './encoder.ts'

export { arrayOf } from './array-of.ts'
export { Decoder } from './decoder.ts'
export { Encoder, type Luggage } from './encoder.ts'
export { isShareable, registerShareable, type Shareable, type SharedForm } from './shareable.ts'

/** The bytes of a value, without descriptors: a handle inside is NOT_SERIALIZABLE. */
export function encodeValue(value: unknown): Buffer {
  const encoder = new Encoder()
  encoder.value(value)
  return encoder.bytes.subarray(0, encoder.length)
}

/** Reads what `encodeValue` wrote. Throws FRAME_INVALID. */
export function decodeValue(bytes: Uint8Array): unknown {
  return new Decoder(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)).value()
}
