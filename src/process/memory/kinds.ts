/** The numbers that shared memory can hold, and their typed arrays. */

/** Their classes. */
interface ArrayClasses {
  readonly i8: typeof Int8Array
  readonly u8: typeof Uint8Array
  readonly u8c: typeof Uint8ClampedArray
  readonly i16: typeof Int16Array
  readonly u16: typeof Uint16Array
  readonly i32: typeof Int32Array
  readonly u32: typeof Uint32Array
  readonly f32: typeof Float32Array
  readonly f64: typeof Float64Array
  readonly i64: typeof BigInt64Array
  readonly u64: typeof BigUint64Array
}

/** A typed array's constructor for each kind of number. */
export const arrayClasses: ArrayClasses = {
  i8: Int8Array,
  u8: Uint8Array,
  u8c: Uint8ClampedArray,
  i16: Int16Array,
  u16: Uint16Array,
  i32: Int32Array,
  u32: Uint32Array,
  f32: Float32Array,
  f64: Float64Array,
  i64: BigInt64Array,
  u64: BigUint64Array,
}

/** `u8c` is Uint8ClampedArray's: numbers beyond 0 to 255 are cut off there. */
export type NumberKind = keyof ArrayClasses

/** The typed array of a kind. */
export type ArrayOf<Kind extends NumberKind> = InstanceType<ArrayClasses[Kind]>

/** What JavaScript sees: bigint for 64-bit integers. */
export type NumberOf<Kind extends NumberKind> = Kind extends 'i64' | 'u64' ? bigint : number

export function isNumberKind(value: unknown): value is NumberKind {
  return typeof value === 'string' && Object.hasOwn(arrayClasses, value)
}

export function bytesOf(kind: NumberKind): number {
  return arrayClasses[kind].BYTES_PER_ELEMENT
}
