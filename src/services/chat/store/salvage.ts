/**
 * What can still be read of a damaged file: what a root leads to, page by page, and pages that nothing leads to any more. Each
 * record's sum says whether it is whole.
 *
 *   pages older than the root, led to by nothing ─▶ what the root leads to ─▶ pages newer than the root
 *
 * A page that is neither led to nor free was in use behind a broken branch, and one newer than the root behind the other root, so all they
 * hold is true. When it is not known what is free, a page may be one of the past: of these only messages are taken, as an account or a
 * room that was deleted must not come back.
 */
import { freePages, type Free } from './check-file.ts'
import { MdbFile, type Meta, type Page } from './mdb-file.ts'
import { isWhole, keyKinds, readKey } from './record-bytes.ts'

/**
 * Gives each record that is whole; a key may come twice, the newer record last. Returns how many there were by the valid root, undefined
 * where none can be read.
 */
export function* salvage(file: MdbFile): Generator<{ key: Buffer; value: Buffer }, number | undefined> {
  const { meta, isSure } = newestMeta(file)
  const reached = new Uint8Array(file.pages)
  // Each record is checked by itself, so that what the root says of itself need not be true.
  const bounds = { ...(meta ?? noMeta), lastPage: file.pages, transaction: Number.MAX_SAFE_INTEGER }
  const root = meta?.main.root
  const led = root === undefined ? [] : [...leavesOf(file, bounds, root, reached, 0)]
  const free = meta !== undefined && isSure ? knownFree(file, meta) : undefined
  for (const { first, count } of free ?? []) reached.fill(1, first, Math.min(first + count, file.pages))
  const others = orphans(file, bounds, reached)
  const isNewer = ({ transaction }: Orphan): boolean => meta !== undefined && transaction > meta.transaction
  for (const orphan of others) if (!isNewer(orphan)) yield* recordsOf(file, bounds, orphan.number, free === undefined)
  for (const number of led) yield* recordsOf(file, bounds, number, false)
  for (const orphan of others) if (isNewer(orphan)) yield* recordsOf(file, bounds, orphan.number, false)
  return meta?.main.entries
}

interface Orphan {
  readonly number: number
  readonly transaction: number
}

const noTree = { flags: 0, depth: 0, branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0, root: undefined }
const noMeta: Meta = { transaction: 0, lastPage: 0, free: noTree, main: noTree }

/** The newest root that can be read, and whether it is known to be the newest there was. */
function newestMeta(file: MdbFile): { meta: Meta | undefined; isSure: boolean } {
  const metas = ([0, 1] as const).flatMap((index) => {
    try {
      return [file.meta(index)]
    } catch {
      return []
    }
  })
  const [newest, older] = metas.toSorted((a, b) => b.transaction - a.transaction)
  const isSure = older !== undefined && newest !== undefined && newest.transaction - older.transaction <= 1
  return { meta: newest, isSure }
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
function orphans(file: MdbFile, bounds: Meta, reached: Uint8Array): Orphan[] {
  const found: Orphan[] = []
  for (let number = 2; number < file.pages; number++) {
    const page = reached[number] === 1 ? undefined : readPage(file, bounds, number)
    if (page?.isLeaf === true) found.push({ number, transaction: page.transaction })
  }
  return found.toSorted((a, b) => a.transaction - b.transaction)
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
