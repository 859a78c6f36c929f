/** The disk: whatever users do, every block has one owner or none, and a refusal changes nothing. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { isLaneworkError } from '#lanework/core/index.js'
import { createDisk, diskMethods, type Disk, type DiskMethodName, type DiskOptions } from '#lanework/schedule/index.js'

const options: DiskOptions = { blocks: 40, blockSize: 16, direct: 3, levels: 2, quotas: { ada: 25 } }

const turn = fc.record({
  what: fc.constantFrom('create', 'grow', 'truncate', 'delete'),
  file: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
  owner: fc.constantFrom('ada', 'bob'),
  bytes: fc.integer({ min: 0, max: 300 }),
})
type Turn = typeof turn extends fc.Arbitrary<infer Value> ? Value : never

function act(disk: Disk, { what, file, owner, bytes }: Turn): void {
  if (what === 'create') disk.create(file, bytes, owner)
  else if (what === 'grow') disk.grow(file, bytes)
  else if (what === 'truncate') disk.truncate(file, bytes)
  else disk.delete(file)
}

/** All that can be seen of a disk, but for its events. */
function stateOf(disk: Disk): unknown {
  return [disk.ledger(), disk.bitmap(), disk.files(), disk.users()]
}

function checkBlocks(disk: Disk, bytesOf: ReadonlyMap<string, number>): void {
  const ledger = disk.ledger()
  const bitmap = disk.bitmap()
  const files = disk.files()
  assert.deepEqual(
    ledger.map(({ use }) => use === undefined),
    bitmap,
    'the bitmap and the ledger agree',
  )
  const inFiles = files.flatMap(({ data, index }) => [...data, ...index])
  const tables = ledger.filter(({ use }) => use === 'table').length
  assert.equal(new Set(inFiles).size, inFiles.length, 'no block is in two places')
  assert.equal(inFiles.length + tables, bitmap.filter((isFree) => !isFree).length, 'no block is lost')
  for (const { name, owner, data, index, bytes } of files) {
    for (const [position, block] of data.entries())
      assert.deepEqual(ledger[block], { block, use: 'data', file: name, owner, position })
    for (const block of index) assert.deepEqual([ledger[block]?.use, ledger[block]?.file], ['index', name])
    assert.equal(bytes, bytesOf.get(name))
    const payload = disk.method === 'linked' ? 12 : 16
    assert.equal(data.length, Math.ceil(bytes / payload))
  }
  assert.equal(files.length, bytesOf.size)
  const { free, data, overhead, blocks, internalBytes } = disk.usage()
  assert.equal(free + data + overhead, blocks)
  assert.equal(internalBytes, data * 16 - [...bytesOf.values()].reduce((sum, bytes) => sum + bytes, 0))
  const ada = disk.users().find(({ owner }) => owner === 'ada')
  assert.ok((ada?.blocks ?? 0) <= 25, 'the quota holds')
}

describe('every method of disk space', () => {
  for (const method of diskMethods) {
    it(`${method}: each block has one owner or none, and what is refused changes nothing`, () => {
      const property = fc.property(fc.array(turn, { maxLength: 40 }), (turns) => {
        const disk = createDisk({ ...options, method })
        const bytesOf = new Map<string, number>()
        for (const each of turns) {
          const before = stateOf(disk)
          try {
            act(disk, each)
          } catch (error) {
            assert.ok(isLaneworkError(error), String(error))
            assert.deepEqual(stateOf(disk), before)
            continue
          }
          const { what, file, bytes } = each
          if (what === 'delete') bytesOf.delete(file)
          else bytesOf.set(file, what === 'grow' ? (bytesOf.get(file) as number) + bytes : bytes)
          checkBlocks(disk, bytesOf)
        }
        for (const file of bytesOf.keys()) disk.delete(file)
        checkBlocks(disk, new Map())
        assert.equal(disk.usage().largestHole, 40 - disk.usage().overhead)
      })
      fc.assert(property)
    })

    it(`${method}: reads every data block once and in order, and finds any byte by itself`, () => {
      const property = fc.property(
        fc.integer({ min: 1, max: 250 }),
        fc.integer({ min: 0, max: 100 }),
        (bytes, hole) => {
          const disk = createDisk({ ...options, method, quotas: {} })
          disk.create('before', hole)
          disk.create('between', 40)
          disk.delete('before')
          disk.create('file', bytes)
          const { data, index, pieces } = disk.file('file')
          const whole = disk.read('file')
          assert.deepEqual(
            whole.blocks.filter((block) => data.includes(block)),
            data,
          )
          assert.deepEqual([...whole.blocks].sort(), [...data, ...index].sort())
          if (method !== 'indexed') assert.equal(whole.seeks, pieces)
          for (let byte = 0; byte < bytes; byte += 7) {
            const { blocks } = disk.readAt('file', byte)
            assert.equal(blocks.at(-1), data[Math.floor(byte / (method === 'linked' ? 12 : 16))])
            assert.ok(blocks.length <= (method === 'linked' ? data.length : 3))
          }
        },
      )
      fc.assert(property)
    })

    it(`${method}: refuses what is no file, no size and no disk`, () => {
      const disk = createDisk({ ...options, method })
      disk.create('a', 10, 'bob')
      const wrong: (() => void)[] = [
        () => disk.create('a', 1),
        () => disk.create('', 1),
        () => disk.create('b', -1),
        () => disk.create('b', 1.5),
        () => disk.grow('b', 1),
        () => disk.grow('a', Number.NaN),
        () => disk.grow('a', Number.MAX_SAFE_INTEGER),
        () => disk.truncate('a', 11),
        () => disk.delete('b'),
        () => disk.read('b'),
        () => disk.readAt('a', 10),
      ]
      for (const each of wrong) assert.throws(each, { code: 'OPTION_INVALID' }, String(each))
      assert.throws(() => disk.create('b', 16 * 40, 'bob'), {
        code: method === 'indexed' ? /OPTION_INVALID|DISK_FULL/ : 'DISK_FULL',
      })
      for (const each of [{ blocks: 0 }, { blockSize: 0 }, { method: 'tape' }, { quota: {} }, { quotas: { ada: -1 } }])
        assert.throws(
          () => createDisk({ method, ...each } as DiskOptions),
          { code: 'OPTION_INVALID' },
          JSON.stringify(each),
        )
    })
  }
})

describe('contiguous files', () => {
  const disk = (extra: DiskOptions = {}) => createDisk({ method: 'contiguous', blocks: 10, blockSize: 1, ...extra })

  it('grow in place where the blocks behind are free, and are copied elsewhere where they are not', () => {
    const used = disk()
    used.create('a', 2)
    used.create('b', 2)
    used.grow('b', 1)
    assert.deepEqual(used.file('b').data, [2, 3, 4])
    used.grow('a', 1)
    assert.deepEqual(used.file('a').data, [5, 6, 7])
    assert.deepEqual([used.events.at(-1)?.kind, used.events.at(-1)?.blocks], ['moved', 2])
  })

  it('may move by less than their own length', () => {
    const used = disk({ blocks: 6 })
    used.create('a', 2)
    used.create('b', 3)
    used.delete('a')
    used.create('c', 1, 'bob')
    used.grow('b', 1)
    assert.deepEqual(used.file('b').data, [2, 3, 4, 5])
    used.grow('b', 1)
    assert.deepEqual(used.file('b').data, [1, 2, 3, 4, 5])
  })

  it('are refused when no stretch is long enough, although enough blocks are free: DISK_FULL', () => {
    const used = disk()
    for (const name of ['a', 'b', 'c', 'd', 'e']) used.create(name, 2)
    used.delete('a')
    used.delete('c')
    assert.equal(used.usage().external, 0.5)
    assert.throws(() => used.create('f', 3), {
      code: 'DISK_FULL',
      detail: { file: 'f', blocks: 3, free: 4, reason: 'the longest stretch of free blocks is 2' },
    })
  })

  it('do not move when they are told not to', () => {
    const used = disk({ whenBlocked: 'refuse' })
    used.create('a', 2)
    used.create('b', 2)
    assert.throws(() => used.grow('a', 1), { code: 'DISK_FULL' })
  })

  it('choose their stretch by first, best or worst fit', () => {
    const start = (fit: 'first' | 'best' | 'worst') => {
      const used = disk({ fit, blocks: 20 })
      for (const [name, size] of [
        ['a', 4],
        ['b', 1],
        ['c', 2],
        ['d', 1],
      ] as const)
        used.create(name, size)
      used.delete('a')
      used.delete('c')
      used.create('x', 2)
      return used.file('x').data[0]
    }
    assert.deepEqual([start('first'), start('best'), start('worst')], [0, 5, 8])
  })
})

describe('reading one byte', () => {
  const cost = (method: DiskMethodName, byte: number) => {
    const disk = createDisk({ method, blocks: 200, blockSize: 16, direct: 4, levels: 3 })
    disk.create('file', 1_000)
    const { blocks, lookups } = disk.readAt('file', byte)
    return [blocks.length, lookups]
  }

  it('costs one block in a contiguous file, and all before it in a linked one', () => {
    assert.deepEqual(cost('contiguous', 990), [1, 0])
    assert.deepEqual(cost('linked', 990), [83, 0])
  })

  it('costs one block and a walk through the table with FAT', () => assert.deepEqual(cost('fat', 990), [1, 61]))

  it('costs one block more for each level of the index: 4 direct, 4 behind one, 16 behind two, 64 behind three', () => {
    assert.deepEqual(
      [0, 63, 64, 127, 128, 383, 384, 999].map((byte) => cost('indexed', byte)[0]),
      [1, 1, 2, 2, 3, 3, 4, 4],
    )
  })
})

describe('an indexed file', () => {
  it('needs no index block while its direct numbers are enough, and gives them back when it is cut', () => {
    const disk = createDisk({ blocks: 100, blockSize: 16, direct: 4, levels: 2 })
    const indexBlocks = (bytes: number) => {
      disk.create('f', bytes)
      const { length } = disk.file('f').index
      disk.truncate('f', 64)
      assert.equal(disk.file('f').index.length, 0)
      disk.delete('f')
      return length
    }
    // A block holds 4 numbers: one index block, then a second level with one more for every 4 data blocks.
    assert.deepEqual([64, 65, 128, 129, 193, 384].map(indexBlocks), [0, 1, 1, 3, 4, 6])
    assert.throws(() => disk.create('f', 385), { code: 'OPTION_INVALID' })
  })
})

describe('users of a disk', () => {
  it('pay for index blocks too, and are stopped at their quota: QUOTA_EXCEEDED', () => {
    const disk = createDisk({ blocks: 100, blockSize: 16, direct: 1, quotas: { ada: 5 } })
    disk.create('a', 48, 'ada')
    assert.deepEqual(disk.users(), [{ owner: 'ada', files: 1, blocks: 4, bytes: 48, quota: 5 }])
    assert.throws(() => disk.grow('a', 32), { code: 'QUOTA_EXCEEDED', detail: { owner: 'ada', blocks: 6, quota: 5 } })
    disk.create('b', 160, 'bob')
    disk.grow('a', 16)
    disk.truncate('a', 0)
    assert.equal(disk.users()[0]?.blocks, 0)
  })

  it('find in the ledger whose each block is', () => {
    const disk = createDisk({ method: 'fat', blocks: 5, blockSize: 16 })
    disk.create('notes', 17, 'ada')
    assert.deepEqual(
      disk.ledger().map(({ use, file, owner, position }) => [use, file, owner, position]),
      [
        ['table', undefined, undefined, 0],
        ['table', undefined, undefined, 1],
        ['data', 'notes', 'ada', 0],
        ['data', 'notes', 'ada', 1],
        [undefined, undefined, undefined, undefined],
      ],
    )
  })
})
