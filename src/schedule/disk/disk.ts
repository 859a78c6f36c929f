/** A disk with files of several users: names, owners, quotas and the ledger, over one of the methods of allocation. */
import { checkChoice, checkInteger, checkKnownKeys, fail } from '../../core/index.ts'
import { invalid } from '../checks.ts'
import { createBitmap } from './bitmap.ts'
import { contiguous, type ContiguousOptions } from './contiguous.ts'
import { indexed, type IndexedOptions } from './indexed.ts'
import { fat, linked, type LinkedOptions } from './linked.ts'
import { noLayout, type DiskMethod, type Layout, type Path } from './method.ts'
import type {
  BlockEntry,
  BlockUse,
  Disk,
  DiskEvent,
  DiskEventKind,
  DiskMethodName,
  DiskRead,
  DiskUsage,
  FileEntry,
  UserUsage,
} from './types.ts'

export interface DiskOptions extends ContiguousOptions, LinkedOptions, IndexedOptions {
  /** @default 'indexed' */
  readonly method?: DiskMethodName | undefined
  /** 1 to 10,000,000. @default 64 */
  readonly blocks?: number | undefined
  /** Bytes of a block. @default 512 */
  readonly blockSize?: number | undefined
  /** Blocks that a user may have at most; who is not named has no limit. */
  readonly quotas?: Readonly<Record<string, number>> | undefined
  /** Events that are kept, the latest ones. @default 10_000 */
  readonly events?: number | undefined
}

export const diskMethods: readonly DiskMethodName[] = ['contiguous', 'linked', 'fat', 'indexed']

interface File {
  readonly name: string
  readonly owner: string
  bytes: number
  layout: Layout
}

/**
 * An empty disk (OSTEP, chapters 39 and 40; Silberschatz, chapter 14). Throws OPTION_INVALID.
 *
 * @example
 * const disk = createDisk({ method: 'linked', blocks: 8, blockSize: 512 })
 * disk.create('notes', 1_000, 'ada')
 * disk.file('notes').data  // [0, 1]: four bytes of each block are the number of the next
 */
export function createDisk(options: DiskOptions = {}): Disk {
  checkKnownKeys('disk', options, knownOptions)
  const blocks = checkInteger('blocks', options.blocks ?? 64, 1, 10_000_000)
  const blockSize = checkInteger('blockSize', options.blockSize ?? 512, 1, 2 ** 30)
  const method = methodOf(checkChoice('method', options.method ?? 'indexed', diskMethods), options, blocks, blockSize)
  const { tableBlocks, payloadBytes } = method
  if (tableBlocks >= blocks) throw invalid('blocks', `above the ${tableBlocks} that the table takes`, blocks)
  const quotas = new Map(Object.entries(options.quotas ?? {}))
  for (const [owner, quota] of quotas) checkInteger(`quotas.${owner}`, quota, 0, Number.MAX_SAFE_INTEGER)
  const eventLimit = checkInteger('events', options.events ?? 10_000, 0, 10_000_000)
  const bitmap = createBitmap(blocks)
  for (let block = 0; block < tableBlocks; block++) bitmap.take(block)
  const files = new Map<string, File>()
  const events: DiskEvent[] = []
  let operations = 0

  function create(name: string, bytes: number, owner = 'user'): void {
    if (name === '' || files.has(name))
      throw fail('OPTION_INVALID', { option: 'file', rule: 'a new name', got: `"${name}"` })
    const file = { name, owner, bytes: 0, layout: noLayout }
    resize(file, checkInteger('bytes', bytes, 0, Number.MAX_SAFE_INTEGER), 'created')
    files.set(name, file)
  }

  function grow(name: string, bytes: number): void {
    const file = fileOf(name)
    const most = Number.MAX_SAFE_INTEGER - file.bytes
    resize(file, file.bytes + checkInteger('bytes', bytes, 0, most), 'grown')
  }

  function truncate(name: string, bytes: number): void {
    const file = fileOf(name)
    resize(file, checkInteger('bytes', bytes, 0, file.bytes), 'truncated')
  }

  function remove(name: string): void {
    const file = fileOf(name)
    const given = blocksOf(file.layout)
    for (const block of given) bitmap.giveBack(block)
    files.delete(name)
    note('deleted', file, given.length, 'all of its blocks are free again')
  }

  /** Plans first and changes afterwards, so that a refusal leaves everything as it was. */
  function resize(file: File, bytes: number, kind: DiskEventKind): void {
    operations++
    const count = Math.ceil(bytes / payloadBytes)
    if (count > method.mostBlocks)
      throw invalid('bytes', `at most ${method.mostBlocks * payloadBytes} with this index`, bytes)
    const before = blocksOf(file.layout)
    // More blocks than the disk has can be refused without a plan, which would have to be as long.
    const plan =
      count > blocks
        ? { layout: undefined, needed: count - file.layout.data.length, why: 'the disk is smaller than that' }
        : method.plan(file.layout, count, bitmap)
    if (plan.layout === undefined) {
      note('refused', file, plan.needed, plan.why)
      throw fail('DISK_FULL', { file: file.name, blocks: plan.needed, free: bitmap.free, reason: plan.why })
    }
    const after = blocksOf(plan.layout)
    checkQuota(file, after.length - before.length)
    for (const block of before) bitmap.giveBack(block)
    for (const block of after) bitmap.take(block)
    Object.assign(file, { bytes, layout: plan.layout })
    const changed = Math.abs(after.length - before.length)
    note(
      plan.moved > 0 ? 'moved' : kind,
      file,
      plan.moved > 0 ? plan.moved : changed,
      changed === 0 ? unchanged : plan.why,
    )
  }

  function checkQuota(file: File, more: number): void {
    const quota = quotas.get(file.owner)
    if (quota === undefined || more <= 0) return
    const wanted = blocksOfUser(file.owner) + more
    if (wanted <= quota) return
    note('refused', file, more, `${file.owner} would have ${wanted} blocks, and the quota is ${quota}`)
    throw fail('QUOTA_EXCEEDED', { owner: file.owner, blocks: wanted, quota })
  }

  const unchanged = 'its blocks are enough as they are'

  function note(kind: DiskEventKind, { name, owner }: File, count: number, why: string): void {
    if (eventLimit === 0) return
    if (events.length >= 2 * eventLimit) events.splice(0, eventLimit)
    events.push({ at: operations, kind, file: name, owner, blocks: count, why })
  }

  function blocksOfUser(owner: string): number {
    let sum = 0
    for (const file of files.values()) if (file.owner === owner) sum += blocksOf(file.layout).length
    return sum
  }

  function fileOf(name: string): File {
    const file = files.get(name)
    if (file === undefined)
      throw fail('OPTION_INVALID', { option: 'file', rule: 'the name of a file', got: `"${name}"` })
    return file
  }

  function readAt(name: string, byte: number): DiskRead {
    const file = fileOf(name)
    checkInteger('byte', byte, 0, Math.max(0, file.bytes - 1))
    if (file.bytes === 0) return costOf({ blocks: [], lookups: 0 })
    return costOf(method.path(file.layout, Math.floor(byte / payloadBytes)))
  }

  function ledger(): BlockEntry[] {
    const entries: BlockEntry[] = Array.from({ length: blocks }, (_, block) => ({
      block,
      use: block < tableBlocks ? 'table' : undefined,
      file: undefined,
      owner: undefined,
      position: block < tableBlocks ? block : undefined,
    }))
    for (const { name, owner, layout } of files.values()) {
      const enter = (use: BlockUse, list: readonly number[]): void => {
        for (const [position, block] of list.entries()) entries[block] = { block, use, file: name, owner, position }
      }
      enter('data', layout.data)
      enter('index', layout.index)
    }
    return entries
  }

  function users(): UserUsage[] {
    const names = new Set([...quotas.keys(), ...[...files.values()].map(({ owner }) => owner)])
    return [...names].map((owner) => {
      const own = [...files.values()].filter((file) => file.owner === owner)
      const bytes = own.reduce((sum, file) => sum + file.bytes, 0)
      return { owner, files: own.length, blocks: blocksOfUser(owner), bytes, quota: quotas.get(owner) }
    })
  }

  function usage(): DiskUsage {
    const runs = bitmap.runs()
    const all = [...files.values()]
    const data = all.reduce((sum, { layout }) => sum + layout.data.length, 0)
    const index = all.reduce((sum, { layout }) => sum + layout.index.length, 0)
    const bytes = all.reduce((sum, file) => sum + file.bytes, 0)
    const largestHole = runs.reduce((most, { length }) => Math.max(most, length), 0)
    return {
      blocks,
      free: bitmap.free,
      data,
      overhead: index + tableBlocks,
      holes: runs.length,
      largestHole,
      internalBytes: data * blockSize - bytes,
      external: bitmap.free === 0 ? 0 : 1 - largestHole / bitmap.free,
      scattered: all.filter(({ layout }) => piecesOf(layout.data) > 1).length,
    }
  }

  return {
    method: method.name,
    title: method.title,
    blocks,
    blockSize,
    create,
    grow,
    truncate,
    delete: remove,
    read: (name) => costOf(method.whole(fileOf(name).layout)),
    readAt,
    file: (name) => entryOf(fileOf(name)),
    files: () => [...files.values()].map(entryOf),
    ledger,
    bitmap: bitmap.copy,
    users,
    usage,
    get events() {
      return eventLimit === 0 ? [] : events.slice(-eventLimit)
    },
  }
}

const knownOptions: readonly string[] = [
  'method',
  'blocks',
  'blockSize',
  'quotas',
  'events',
  'fit',
  'whenBlocked',
  'pointerBytes',
  'direct',
  'levels',
]

function methodOf(name: DiskMethodName, options: DiskOptions, blocks: number, blockSize: number): DiskMethod {
  if (name === 'contiguous') return contiguous(options, blockSize)
  if (name === 'linked') return linked(options, blockSize)
  if (name === 'fat') return fat(options, blockSize, blocks)
  return indexed(options, blockSize)
}

function blocksOf({ data, index }: Layout): number[] {
  return [...data, ...index]
}

function entryOf({ name, owner, bytes, layout }: File): FileEntry {
  return { name, owner, bytes, data: [...layout.data], index: [...layout.index], pieces: piecesOf(layout.data) }
}

function piecesOf(blocks: readonly number[]): number {
  return blocks.filter((block, at) => at === 0 || block !== (blocks[at - 1] as number) + 1).length
}

/** The way of the head; to come to the first block is one seek. */
function costOf({ blocks, lookups }: Path): DiskRead {
  let [seeks, distance] = [0, 0]
  for (const [at, block] of blocks.entries()) {
    const last = blocks[at - 1]
    if (last === undefined || block !== last + 1) seeks++
    if (last !== undefined) distance += Math.abs(block - last - 1)
  }
  return { blocks: [...blocks], seeks, distance, lookups }
}
