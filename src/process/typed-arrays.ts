/** The typed arrays of JavaScript, in the order in which processes number them. */

/** Any of them. */
export type TypedArray =
  | Uint8Array
  | Int8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array
  | BigInt64Array
  | BigUint64Array

/** The class of a typed array, as `Float64Array`. */
export interface TypedArrayClass<View extends TypedArray = TypedArray> {
  new (length: number): View
  new (buffer: ArrayBuffer, byteOffset: number, length: number): View
  readonly BYTES_PER_ELEMENT: number
  readonly name: string
}

export const typedArrayClasses: readonly TypedArrayClass[] = [
  Uint8Array,
  Int8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
  BigInt64Array,
  BigUint64Array,
]
