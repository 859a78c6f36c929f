/** Whether LMDB may open a file: both roots, both trees with all that they lead to, and each record's own sum. */
import { Damage, MdbFile, type Meta, type Node, type Tree } from './mdb-file.ts'

/** Takes a record in; false when it is not as it was written. */
export type Take = (key: Buffer, value: Buffer) => boolean

/** A tree of pages is never deeper. */
const depthLimit = 32

/** Walks over the whole file, and hands all records over in order; throws Damage at the first thing that is wrong. */
export function checkFile(file: MdbFile, take: Take): void {
  const meta = validMeta(file)
  const reached = new Uint8Array(file.pages)
  const free = freePages(file, meta, reached)
  walkTree(file, meta, meta.main, 'bytes', reached, (key, value) => {
    if (!take(key, value)) throw new Damage('a record is not as it was written')
  })
  checkFree(file, meta, reached, free)
}

/** The valid root of a file whose two roots both can be. Throws Damage. */
function validMeta(file: MdbFile): Meta {
  const [first, second] = [file.meta(0), file.meta(1)]
  const [older, newer] = first.transaction > second.transaction ? [second, first] : [first, second]
  if (newer.transaction - older.transaction > 1) throw new Damage('a root is missing between the two')
  return newer
}

/** Blocks of pages that may be used anew. */
export type Free = readonly { readonly first: number; readonly count: number }[]

/** Throws Damage. */
export function freePages(file: MdbFile, meta: Meta, reached: Uint8Array): Free {
  const free: { first: number; count: number }[] = []
  walkTree(file, meta, meta.free, 'number', reached, (_key, value) => {
    const length = Number(value.length >= 8 ? value.readBigUInt64LE(0) : -1n)
    if (length < 0 || (length + 1) * 8 > value.length) throw new Damage('a list of free pages has another length')
    for (let index = 1; index <= length; index++) {
      const entry = Number(value.readBigInt64LE(index * 8))
      if (entry === 0) continue
      const count = entry < 0 ? -entry : 1
      if (entry < 0 && ++index > length) throw new Damage('a list of free pages ends too soon')
      const first = entry < 0 ? Number(value.readBigInt64LE(index * 8)) : entry
      if (first < 2 || first + count - 1 > meta.lastPage) throw new Damage('a free page lies outside the file')
      free.push({ first, count })
    }
  })
  return free
}

/** No page is free and used, none is free twice, and what the file lacks at its end is free. */
function checkFree(file: MdbFile, meta: Meta, reached: Uint8Array, free: Free): void {
  let missing = Math.max(0, meta.lastPage + 1 - file.pages)
  for (const { first, count } of free)
    for (let page = first; page < first + count; page++) {
      if (page >= file.pages) missing--
      else if (reached[page] === 1) throw new Damage(`page ${page} is free and used`)
      else reached[page] = 1
    }
  if (missing > 0) throw new Damage(`${missing} pages at its end are missing`)
}

/** Visits the entries of a tree in order, and marks its pages. Throws Damage. */
function walkTree(
  file: MdbFile,
  meta: Meta,
  tree: Tree,
  keys: 'bytes' | 'number',
  reached: Uint8Array,
  visit: (key: Buffer, value: Buffer) => void,
): void {
  const seen = { branchPages: 0, leafPages: 0, overflowPages: 0, entries: 0 }
  let last: Buffer | undefined
  let atLeast: Buffer | undefined
  const mark = (page: number): void => {
    if (reached[page] === 1) throw new Damage(`page ${page} is used twice`)
    reached[page] = 1
  }
  const inOrder = (key: Buffer, what: string): void => {
    if (last !== undefined && compare(keys, last, key) >= 0) throw new Damage(`${what} is out of order`)
  }
  const takeEntry = (node: Node): void => {
    inOrder(node.key, 'a key')
    if (atLeast !== undefined && compare(keys, node.key, atLeast) < 0) throw new Damage('a key is below its branch')
    atLeast = undefined
    if (keys === 'number' && node.key.length !== 8) throw new Damage('a transaction has another length')
    last = node.key
    seen.entries++
    const { overflow } = node
    const value = file.value(node, meta)
    if (overflow !== undefined) {
      for (let page = overflow.page; page < overflow.page + overflow.pages; page++) mark(page)
      seen.overflowPages += overflow.pages
    }
    visit(node.key, value)
  }
  const walk = (number: number, depth: number): void => {
    const page = file.page(number, meta)
    mark(number)
    if (page.isLeaf !== (depth === tree.depth)) throw new Damage(`page ${number} lies at another depth`)
    if (page.nodes.length === 0) throw new Damage(`page ${number} is empty`)
    if (page.isLeaf) {
      seen.leafPages++
      for (const node of page.nodes) takeEntry(node)
      return
    }
    seen.branchPages++
    for (const [index, node] of page.nodes.entries()) {
      // What the branch says its page begins with lies between the last key before and the first one there.
      if (index > 0) inOrder(node.key, 'a branch')
      atLeast = index > 0 ? node.key : atLeast
      walk(node.page, depth + 1)
    }
  }
  if (tree.depth > depthLimit) throw new Damage('a tree is too deep')
  if (tree.root !== undefined) walk(tree.root, 1)
  for (const name of ['branchPages', 'leafPages', 'overflowPages', 'entries'] as const)
    if (seen[name] !== tree[name]) throw new Damage(`a tree has ${seen[name]} ${name}, its root says ${tree[name]}`)
}

function compare(keys: 'bytes' | 'number', a: Buffer, b: Buffer): number {
  if (keys === 'bytes' || a.length !== 8 || b.length !== 8) return Buffer.compare(a, b)
  const [x, y] = [a.readBigUInt64LE(0), b.readBigUInt64LE(0)]
  return x < y ? -1 : x > y ? 1 : 0
}
