/**
 * Disk space that is shared among users: blocks of one size, files made of blocks, and a method that says which blocks a
 * file gets and how they are found again.
 *
 *      block    0   1   2   3   4   5   6   7
 *             | t | A | A | B |   | B | i |   |      t the table, i an index block, B in two pieces
 */

export type DiskMethodName = 'contiguous' | 'linked' | 'fat' | 'indexed'

/** What a block is used for: a file's data, a file's index, or the method's own table. */
export type BlockUse = 'data' | 'index' | 'table'

/** One line of the ledger of blocks. */
export interface BlockEntry {
  readonly block: number
  /** Undefined for a free block. */
  readonly use: BlockUse | undefined
  readonly file: string | undefined
  readonly owner: string | undefined
  /** Which of the file's blocks of this use it is, counted from 0. */
  readonly position: number | undefined
}

export interface FileEntry {
  readonly name: string
  readonly owner: string
  readonly bytes: number
  /** Data blocks in the order of the file. */
  readonly data: readonly number[]
  /** Index blocks. */
  readonly index: readonly number[]
  /** Stretches of neighbouring blocks: 1 is a file in one piece. */
  readonly pieces: number
}

/** What reading costs. */
export interface DiskRead {
  /** Blocks in the order in which they are read, index blocks among them. */
  readonly blocks: readonly number[]
  /** Times that the head has to move: a block that is not the one behind the last. */
  readonly seeks: number
  /** Blocks that the head passes on the way. */
  readonly distance: number
  /** Entries of a table in memory that were followed (FAT). */
  readonly lookups: number
}

export type DiskEventKind = 'created' | 'grown' | 'truncated' | 'deleted' | 'moved' | 'refused'

export interface DiskEvent {
  readonly at: number
  readonly kind: DiskEventKind
  readonly file: string
  readonly owner: string
  /** Blocks that the file got, or gave back; index blocks count. */
  readonly blocks: number
  /** A sentence. */
  readonly why: string
}

export interface UserUsage {
  readonly owner: string
  readonly files: number
  readonly blocks: number
  readonly bytes: number
  /** Undefined without one. */
  readonly quota: number | undefined
}

export interface DiskUsage {
  readonly blocks: number
  readonly free: number
  /** In data blocks. */
  readonly data: number
  /** In index blocks and tables: what the method needs for itself. */
  readonly overhead: number
  /** Stretches of free blocks. */
  readonly holes: number
  readonly largestHole: number
  /** Bytes of data blocks that hold no data: unused ends of last blocks, and pointers. */
  readonly internalBytes: number
  /** Part of the free blocks that the largest hole does not have, 0 to 1. It matters to the contiguous method. */
  readonly external: number
  /** Files in more than one piece. */
  readonly scattered: number
}

/**
 * A disk. Its functions change all or nothing. They throw OPTION_INVALID (an unknown file, one that exists already, a size
 * that is no integer from 0, a file too long for its index), DISK_FULL, and QUOTA_EXCEEDED.
 */
export interface Disk {
  readonly method: DiskMethodName
  readonly title: string
  readonly blocks: number
  readonly blockSize: number
  /** @param owner who pays, default 'user' */
  create(name: string, bytes: number, owner?: string): void
  /** Makes a file longer by so many bytes. */
  grow(name: string, bytes: number): void
  /** Cuts a file to so many bytes. */
  truncate(name: string, bytes: number): void
  delete(name: string): void
  /** Reads the whole file from its first byte on. */
  read(name: string): DiskRead
  /** Reads the block with that byte, out of nowhere. */
  readAt(name: string, byte: number): DiskRead
  file(name: string): FileEntry
  files(): readonly FileEntry[]
  /** Every block of the disk: whose it is and what it is for. */
  ledger(): readonly BlockEntry[]
  /** One entry a block: true is free. */
  bitmap(): readonly boolean[]
  users(): readonly UserUsage[]
  usage(): DiskUsage
  /** The latest events, the newest last. */
  readonly events: readonly DiskEvent[]
}
