/** Shared memory: the same bytes in every process, and nothing of it left over. */
import assert from 'node:assert/strict'
import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { test } from 'node:test'
import { bytes, SharedArray, SharedMemory, struct, Value, type TypedArrayClass } from '#lanework/process/index.js'
import { reviverOf } from '#lanework/process/codec/shareable.js'
import { loadNative } from '#lanework/native/index.js'
import { shareWith, unlessNative } from '../../support/sharing.ts'

const skip = unlessNative

function files(name: string): string[] {
  return readdirSync('/dev/shm').filter((file) => file.startsWith(`lanework-${process.getuid?.()}-${name}`))
}

test('4 million concurrent additions of two processes all count', { skip }, async () => {
  using counter = new SharedArray(Int32Array, 1)
  const rounds = 2_000_000
  const adders = [shareWith('atomics', [counter], rounds), shareWith('atomics', [counter], rounds)]
  await Promise.all(adders.map((adder) => adder.hear('ready')))
  for (const adder of adders) adder.go()
  assert.deepEqual(await Promise.all(adders.map(({ ended }) => ended)), [0, 0])
  assert.equal(counter.array[0], 2 * rounds)
})

test('another process writes what this one reads', { skip }, async () => {
  using memory = SharedMemory.create(8_192)
  const writer = shareWith('write', [memory])
  await writer.hear('written')
  await writer.kill()
  assert.ok(new Uint8Array(memory.buffer).every((byte) => byte === 7))
})

test('every kind of typed array is shared', { skip }, () => {
  for (const View of [
    Int8Array,
    Uint8Array,
    Uint8ClampedArray,
    Int16Array,
    Uint16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ] as TypedArrayClass<Int8Array>[]) {
    using mine = new SharedArray(View, 3)
    const { kind, data, descriptors } = mine.toShared()
    const copies = descriptors.map((descriptor) => loadNative()?.duplicate(descriptor) ?? -1)
    using yours = reviverOf(kind)?.(data, copies) as SharedArray<Int8Array>
    mine.array[2] = (typeof mine.array[0] === 'bigint' ? 9n : 9) as number
    assert.equal(yours.array.constructor, View)
    assert.equal(Number(yours.array[2]), 9)
    assert.equal(yours.length, 3)
  }
  assert.throws(() => new SharedArray(DataView as never, 1), { code: 'OPTION_INVALID' })
  assert.throws(() => new SharedArray(Int8Array, 0), { code: 'OPTION_INVALID' })
})

test('named memory is opened by name, and gone after its last user', { skip }, () => {
  const mine = SharedMemory.create(5_000, { name: 'open-me' })
  assert.throws(() => SharedMemory.create(5_000, { name: 'open-me' }), { code: 'MEMORY_NAME_IN_USE' })
  const yours = SharedMemory.open('open-me')
  assert.equal(statSync(`/dev/shm/${files('open-me')[0]}`).mode & 0o777, 0o600)
  new Uint8Array(mine.buffer)[4_999] = 5
  assert.equal(new Uint8Array(yours.buffer)[4_999], 5)
  mine.close()
  assert.equal(files('open-me').length, 1)
  yours.close()
  assert.deepEqual(files('open-me'), [])
  assert.throws(() => SharedMemory.open('open-me'), { code: 'MEMORY_NOT_FOUND' })
})

test('named memory of a killed process is swept, that of others stays', { skip }, async () => {
  using kept = SharedMemory.create(16, { name: 'kept' })
  const creator = shareWith('createNamed', [], process.pid)
  await creator.hear('created')
  const name = `fixture-${process.pid}`
  SharedMemory.open(name).close()
  assert.equal(files(name).length, 1)
  await creator.kill()
  SharedMemory.create(16, { name: 'sweeper' }).close()
  assert.deepEqual(files(name), [])
  assert.deepEqual(files('sweeper'), [])
  SharedMemory.open('kept').close()
  assert.equal(files('kept').length, 1)
  void kept
})

test('a process that was given named memory keeps it', { skip }, async () => {
  const memory = SharedMemory.create(16, { name: 'given' })
  const writer = shareWith('write', [memory])
  await writer.hear('written')
  memory.close()
  const again = SharedMemory.open('given')
  assert.equal(new Uint8Array(again.buffer)[15], 7)
  await writer.kill()
  again.close()
  assert.deepEqual(files('given'), [])
})

test('names that could leave the folder are refused', { skip }, () => {
  for (const name of ['', '../x', 'a/b', '.x', 'x'.repeat(65), 'a+b']) {
    assert.throws(() => SharedMemory.create(1, { name }), { code: 'OPTION_INVALID' })
    assert.throws(() => SharedMemory.open(name), { code: 'OPTION_INVALID' })
  }
})

test('a leftover file in the way of a name is swept', { skip }, () => {
  writeFileSync(`/dev/shm/lanework-${process.getuid?.()}-leftover`, 'x')
  SharedMemory.create(8, { name: 'leftover' }).close()
  assert.deepEqual(files('leftover'), [])
})

test('a Value is one number with atomic changes and a lock', { skip }, async () => {
  using count = new Value('i32', 10)
  assert.equal(count.add(5), 10)
  assert.equal(count.exchange(7), 15)
  assert.equal(count.compareExchange(7, 8), 7)
  assert.equal(count.compareExchange(7, 9), 8)
  await count.lock.with(() => count.set(count.get() * 2))
  assert.equal(count.get(), 16)
  using big = new Value('u64', 2n ** 64n - 1n)
  assert.equal(big.add(1n), 2n ** 64n - 1n)
  assert.equal(big.get(), 0n)
  using real = new Value('f64', 0.5)
  assert.equal(real.get(), 0.5)
  assert.throws(() => (real as unknown as Value<'i32'>).add(1), { code: 'OPTION_INVALID' })
  assert.throws(() => new Value('f16' as never), { code: 'OPTION_INVALID' })
  real.close()
  assert.throws(() => real.get(), { code: 'CLOSED' })
})

test('a Value and its lock are the same in another handle', { skip }, () => {
  using mine = new Value('f64', 2.5)
  const { kind, data, descriptors } = mine.toShared()
  using yours = reviverOf(kind)?.(
    data,
    descriptors.map((fd) => loadNative()?.duplicate(fd) ?? -1),
  ) as Value<'f64'>
  assert.equal(yours.get(), 2.5)
  using held = mine.lock.acquireSync()
  assert.equal(yours.lock.tryAcquire(), undefined)
  void held
})

test('a struct reads and writes its fields where it says', () => {
  const Trade = struct({ n: 'i32', x: 'f64', name: bytes(3), flag: 'u8', id: 'u64' })
  assert.deepEqual(Trade.offsets, { n: 0, x: 8, name: 16, flag: 19, id: 24 })
  assert.equal(Trade.bytes, 32)
  const memory = new ArrayBuffer(32 * 3 + 8)
  const trades = Trade.arrayAt(memory, 8, 3)
  const [, second] = trades
  assert.ok(second)
  Object.assign(second, { n: -1, x: 1.5, name: Buffer.from('ab'), flag: 255, id: 2n ** 63n })
  const raw = new DataView(memory, 8 + 32)
  assert.deepEqual([raw.getInt32(0, true), raw.getFloat64(8, true), raw.getUint8(19)], [-1, 1.5, 255])
  assert.equal(raw.getBigUint64(24, true), 2n ** 63n)
  assert.deepEqual([...trades.at(1).name], [97, 98, 0])
  assert.equal(trades.at(0).n, 0)
  assert.deepEqual(Object.keys(Object.getPrototypeOf(second) as object), ['n', 'x', 'name', 'flag', 'id'])
})

test('a struct that would not fit is refused', () => {
  const Pair = struct({ a: 'u8', b: 'u8' })
  assert.equal(Pair.bytes, 8)
  const memory = new ArrayBuffer(16)
  for (const offset of [-8, 4, 16, 1.5]) assert.throws(() => Pair.at(memory, offset), { code: 'OPTION_INVALID' })
  assert.throws(() => Pair.arrayAt(memory, 8, 2), { code: 'OPTION_INVALID' })
  assert.throws(() => Pair.arrayAt(memory, 0, 2).at(2), { code: 'OPTION_INVALID' })
  assert.throws(() => struct({ 1: 'u8' } as never), { code: 'OPTION_INVALID' })
  assert.throws(() => struct({ a: 'f16' } as never), { code: 'OPTION_INVALID' })
  const named = struct({ name: bytes(2) }).at(memory)
  assert.throws(() => (named.name = new Uint8Array(3)), { code: 'OPTION_INVALID' })
})

test('a struct in closed memory says so', { skip }, () => {
  const memory = SharedMemory.create(64)
  const view = struct({ a: 'i32' }).at(memory)
  view.a = 5
  memory.close()
  assert.throws(() => view.a, { code: 'CLOSED' })
  assert.throws(() => memory.toShared(), { code: 'CLOSED' })
})
