/**
 * The first byte of each encoded value. Numbers, strings, bytes and small arrays have forms of their own, as V8's
 * serialiser costs 1 to 10 microseconds a value; everything else goes to it.
 *
 *   INT32     zigzag varint                       LATIN1, UTF8, UTF16   varint bytes, text
 *   FLOAT64   8 bytes, little endian              BYTES, BUFFER         varint bytes, bytes
 *   ARRAY     varint count, values                TYPED                 kind, varint bytes, bytes
 *   INTS      varint count, 4 bytes each          MAPPED                kind, varint bytes; a descriptor goes with it
 *   FLOATS    varint count, 8 bytes each          HANDLE                kind (value), data (value), varint descriptors
 *   LOCAL     varint index of an object that      STRUCTURED            varint bytes, V8's form
 *             goes along (between threads only)
 */
export const tag = {
  undefined: 0,
  null: 1,
  false: 2,
  true: 3,
  int32: 4,
  float64: 5,
  latin1: 6,
  utf8: 7,
  utf16: 8,
  bytes: 9,
  buffer: 10,
  array: 11,
  ints: 12,
  floats: 13,
  typed: 14,
  mapped: 15,
  handle: 16,
  local: 17,
  structured: 18,
} as const

/** Arrays longer than this go to V8 unless they hold numbers only. */
export const smallArray = 64
/** How deep arrays in arrays are written with our own tags; deeper, or cyclic, is V8's. */
export const smallDepth = 3
/** Typed arrays from this size on travel as shared memory where descriptors can. */
export const mappedBytes = 262_144
/** So many arrays may wait to leave as shared memory; each holds a descriptor, so more travel as bytes. */
export const mappedArrays = 64
