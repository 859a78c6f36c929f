import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ByteReader, ByteWriter } from '#lanework/core/index.js'

type Value =
  | { kind: 'u8' | 'u16' | 'u32' | 'u16LE' | 'u32LE'; value: number }
  | { kind: 'u64'; value: bigint }
  | { kind: 'u64LE'; value: bigint }
  | { kind: 'bytes'; value: Uint8Array }

const number = (kind: 'u8' | 'u16' | 'u32' | 'u16LE' | 'u32LE', bits: number) =>
  fc.integer({ min: 0, max: 2 ** bits - 1 }).map((value): Value => ({ kind, value }))
const big = (kind: 'u64' | 'u64LE') =>
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): Value => ({ kind, value }))
const value: fc.Arbitrary<Value> = fc.oneof(
  number('u8', 8),
  number('u16', 16),
  number('u16LE', 16),
  number('u32', 32),
  number('u32LE', 32),
  big('u64'),
  big('u64LE'),
  fc.uint8Array({ maxLength: 40 }).map((bytes): Value => ({ kind: 'bytes', value: bytes })),
)

function write(writer: ByteWriter, item: Value): void {
  if (item.kind === 'bytes') writer.put(item.value)
  else if (item.kind === 'u64') writer.u64(item.value)
  else if (item.kind === 'u64LE') writer.u64LE(item.value)
  else writer[item.kind](item.value)
}

function read(reader: ByteReader, item: Value): Value['value'] {
  return item.kind === 'bytes' ? reader.take(item.value.length) : reader[item.kind]()
}

describe('bytes', () => {
  it('come back as they were written', () => {
    const property = fc.property(fc.array(value, { maxLength: 30 }), (values) => {
      const writer = new ByteWriter({ sizeBytes: 4 })
      for (const item of values) write(writer, item)
      const reader = new ByteReader(writer.toBytes())
      for (const item of values) assert.deepEqual(read(reader, item), item.value)
      assert.equal(reader.left, 0)
      assert.equal(reader.offset, writer.length)
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('are in network order unless the name says LE', () => {
    const written = new ByteWriter().u16(0x0102).u16LE(0x0102).u32(1).u32LE(1).u64(1n).u64LE(1n).toBytes()
    assert.equal(
      Buffer.from(written).toString('hex'),
      '01020201' + '0000000101000000' + '0000000000000001' + '0100000000000000',
    )
  })
})

describe('a ByteReader', () => {
  it('never reads past the end, not even into the rest of a shared buffer', () => {
    const kinds = { u8: 1, u16: 2, u32: 4, u64: 8, u16LE: 2, u32LE: 4, u64LE: 8 } as const
    const property = fc.property(fc.nat(12), fc.nat(12), (length, start) => {
      const reader = new ByteReader(Buffer.alloc(64, 0xff).subarray(8, 8 + length))
      const offset = Math.min(start, length)
      for (const [kind, size] of Object.entries(kinds) as [keyof typeof kinds, number][]) {
        reader.seek(offset)
        if (offset + size <= length) assert.equal(typeof reader[kind](), size === 8 ? 'bigint' : 'number')
        else assert.throws(() => reader[kind](), { code: 'FRAME_INVALID' })
        assert.equal(reader.offset, offset + size <= length ? offset + size : offset)
      }
    })
    fc.assert(property, { numRuns: 200 })
  })

  it('refuses sizes and offsets outside its bytes', () => {
    const reader = new ByteReader(new Uint8Array(4))
    for (const size of [5, -1, Number.NaN, Infinity]) {
      assert.throws(() => reader.take(size), { code: 'FRAME_INVALID' })
      assert.throws(() => reader.seek(size), { code: 'FRAME_INVALID' })
    }
    reader.seek(4)
    assert.equal(reader.take(0).length, 0)
  })

  it('takes views and not copies', () => {
    const bytes = new Uint8Array([1, 2, 3])
    const view = new ByteReader(bytes).take(2)
    bytes[0] = 9
    assert.deepEqual(view, new Uint8Array([9, 2]))
  })
})

describe('a ByteWriter', () => {
  it('grows up to its limit and not beyond', () => {
    const writer = new ByteWriter({ sizeBytes: 1, limitBytes: 5 }).u32(1).u8(2)
    assert.throws(() => writer.u8(3), { code: 'MESSAGE_TOO_LONG' })
    assert.throws(() => writer.put(new Uint8Array(100)), { code: 'MESSAGE_TOO_LONG' })
    assert.deepEqual(writer.toBytes(), new Uint8Array([0, 0, 0, 1, 2]))
  })

  it('patches what was written and nothing else', () => {
    const writer = new ByteWriter().u16(0).u8(7)
    assert.deepEqual(writer.patchU16(0, 0x0102).toBytes(), new Uint8Array([1, 2, 7]))
    assert.throws(() => writer.patchU16(2, 1), { code: 'FRAME_INVALID' })
    assert.throws(() => writer.patchU16(-1, 1), { code: 'FRAME_INVALID' })
  })

  it('gives copies, which later writes leave alone', () => {
    const writer = new ByteWriter().u8(1)
    const copy = writer.toBytes()
    copy[0] = 9
    assert.deepEqual(writer.u8(2).toBytes(), new Uint8Array([1, 2]))
  })
})
