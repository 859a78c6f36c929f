/** Values come back as they were, whatever they are; what cannot travel is refused by name. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'

import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { decodeValue, Encoder, Decoder, encodeValue, registerShareable } from '#lanework/process/codec/index.js'
import { isNative } from '../../support/capability.ts'

function roundTrip(value: unknown): unknown {
  return decodeValue(encodeValue(value))
}

const samples: readonly [string, unknown][] = [
  ['undefined', undefined],
  ['null', null],
  ['minus zero', -0],
  ['NaN', NaN],
  ['the largest int32', 2_147_483_647],
  ['the smallest int32', -2_147_483_648],
  ['one beyond int32', 2_147_483_648],
  ['a fraction', 0.1],
  ['a bigint', 12_345_678_901_234_567_890n],
  ['an empty string', ''],
  ['ASCII', 'hello'],
  ['a long text', 'ü'.repeat(100_000)],
  ['Chinese', '进程'],
  ['an emoji', '🚀'],
  ['a lone surrogate', 'a\ud800b'],
  ['no bytes', new Uint8Array(0)],
  ['a part of a larger array', new Uint8Array(100).fill(7).subarray(10, 20)],
  ['doubles at an odd place', new Float64Array(new ArrayBuffer(80), 16, 3).fill(0.5)],
  ['bigints', new BigInt64Array([1n, -1n])],
  ['an empty array', []],
  ['integers', Array.from({ length: 100 }, (_, index) => index - 50)],
  ['doubles', Array.from({ length: 100 }, (_, index) => index / 3)],
  ['numbers with a minus zero', [1, 2, 3, 4, 5, -0]],
  ['a mixed array', [1, 'two', null, undefined, true, [3, ['four']], new Uint8Array([5])]],
  ['an array with holes', Object.assign([], { 2: 'x', length: 5 })],
  ['NaN beside a hole', Object.assign([], { 0: NaN, length: 2 })],
  ['a deep array', [[[[[[1]]]]]]],
  ['a plain object', { a: 1, b: { c: [1, 2, { d: 'e' }] } }],
  [
    'a map',
    new Map<unknown, unknown>([
      ['a', 1],
      [2, new Set([3])],
    ]),
  ],
  ['a date', new Date(0)],
  ['a regular expression', /a+/giu],
  ['bytes in an object', { bytes: new Uint8Array([1, 2, 3]), doubles: new Float64Array([0.5]) }],
]

describe('the codec', () => {
  for (const [name, value] of samples) {
    it(`brings back ${name}`, () => assert.deepStrictEqual(roundTrip(value), value))
  }

  it('keeps a Buffer a Buffer and a Uint8Array a Uint8Array', () => {
    assert.ok(Buffer.isBuffer(roundTrip(Buffer.from('x'))))
    assert.ok(!Buffer.isBuffer(roundTrip(new Uint8Array(1))))
    const nested = roundTrip({ buffer: Buffer.from('x'), view: new DataView(new ArrayBuffer(3)) }) as Record<
      string,
      unknown
    >
    assert.ok(Buffer.isBuffer(nested['buffer']))
    assert.ok(nested['view'] instanceof DataView)
  })

  it('brings back any value that fast-check can think of', () => {
    fc.assert(
      fc.property(
        fc.anything({
          withBigInt: true,
          withMap: true,
          withSet: true,
          withTypedArray: true,
          withSparseArray: true,
        }),
        (value) => {
          assert.deepStrictEqual(roundTrip(value), structuredClone(value))
        },
      ),
      { numRuns: 500 },
    )
  })

  it('keeps cycles', () => {
    for (const first of [1, NaN]) {
      const cyclic: unknown[] = [first]
      cyclic.push(cyclic)
      const back = roundTrip(cyclic) as unknown[]
      assert.equal(back[1], back)
      const object: { first: unknown; self?: unknown } = { first }
      object.self = object
      const one = roundTrip(object) as typeof object
      assert.equal(one.self, one)
    }
  })

  it('gives values that do not refer to the bytes they were read from', () => {
    const bytes = encodeValue([new Uint8Array([1, 2]), Buffer.from([3]), { inner: new Uint8Array([4]) }])
    const back = decodeValue(bytes)
    bytes.fill(0)
    assert.deepStrictEqual(back, [new Uint8Array([1, 2]), Buffer.from([3]), { inner: new Uint8Array([4]) }])
  })

  for (const [name, value] of [
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['a function in an object', { call: () => 1 }],
    ['a promise', Promise.resolve()],
  ] as const) {
    it(`refuses ${name}, and what was written before stays`, () => {
      const encoder = new Encoder()
      encoder.value('before')
      assert.throws(
        () => encoder.value(value),
        (error) => isLaneworkError(error, 'NOT_SERIALIZABLE'),
      )
      encoder.value('after')
      const decoder = new Decoder(encoder.bytes.subarray(0, encoder.length))
      assert.deepEqual([decoder.value(), decoder.value()], ['before', 'after'])
    })
  }

  it('refuses a truncated value at every length, and never reads past its end', () => {
    const bytes = encodeValue(['text', 1, 0.5, [1, 2, 3, 4, 5, 6], new Uint8Array(9), { a: 1 }])
    for (let length = 0; length < bytes.length; length++) {
      assert.throws(() => decodeValue(bytes.subarray(0, length)), `at ${length}`)
    }
  })
})

class Ticket {
  readonly number: number
  constructor(number: number) {
    this.number = number
  }
  toShared(): { kind: string; data: unknown; descriptors: number[] } {
    return { kind: 'test-ticket', data: { number: this.number }, descriptors: [this.number] }
  }
}
registerShareable('test-ticket', (data, descriptors) => {
  return Object.assign(new Ticket((data as { number: number }).number), { descriptors })
})

describe('handles', () => {
  it('travel with their descriptors, also deep in objects, maps of V8 kind excluded', () => {
    const luggage = { takesDescriptors: true, descriptors: [], parting: [], locals: undefined }
    const encoder = new Encoder(luggage)
    encoder.value([new Ticket(1), { deep: [{ ticket: new Ticket(2) }] }])
    // Duplicates, where they can be made: the handles may be closed before the message leaves.
    assert.equal(luggage.descriptors.length, 2)
    if (isNative) assert.ok(luggage.descriptors.every((descriptor) => descriptor > 2))
    for (const parting of luggage.parting) (parting as { sent(): void }).sent()
    const decoder = new Decoder(encoder.bytes.subarray(0, encoder.length))
    decoder.descriptors = [17, 18]
    const [first, second] = decoder.value() as [Ticket, { deep: [{ ticket: Ticket }] }]
    assert.deepEqual([first.number, second.deep[0].ticket.number], [1, 2])
    assert.ok(first instanceof Ticket)
    assert.deepEqual((second.deep[0].ticket as unknown as { descriptors: number[] }).descriptors, [18])
  })

  it('are refused where no descriptors can go along', () => {
    assert.throws(
      () => encodeValue({ ticket: new Ticket(1) }),
      (error) => isLaneworkError(error, 'NOT_SERIALIZABLE'),
    )
  })

  it('leave no luggage behind when a later part of the value cannot be sent', () => {
    const luggage = { takesDescriptors: true, descriptors: [], parting: [], locals: undefined }
    const encoder = new Encoder(luggage)
    assert.throws(() => encoder.value([new Ticket(1), () => 1]))
    assert.deepEqual(luggage.descriptors, [])
  })
})
