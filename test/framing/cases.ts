/** Every framing that keeps boundaries, with the payloads it carries: the table of the properties. */
import fc from 'fast-check'
import {
  delimiter,
  fixed,
  jsonLines,
  lengthPrefix,
  lines,
  netstring,
  type Framing,
  type LengthPrefixOptions,
} from '#lanework/framing/index.js'

export interface FramingCase {
  readonly title: string
  readonly framing: Pick<Framing, 'name' | 'decoder' | 'encode'>
  /** Payloads that `encode` accepts, at most 100 bytes. */
  readonly payload: fc.Arbitrary<Buffer>
  /** The number of bytes of an encoded payload of `size` times `x` after which a limit of `frameBytes` is broken. */
  readonly refusedAfter: (size: number, frameBytes: number) => number
  /** False for lines: what stands before the end of the stream is the last line. */
  readonly endTruncates: boolean
  /** The size that all payloads have, where the framing prescribes one. */
  readonly onlySize?: number
}

/** Bytes that are dear to one framing or another come more often than others. */
const byte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(...Buffer.from('\r\n\0a:,05"x\x80\xff', 'latin1')),
)

function bytes(minLength: number, maxLength = 100): fc.Arbitrary<Buffer> {
  return fc.array(byte, { minLength, maxLength }).map((values) => Buffer.from(values))
}

const afterLimit = (_size: number, frameBytes: number): number => frameBytes + 1

function linesCase(ending: 'lf' | 'crlf'): FramingCase {
  return {
    title: `lines (${ending})`,
    framing: lines({ ending }),
    payload: bytes(0).filter((payload) => !payload.includes(10)),
    refusedAfter: afterLimit,
    endTruncates: false,
  }
}

function delimiterCase(text: string): FramingCase {
  const alphabet = fc
    .array(fc.constantFrom(...text, 'x'), { maxLength: 100 })
    .map((letters) => Buffer.from(letters.join('')))
  return {
    title: `delimiter ${JSON.stringify(text)}`,
    framing: delimiter(text),
    payload: fc
      .oneof(bytes(0), alphabet)
      .filter((payload) => Buffer.concat([payload, Buffer.from(text)]).indexOf(text) === payload.length),
    refusedAfter: afterLimit,
    endTruncates: true,
  }
}

function fixedCase(sizeBytes: number): FramingCase {
  return {
    title: `fixed ${sizeBytes}`,
    framing: fixed(sizeBytes),
    payload: bytes(sizeBytes, sizeBytes),
    refusedAfter: () => 1,
    endTruncates: true,
    onlySize: sizeBytes,
  }
}

function lengthCase(options: LengthPrefixOptions): FramingCase {
  const offset = options.offset ?? 0
  return {
    title: `length-prefix ${Object.values(options).join(' ')}`,
    framing: lengthPrefix(options),
    payload: bytes(offset),
    refusedAfter: (size, frameBytes) =>
      offset + (options.bytes === 'varint' ? varintSize(size, frameBytes, offset) : options.bytes),
    endTruncates: true,
  }
}

/** Refused within the varint already when its low bits are too large. */
function varintSize(size: number, frameBytes: number, offset: number): number {
  return (size - offset) % 128 > frameBytes - offset || size - offset < 128 ? 1 : 2
}

function lengthCases(): FramingCase[] {
  const sizes = [1, 2, 4, 8] as const
  const variants = [
    {},
    { order: 'little' },
    { inclusive: true },
    { offset: 3 },
    { offset: 3, inclusive: true, order: 'little' },
    { offset: 1, inclusive: 'field' },
  ] as const
  const cases = sizes.flatMap((size) => variants.map((variant) => lengthCase({ bytes: size, ...variant })))
  return [...cases, lengthCase({ bytes: 'varint' }), lengthCase({ bytes: 'varint', offset: 2 })]
}

/** Refused at the digit that takes the length over the limit. */
function netstringDigits(size: number, frameBytes: number): number {
  const digits = String(size)
  return [...digits].findIndex((_digit, index) => Number(digits.slice(0, index + 1)) > frameBytes) + 1
}

export const framingCases: readonly FramingCase[] = [
  linesCase('lf'),
  linesCase('crlf'),
  ...['\0', '\r\n', 'aa', 'aab', 'abababababababac'].map(delimiterCase),
  fixedCase(1),
  fixedCase(16),
  ...lengthCases(),
  {
    title: 'netstring',
    framing: netstring(),
    payload: bytes(0),
    refusedAfter: netstringDigits,
    endTruncates: true,
  },
  {
    title: 'json-lines',
    framing: jsonLines(),
    payload: fc.jsonValue({ maxDepth: 1 }).map((value) => Buffer.from(JSON.stringify(value))),
    refusedAfter: afterLimit,
    endTruncates: false,
  },
]
