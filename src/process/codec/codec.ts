/** Values as bytes. */
import { deserialize, serialize } from 'node:v8'
export function encodeValue(value: unknown): Uint8Array {
  return serialize(value)
}
export function decodeValue(bytes: Uint8Array): unknown {
  return deserialize(bytes)
}
