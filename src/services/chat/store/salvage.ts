/**
 * What can still be read of a damaged file: first what the valid root leads to, page by page, then pages that nothing leads to any
 * more. Each record's sum says whether it is whole.
 *
 * A page that is neither led to nor free was in use behind a broken branch, so all it holds is true. When it is not known what is free, it
 * may be a page of the past: of these only messages are taken, as an account or a room that was deleted must not come back.
 */
import { freePages, type Free } from './check-file.ts'
import { MdbFile, type Meta, type Page } from './mdb-file.ts'
import { isWhole, keyKinds, readKey } from './record-bytes.ts'

/**
 * Gives each record that is whole; a key may come twice, the newer record last. Returns how many there were by the valid root, undefined
 * where none can be read.
 */
export function* salvage(file: MdbFile): Generator<{ key: Buffer; value: Buffer }, number | undefined> {
  const meta = newestMeta(file)
  const root = meta?.main.root
  const reached = new Uint8Array(file.pages)
  const led = meta === undefined || root === undefined ? [] : [...leavesOf(file, meta, root, reached, 0)]
  const free = meta === undefined ? undefined : knownFree(file, meta)
  for (const { first, count } of free ?? []) reached.fill(1, first, Math.min(first + count, file.pages))
  // Without a root any transaction and any page of the file will do.
  const bounds = meta ?? anyMeta(file)
  for (const number of orphans(file, bounds, reached)) yield* recordsOf(file, bounds, number, free === undefined)
  for (const number of led) yield* recordsOf(file, bounds, number, false)
  return meta?.main.entries
}

function newestMeta(file: MdbFile): Meta | undefined {
  const metas = ([0, 1] as const).flatMap((index) => {
    try {
      return [file.meta(index)]
    } catch {
      return []
    }
  })
  return metas.toSorted((a, b) => b.transaction - a.transaction)[0]
}

function anyMeta(file: MdbFile): Meta {
  const none = { flags: 0, depth: 0, branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0, root: undefined }
  return { transaction: Number.MAX_SAFE_INTEGER, lastPage: file.pages, free: none, main: none }
}

function knownFree(file: MdbFile, meta: Meta): Free | undefined {
  try {
    return freePages(file, meta, new Uint8Array(file.pages))
  } catch {
    return undefined
  }
}

/** Leaves that a root leads to, as far as it can be followed. */
function* leavesOf(file: MdbFile, meta: Meta, number: number, reached: Uint8Array, depth: number): Generator<number> {
  const page = reached[number] === 1 || depth > 32 ? undefined : readPage(file, meta, number)
  if (page === undefined) return
  reached[number] = 1
  if (page.isLeaf) yield number
  else for (const node of page.nodes) yield* leavesOf(file, meta, node.page, reached, depth + 1)
}

/** Leaves that are not marked, the oldest first. */
function orphans(file: MdbFile, bounds: Meta, reached: Uint8Array): number[] {
  const found: { number: number; transaction: number }[] = []
  for (let number = 2; number < file.pages; number++) {
    const page = reached[number] === 1 ? undefined : readPage(file, bounds, number)
    if (page?.isLeaf === true) found.push({ number, transaction: page.transaction })
  }
  return found.toSorted((a, b) => a.transaction - b.transaction).map(({ number }) => number)
}

function readPage(file: MdbFile, meta: Meta, number: number): Page | undefined {
  try {
    return file.page(number, meta, true)
  } catch {
    return undefined
  }
}

function* recordsOf(
  file: MdbFile,
  meta: Meta,
  number: number,
  messagesOnly: boolean,
): Generator<{ key: Buffer; value: Buffer }> {
  for (const node of readPage(file, meta, number)?.nodes ?? []) {
    const kind = readKey(node.key)?.kind
    if (kind === undefined || (messagesOnly && kind !== keyKinds.message)) continue
    try {
      const value = file.value(node, meta)
      if (isWhole(node.key, value)) yield { key: node.key, value }
    } catch {
      // Its overflow pages are gone, and with them this record.
    }
  }
}
