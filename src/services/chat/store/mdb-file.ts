/**
 * LMDB's file, read without LMDB, which believes what it finds and takes the process down with it when that is damaged: a page that is
 * not there is SIGBUS. So a file is walked over first, and only a sound one is opened.
 *
 *   page 0, 1   roots, written in turn: the one with the greater transaction is valid
 *   branch      keys and page numbers of what begins with them
 *   leaf        keys and values; a long value lies in overflow pages of its own
 *   free        a tree besides: by transaction, the pages that may be used anew (0: nothing, -n: n pages from the next number on)
 *
 *   page    u64 number │ u64 transaction │ u16 pad │ u16 flags │ u16 lower │ u16 upper │ u16 places of nodes ... free ... nodes
 *   node    u16 low │ u16 high (size of the value, or page) │ u16 flags │ u16 size of the key │ key │ value
 *
 * Source: the structures MDB_page, MDB_meta, MDB_db and MDB_node in mdb.c of lmdb 3.5 (data version 2).
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

export const pageBytes = 4_096
const headerBytes = 24
const flagsOf = { branch: 1, leaf: 2, overflow: 4, meta: 8 } as const
const bigData = 1
const noPage = 0xffff_ffff_ffff_ffffn
const largestMap = 2 ** 46

export interface Tree {
  readonly flags: number
  readonly depth: number
  readonly branchPages: number
  readonly leafPages: number
  readonly overflowPages: number
  readonly entries: number
  /** Undefined when the tree is empty. */
  readonly root: number | undefined
}

export interface Meta {
  readonly transaction: number
  readonly lastPage: number
  readonly free: Tree
  readonly main: Tree
}

/** What is wrong with the file; a plain error, as it never leaves the store. */
export class Damage extends Error {}

export interface Node {
  readonly key: Buffer
  /** Of a branch: the page. */
  readonly page: number
  /** Of a leaf: the value, or where it lies. */
  readonly value: Buffer
  readonly overflow: { readonly page: number; readonly pages: number; readonly size: number } | undefined
}

export interface Page {
  readonly number: number
  readonly isLeaf: boolean
  readonly transaction: number
  readonly nodes: readonly Node[]
}

export class MdbFile {
  readonly #fd: number
  /** Whole pages. */
  readonly pages: number
  readonly sizeBytes: number

  constructor(path: string) {
    this.#fd = openSync(path, 'r')
    this.sizeBytes = fstatSync(this.#fd).size
    this.pages = Math.floor(this.sizeBytes / pageBytes)
  }

  close(): void {
    closeSync(this.#fd)
  }

  bytes(offset: number, size: number): Buffer {
    const bytes = Buffer.allocUnsafe(size)
    let read = 0
    while (read < size) {
      const got = readSync(this.#fd, bytes, read, size - read, offset + read)
      if (got === 0) throw new Damage(`the file ends at ${offset + read}`)
      read += got
    }
    return bytes
  }

  /** One of the two roots. Throws Damage. */
  meta(index: 0 | 1): Meta {
    const bytes = this.bytes(index * pageBytes, pageBytes)
    const wrong = (what: string): Damage => new Damage(`root ${index}: ${what}`)
    if (bytes.readUInt16LE(18) !== flagsOf.meta || number(bytes, 0) !== index) throw wrong('it is no root page')
    if (bytes.readUInt32LE(24) !== 0xbe_ef_c0_de || bytes.readUInt32LE(28) !== 2) throw wrong('it is no LMDB file')
    if (bytes.readUInt32LE(48) !== pageBytes) throw wrong('its pages have another size')
    const mapBytes = number(bytes, 40)
    const meta = {
      transaction: number(bytes, 152),
      lastPage: number(bytes, 144),
      free: treeAt(bytes, 48),
      main: treeAt(bytes, 96),
    }
    if (number(bytes, 32) !== 0 || mapBytes > largestMap) throw wrong('its map cannot be')
    if (meta.lastPage < 1 || meta.lastPage * pageBytes >= mapBytes) throw wrong('its last page lies outside the map')
    if (meta.transaction !== 0 && meta.transaction % 2 !== index) throw wrong('it is not its turn')
    return meta
  }

  /** A page of a tree, with all of its nodes checked against its end; `skip` leaves out those that are wrong. Throws Damage. */
  page(page: number, meta: Meta, skip = false): Page {
    if (!(page >= 2 && page <= meta.lastPage && page < this.pages)) throw new Damage(`page ${page} is not in the file`)
    const bytes = this.bytes(page * pageBytes, pageBytes)
    const wrong = (what: string): Damage => new Damage(`page ${page}: ${what}`)
    const flags = bytes.readUInt16LE(18)
    const transaction = number(bytes, 8)
    if (number(bytes, 0) !== page) throw wrong('it says that it is another')
    if (flags !== flagsOf.branch && flags !== flagsOf.leaf) throw wrong('it is no page of a tree')
    if (transaction > meta.transaction) throw wrong('it is newer than the root')
    const lower = bytes.readUInt16LE(20)
    const upper = bytes.readUInt16LE(22)
    if (lower % 2 !== 0 || lower > upper || upper > pageBytes - headerBytes) throw wrong('its parts overlap')
    const isLeaf = flags === flagsOf.leaf
    const nodes: Node[] = []
    for (let at = headerBytes; at < headerBytes + lower; at += 2) {
      try {
        const start = headerBytes + bytes.readUInt16LE(at)
        if (start < headerBytes + upper || start + 8 > pageBytes) throw wrong('a node lies outside')
        nodes.push(readNode(bytes, start, isLeaf, meta, wrong))
      } catch (error) {
        if (!skip) throw error
      }
    }
    return { number: page, isLeaf, transaction, nodes }
  }

  /** A node's value, wherever it lies. Throws Damage. */
  value(node: Node, meta: Meta): Buffer {
    const { overflow } = node
    if (overflow === undefined) return node.value
    const { page, pages, size } = overflow
    const wrong = (what: string): Damage => new Damage(`page ${page}: ${what}`)
    if (page < 2 || page + pages - 1 > meta.lastPage || page + pages > this.pages)
      throw wrong('a value lies outside the file')
    const bytes = this.bytes(page * pageBytes, headerBytes + size)
    if (number(bytes, 0) !== page || bytes.readUInt16LE(18) !== flagsOf.overflow || bytes.readUInt32LE(20) !== pages)
      throw wrong('a value does not begin there')
    if (number(bytes, 8) > meta.transaction) throw wrong('a value is newer than the root')
    return bytes.subarray(headerBytes)
  }
}

function readNode(bytes: Buffer, start: number, isLeaf: boolean, meta: Meta, wrong: (what: string) => Damage): Node {
  const low = bytes.readUInt32LE(start)
  const flags = bytes.readUInt16LE(start + 4)
  const keyEnd = start + 8 + bytes.readUInt16LE(start + 6)
  if (keyEnd > pageBytes) throw wrong('a key lies outside')
  const key = bytes.subarray(start + 8, keyEnd)
  if (!isLeaf) return { key, page: low + flags * 0x1_0000_0000, value: key, overflow: undefined }
  if (flags !== 0 && flags !== bigData) throw wrong('a value is of another kind')
  if (key.length === 0) throw wrong('a key is empty')
  const size = flags === 0 ? low : headerBytes
  if (keyEnd + size > pageBytes) throw wrong('a value lies outside')
  const value = bytes.subarray(keyEnd, keyEnd + size)
  if (flags === 0) return { key, page: 0, value, overflow: undefined }
  const pages = number(value, 16)
  if (pages !== Math.floor((headerBytes - 1 + low) / pageBytes) + 1 || number(value, 8) > meta.transaction)
    throw wrong('the place of a value cannot be')
  return { key, page: 0, value, overflow: { page: number(value, 0), pages, size: low } }
}

function treeAt(bytes: Buffer, at: number): Tree {
  const root = bytes.readBigUInt64LE(at + 40)
  return {
    flags: bytes.readUInt16LE(at + 4),
    depth: bytes.readUInt16LE(at + 6),
    branchPages: number(bytes, at + 8),
    leafPages: number(bytes, at + 16),
    overflowPages: number(bytes, at + 24),
    entries: number(bytes, at + 32),
    root: root === noPage ? undefined : Number(root),
  }
}

/** Numbers beyond 2^53 are none that can be: they become larger than any limit. */
function number(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 0x1_0000_0000
}
